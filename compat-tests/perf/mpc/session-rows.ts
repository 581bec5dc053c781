/** Channels between a party here and one in another thread, and how long it takes until parties can compute together. */
import { measureChannel, openBenchSession, type SessionPlan } from '@hypergate/node/jobs/mpc/bench';
import type { Part } from './kernel-rows.ts';
import { onOneCore } from './one-core.ts';
import { inTurns, type Measure } from './series.ts';
import { rowOf } from './table.ts';

type Opening = Pick<SessionPlan, 'level' | 'parties' | 'clear'>;

const openings = {
  'no protocol': { level: 'semi-honest', parties: ['alice', 'bob'], clear: true },
  'semi-honest': { level: 'semi-honest', parties: ['alice', 'bob'] },
  malicious: { level: 'malicious', parties: ['alice', 'bob'] },
  'three-party': { level: 'three-party', parties: ['p1', 'p2', 'p3'] },
} as const satisfies Record<string, Opening>;

export async function sessionRows(quick: boolean): Promise<Part> {
  const opening = (plan: Opening): Measure => {
    return () =>
      onOneCore(async () => {
        const session = await openBenchSession({ ...plan, runs: [], processes: false });
        await session.close();
        const { wallMs, cpuMs } = session.opening;
        return { wallMs, cpuMs };
      });
  };
  const channel: Measure = async () => ({ ...(await measureChannel('tcp', quick ? 0.3 : 1)) });
  const series = await inTurns(
    { channel, ...Object.fromEntries(Object.entries(openings).map(([name, plan]) => [name, opening(plan)])) },
    quick ? 3 : 7,
    2,
  );
  const note = 'TCP, encrypted, to another thread';
  const less = { better: 'less' } as const;
  const rows = [
    rowOf('channel: round trips of 32 bytes', series.channel, 'tripsPerSecond', {
      unit: '/s',
      better: 'more',
      note,
    }),
    rowOf('  CPU of both sides', series.channel, 'tripCpuMicros', { unit: 'us', ...less }),
    rowOf('channel: one direction', series.channel, 'mebibytesPerSecond', {
      unit: 'MiB/s',
      better: 'more',
      note,
    }),
    rowOf('  CPU of both sides for a MiB', series.channel, 'mebibyteCpuMicros', { unit: 'us', ...less }),
    ...Object.keys(openings).flatMap((name) => [
      rowOf(`open a session, ${name}: CPU of all parties`, series[name], 'cpuMs', { unit: 'ms', ...less }),
      rowOf('  by the clock', series[name], 'wallMs', { unit: 'ms', ...less }),
    ]),
  ];
  return { rows, details: series };
}
