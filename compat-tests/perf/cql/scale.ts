/**
 * What a point read costs among few and among many rows: read again and again, where few rows are in the gateway's cache and many are not; and
 * of rows that nobody has read since the gateway was started, where neither are.
 */
import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'cassandra-driver';
import { readUsage } from '../../lib/process-usage.ts';
import { freshDirectory } from '../../lib/target.ts';
import {
  atMost,
  concurrency,
  type Figure,
  insert,
  measure,
  median,
  prepared,
  type Round,
  type Served,
  select,
  serve,
  value,
} from './measure.ts';

export const fewRows = 10_000;
const readsPerRound = 50_000;
const fillConcurrency = 128;

export async function benchScale(rounds: number, rows: number, figures: Figure[]): Promise<unknown> {
  const dataDir = freshDirectory('cql-scale');
  const found: Record<string, Round[]> = {};
  const note = (name: string, round: Round) => {
    (found[name] ??= []).push(round);
    console.log(`${name}: ${JSON.stringify(round)}`);
  };
  const again = async (name: string, count: number, from: number) => {
    {
      await using served = await serve(dataDir);
      await makeWarm(served.client);
      await fill(served, from, count);
      await warmUp(served);
      const anyRow = () => select(served.client, Math.floor(Math.random() * count));
      await measure(served, readsPerRound, concurrency, anyRow);
      for (let round = 0; round < rounds; round++) {
        note(`${name}, again and again`, await measure(served, readsPerRound, concurrency, anyRow));
      }
    }
    for (let round = 0; round < rounds; round++) {
      await using served = await serve(dataDir);
      await warmUp(served);
      const step = Math.floor(count / fewRows);
      const each = shuffled(fewRows).map((index) => index * step + Math.floor(Math.random() * step));
      note(
        `${name}, for the first time`,
        await measure(served, fewRows, concurrency, (index) => select(served.client, each[index]!)),
      );
    }
  };
  try {
    await again('few', fewRows, 0);
    await again('many', rows, fewRows);
  } finally {
    for (const path of [dataDir, `${dataDir}.log`]) rmSync(path, { recursive: true, force: true });
  }
  for (const how of ['for the first time', 'again and again']) {
    const ratio = (of: (round: Round) => number) =>
      median(found[`many, ${how}`]!.map(of)) / median(found[`few, ${how}`]!.map(of));
    const what = `rows read ${how}, one of ${rows} against one of ${fewRows}`;
    figures.push(
      atMost(
        `${what}, time`,
        ratio(({ perSecond }) => 1 / perSecond),
        1.5,
      ),
    );
    figures.push(
      atMost(
        `${what}, CPU of the server`,
        ratio(({ serverCpuUs }) => serverCpuUs),
        1.5,
      ),
    );
  }
  return found;
}

/** Rows of another table, by which a gateway that was just started is compiled. */
async function makeWarm(client: Client): Promise<void> {
  await client.execute('CREATE TABLE IF NOT EXISTS bench.warm (id text PRIMARY KEY, value blob)');
  for (let index = 0; index < 1000; index++) {
    await client.execute(
      'INSERT INTO bench.warm (id, value) VALUES (?, ?)',
      [`key-${index}`, value],
      prepared,
    );
  }
}

async function warmUp(served: Served): Promise<void> {
  await measure(served, readsPerRound, concurrency, async () => {
    const key = `key-${Math.floor(Math.random() * 2000)}`;
    await served.client.execute('SELECT value FROM bench.warm WHERE id = ?', [key], prepared);
  });
}

/** Until what was written is in records. */
async function fill(served: Served, from: number, to: number): Promise<void> {
  const { client, gateway } = served;
  const step = 100_000;
  for (let at = from; at < to; at += step) {
    const count = Math.min(step, to - at);
    const { perSecond } = await measure(served, count, fillConcurrency, (index) =>
      insert(client, at + index),
    );
    const mebibytes = (readUsage(gateway.pid).rssBytes / 2 ** 20).toFixed(0);
    console.log(`${at + count} rows, ${perSecond} per second, ${mebibytes} MiB`);
  }
  for (let before = 0, now = 0; ; before = now) {
    await delay(5000);
    now = readUsage(gateway.pid).cpuSeconds;
    if (before > 0 && now - before < 1) return;
  }
}

function shuffled(count: number): number[] {
  const all = Array.from({ length: count }, (_, index) => index);
  for (let at = count - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1));
    [all[at], all[other]] = [all[other]!, all[at]!];
  }
  return all;
}
