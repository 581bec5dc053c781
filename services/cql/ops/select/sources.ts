/** Where rows come from: partitions by their keys, ranges of partitions, an index; from the beginning, or from where a page ended. */
import { setImmediate } from 'node:timers/promises';
import { isPromise } from '../../engine/soon.ts';
import type {
  PartitionCursor,
  PartitionRange,
  Reader,
  ReadOptions,
  Soon,
  TableScan,
} from '../../engine/storage.ts';
import type { TableSchema } from '../../schema/model.ts';
import type { Value } from '../../types/api.ts';
import { compareBytes } from '../../types/compare.ts';
import { tokenOf } from '../../types/token.ts';
import { selectLimits } from './limits.ts';
import { pagingError } from './paging-state.ts';
import { type TokenBounds, tokenMatches } from './token-restriction.ts';

export const empty: TableScan = { next: () => undefined };

/** Where a page ended. */
export interface Resume {
  readonly key: Value;
  /** How the rest of its partition is read; undefined: not at all. */
  readonly options: ReadOptions | undefined;
}

/** One after the other, those that are there. */
class KeysScan implements TableScan {
  private readonly read: (index: number) => Soon<PartitionCursor | undefined>;
  private readonly count: number;
  private index: number;

  constructor(from: number, count: number, read: (index: number) => Soon<PartitionCursor | undefined>) {
    this.index = from;
    this.count = count;
    this.read = read;
  }

  next(): Soon<PartitionCursor | undefined> {
    while (this.index < this.count) {
      // Of a long list most keys may be of no partition: whoever reads does not hear of them.
      if (this.index % selectLimits.keysPerTurn === selectLimits.keysPerTurn - 1) return this.nextLate();
      const cursor = this.read(this.index++);
      if (isPromise(cursor)) return this.nextLate(cursor);
      if (cursor !== undefined) return cursor;
    }
    return undefined;
  }

  /** @param first what is being read; undefined: others have their turn before anything is */
  private async nextLate(
    first: Promise<PartitionCursor | undefined> | undefined = undefined,
  ): Promise<PartitionCursor | undefined> {
    let cursor = await first;
    while (cursor === undefined && this.index < this.count) {
      if (this.index % selectLimits.keysPerTurn === selectLimits.keysPerTurn - 1) await setImmediate();
      cursor = await this.read(this.index++);
    }
    return cursor;
  }
}

/** @param options of every partition */
export function keysScan(
  reader: Reader,
  table: TableSchema,
  keys: readonly Value[],
  options: ReadOptions,
  resume: Resume | undefined,
): TableScan {
  const at = resume === undefined ? -1 : keys.findIndex((key) => compareBytes(key, resume.key) === 0);
  if (resume !== undefined && at === -1) throw pagingError();
  const from = resume === undefined ? 0 : resume.options === undefined ? at + 1 : at;
  return new KeysScan(from, keys.length, (index) =>
    reader.read(table, keys[index]!, (index === at ? resume?.options : undefined) ?? options),
  );
}

/** Of a scan the partition with the key, which others may have the token of. */
class OnePartition implements TableScan {
  private readonly scan: TableScan;
  private readonly key: Value;

  constructor(scan: TableScan, key: Value) {
    this.scan = scan;
    this.key = key;
  }

  next(): Soon<PartitionCursor | undefined> {
    const cursor = this.scan.next();
    return isPromise(cursor) ? cursor.then((opened) => this.ifMeant(opened)) : this.ifMeant(cursor);
  }

  /** The range begins at the key: whatever comes first is it, or it is not there. */
  private ifMeant(cursor: PartitionCursor | undefined): PartitionCursor | undefined {
    return cursor !== undefined && compareBytes(cursor.key, this.key) === 0 ? cursor : undefined;
  }
}

class Chain implements TableScan {
  private first: TableScan | undefined;
  private readonly rest: TableScan;

  constructor(first: TableScan, rest: TableScan) {
    this.first = first;
    this.rest = rest;
  }

  next(): Soon<PartitionCursor | undefined> {
    const { first } = this;
    if (first === undefined) return this.rest.next();
    this.first = undefined;
    const cursor = first.next();
    if (isPromise(cursor)) return cursor.then((opened) => opened ?? this.rest.next());
    return cursor ?? this.rest.next();
  }
}

export type OpenRange = (range: PartitionRange, options: ReadOptions) => TableScan;

/** The only one that is named, through whatever `open` reads. */
export function keyScan(
  open: OpenRange,
  key: Value,
  options: ReadOptions,
  resume: Resume | undefined,
): TableScan {
  if (resume === undefined) return partitionScan(open, key, options);
  if (compareBytes(resume.key, key) !== 0) throw pagingError();
  return resume.options === undefined ? empty : partitionScan(open, key, resume.options);
}

/** One partition, through whatever `open` reads. */
function partitionScan(open: OpenRange, key: Value, options: ReadOptions): TableScan {
  const token = tokenOf(key);
  const range = { from: { token, key, isExclusive: false }, to: { token, isInclusive: true } };
  return new OnePartition(open(range, options), key);
}

export function rangeScan(
  open: OpenRange,
  { lower, upper }: TokenBounds,
  options: ReadOptions,
  resume: Resume | undefined,
): TableScan {
  const to = upper && { to: upper };
  if (resume !== undefined) {
    const { key } = resume;
    const token = tokenOf(key);
    // The state of a page of another range, as the bounds may be bound anew.
    if (!tokenMatches({ lower, upper }, token)) throw pagingError();
    const rest = open({ from: { token, key, isExclusive: true }, ...to }, options);
    return resume.options === undefined ? rest : new Chain(partitionScan(open, key, resume.options), rest);
  }
  const from = lower && { from: { token: lower.token, isExclusive: !lower.isInclusive } };
  return open({ ...from, ...to }, options);
}
