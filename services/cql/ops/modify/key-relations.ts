/** Relations behind WHERE as restrictions of key columns, which are all that UPDATE and DELETE may restrict. */
import { invalid } from '../../errors.ts';
import type { Comparison, Relation, Term } from '../../parser/ast.ts';
import { printRelation } from '../../parser/index.ts';
import type { ColumnSchema, TableSchema } from '../../schema/model.ts';
import { isCollection, isMultiCell } from '../../schema/type-facts.ts';
import type { Value } from '../../types/api.ts';
import { typeText } from '../../types/type-text.ts';
import type { BoundValue } from '../api.ts';
import type { PreparedTerm, TermContext } from '../terms/api.ts';
import { requireValue } from '../terms/bound.ts';
import { columnSpec } from '../terms/specs.ts';
import { prepareIn, prepareTerm } from '../terms/terms.ts';
import { prepareTuple, prepareTuplesIn } from '../terms/tuples.ts';
import { columnNamed } from './context.ts';
import type { KeyRestriction, Limit } from './key-restrictions.ts';

type Values = readonly BoundValue[];

/** `c = term` */
export function equals(column: ColumnSchema, term: PreparedTerm): KeyRestriction {
  return {
    kind: 'equal',
    columns: [column],
    isMulti: false,
    bind: (values) => [[requireValue(term.bind(values), column.name)]],
  };
}

function comparison(
  columns: readonly ColumnSchema[],
  isMulti: boolean,
  operator: Comparison,
  bind: (values: Values) => readonly Value[],
  relation: Relation,
): KeyRestriction {
  if (operator === '!=') throw invalid(`Unsupported "!=" relation: ${printRelation(relation)}`);
  if (operator === '=') return { kind: 'equal', columns, isMulti, bind: (values: Values) => [bind(values)] };
  const limit: Limit = { isInclusive: operator === '<=' || operator === '>=', bind };
  const isLower = operator === '>' || operator === '>=';
  return {
    kind: 'slice',
    columns,
    isMulti,
    lower: isLower ? limit : undefined,
    upper: isLower ? undefined : limit,
  };
}

/** A column of another kind is refused later, as all of them are told at once. */
function ofColumn(
  table: TableSchema,
  column: ColumnSchema,
  relation: Extract<Relation, { kind: 'column' }>,
  context: TermContext,
): KeyRestriction {
  const { operator } = relation;
  checkRelation(column, operator);
  if (operator === 'LIKE')
    throw invalid(
      `LIKE restriction is only supported on properly indexed columns. ${printRelation(relation)} is not valid.`,
    );
  if (operator === 'CONTAINS' || operator === 'CONTAINS KEY')
    throw invalid(
      column.kind === 'partition_key'
        ? `Cannot use ${operator} relation on partition key column ${column.name}`
        : 'Clustering columns can only be restricted with CONTAINS with a secondary index or filtering',
    );
  const term = prepareTerm(relation.value, columnSpec(table, column), context);
  const bind = (values: Values) => [requireValue(term.bind(values), column.name)];
  return comparison([column], false, operator, bind, relation);
}

function checkRelation({ name, type }: ColumnSchema, operator: string): void {
  if (operator === 'CONTAINS KEY' && type.kind !== 'map')
    throw invalid(`Cannot use CONTAINS KEY on non-map column ${name}`);
  if (operator === 'CONTAINS' && !isCollection(type))
    throw invalid(`Cannot use CONTAINS on non-collection column ${name}`);
  if (!isMultiCell(type)) return;
  if (type.kind === 'udt')
    throw invalid(`Non-frozen UDT column "${name}" (${typeText(type)}) cannot be restricted by any relation`);
  if (operator !== 'CONTAINS' && operator !== 'CONTAINS KEY')
    throw invalid(
      `Collection column '${name}' (${typeText(type)}) cannot be restricted by a '${operator}' relation`,
    );
}

function inValues(
  table: TableSchema,
  column: ColumnSchema,
  relation: Extract<Relation, { kind: 'in' }>,
  context: TermContext,
): KeyRestriction {
  checkRelation(column, 'IN');
  const { name } = column;
  const terms = prepareIn(relation.values, columnSpec(table, column), context);
  const bind = (values: Values) => {
    const bound = terms.bind(values);
    if (bound === null) throw invalid(`Invalid null value for column ${name}`);
    if (bound === 'unset') throw invalid(`Invalid unset value for column ${name}`);
    return bound.map((value) => [requireValue(value, name)]);
  };
  // A single value is as good as an equality, as Cassandra has it.
  const isEqual = terms.terms?.length === 1;
  return { kind: isEqual ? 'equal' : 'in', columns: [column], isMulti: false, bind };
}

