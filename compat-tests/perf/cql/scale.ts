/**
 * What a point read costs among few and among many rows: of rows that nobody has read since the gateway was started, so that neither are in its
 * caches; and of rows read again and again, where few are and many are not. Other rows are read before, as both are to be measured in a gateway that is
 * compiled and has its files open; the files are in the system's cache, as the cost of a disk is not the gateway's.
 */
import { createReadStream, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
/** The key-value store merges what was written when it is read: that is paid by the writes, and over after so many reads of 10^7 rows. */
const readsBefore = 500_000;
const fillConcurrency = 128;
const warmRows = 20_000;

/** A folder with the rows `key-0` to `key-(rows - 1)`. */
interface Place {
  readonly name: 'few' | 'many';
  readonly dataDir: string;
  readonly rows: number;
}

export interface ScaleOptions {
  readonly rounds: number;
  readonly rows: number;
  /** Folder for the many, kept, and filled only as far as it is not: filling takes most of the time. */
  readonly dataDir?: string | undefined;
}

export async function benchScale(
  { rounds, rows, dataDir }: ScaleOptions,
  figures: Figure[],
): Promise<unknown> {
  const found: Record<string, Round[]> = {};
  const note = (name: string, round: Round) => {
    (found[name] ??= []).push(round);
    console.log(`${name}: ${JSON.stringify(round)}`);
  };
  const few: Place = { name: 'few', dataDir: freshDirectory('cql-scale'), rows: fewRows };
  const many: Place = { name: 'many', dataDir: dataDir ?? freshDirectory('cql-scale'), rows };
  try {
    for (const place of [few, many]) await fill(place);
    // In turns: what else the machine does concerns both.
    for (let round = 0; round < rounds; round++)
      for (const place of [few, many]) note(`${place.name}, for the first time`, await readOnce(place));
    for (const place of [few, many])
      for (const round of await readAgain(place, rounds)) note(`${place.name}, again and again`, round);
  } finally {
    for (const place of dataDir === undefined ? [few, many] : [few])
      for (const path of [place.dataDir, `${place.dataDir}.log`, rowsFile(place)])
        rmSync(path, { recursive: true, force: true });
  }
  const compare = (what: string, ofMany: string, ofFew: string) => {
    const ratio = (of: (round: Round) => number) =>
      median(found[`many, ${ofMany}`]!.map(of)) / median(found[`few, ${ofFew}`]!.map(of));
    const title = `one row of ${rows} against one of ${fewRows}, ${what}`;
    const time = ratio(({ perSecond }) => 1 / perSecond);
    const cpu = ratio(({ serverCpuUs }) => serverCpuUs);
    figures.push(atMost(`${title}, time`, time, 1.5), atMost(`${title}, CPU of the server`, cpu, 1.5));
  };
  compare('neither in a cache', 'again and again', 'for the first time');
  compare('neither in a cache, by a gateway just started', 'for the first time', 'for the first time');
  return found;
}

/** As many rows as there are few, each once, from all over the table, by a gateway that has read none of them since its start. */
async function readOnce({ dataDir, rows }: Place): Promise<Round> {
  await using served = await serve(dataDir);
  await warmUp(served, dataDir);
  const step = Math.floor(rows / fewRows);
  const each = shuffled(fewRows).map((index) => index * step + Math.floor(Math.random() * step));
  // Awaited: the gateway goes when this function is left.
  return await measure(served, fewRows, concurrency, (index) => select(served.client, each[index]!));
}

async function readAgain({ dataDir, rows }: Place, rounds: number): Promise<Round[]> {
  await using served = await serve(dataDir);
  await warmUp(served, dataDir);
  const anyRow = () => select(served.client, Math.floor(Math.random() * rows));
  await measure(served, readsBefore, concurrency, anyRow);
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round++)
    measured.push(await measure(served, readsPerRound, concurrency, anyRow));
  return measured;
}

const warmRow = (client: Client, index: number) =>
  client.execute('SELECT value FROM bench.warm WHERE id = ?', [`key-${index}`], prepared);

/** Rows of another table, by which a gateway that was just started is compiled. */
async function makeWarm(served: Served): Promise<void> {
  const { client } = served;
  await client.execute('CREATE TABLE IF NOT EXISTS bench.warm (id text PRIMARY KEY, value blob)');
  if ((await warmRow(client, warmRows - 1)).rows.length > 0) return;
  await measure(served, warmRows, concurrency, (index) => {
    const values = [`key-${warmRows - 1 - index}`, value];
    return client.execute('INSERT INTO bench.warm (id, value) VALUES (?, ?)', values, prepared);
  });
}

/** Each row of the other table is read; what the gateway does behind its start has an end before anything is measured. */
async function warmUp(served: Served, dataDir: string): Promise<void> {
  await measure(served, warmRows, concurrency, (index) => warmRow(served.client, index));
  await measure(served, readsPerRound, concurrency, (index) => warmRow(served.client, index % 1000));
  for (const name of readdirSync(join(dataDir, 'state'))) {
    const file = createReadStream(join(dataDir, 'state', name), { highWaterMark: 1024 * 1024 });
    for await (const _ of file);
  }
  await quiet(served);
}

const rowsFile = ({ dataDir }: Place): string => `${dataDir}.rows`;

/** Until what was written is in records. */
async function fill(place: Place): Promise<void> {
  const filled = existsSync(rowsFile(place)) ? Number(readFileSync(rowsFile(place), 'utf8')) : 0;
  await using served = await serve(place.dataDir);
  const { client, gateway } = served;
  // What a former run left in the memtable is in the way of writers until it is settled.
  await quiet(served);
  await makeWarm(served);
  const step = 100_000;
  for (let at = filled; at < place.rows; at += step) {
    const count = Math.min(step, place.rows - at);
    const { perSecond } = await measure(served, count, fillConcurrency, (index) =>
      insert(client, at + index),
    );
    const mebibytes = (readUsage(gateway.pid).rssBytes / 2 ** 20).toFixed(0);
    console.log(`${at + count} rows, ${perSecond} per second, ${mebibytes} MiB`);
    writeFileSync(rowsFile(place), String(at + count));
  }
  await quiet(served);
}

/** Until the gateway has nothing to do that is left over: settling, compaction, frames. */
async function quiet({ gateway }: Served): Promise<void> {
  const seconds = 3;
  for (let before = Number.NEGATIVE_INFINITY; ; ) {
    const now = readUsage(gateway.pid).cpuSeconds;
    if (now - before < 0.1 * seconds) return;
    before = now;
    await delay(seconds * 1000);
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
