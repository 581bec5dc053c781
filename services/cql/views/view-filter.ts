/**
 * The condition behind WHERE of a view, as a test of a base row's primary key. IS NOT NULL is no test: key columns of the base are never
 * null, a key column of the view that is not one of the base must have a value anyway, and on others Cassandra accepts and ignores it.
 * What else may be restricted are the base's key columns (schema/changes/create-view.ts). Values must be constant, as the view is a
 * function of the base.
 */
import { invalid } from '../errors.ts';
import type { Functions } from '../functions/api.ts';
import type { ColumnSpec } from '../ops/api.ts';
import type { PreparedTerm, TermContext } from '../ops/terms/api.ts';
import { requireValue } from '../ops/terms/bound.ts';
import { newTermContext } from '../ops/terms/context.ts';
import { columnSpec, containsKeySpec, containsSpec } from '../ops/terms/specs.ts';
import { prepareIn, prepareTerm } from '../ops/terms/terms.ts';
import { prepareTuple, prepareTuplesIn } from '../ops/terms/tuples.ts';
import type { Relation, Term } from '../parser/ast.ts';
import { parseRelations, printRelation } from '../parser/index.ts';
import type { ColumnSchema, Schema, TableSchema } from '../schema/model.ts';
import type { CollectionType, Value } from '../types/api.ts';
import { listElements, mapEntries, setElements } from '../types/collections.ts';
import { type Compare, comparatorOf } from '../types/compare.ts';
import { quoteName } from '../types/quoting.ts';

/** Of a base row: values of its partition key and its clustering. */
export type ViewFilter = (partition: readonly Value[], clustering: readonly Value[]) => boolean;

type Comparison = Extract<Relation, { kind: 'column' }>['operator'];
type Select = (partition: readonly Value[], clustering: readonly Value[]) => Value;

interface Scope {
  readonly base: TableSchema;
  readonly context: TermContext;
}

/** @throws CqlError: the condition is none for this table */
export function viewFilter(
  where: string,
  base: TableSchema,
  schema: Schema,
  functions: Functions,
): ViewFilter {
  const scope = { base, context: newTermContext(schema, base.keyspace, functions, []) };
  const tests = parseRelations(where).flatMap((relation) => {
    const test = testOf(relation, scope);
    return test === undefined ? [] : [test];
  });
  if (tests.length === 0) return () => true;
  return (partition, clustering) => tests.every((test) => test(partition, clustering));
}

function testOf(relation: Relation, scope: Scope): ViewFilter | undefined {
  switch (relation.kind) {
    case 'isNotNull':
      columnOf(relation.column, scope);
      return undefined;
    case 'column':
      return columnTest(relation, scope);
    case 'in': {
      const column = columnOf(relation.column, scope);
      const spec = columnSpec(scope.base, column);
      const bound = prepareIn(relation.values, spec, scope.context).bind([]);
      if (bound === null || bound === 'unset') throw refused(relation);
      const values = bound.map((value) => requireValue(value, column.name));
      const compare = comparatorOf(column.type);
      const select = selectOf(column);
      return (...key) => values.some((value) => compare(select(...key), value) === 0);
    }
    case 'columns': {
      const columns = relation.columns.map((name) => columnOf(name, scope));
      const specs = columns.map((column) => columnSpec(scope.base, column));
      const bound = prepareTuple(relation.value, specs, scope.context).bind([]);
      const values = bound.map((value, at) => requireValue(value, columns[at]!.name));
      const holds = holdsOf(relation.operator, relation);
      return (...key) => holds(compareTuples(columns, values, ...key));
    }
    case 'columnsIn': {
      const columns = relation.columns.map((name) => columnOf(name, scope));
      const specs = columns.map((column) => columnSpec(scope.base, column));
      const tuples = prepareTuplesIn(relation.values, specs, scope.context)
        .bind([])
        .map((tuple) => tuple.map((value, at) => requireValue(value, columns[at]!.name)));
      return (...key) => tuples.some((values) => compareTuples(columns, values, ...key) === 0);
    }
    default:
      throw refused(relation);
  }
}

function columnTest(relation: Extract<Relation, { kind: 'column' }>, scope: Scope): ViewFilter {
  const column = columnOf(relation.column, scope);
  const spec = columnSpec(scope.base, column);
  const select = selectOf(column);
  const { operator } = relation;
  if (operator === 'CONTAINS' || operator === 'CONTAINS KEY') {
    const { type } = column;
    const isMap = type.kind === 'map';
    const isCollection = isMap || type.kind === 'list' || type.kind === 'set';
    if (!isCollection || (operator === 'CONTAINS KEY' && !isMap)) throw refused(relation);
    const wanted = operator === 'CONTAINS' ? containsSpec(spec) : containsKeySpec(spec);
    const value = constantOf(relation.value, wanted, scope);
    const compare = comparatorOf(wanted.type);
    const partsOf = partsFor(type, operator);
    return (...key) => partsOf(select(...key)).some((part) => compare(part, value) === 0);
  }
  const holds = holdsOf(operator, relation);
  const value = constantOf(relation.value, spec, scope);
  const compare: Compare = comparatorOf(column.type);
  return (...key) => holds(compare(select(...key), value));
}

function columnOf(name: string, { base }: Scope): ColumnSchema {
  const column = base.columns.get(name);
  if (column === undefined)
    throw invalid(`Undefined column name ${quoteName(name)} in table ${base.keyspace}.${base.name}`);
  return column;
}

/** Only of key columns. */
function selectOf({ name, kind, position }: ColumnSchema): Select {
  if (kind === 'partition_key') return (partition) => partition[position]!;
  if (kind === 'clustering') return (_partition, clustering) => clustering[position]!;
  throw invalid(
    `Non-primary key columns can only be restricted with 'IS NOT NULL' (got: ${name} restricted illegally)`,
  );
}

function constantOf(term: Term, spec: ColumnSpec, { context }: Scope): Value {
  const prepared: PreparedTerm = prepareTerm(term, spec, context);
  if (!prepared.isConstant)
    throw invalid(`A materialized view cannot be restricted by a value that changes (${spec.name})`);
  return requireValue(prepared.bind([]), spec.name);
}

function holdsOf(operator: Comparison, relation: Relation): (order: number) => boolean {
  switch (operator) {
    case '=':
      return (order) => order === 0;
    case '<':
      return (order) => order < 0;
    case '<=':
      return (order) => order <= 0;
    case '>':
      return (order) => order > 0;
    case '>=':
      return (order) => order >= 0;
    default:
      throw refused(relation);
  }
}

function partsFor(type: CollectionType, operator: 'CONTAINS' | 'CONTAINS KEY'): (value: Value) => Value[] {
  if (type.kind === 'list') return listElements;
  if (type.kind === 'set') return setElements;
  const rest = operator === 'CONTAINS' ? 1 : 0;
  return (value) => mapEntries(value).filter((_part, at) => at % 2 === rest);
}

function compareTuples(
  columns: readonly ColumnSchema[],
  values: readonly Value[],
  partition: readonly Value[],
  clustering: readonly Value[],
): number {
  for (const [at, value] of values.entries()) {
    const column = columns[at]!;
    const order = comparatorOf(column.type)(selectOf(column)(partition, clustering), value);
    if (order !== 0) return order;
  }
  return 0;
}

function refused(relation: Relation) {
  return invalid(`Unsupported restriction: ${printRelation(relation)}`);
}