/** Columns of a relation over several of them. */
function clusteringColumns(table: TableSchema, names: readonly string[]): ColumnSchema[] {
  const text = `(${names.join(', ')})`;
  const columns: ColumnSchema[] = [];
  for (const name of names) {
    const column = columnNamed(table, name);
    if (column.kind !== 'clustering')
      throw invalid(
        `Multi-column relations can only be applied to clustering columns but was applied to: ${name}`,
      );
    if (columns.includes(column)) throw invalid(`Column "${name}" appeared twice in a relation: ${text}`);
    const before = columns.at(-1);
    if (before !== undefined && column.position !== before.position + 1) {
      if (column.position < before.position)
        throw invalid(
          `Clustering columns must appear in the PRIMARY KEY order in multi-column relations: ${text}`,
        );
      throw gap(column, table.clustering[before.position + 1]!);
    }
    columns.push(column);
  }
  return columns;
}

export const gap = (column: ColumnSchema, before: ColumnSchema) =>
  invalid(
    `PRIMARY KEY column "${column.name}" cannot be restricted as preceding column "${before.name}" is not restricted`,
  );

/** @param bound a value or null of each column */
function required(columns: readonly ColumnSchema[], bound: readonly BoundValue[]): Value[] {
  return columns.map(({ name }, index) => requireValue(bound[index] ?? null, name));
}

function ofColumns(
  table: TableSchema,
  names: readonly string[],
  operator: Comparison,
  value: Term,
  relation: Relation,
  context: TermContext,
): KeyRestriction {
  const columns = clusteringColumns(table, names);
  const specs = columns.map((column) => columnSpec(table, column));
  const tuple = prepareTuple(value, specs, context);
  const bind = (values: Values) => required(columns, tuple.bind(values));
  return comparison(columns, true, operator, bind, relation);
}

/**
 * @param statement UPDATE or DELETE
 * @returns undefined: of a column that is no part of the key
 */
export function prepareRelation(
  table: TableSchema,
  relation: Relation,
  statement: string,
  context: TermContext,
): KeyRestriction | ColumnSchema {
  switch (relation.kind) {
    case 'column': {
      const column = columnNamed(table, relation.column);
      if (column.position >= 0) return ofColumn(table, column, relation, context);
      checkRelation(column, relation.operator);
      return column;
    }
    case 'in': {
      const column = columnNamed(table, relation.column);
      return column.position >= 0 ? inValues(table, column, relation, context) : column;
    }
    case 'columns':
      return ofColumns(table, relation.columns, relation.operator, relation.value, relation, context);
    case 'columnsIn': {
      const columns = clusteringColumns(table, relation.columns);
      const specs = columns.map((column) => columnSpec(table, column));
      const tuples = prepareTuplesIn(relation.values, specs, context);
      const bind = (values: Values) => tuples.bind(values).map((tuple) => required(columns, tuple));
      const isEqual = Array.isArray(relation.values) && relation.values.length === 1;
      return { kind: isEqual ? 'equal' : 'in', columns, isMulti: true, bind };
    }
    case 'element':
      return element(columnNamed(table, relation.column));
    case 'isNotNull':
      columnNamed(table, relation.column);
      throw invalid(`Unsupported restriction: ${printRelation(relation)}`);
    case 'token':
      throw invalid(`The token function cannot be used in WHERE clauses for ${statement} statements`);
    case 'expression':
      throw invalid(
        'Custom index expressions cannot be used in WHERE clauses for UPDATE or DELETE statements',
      );
  }
}

function element(column: ColumnSchema): ColumnSchema {
  const { name, type } = column;
  if (type.kind === 'list')
    throw invalid(`Indexes on list entries (${name}[index] = value) are not currently supported.`);
  if (type.kind !== 'map') throw invalid(`Column ${name} cannot be used as a map`);
  if (type.frozen)
    throw invalid(`Map-entry equality predicates on frozen map column ${name} are not supported`);
  return column;
}
