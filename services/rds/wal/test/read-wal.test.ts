/** What is stored is verified when it is read, and sealed at its real size. */
import type { DomainWrite } from '@hypergate/table';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  placeKey,
  placesPartition,
  readPlace,
  segmentsTable,
  timelineBytes,
  walTable,
} from '../../model/wal-tables.ts';
import { openStore, type StoreWorld } from '../../test/support/store.ts';
import { openLog, readAll } from '../../test/support/wal.ts';
import { linkOf } from '../chain.ts';
import { walLimits } from '../limits.ts';
import { decodeBatches, encodeBatches } from '../stretch-content.ts';
import type { WalLog } from '../wal-log.ts';

const start = 0x1000000;
let world: StoreWorld;
let log: WalLog;

beforeEach(async () => {
  world = await openStore();
  log = await openLog(world.store);
  await log.beginTimeline(1, 0, start);
});

afterEach(async () => {
  await log.close();
  await world.close();
});

async function append(bytes: Buffer): Promise<void> {
  log.append(log.timeline, log.appended, bytes);
  await log.settled();
}

async function put(at: number, change: object): Promise<void> {
  const { tables, domain, fence } = world.store;
  const entries = await domain.scan(walTable, placesPartition, {});
  const key = placeKey(entries.map(readPlace).find((found) => found.start === at)!.place);
  const { row } = (await domain.get(walTable, key))!;
  const write: DomainWrite = { kind: 'put', domain, table: walTable, key, row: { ...row, ...change } };
  await tables.transact([write], { fence });
}

describe('a reader notices', () => {
  beforeEach(async () => {
    for (const text of ['one', 'two', 'three']) await append(Buffer.from(text));
  });

  it('bytes that are others', async () => {
    await put(start + 3, { pieces: [{ kind: 'inline', bytes: Buffer.from('TWO') }] });
    await expect(readAll(log, start, start + 11)).rejects.toMatchObject({ code: 'damaged' });
    expect((await readAll(log, start, start + 3)).toString()).toBe('one');
  });

  it('a batch that fits in itself and was not written behind the one before', async () => {
    const prevHash = Buffer.alloc(32, 1);
    const bytes = Buffer.from('TWO');
    const hash = linkOf(1, start + 3, prevHash, bytes);
    await put(start + 3, { prevHash, hash, pieces: [{ kind: 'inline', bytes }] });
    await expect(readAll(log, start, start + 11)).rejects.toMatchObject({ code: 'damaged' });
  });

  it('what is not there: before the log, beyond its end, on no timeline', async () => {
    for (const [from, to] of [
      [start - 1, start + 3],
      [start, start + 12],
    ] as const)
      await expect(readAll(log, from, to)).rejects.toMatchObject({ code: 'missing' });
    expect(() => log.history(7)).toThrow(expect.objectContaining({ code: 'timeline' }));
  });
});

it('a segment of four megabytes takes the place of its rows, and is trimmed as a whole', async () => {
  const all: Buffer[] = [];
  for (let i = 0; i < 45; i++) {
    all.push(Buffer.alloc(100_000, i));
    await append(all[i]!);
  }
  const { domain } = world.store;
  const segments = () => domain.scan(segmentsTable, timelineBytes(1), {});
  // Behind what is under way, trimming below the beginning removes nothing.
  await log.trim(start);
  const [segment, ...more] = await segments();
  expect(more).toEqual([]);
  expect(segment).toBeDefined();
  const rows = await domain.scan(walTable, placesPartition, {});
  expect(rows).toHaveLength(45 - Math.ceil(walLimits.segmentBytes / 100_000));
  const bytes = Buffer.concat(all);
  expect((await readAll(log, start, log.certified)).equals(bytes)).toBe(true);
  expect(
    (await readAll(log, start + 4_150_000, start + 4_250_000)).equals(bytes.subarray(4_150_000, 4_250_000)),
  ).toBe(true);
  await log.trim(start + 4_200_000 - 1);
  expect(await segments()).toHaveLength(1);
  await log.trim(start + 4_200_000);
  expect(await segments()).toHaveLength(0);
  await expect(readAll(log, start, start + 10)).rejects.toMatchObject({ code: 'missing' });
  await log.trim(log.certified);
  // The last batch stays: the next one is written behind it.
  expect((await readAll(log, log.certified - 100_000, log.certified)).equals(all.at(-1)!)).toBe(true);
  await append(Buffer.from('next'));
});

it('lengths and times of batches are kept exactly', () => {
  const batches = [1, 200, 40_000, 4_000_000].map((length, n) => ({
    length,
    receivedMs: 1_800_000_000_000 + n * n * 77,
  }));
  expect(decodeBatches(encodeBatches(batches), batches[0]!.receivedMs)).toEqual(batches);
  expect(() => decodeBatches(Buffer.from([0, 0]), 0)).toThrow('a batch of nothing');
  expect(() => decodeBatches(Buffer.from([0x80]), 0)).toThrow('malformed');
});
