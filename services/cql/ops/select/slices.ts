/**
 * Restrictions of clustering columns as slices of a partition, in the order of its rows: combinations of values, and behind them
 * a range of one or several columns. A range of columns of which some descend is several slices.
 */

import type { ClusteringBound } from '../../engine/model.ts';
import {
  compareBounds,
  compareRows,
  partitionEnd,
  partitionStart,
  type RowOrder,
} from '../../engine/order.ts';
import type { Slice } from '../../engine/storage.ts';
import { invalid } from '../../errors.ts';
import type { ColumnSchema, TableSchema } from '../../schema/model.ts';
import type { Value } from '../../types/api.ts';
import type { BoundValue } from '../api.ts';
import { requireValue } from '../terms/bound.ts';
import { selectLimits } from './limits.ts';
import { firstColumn, lastColumn, type RangeRestriction, type Restriction } from './restriction.ts';

type Prefix = readonly Value[];

const before = (prefix: Prefix): ClusteringBound => ({ prefix, side: 'before' });
const after = (prefix: Prefix): ClusteringBound => ({ prefix, side: 'after' });
const wholeOf = (prefix: Prefix): Slice => ({ start: before(prefix), end: after(prefix) });

/** Values of an equality or of each of IN, for all the columns of a restriction. @throws CqlError for null and unset ones */
export function valuesOf(restriction: Restriction, bound: readonly BoundValue[]): Prefix[] {
  const { columns, isMulti } = restriction;
  const checked = (values: readonly BoundValue[]): Prefix =>
    values.map((value, index) => {
      if (isMulti && value === null) throw nullInTuple(restriction, columns[index]!);
      return requireValue(value, columns[index]!.name);
    });
  if (restriction.kind === 'equal') return [checked(restriction.bind(bound))];
  if (restriction.kind === 'in') return restriction.bind(bound).map(checked);
  throw new Error('only equalities and IN have values');
}

function nullInTuple({ kind, columns }: Restriction, column: ColumnSchema) {
  if (kind !== 'in') return invalid(`Invalid null value for column ${column.name}`);
  const names = columns.map(({ name }) => name).join(', ');
  return invalid(`Invalid null value in condition for columns: [${names}]`);
}

/** @throws CqlError when each of some with each of others are more than may be looked for */
export function checkCombinations(some: number, others: number): void {
  if (some * others > selectLimits.combinations)
    throw invalid(`IN restrictions have more than ${selectLimits.combinations} combinations of values`);
}

/** Each of the prefixes followed by each of the values. */
export function combinations(prefixes: readonly Prefix[], values: readonly Prefix[]): Prefix[] {
  checkCombinations(prefixes.length, values.length);
  return prefixes.flatMap((prefix) => values.map((more) => [...prefix, ...more]));
}

/** In order, each once. */
export function distinct(prefixes: Prefix[], order: RowOrder): Prefix[] {
  const sorted = prefixes.toSorted((left, right) => compareRows(order, left, right));
  return sorted.filter((each, index) => index === 0 || compareRows(order, sorted[index - 1]!, each) !== 0);
}

interface BoundValues {
  readonly values: Prefix;
  readonly isInclusive: boolean;
}

function boundValues(
  { columns, lower, upper }: RangeRestriction,
  side: 'lower' | 'upper',
  bound: readonly BoundValue[],
): BoundValues | undefined {
  const written = side === 'lower' ? lower : upper;
  if (written === undefined) return undefined;
  const values = written.bind(bound).map((value, index) => requireValue(value, columns[index]!.name));
  return { values, isInclusive: written.isInclusive };
}

