/** Cursors over one partition of a table or of a secondary index. */
import type { Bytes, DomainAddress } from '@hypergate/node/api';
import type { IndexCursor, IndexEntry, RecordKey, ScanOptions } from '../api.ts';
import {
  afterEnd,
  lastSlotPart,
  projectionOf,
  recordKeyOf,
  recordPrefix,
  secondaryPrefix,
  secondarySort,
  sortOfSecondary,
  tablePrefix,
} from '../format/v1/index-key.ts';
import { TreeCursor } from '../tree/cursor.ts';
import type { IndexTree } from '../tree/index-tree.ts';

const zero = Buffer.of(0);

function larger(left: Buffer, right: Buffer): Buffer {
  return Buffer.compare(left, right) >= 0 ? left : right;
}

class PartitionCursor implements IndexCursor {
  readonly #cursor: TreeCursor;
  readonly #read: (cursor: TreeCursor) => IndexEntry | undefined;
  readonly #seekKey: (sort: Bytes) => Buffer;
  #left: number;

  constructor(
    cursor: TreeCursor,
    limit: number,
    read: (cursor: TreeCursor) => IndexEntry | undefined,
    seekKey: (sort: Bytes) => Buffer,
  ) {
    this.#cursor = cursor;
    this.#left = limit;
    this.#read = read;
    this.#seekKey = seekKey;
  }

  next(): IndexEntry | undefined {
    if (this.#left <= 0) return undefined;
    while (this.#cursor.next()) {
      const entry = this.#read(this.#cursor);
      if (entry === undefined) continue;
      this.#left -= 1;
      return entry;
    }
    return undefined;
  }

  seek(sort: Bytes): void {
    this.#cursor.seek(this.#seekKey(sort));
  }
}

export function openCursor(
  tree: IndexTree,
  domain: DomainAddress,
  table: string,
  partition: Bytes,
  { gte, gt, lt, reverse = false, limit = Number.POSITIVE_INFINITY }: ScanOptions,
): IndexCursor {
  const prefix = recordPrefix(domain, table, partition);
  let low = prefix;
  if (gte !== undefined) low = Buffer.concat([prefix, gte]);
  if (gt !== undefined) low = larger(low, Buffer.concat([prefix, gt, zero]));
  const high = lt === undefined ? afterEnd(prefix) : Buffer.concat([prefix, lt]);
  const skip = prefix.length;
  const read = (cursor: TreeCursor): IndexEntry | undefined => {
    const projection = projectionOf(cursor.value());
    return projection === undefined ? undefined : { sort: cursor.key(skip), projection };
  };
  const cursor = new TreeCursor(tree, { low, high, reverse });
  return new PartitionCursor(cursor, limit, read, (sort) => Buffer.concat([prefix, sort]));
}

/** Keys of records of all partitions, of those that the index knows, in its order. @param limit 1 or more */
export function tableKeys(
  tree: IndexTree,
  domain: DomainAddress,
  table: string,
  limit: number,
): readonly RecordKey[] {
  const low = tablePrefix(domain, table);
  const high = Buffer.from(low);
  high[high.length - 1] = 1;
  const cursor = new TreeCursor(tree, { low, high, reverse: false });
  const keys: RecordKey[] = [];
  while (keys.length < limit && cursor.next()) keys.push(recordKeyOf(cursor.key(low.length)));
  return keys;
}

export function openSecondaryCursor(
  tree: IndexTree,
  domain: DomainAddress,
  index: string,
  partition: Bytes,
  { gte, gt, lt, reverse = false, limit = Number.POSITIVE_INFINITY }: ScanOptions,
): IndexCursor {
  const prefix = secondaryPrefix(domain, index, partition);
  const at = (sort: Bytes) => Buffer.concat([prefix, secondarySort(sort)]);
  let low = prefix;
  if (gte !== undefined) low = at(gte);
  if (gt !== undefined) low = larger(low, afterEnd(at(gt)));
  const high = lt === undefined ? afterEnd(prefix) : at(lt);
  const skip = prefix.length;
  const read = (cursor: TreeCursor): IndexEntry => ({
    sort: sortOfSecondary(cursor.key(skip)),
    projection: cursor.value(),
  });
  const seekKey = (sort: Bytes) => (reverse ? Buffer.concat([at(sort), lastSlotPart]) : at(sort));
  return new PartitionCursor(new TreeCursor(tree, { low, high, reverse }), limit, read, seekKey);
}
