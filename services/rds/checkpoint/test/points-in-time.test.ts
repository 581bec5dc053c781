import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseLsn, walFileName, walSegmentBytes } from '../../model/lsn.ts';
import type { PlainEngine } from '../../test/support/plain-engine.ts';
import { type RestoreTarget, restore } from '../restore.ts';
import type { WalSource } from '../wal-source.ts';
import {
  openCheckpointer,
  openWorld,
  owner,
  restored,
  restoreFolder,
  sourceOf,
  startRestored,
  type World,
} from './support/checkpoint-world.ts';
import { walOf } from './support/pg-wal-files.ts';
import { randomFrom } from './support/workload.ts';

let world: World;
let client: Client;
/** Before the first checkpoint was whole. */
let tooEarlyMs: number;

beforeAll(async () => {
  world = await openWorld();
  client = await world.engine.connect();
  await client.query('create table marks (mark text)');
  tooEarlyMs = await serverMs();
  const checkpointer = await openCheckpointer(world.stored.store);
  await checkpointer.take(world.source, 'test');
});
afterAll(() => world?.[Symbol.asyncDispose]());

/** With its microseconds: later than every commit so far, earlier than every one to come. */
async function serverMs(): Promise<number> {
  const { rows } = await client.query<{ ms: string }>(
    'select extract(epoch from clock_timestamp()) * 1000 as ms',
  );
  return Number(rows[0]!.ms);
}

async function position(): Promise<number> {
  const { rows } = await client.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
  return parseLsn(rows[0]!.lsn);
}

/** Without a server. */
async function onlyRestored(target: RestoreTarget, log?: WalSource) {
  const dataDir = await restoreFolder(world.closing);
  const wal = log ?? (await walOf(world.engine));
  const { store } = world.stored;
  return { dataDir, report: await restore({ store, wal, dataDir, target, ...(owner && { owner }) }) };
}

const mark = (name: string) => client.query('insert into marks values ($1)', [name]);

async function marksOf(engine: PlainEngine): Promise<string[]> {
  const reader = await engine.connect();
  const { rows } = await reader.query<{ mark: string }>('select mark from marks order by mark');
  await reader.end();
  return rows.map((row) => row.mark);
}

it('a point in time shows what was committed before it, and PostgreSQL finds the same point', async () => {
  await mark('a1');
  const lsn = await position();
  const atMs = await serverMs();
  // Ends of several kinds behind the point, the first of them no plain commit; and enough that files of the log are switched.
  await client.query(
    "begin; insert into marks values ('a2'); savepoint s; insert into marks values ('a3'); rollback",
  );
  await client.query("begin; savepoint s; insert into marks values ('a4'); commit");
  await client.query('select pg_switch_wal()');
  await mark('a5');
  {
    await using copy = await restored(world, { kind: 'time', atMs });
    expect(await marksOf(copy.engine)).toEqual(['a1']);
    expect(copy.report.lsn).toBeGreaterThanOrEqual(lsn);
  }
  const { dataDir, report } = await onlyRestored({ kind: 'latest' });
  const { rows } = await client.query<{ at: string }>('select to_timestamp($1)::text as at', [atMs / 1000]);
  const engine = await startRestored(15, dataDir, {
    ...report.parameters,
    recovery_target_time: rows[0]!.at,
    recovery_target_action: 'promote',
  });
  world.closing.defer(() => engine.remove());
  expect(await marksOf(engine)).toEqual(['a1']);
  expect(engine.log()).toMatch(/recovery stopping before (?:commit|abort)/);
});

it('a point after the last commit is the end of the log, a position is itself', async () => {
  const lsn = await position();
  await mark('b1');
  const wal = await walOf(world.engine);
  const late = await onlyRestored({ kind: 'time', atMs: (await serverMs()) + 1000 }, wal);
  expect(late.report.lsn).toBe(wal.at.lsn);
  const { report, dataDir } = await onlyRestored({ kind: 'lsn', lsn }, wal);
  expect(report.lsn).toBe(lsn);
  const last = readFileSync(join(dataDir, 'pg_wal', walFileName(1, lsn)));
  expect(last).toHaveLength(walSegmentBytes);
  expect(last.subarray(lsn % walSegmentBytes).every((byte) => byte === 0)).toBe(true);
  expect(readdirSync(join(dataDir, 'pg_wal'))).not.toContain(walFileName(1, lsn + walSegmentBytes));
});