/** What is above values, or below them, behind a prefix: one slice for each column, in order. */
function sideSlices(
  columns: readonly ColumnSchema[],
  prefix: Prefix,
  { values, isInclusive }: BoundValues,
  isAbove: boolean,
): Slice[] {
  const [column, ...moreColumns] = columns;
  const [value, ...moreValues] = values;
  const here = [...prefix, value!];
  const isLast = moreValues.length === 0;
  // In a column that descends greater values come first.
  const isBehind = isAbove === (column!.order !== 'desc');
  const includesHere = isLast && isInclusive;
  const own: Slice = isBehind
    ? { start: includesHere ? before(here) : after(here), end: after(prefix) }
    : { start: before(prefix), end: includesHere ? after(here) : before(here) };
  if (isLast) return [own];
  const within = sideSlices(moreColumns, here, { values: moreValues, isInclusive }, isAbove);
  return isBehind ? [...within, own] : [own, ...within];
}

/** Slices that end where the next one begins become one. */
function joined(slices: readonly Slice[], order: RowOrder): Slice[] {
  const result: Slice[] = [];
  for (const slice of slices) {
    const last = result.at(-1);
    if (last !== undefined && compareBounds(order, last.end, slice.start) === 0)
      result[result.length - 1] = { start: last.start, end: slice.end };
    else result.push(slice);
  }
  return result;
}

/** What is in slices of both. */
export function intersection(left: readonly Slice[], right: readonly Slice[], order: RowOrder): Slice[] {
  const result: Slice[] = [];
  let first = 0;
  let second = 0;
  while (first < left.length && second < right.length) {
    const a = left[first]!;
    const b = right[second]!;
    const start = compareBounds(order, a.start, b.start) >= 0 ? a.start : b.start;
    const ends = compareBounds(order, a.end, b.end);
    const end = ends <= 0 ? a.end : b.end;
    if (compareBounds(order, start, end) < 0) result.push({ start, end });
    if (ends <= 0) first += 1;
    if (ends >= 0) second += 1;
  }
  return result;
}

/** @param columns of the restriction, which may be more than values of a bound */
function rangeSlices(
  restriction: RangeRestriction,
  prefix: Prefix,
  lower: BoundValues | undefined,
  upper: BoundValues | undefined,
  order: RowOrder,
): Slice[] {
  const { columns } = restriction;
  const whole = [wholeOf(prefix)];
  const above = lower === undefined ? whole : joined(sideSlices(columns, prefix, lower, true), order);
  const below = upper === undefined ? whole : joined(sideSlices(columns, prefix, upper, false), order);
  return intersection(above, below, order);
}

/**
 * @param restrictions of clustering columns, in their order
 * @returns undefined: all rows
 */
export function clusteringSlices(
  restrictions: Iterable<Restriction>,
  bound: readonly BoundValue[],
  order: RowOrder,
): readonly Slice[] | undefined {
  let prefixes: Prefix[] = [[]];
  let position = 0;
  for (const restriction of restrictions) {
    if (restriction.kind === 'contains' || firstColumn(restriction).position !== position) break;
    if (restriction.kind === 'range') {
      const lower = boundValues(restriction, 'lower', bound);
      const upper = boundValues(restriction, 'upper', bound);
      return prefixes.flatMap((prefix) => rangeSlices(restriction, prefix, lower, upper, order));
    }
    prefixes = distinct(combinations(prefixes, valuesOf(restriction, bound)), order);
    position = lastColumn(restriction).position + 1;
  }
  return position === 0 ? undefined : prefixes.map(wholeOf);
}

/** What of the slices comes behind a row or group in the direction of reading. */
export function slicesBehind(
  slices: readonly Slice[] | undefined,
  prefix: Prefix,
  isReversed: boolean,
  order: RowOrder,
): Slice[] {
  const rest: Slice = isReversed
    ? { start: partitionStart, end: before(prefix) }
    : { start: after(prefix), end: partitionEnd };
  return intersection(slices ?? [wholeOf([])], [rest], order);
}

/** Whether each clustering column has one value or a list of them. */
export function namesRows({ clustering }: TableSchema, restrictions: Iterable<Restriction>): boolean {
  let columns = 0;
  for (const restriction of restrictions) {
    if (restriction.kind !== 'equal' && restriction.kind !== 'in') return false;
    columns += restriction.columns.length;
  }
  return columns === clustering.length;
}
