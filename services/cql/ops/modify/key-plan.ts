/** Which partitions and rows a statement is for, once its values are known. */
import type { ClusteringBound } from '../../engine/model.ts';
import { compareBounds, compareRows, type TableLayout } from '../../engine/order.ts';
import type { Slice } from '../../engine/storage.ts';
import { invalid } from '../../errors.ts';
import type { ColumnSchema, TableSchema } from '../../schema/model.ts';
import type { Value } from '../../types/api.ts';
import { encodePartitionKey, partitionKeyBytesMax } from '../../types/partition-key.ts';
import type { BoundValue } from '../api.ts';
import { gap } from './key-relations.ts';
import type { KeyRestriction, RestrictionSet, SliceRestriction } from './key-restrictions.ts';
import { modifyLimits } from './limits.ts';

type Values = readonly BoundValue[];
type StatementName = 'INSERT' | 'UPDATE' | 'DELETE';

const namesOf = (columns: readonly ColumnSchema[]) => columns.map(({ name }) => name).join(', ');

export interface KeyPlanParts {
  readonly table: TableSchema;
  readonly layout: TableLayout;
  readonly statement: StatementName;
  readonly partition: RestrictionSet;
  readonly clustering: RestrictionSet;
  /** Columns that are no part of the key. */
  readonly others: readonly ColumnSchema[];
  /** It changes and looks at static columns alone. */
  readonly isStatic: boolean;
}

export class KeyPlan {
  readonly hasPartitionIn: boolean;
  readonly hasClusteringIn: boolean;
  readonly hasClustering: boolean;
  /** It is for ranges of rows. */
  readonly isRange: boolean;
  /** Every column of the key is given by `=` or IN. */
  readonly isWhole: boolean;
  private readonly table: TableSchema;
  private readonly layout: TableLayout;
  private readonly partition: readonly KeyRestriction[];
  private readonly clustering: readonly KeyRestriction[];

  /** @throws CqlError `invalid` in Cassandra's words where restrictions are missing or too many */
  constructor(parts: KeyPlanParts) {
    const { table, statement, partition, clustering } = parts;
    checkPartition(parts);
    checkClustering(parts);
    if (parts.others.length > 0)
      throw invalid(`Non PRIMARY KEY columns found in where clause: ${namesOf(parts.others)} `);
    this.table = table;
    this.layout = parts.layout;
    this.partition = partition.all;
    this.clustering = clustering.all;
    this.hasPartitionIn = partition.hasIn;
    this.hasClusteringIn = clustering.hasIn;
    this.hasClustering = clustering.all.length > 0;
    const isComplete = clustering.columns.length === table.clustering.length && !clustering.hasSlice;
    this.isRange = statement === 'DELETE' && this.hasClustering && !isComplete;
    this.isWhole = isComplete;
  }

  /** Each once. */
  keys(values: Values): readonly Value[] {
    const tuples = alternatives(this.partition, values);
    if (tuples.length === 1) return [this.checkedKey(tuples[0]!)];
    const keys = new Map<string, Value>();
    for (const tuple of tuples) {
      const key = this.checkedKey(tuple);
      keys.set(Buffer.from(key.buffer, key.byteOffset, key.length).latin1Slice(), key);
    }
    return [...keys.values()];
  }

  private checkedKey(tuple: readonly Value[]): Value {
    if (tuple.length === 1 && tuple[0]!.length === 0) throw invalid('Key may not be empty');
    return encodePartitionKey(tuple);
  }

  /** In the order of the table, each once. Not of ranges. */
  clusterings(values: Values): readonly (readonly Value[])[] {
    return this.distinct(alternatives(this.clustering, values));
  }

  /** In the order of the table, none of them empty. */
  slices(values: Values): Slice[] {
    const last = this.clustering.at(-1);
    const slice = last?.kind === 'slice' ? last : undefined;
    const equal = slice === undefined ? this.clustering : this.clustering.slice(0, -1);
    const slices: Slice[] = [];
    for (const prefix of this.distinct(alternatives(equal, values))) {
      if (slice === undefined) slices.push(within(prefix));
      else slices.push(...this.ranges(slice, prefix, values));
    }
    return slices;
  }

  private distinct(tuples: readonly (readonly Value[])[]): readonly (readonly Value[])[] {
    for (const tuple of tuples) this.checkClusteringValues(tuple);
    if (tuples.length < 2) return tuples;
    const { rows } = this.layout;
    const sorted = tuples.toSorted((left, right) => compareRows(rows, left, right));
    return sorted.filter((tuple, at) => at === 0 || compareRows(rows, sorted[at - 1]!, tuple) !== 0);
  }

  private checkClusteringValues(tuple: readonly Value[]): void {
    for (const value of tuple) if (value.length > partitionKeyBytesMax) throw tooLong(tuple);
    const { table } = this;
    if (table.isCompact && table.clustering.length === 1 && tuple.length === 1 && tuple[0]!.length === 0)
      throw invalid(`Invalid empty or null value for column ${table.clustering[0]!.name}`);
  }

