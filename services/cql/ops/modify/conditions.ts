/** What stands behind IF, against the table: prepared, bound, and tested on rows. Behaviour and messages: Apache Cassandra 4.0, `cql3.conditions`. */
import type { Row } from '../../engine/model.ts';
import { invalid } from '../../errors.ts';
import type { ColumnCondition } from '../../parser/ast.ts';
import type { ColumnSchema, TableSchema } from '../../schema/model.ts';
import { isCollection, isCounter, isMultiCell, referencesDuration } from '../../schema/type-facts.ts';
import type { CqlType, Value } from '../../types/api.ts';
import { int32At } from '../../types/binary.ts';
import { encodeList, listElements, mapEntries, setElements, tupleElements } from '../../types/collections.ts';
import { compareValues } from '../../types/compare.ts';
import type { BoundValue, ColumnSpec } from '../api.ts';
import type { PreparedTerm, TermContext } from '../terms/api.ts';
import {
  columnSpec,
  containsKeySpec,
  containsSpec,
  fieldSpec,
  listIndexSpec,
  listValueSpec,
  mapKeySpec,
  mapValueSpec,
} from '../terms/specs.ts';
import { prepareIn, prepareTerm } from '../terms/terms.ts';
import { columnValue } from './column-value.ts';
import { columnNamed } from './context.ts';

type Values = readonly BoundValue[];
type Operator = ColumnCondition['test']['operator'];

/** @returns whether the row is as it should be. @param now seconds since 1970 */
export type RowTest = (row: Row | undefined, now: number) => boolean;

export interface PreparedCondition {
  readonly column: ColumnSchema;
  bind(values: Values): RowTest;
}

/** The part of a column that is looked at. */
interface Subject {
  readonly spec: ColumnSpec;
  /** @returns what gives the part of a column's value */
  bind(values: Values): (value: Value | undefined) => Value | undefined;
}

export function prepareCondition(
  table: TableSchema,
  condition: ColumnCondition,
  context: TermContext,
): PreparedCondition {
  const column = columnNamed(table, condition.subject.column);
  if (isCounter(column.type)) throw invalid('Conditions on counters are not supported');
  const subject = prepareSubject(column, columnSpec(table, column), condition.subject, context);
  const { test } = condition;
  checkDurations(subject.spec.type, test.operator);
  const values = prepareValues(column, subject.spec, test, context);
  if (column.position >= 0) throw invalid(`PRIMARY KEY column '${column.name}' cannot have IF conditions`);
  const compare = test.operator === 'IN' ? '=' : test.operator;
  const isWhole = condition.subject.kind === 'column';
  return {
    column,
    bind: (bound) => {
      const part = subject.bind(bound);
      const wanted = values(bound);
      return (row, now) => {
        const found = part(columnValue(row, column, now));
        return wanted.some((value) => isSatisfied(subject.spec.type, compare, value, found, isWhole));
      };
    },
  };
}

function prepareSubject(
  column: ColumnSchema,
  spec: ColumnSpec,
  subject: ColumnCondition['subject'],
  context: TermContext,
): Subject {
  switch (subject.kind) {
    case 'column':
      return { spec, bind: () => (value) => value };
    case 'field': {
      const { type } = column;
      if (type.kind !== 'udt') throw invalid(`Invalid field access syntax for non-UDT column ${column.name}`);
      const index = type.fields.findIndex(({ name }) => name === subject.field);
      if (index === -1) throw invalid(`Unknown field ${subject.field} for column ${column.name}`);
      const { length } = type.fields;
      const field = (value: Value | undefined) =>
        value === undefined ? undefined : tupleElements(value, length)[index];
      return { spec: fieldSpec(spec, index), bind: () => field };
    }
    case 'element':
      return prepareElement(column, spec, subject, context);
  }
}

function prepareElement(
  { name, type }: ColumnSchema,
  spec: ColumnSpec,
  { key }: Extract<ColumnCondition['subject'], { kind: 'element' }>,
  context: TermContext,
): Subject {
  if (!isCollection(type)) throw invalid(`Invalid element access syntax for non-collection column ${name}`);
  if (type.kind === 'set') throw invalid(`Invalid element access syntax for set column ${name}`);
  if (type.kind === 'list') {
    const index = prepareTerm(key, listIndexSpec(spec), context);
    return {
      spec: listValueSpec(spec),
      bind: (values) => {
        const bytes = requirePart(index.bind(values), 'list');
        const at = bytes.length === 4 ? int32At(bytes, 0) : -1;
        if (at < 0) throw invalid(`Invalid negative list index ${at}`);
        return (value) => (value === undefined ? undefined : listElements(value)[at]);
      },
    };
  }
  if (type.kind !== 'map') throw new Error(`a ${type.kind} is no collection`);
  const term = prepareTerm(key, mapKeySpec(spec), context);
  return {
    spec: mapValueSpec(spec),
    bind: (values) => {
      const wanted = requirePart(term.bind(values), 'map');
      return (value) => (value === undefined ? undefined : entryOf(type.key, value, wanted));
    },
  };
}

