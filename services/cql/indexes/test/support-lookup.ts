/** Indexes over storage in memory, and what they lead to, for tests of single cases. */
import { MemoryStorage } from '../../engine/memory-storage.ts';
import type { Cell, Mutation, Row } from '../../engine/model.ts';
import type { Storage } from '../../engine/storage.ts';
import type { Value } from '../../types/api.ts';
import { BuiltIndexes, HiddenIndexes, StaleEntries } from '../index.ts';
import { byte, idOf, table } from './support.ts';

export interface Clock {
  /** Seconds since 1970. */
  now: number;
}

export function fail(error: unknown): never {
  throw error;
}

export function indexesOver(storage: Storage, clock: Clock = { now: 100 }) {
  const built = new BuiltIndexes();
  const stale = new StaleEntries(storage, fail);
  const reader = new HiddenIndexes({ storage, built, stale, now: () => clock.now * 1000, onFailure: fail });
  return { built, stale, reader, clock };
}

export const indexOn = (target: string) => table.indexes.find(({ options }) => options.target === target)!;

export const cell = (value: Value | undefined, timestamp: bigint, expiresAt = 0): Cell => ({
  timestamp,
  value,
  ttl: expiresAt === 0 ? 0 : 5,
  localTime: expiresAt,
});

/** One row, whose clustering is two zeros. */
export function write(
  key: Value,
  columns: Readonly<Record<string, Cell>>,
  more: Partial<Row> = {},
): Mutation {
  const row: Row = {
    clustering: [byte(0), byte(0)],
    marker: undefined,
    deletion: undefined,
    columns: new Map(
      Object.entries(columns).map(([name, made]) => [idOf(name), { kind: 'cell', cell: made }]),
    ),
    ...more,
  };
  return { table: table.id, key, deletion: undefined, statics: undefined, rows: [row], tombstones: [] };
}

/** Keys of partitions with rows to which `v = value` leads. */
export async function lookUp(
  { reader }: Pick<ReturnType<typeof indexesOver>, 'reader'>,
  storage: Storage,
  value: Value,
): Promise<string[] | undefined> {
  const scan = reader.search(storage, table, indexOn('v'), { operator: '=', value }, {});
  if (scan === undefined) return undefined;
  const keys: string[] = [];
  for (let cursor = await scan.next(); cursor !== undefined; cursor = await scan.next())
    for (let row = await cursor.next(); row !== undefined; row = await cursor.next())
      keys.push(Buffer.from(cursor.key).toString('hex'));
  return keys;
}

export function entriesIn(storage: Storage, hidden: string): number {
  if (!(storage instanceof MemoryStorage)) throw new Error('only memory is counted');
  let count = 0;
  for (const partition of storage.memtable.table(hidden)?.byKey.values() ?? []) {
    const walk = partition.rows.first();
    for (let row = walk.next(); row !== undefined; row = walk.next())
      if (row.row?.marker !== undefined) count += 1;
  }
  return count;
}
