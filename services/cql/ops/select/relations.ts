/** Relations against the columns of a table. Checks and messages: Apache Cassandra 4.0, `SingleColumnRelation` and `MultiColumnRelation`. */
import { invalid } from '../../errors.ts';
import type { Comparison, Relation, Term } from '../../parser/ast.ts';
import { printRelation } from '../../parser/print.ts';
import type { ColumnSchema, TableSchema } from '../../schema/model.ts';
import { isCollection, isMultiCell, referencesDuration } from '../../schema/type-facts.ts';
import { typeText } from '../../types/type-text.ts';
import type { BoundValue } from '../api.ts';
import type { PreparedTerm, TermContext } from '../terms/api.ts';
import { existingColumn } from '../terms/column-selectors.ts';
import { columnSpec, containsKeySpec, containsSpec, mapKeySpec, mapValueSpec } from '../terms/specs.ts';
import { prepareIn, prepareTerm } from '../terms/terms.ts';
import { prepareTuple, prepareTuplesIn } from '../terms/tuples.ts';
import type { Bound, ContainsRestriction, Restriction } from './restriction.ts';

type ColumnRelation = Extract<Relation, { kind: 'column' | 'in' | 'element' }>;
type TupleRelation = Extract<Relation, { kind: 'columns' | 'columnsIn' }>;

function operatorOf(relation: ColumnRelation): string {
  return relation.kind === 'in' ? 'IN' : relation.operator;
}

/** Order of checks as there: what comes first is what the client is told. */
function checkColumn(relation: ColumnRelation, { name, type }: ColumnSchema): void {
  const operator = operatorOf(relation);
  const isContains = operator === 'CONTAINS' || operator === 'CONTAINS KEY';
  if (operator === 'CONTAINS KEY' && type.kind !== 'map')
    throw invalid(`Cannot use CONTAINS KEY on non-map column ${name}`);
  if (operator === 'CONTAINS' && !isCollection(type))
    throw invalid(`Cannot use CONTAINS on non-collection column ${name}`);
  if (relation.kind === 'element') {
    if (type.kind === 'list')
      throw invalid(`Indexes on list entries (${name}[index] = value) are not currently supported.`);
    if (type.kind !== 'map') throw invalid(`Column ${name} cannot be used as a map`);
    if (type.frozen)
      throw invalid(`Map-entry equality predicates on frozen map column ${name} are not supported`);
    if (operator !== '=') throw invalid('Only EQ relations are supported on map entries');
  }
  if (type.kind === 'udt' && !type.frozen)
    throw invalid(`Non-frozen UDT column '${name}' (${typeText(type)}) cannot be restricted by any relation`);
  if (isCollection(type) && isMultiCell(type) && !isContains && relation.kind !== 'element')
    throw invalid(
      `Collection column '${name}' (${typeText(type)}) cannot be restricted by a '${operator}' relation`,
    );
}

function checkRange({ type }: ColumnSchema): void {
  if (!referencesDuration(type)) return;
  const what = isCollection(type)
    ? 'collections containing durations'
    : type.kind === 'tuple'
      ? 'tuples containing durations'
      : type.kind === 'udt'
        ? 'UDTs containing durations'
        : 'duration columns';
  throw invalid(`Slice restrictions are not supported on ${what}`);
}

function equal(column: ColumnSchema, term: PreparedTerm): Restriction {
  return {
    kind: 'equal',
    columns: [column],
    isMulti: false,
    bind: (values) => [term.bind(values)],
  };
}

function range(
  columns: readonly ColumnSchema[],
  isMulti: boolean,
  operator: Comparison,
  bind: (values: readonly BoundValue[]) => readonly BoundValue[],
): Restriction {
  const bound: Bound = { isInclusive: operator.endsWith('='), bind };
  const isLower = operator.startsWith('>');
  return {
    kind: 'range',
    columns,
    isMulti,
    lower: isLower ? bound : undefined,
    upper: isLower ? undefined : bound,
  };
}

