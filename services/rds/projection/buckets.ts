/**
 * Which rows a table has: relations over its rows' records, in buckets that are split one after another as the table grows
 * (Litwin, Linear Hashing, 1980), so that a new row rewrites one small hyperedge and a growing table no more than it must. The
 * hash is the record's slot, which is pseudo-random, and which members carry: a split reads no row.
 */
import type { DomainWrite, RecordKey, TableDomain } from '@hypergate/table';
import { bucketKey, bucketsTable, rowsTable } from '../model/row-tables.ts';
import { projectionLimits } from './limits.ts';

const slotAt = { start: 32, end: 56 } as const;

/** @param buckets at least 1 */
export function bucketOf(slot: Uint8Array, buckets: number): number {
  const hash = Buffer.from(slot.buffer, slot.byteOffset, slot.length).readUInt32BE(slot.length - 4);
  const round = 2 ** Math.ceil(Math.log2(buckets));
  const index = hash % round;
  return index < buckets ? index : index - round / 2;
}

/** The bucket that this one was split from, when there were fewer. */
export function originOf(bucket: number, buckets: number): number {
  let origin = bucket;
  while (origin >= buckets) origin -= 2 ** Math.floor(Math.log2(origin));
  return origin;
}

/** None for none, and never fewer than before while there are some. */
export function bucketsFor(records: number, before: number): number {
  if (records === 0) return 0;
  return Math.max(before, Math.ceil(records / projectionLimits.rowsPerBucket));
}

/** Records that came, with their keys, and that went; by slot. */
export type BucketChanges = ReadonlyMap<string, RecordKey | undefined>;

/**
 * Writes that bring the buckets up to date, a few at a time: those of one group belong together.
 * @param before number of buckets so far, and `after` from now on
 */
export async function* bucketWrites(
  domain: TableDomain,
  { databaseOid, oid }: { readonly databaseOid: number; readonly oid: number },
  changes: BucketChanges,
  before: number,
  after: number,
): AsyncGenerator<DomainWrite[]> {
  const write = (bucket: number) =>
    ({ domain, table: bucketsTable, key: bucketKey(databaseOid, oid, bucket) }) as const;
  if (after === 0) {
    for (let bucket = 0; bucket < before; bucket += 1) yield [{ ...write(bucket), kind: 'remove-relation' }];
    return;
  }
  for (const [origin, group] of touchedGroups(changes, before, after)) {
    const stored = before === 0 ? undefined : await domain.getRelation(bucketsTable, write(origin).key);
    const members = new Map<number, (Uint8Array | { table: typeof rowsTable; key: RecordKey })[]>();
    for (const bucket of group.buckets) members.set(bucket, []);
    for (const id of stored?.members ?? []) {
      const slot = id.subarray(slotAt.start, slotAt.end);
      if (!group.changes.has(textOf(slot))) members.get(bucketOf(slot, after))!.push(id);
    }
    for (const [slot, key] of group.changes)
      if (key !== undefined)
        members.get(bucketOf(Buffer.from(slot, 'latin1'), after))!.push({ table: rowsTable, key });
    yield [...members].map(([bucket, list]) =>
      list.length === 0
        ? { ...write(bucket), kind: 'remove-relation' }
        : { ...write(bucket), kind: 'put-relation', row: null, members: list },
    );
  }
}

interface Group {
  /** That the origin is divided into. */
  readonly buckets: number[];
  readonly changes: Map<string, RecordKey | undefined>;
}

/** By the bucket where their rows are so far. */
function touchedGroups(changes: BucketChanges, before: number, after: number): Map<number, Group> {
  const groups = new Map<number, Group>();
  const origins = Math.max(before, 1);
  const groupOf = (origin: number): Group => {
    let group = groups.get(origin);
    if (group === undefined) groups.set(origin, (group = { buckets: [origin], changes: new Map() }));
    return group;
  };
  for (let bucket = origins; bucket < after; bucket += 1)
    groupOf(originOf(bucket, origins)).buckets.push(bucket);
  for (const [slot, key] of changes)
    groupOf(bucketOf(Buffer.from(slot, 'latin1'), origins)).changes.set(slot, key);
  return groups;
}

export function textOf(slot: Uint8Array): string {
  return Buffer.from(slot.buffer, slot.byteOffset, slot.length).toString('latin1');
}