  /** Columns may be in different orders, so that a range of several of them is several ranges of rows. */
  private ranges(restriction: SliceRestriction, prefix: readonly Value[], values: Values): Slice[] {
    const { columns, lower, upper } = restriction;
    let slices: Slice[] = [within(prefix)];
    for (const [limit, isLower] of [
      [lower, true],
      [upper, false],
    ] as const) {
      if (limit === undefined) continue;
      const tuple = limit.bind(values);
      this.checkClusteringValues(tuple);
      const beyond = beyondLimit(columns, prefix, tuple, isLower, limit.isInclusive);
      slices = this.intersection(slices, beyond);
    }
    return slices;
  }

  private intersection(left: readonly Slice[], right: readonly Slice[]): Slice[] {
    const { rows } = this.layout;
    const later = (one: ClusteringBound, other: ClusteringBound) =>
      compareBounds(rows, one, other) >= 0 ? one : other;
    const earlier = (one: ClusteringBound, other: ClusteringBound) =>
      compareBounds(rows, one, other) <= 0 ? one : other;
    return left
      .flatMap((one) =>
        right.map((other) => ({ start: later(one.start, other.start), end: earlier(one.end, other.end) })),
      )
      .filter(({ start, end }) => compareBounds(rows, start, end) < 0)
      .sort((one, other) => compareBounds(rows, one.start, other.start));
  }
}

function within(prefix: readonly Value[]): Slice {
  return { start: { prefix, side: 'before' }, end: { prefix, side: 'after' } };
}

/**
 * Rows whose columns are greater (or less) than a tuple: those with the first one beyond, then those with the first one equal and the
 * second beyond, and so on.
 */
function beyondLimit(
  columns: readonly ColumnSchema[],
  prefix: readonly Value[],
  tuple: readonly Value[],
  isLower: boolean,
  isInclusive: boolean,
): Slice[] {
  return tuple.map((_, index) => {
    const around = [...prefix, ...tuple.slice(0, index)];
    const at = [...around, tuple[index]!];
    const isWithin = isInclusive && index === tuple.length - 1;
    const isStart = isLower !== (columns[index]!.order === 'desc');
    const whole = within(around);
    if (isStart) return { ...whole, start: { prefix: at, side: isWithin ? 'before' : 'after' } };
    return { ...whole, end: { prefix: at, side: isWithin ? 'after' : 'before' } };
  });
}

/** A value of each column, for every combination. */
function alternatives(
  restrictions: readonly KeyRestriction[],
  values: Values,
): readonly (readonly Value[])[] {
  let tuples: readonly (readonly Value[])[] = [[]];
  for (const restriction of restrictions) {
    if (restriction.kind === 'slice') throw new Error('a range has no alternatives');
    const next = restriction.bind(values);
    if (tuples.length === 1 && next.length === 1) {
      tuples = tuples[0]!.length === 0 ? next : [[...tuples[0]!, ...next[0]!]];
      continue;
    }
    if (tuples.length * next.length > modifyLimits.targetsMax)
      throw invalid(
        `The IN restrictions name more than ${modifyLimits.targetsMax} rows; use several statements`,
      );
    tuples = tuples.flatMap((tuple) => next.map((more) => [...tuple, ...more]));
  }
  return tuples;
}

function tooLong(tuple: readonly Value[]) {
  const length = tuple.reduce((sum, value) => sum + value.length, 0);
  return invalid(`Key length of ${length} is longer than maximum of ${partitionKeyBytesMax}`);
}

function checkPartition({ table, statement, partition }: KeyPlanParts): void {
  const missing = table.partitionKey.filter((column) => !partition.restricts(column));
  if (missing.length > 0) throw invalid(`Some partition key parts are missing: ${namesOf(missing)}`);
  if (partition.hasSlice)
    throw invalid(
      `Only EQ and IN relation are supported on the partition key (unless you use the token() function) for ${statement} statements`,
    );
}

function checkClustering({ table, statement, clustering, isStatic }: KeyPlanParts): void {
  const { columns } = clustering;
  if (isStatic && columns.length > 0 && statement !== 'INSERT')
    throw invalid(
      `Invalid restrictions on clustering columns since the ${statement} statement modifies only static columns`,
    );
  const isDelete = statement === 'DELETE';
  if (!isDelete && clustering.hasSlice)
    throw invalid(
      `Slice restrictions are not supported on the clustering columns in ${statement} statements`,
    );
  if (!isDelete && !(table.isCompact && columns.length > 0)) {
    const missing = table.clustering.filter((column) => !columns.includes(column));
    if (!isStatic && missing.length > 0)
      throw invalid(`Some clustering keys are missing: ${namesOf(missing)}`);
    return;
  }
  for (const [index, column] of columns.entries())
    if (column.position !== index) throw gap(column, table.clustering[index]!);
}