function contains(column: ColumnSchema, more: Partial<ContainsRestriction>): Restriction {
  return { kind: 'contains', columns: [column], isMulti: false, values: [], keys: [], entries: [], ...more };
}

function inList(
  relation: Extract<Relation, { kind: 'in' }>,
  column: ColumnSchema,
  table: TableSchema,
  context: TermContext,
): Restriction {
  const spec = columnSpec(table, column);
  const { values } = relation;
  if (!('kind' in values) && values.length === 1)
    return equal(column, prepareTerm(values[0]!, spec, context));
  const terms = prepareIn(values, spec, context);
  return {
    kind: 'in',
    columns: [column],
    isMulti: false,
    bind: (bound) => {
      const all = terms.bind(bound);
      if (all === null) throw invalid(`Invalid null value for column ${column.name}`);
      if (all === 'unset') throw invalid(`Invalid unset value for column ${column.name}`);
      return all.map((value) => [value]);
    },
  };
}

export function columnRestriction(
  relation: ColumnRelation,
  table: TableSchema,
  context: TermContext,
): Restriction {
  const column = existingColumn(table, relation.column);
  const spec = columnSpec(table, column);
  if (isRange(operatorOf(relation))) checkRange(column);
  checkColumn(relation, column);
  if (relation.kind === 'in') return inList(relation, column, table, context);
  if (relation.kind === 'element') {
    const key = prepareTerm(relation.key, mapKeySpec(spec), context);
    const value = prepareTerm(relation.value, mapValueSpec(spec), context);
    return contains(column, { entries: [{ key, value }] });
  }
  const prepare = (value: Term, of = spec) => prepareTerm(value, of, context);
  switch (relation.operator) {
    case 'CONTAINS':
      return contains(column, { values: [prepare(relation.value, containsSpec(spec))] });
    case 'CONTAINS KEY':
      return contains(column, { keys: [prepare(relation.value, containsKeySpec(spec))] });
    case 'LIKE':
      throw invalid(
        `LIKE restriction is only supported on properly indexed columns. ${printRelation(relation)} is not valid.`,
      );
    case '=':
      return equal(column, prepare(relation.value));
    default: {
      const term = prepare(relation.value);
      return range([column], false, relation.operator, (values) => [term.bind(values)]);
    }
  }
}

function isRange(operator: string): boolean {
  return operator.startsWith('<') || operator.startsWith('>');
}

function clusteringColumns(relation: TupleRelation, table: TableSchema): ColumnSchema[] {
  const columns: ColumnSchema[] = [];
  for (const name of relation.columns) {
    const column = existingColumn(table, name);
    if (column.kind !== 'clustering')
      throw invalid(
        `Multi-column relations can only be applied to clustering columns but was applied to: ${name}`,
      );
    if (columns.includes(column))
      throw invalid(`Column "${name}" appeared twice in a relation: ${printRelation(relation)}`);
    const previous = columns.at(-1);
    if (previous !== undefined && column.position !== previous.position + 1)
      throw invalid(
        `Clustering columns must appear in the PRIMARY KEY order in multi-column relations: ${printRelation(relation)}`,
      );
    columns.push(column);
  }
  return columns;
}

export function tupleRestriction(
  relation: TupleRelation,
  table: TableSchema,
  context: TermContext,
): Restriction {
  const columns = clusteringColumns(relation, table);
  const specs = columns.map((column) => columnSpec(table, column));
  const one = (term: Term) => {
    const tuple = prepareTuple(term, specs, context);
    return (values: readonly BoundValue[]) => tuple.bind(values);
  };
  if (relation.kind === 'columns') {
    const bind = one(relation.value);
    if (relation.operator === '=') return { kind: 'equal', columns, isMulti: true, bind };
    return range(columns, true, relation.operator, bind);
  }
  const { values } = relation;
  if (!('kind' in values) && values.length === 1)
    return { kind: 'equal', columns, isMulti: true, bind: one(values[0]!) };
  const tuples = prepareTuplesIn(values, specs, context);
  return { kind: 'in', columns, isMulti: true, bind: (bound) => tuples.bind(bound) };
}