function requirePart(bound: BoundValue, kind: 'list' | 'map'): Value {
  if (bound === null) throw invalid(`Invalid null value for ${kind} element access`);
  if (bound === 'unset') throw invalid(`Invalid unset value for ${kind} element access`);
  return bound;
}

function entryOf(keyType: CqlType, map: Value, key: Value): Value | undefined {
  const entries = mapEntries(map);
  for (let at = 0; at < entries.length; at += 2)
    if (compareValues(keyType, entries[at]!, key) === 0) return entries[at + 1];
  return undefined;
}

/** What the part is compared with: one of them is to fit. */
function prepareValues(
  { name, type }: ColumnSchema,
  spec: ColumnSpec,
  test: ColumnCondition['test'],
  context: TermContext,
): (values: Values) => readonly (Value | null)[] {
  if (test.operator === 'IN') {
    const terms = prepareIn(test.values, spec, context);
    return (values) => {
      const bound = terms.bind(values);
      if (bound === null) throw invalid('Invalid null list in IN condition');
      if (bound === 'unset') throw unsetValue();
      return bound.filter((value) => value !== 'unset');
    };
  }
  const term = prepareTerm(test.value, comparedSpec(name, type, spec, test.operator), context);
  return (values) => [requireSet(term, values)];
}

function comparedSpec(name: string, type: CqlType, spec: ColumnSpec, operator: Operator): ColumnSpec {
  if (operator === 'CONTAINS KEY') {
    if (type.kind !== 'map') throw invalid(`Cannot use CONTAINS KEY on non-map column ${name}`);
    return containsKeySpec(spec);
  }
  if (operator !== 'CONTAINS') return spec;
  if (!isCollection(type)) throw invalid(`Cannot use CONTAINS on non-collection column ${name}`);
  return containsSpec(spec);
}

const unsetValue = () => invalid("Invalid 'unset' value in condition");

function requireSet(term: PreparedTerm, values: Values): Value | null {
  const value = term.bind(values);
  if (value === 'unset') throw unsetValue();
  return value;
}

function checkDurations(type: CqlType, operator: Operator): void {
  const isSlice = operator === '<' || operator === '<=' || operator === '>' || operator === '>=';
  if (!isSlice || !referencesDuration(type)) return;
  const kinds: Partial<Record<CqlType['kind'], string>> = {
    list: 'collections',
    set: 'collections',
    map: 'collections',
    tuple: 'tuples',
    udt: 'UDTs',
  };
  const kind = kinds[type.kind];
  if (kind !== undefined) throw invalid(`Slice conditions are not supported on ${kind} containing durations`);
  throw invalid(`Slice conditions ( ${operator} ) are not supported on durations`);
}

function isSatisfied(
  type: CqlType,
  operator: Exclude<Operator, 'IN'>,
  wanted: Value | null,
  found: Value | undefined,
  isWhole: boolean,
): boolean {
  if (wanted === null) {
    if (operator === '=') return found === undefined;
    if (operator === '!=') return found !== undefined;
    throw invalid(`Invalid comparison with null for operator "${operator}"`);
  }
  if (operator === 'CONTAINS' || operator === 'CONTAINS KEY')
    return found !== undefined && contains(type, operator, found, wanted);
  // A collection of several cells that has none is also an empty one.
  const value = found ?? (isWhole && isCollection(type) && isMultiCell(type) ? noElements : undefined);
  if (value === undefined) return operator === '!=';
  const order = compareValues(type, value, wanted);
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

const noElements = encodeList([]);

function contains(
  type: CqlType,
  operator: 'CONTAINS' | 'CONTAINS KEY',
  collection: Value,
  wanted: Value,
): boolean {
  switch (type.kind) {
    case 'list':
      return listElements(collection).some((element) => compareValues(type.element, element, wanted) === 0);
    case 'set':
      return setElements(collection).some((element) => compareValues(type.element, element, wanted) === 0);
    case 'map': {
      const isKey = operator === 'CONTAINS KEY';
      const part = isKey ? type.key : type.value;
      return mapEntries(collection).some(
        (each, at) => (at % 2 === 0) === isKey && compareValues(part, each, wanted) === 0,
      );
    }
    default:
      throw new Error(`a ${type.kind} contains nothing`);
  }
}
