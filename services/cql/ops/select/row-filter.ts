/**
 * What rows are tested for after they were read. A null meets no condition; conditions with null or values that are not set are
 * refused. Rules and messages: Apache Cassandra 4.0, `RowFilter`.
 */

import { isCellLive } from '../../engine/liveness.ts';
import type { PathCell } from '../../engine/model.ts';
import { invalid } from '../../errors.ts';
import type { ColumnSchema } from '../../schema/model.ts';
import type { CqlType, Value } from '../../types/api.ts';
import { listElements, mapEntries, setElements } from '../../types/collections.ts';
import { type Compare, comparatorOf } from '../../types/compare.ts';
import type { BoundValue } from '../api.ts';
import type { CurrentRow } from './current-row.ts';
import type { ContainsRestriction, Restriction } from './restriction.ts';

export type Test = (row: CurrentRow) => boolean;

/** Of partitions and of rows: when rows are tested, a partition's statics alone are none. */
export interface RowFilter {
  readonly partition: readonly Test[];
  readonly rows: readonly Test[];
}

type Matches = (order: number) => boolean;

function required(bound: BoundValue, what: string, { name }: ColumnSchema): Value {
  if (bound === null) throw invalid(`Unsupported null ${what} for column ${name}`);
  if (bound === 'unset') throw invalid(`Unsupported unset ${what} for column ${name}`);
  return bound;
}

function comparison(column: ColumnSchema, wanted: Value, matches: Matches): Test {
  const compare = comparatorOf(column.type);
  return (row) => {
    const value = row.valueOf(column);
    return value !== undefined && matches(compare(value, wanted));
  };
}

const isSame: Matches = (order) => order === 0;

/** Whether a value is among these, which may be very many: each row asks. */
export function membership(values: readonly Value[], compare: Compare): (value: Value) => boolean {
  const sorted = values.toSorted(compare);
  return (value) => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = compare(sorted[middle]!, value);
      if (order === 0) return true;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return false;
  };
}

function anyOf(column: ColumnSchema, wanted: readonly Value[]): Test {
  const isWanted = membership(wanted, comparatorOf(column.type));
  return (row) => {
    const value = row.valueOf(column);
    return value !== undefined && isWanted(value);
  };
}

/** Elements of a frozen collection: those of a map are its values, or its keys. */
function elements(type: CqlType, value: Value, isKey: boolean): Value[] {
  if (type.kind === 'list') return listElements(value);
  if (type.kind === 'set') return setElements(value);
  return mapEntries(value).filter((_, index) => (index % 2 === 0) === isKey);
}

function cellsOf(row: CurrentRow, column: ColumnSchema): readonly PathCell[] {
  const data = row.data(column);
  return data?.kind === 'complex' ? data.complex.cells : [];
}

function containing(column: ColumnSchema, wanted: Value, isKey: boolean): Test {
  const { type } = column;
  if (type.kind !== 'list' && type.kind !== 'set' && type.kind !== 'map')
    throw new Error('only collections contain something');
  const compare = comparatorOf(type.kind !== 'map' ? type.element : isKey ? type.key : type.value);
  if (type.frozen) {
    return (row) => {
      const value = row.valueOf(column);
      return value !== undefined && elements(type, value, isKey).some((each) => compare(each, wanted) === 0);
    };
  }
  const isPath = type.kind === 'set' || isKey;
  return (row) =>
    cellsOf(row, column).some(
      (cell) => isCellLive(cell, row.now) && compare(isPath ? cell.path : cell.value!, wanted) === 0,
    );
}

function entry(column: ColumnSchema, key: Value, wanted: Value): Test {
  if (column.type.kind !== 'map') throw new Error('only maps have entries');
  const compareKeys = comparatorOf(column.type.key);
  const compare = comparatorOf(column.type.value);
  return (row) =>
    cellsOf(row, column).some(
      (cell) =>
        isCellLive(cell, row.now) && compareKeys(cell.path, key) === 0 && compare(cell.value!, wanted) === 0,
    );
}

function containsTests(
  { columns, values, keys, entries }: ContainsRestriction,
  bound: readonly BoundValue[],
) {
  const column = columns[0]!;
  return [
    ...values.map((term) => containing(column, required(term.bind(bound), 'value', column), false)),
    ...keys.map((term) => containing(column, required(term.bind(bound), 'value', column), true)),
    ...entries.map(({ key, value }) => {
      const path = required(key.bind(bound), 'map key', column);
      return entry(column, path, required(value.bind(bound), 'map value', column));
    }),
  ];
}

function testsOf(restriction: Restriction, bound: readonly BoundValue[]): Test[] {
  const { columns } = restriction;
  const column = columns[0]!;
  const bind = (values: readonly BoundValue[]) =>
    values.map((value, index) => required(value, 'value', columns[index]!));
  switch (restriction.kind) {
    case 'equal':
      return bind(restriction.bind(bound)).map((value, index) => comparison(columns[index]!, value, isSame));
    case 'in': {
      const all = restriction.bind(bound).map(bind);
      if (!restriction.isMulti)
        return [
          anyOf(
            column,
            all.map(([value]) => value!),
          ),
        ];
      if (all.length !== 1) throw invalid('IN restrictions are not supported on indexed columns');
      return all[0]!.map((value, index) => comparison(columns[index]!, value, isSame));
    }
    case 'range': {
      if (restriction.isMulti) throw invalid('Multi-column slice restrictions cannot be used for filtering.');
      const tests: Test[] = [];
      const { lower, upper } = restriction;
      if (lower !== undefined) {
        const [value] = bind(lower.bind(bound));
        tests.push(
          comparison(column, value!, lower.isInclusive ? (order) => order >= 0 : (order) => order > 0),
        );
      }
      if (upper !== undefined) {
        const [value] = bind(upper.bind(bound));
        tests.push(
          comparison(column, value!, upper.isInclusive ? (order) => order <= 0 : (order) => order < 0),
        );
      }
      return tests;
    }
    case 'contains':
      return containsTests(restriction, bound);
  }
}

const nothing: RowFilter = { partition: [], rows: [] };

export function rowFilter(restrictions: readonly Restriction[], bound: readonly BoundValue[]): RowFilter {
  if (restrictions.length === 0) return nothing;
  const partition: Test[] = [];
  const rows: Test[] = [];
  for (const restriction of restrictions) {
    const { kind } = restriction.columns[0]!;
    const target = kind === 'partition_key' || kind === 'static' ? partition : rows;
    target.push(...testsOf(restriction, bound));
  }
  return { partition, rows };
}

export function meets(row: CurrentRow, tests: readonly Test[]): boolean {
  for (const test of tests) if (!test(row)) return false;
  return true;
}