it('points that no checkpoint serves are refused', async () => {
  const wal = await walOf(world.engine);
  const reason = { name: 'CheckpointError', reason: 'no-such-point' };
  await expect(onlyRestored({ kind: 'time', atMs: tooEarlyMs }, wal)).rejects.toMatchObject(reason);
  await expect(onlyRestored({ kind: 'lsn', lsn: 100 }, wal)).rejects.toMatchObject(reason);
  await expect(onlyRestored({ kind: 'lsn', lsn: wal.at.lsn + 1 }, wal)).rejects.toMatchObject(reason);
});

it('a checkpoint serves points on timelines that began after it, and before', async () => {
  const before = await marksOf(world.engine);
  await mark('c1');
  const firstMs = await serverMs();
  await mark('c2');
  await using second = await restored(world, { kind: 'latest' });
  const later = await second.engine.connect();
  await later.query("insert into marks values ('c3')");
  await later.end();
  await using third = await restored(world, { kind: 'latest' }, { wal: await walOf(second.engine) });
  expect(await marksOf(third.engine)).toEqual([...before, 'c1', 'c2', 'c3']);
  expect(third.report.timeline).toBe(2);

  // The second timeline begins behind this point, in the same file of the log.
  await using early = await restored(
    world,
    { kind: 'time', atMs: firstMs },
    { wal: await walOf(third.engine) },
  );
  expect(await marksOf(early.engine)).toEqual([...before, 'c1']);
  expect(early.report.timeline).toBe(1);
  const reader = await early.engine.connect();
  const { rows } = await reader.query<{ name: string }>(
    'select pg_walfile_name(pg_current_wal_insert_lsn()) as name',
  );
  await reader.end();
  // None of those that there were already.
  expect(rows[0]?.name.slice(0, 8)).toBe('00000004');

  // And one is taken of the third, on which the fourth stands.
  const checkpointer = await openCheckpointer(await world.stored.takeOver());
  const { row } = await checkpointer.take(sourceOf(third.engine, 15), 'test');
  expect(row.timeline).toBe(3);
  expect(row.kind).toBe('delta');
  await using fourth = await restored(world, { kind: 'latest' }, { wal: await walOf(third.engine) });
  expect(fourth.report.checkpoint).toEqual(row);
  expect(await marksOf(fourth.engine)).toEqual([...before, 'c1', 'c2', 'c3']);
});

it('after a kill the log says to the byte what is there', async () => {
  const random = randomFrom(4711);
  const writer = await world.engine.connect();
  await writer.query('create table counts (n int primary key, filler text)');
  // The newest checkpoint is of another timeline, which this log does not lead to: an earlier one serves.
  const stopLsn = await position();
  const ends: number[] = [];
  const killAfter = 400;
  for (let n = 0; n < killAfter; n++) {
    await writer.query(`insert into counts values ($1, repeat('x', $2))`, [n, random(2000)]);
    const { rows } = await writer.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
    ends.push(parseLsn(rows[0]!.lsn));
  }
  const wal = await walOf(world.engine);
  writer
    .query(`insert into counts select i, repeat('y', 1000) from generate_series(10000, 99999) i`)
    .catch(() => undefined);
  await world.engine.stop('SIGKILL');
  // Somewhere, in the middle of a record as a rule.
  const lsn = stopLsn + random(ends.at(-1)! - stopLsn);
  wal.at = { timeline: 1, lsn };
  await using copy = await restored(world, { kind: 'latest' }, { wal });
  const reader = await copy.engine.connect();
  const { rows } = await reader.query<{ n: number }>('select n from counts order by n');
  await reader.end();
  const count = rows.length;
  expect(rows.map(({ n }) => n)).toEqual(Array.from({ length: count }, (_, n) => n));
  expect(count).toBeGreaterThanOrEqual(ends.filter((end) => end <= lsn).length);
  expect(count).toBeLessThanOrEqual(ends.filter((end) => end <= lsn).length + 1);
});
