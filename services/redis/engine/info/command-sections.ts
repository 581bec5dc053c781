/** INFO: what is known of each command, of errors, and of databases. */
import type { CommandRow } from '../command.ts';
import type { Database } from '../database.ts';
import type { Engine } from '../engine.ts';
import type { CommandStatistics } from '../meter.ts';
import type { InfoField, InfoSection } from './section.ts';

export const commandStatsSection: InfoSection = {
  name: 'commandstats',
  title: 'Commandstats',
  byDefault: false,
  fields(engine) {
    return measured(engine, (statistics, name) => {
      const { calls, milliseconds, rejected, failed } = statistics;
      if (calls === 0 && rejected === 0) return undefined;
      const usec = Math.floor(milliseconds * 1000);
      const perCall = calls === 0 ? 0 : (milliseconds * 1000) / calls;
      return [
        `cmdstat_${name}`,
        `calls=${calls},usec=${usec},usec_per_call=${perCall.toFixed(2)},rejected_calls=${rejected},failed_calls=${failed}`,
      ];
    });
  },
};

export const latencyStatsSection: InfoSection = {
  name: 'latencystats',
  title: 'Latencystats',
  byDefault: false,
  fields(engine) {
    if (!engine.config.flag('latency-tracking')) return [];
    const percents = engine.config.get('latency-tracking-info-percentiles').split(' ').filter(Boolean);
    return measured(engine, ({ latency }, name) => {
      if (latency === undefined) return undefined;
      const shown = percents.map(
        (percent) => `p${percent}=${latency.percentile(Number(percent)).toFixed(3)}`,
      );
      return [`latency_percentiles_usec_${name}`, shown.join(',')];
    });
  },
};

export const errorStatsSection: InfoSection = {
  name: 'errorstats',
  title: 'Errorstats',
  byDefault: true,
  fields: (engine) =>
    [...engine.meter.errors]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([code, count]) => [`errorstat_${code}`, `count=${count}`]),
};

export const keyspaceSection: InfoSection = {
  name: 'keyspace',
  title: 'Keyspace',
  byDefault: true,
  fields(engine) {
    return engine.databases
      .filter((db) => db.size > 0)
      .map((db) => [
        `db${db.index}`,
        `keys=${db.size},expires=${db.expires.size},avg_ttl=${averageTtl(db, engine.now)}`,
      ]);
  },
};

/** Of how many keys the average is taken. */
const ttlSamples = 100;

function averageTtl({ expires }: Database, now: number): number {
  const count = Math.min(expires.size, ttlSamples);
  if (count === 0) return 0;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.max(0, expires.pick(i / count)!.atMs - now);
  return Math.floor(sum / count);
}

function measured(
  engine: Engine,
  show: (statistics: CommandStatistics, name: string, row: CommandRow) => InfoField | undefined,
): InfoField[] {
  const fields: InfoField[] = [];
  for (const [row, statistics] of engine.meter.commands) {
    const field = show(statistics, engine.commands.fullNames.get(row) ?? row.name, row);
    if (field !== undefined) fields.push(field);
  }
  return fields;
}
