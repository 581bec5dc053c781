/** Which secondary index answers which restriction. Rules: Apache Cassandra 4.0, `index.internal`. */
import { invalid } from '../../errors.ts';
import type { Relation } from '../../parser/ast.ts';
import { printRelation } from '../../parser/print.ts';
import type { ColumnSchema, IndexSchema, TableSchema } from '../../schema/model.ts';
import { isCollection } from '../../schema/type-facts.ts';
import type { PreparedTerm } from '../terms/api.ts';
import type { ContainsRestriction, Restriction } from './restriction.ts';

/** What an index can look for. */
type Supported = '=' | 'CONTAINS' | 'CONTAINS KEY' | 'entry';

function supported({ target }: IndexSchema, { type }: ColumnSchema): Supported {
  if (!isCollection(type) || target === 'full' || target === 'simple') return '=';
  // The elements of a set are its keys and its values.
  if (type.kind !== 'map') return 'CONTAINS';
  if (target === 'keys') return 'CONTAINS KEY';
  return target === 'entries' ? 'entry' : 'CONTAINS';
}

/** A restriction that an index answers, or a part of one. */
export interface Indexed {
  readonly index: IndexSchema;
  readonly column: ColumnSchema;
  readonly operator: Supported;
  readonly restriction: Restriction;
  /** Of CONTAINS and entries. */
  readonly terms: { readonly key?: PreparedTerm; readonly value: PreparedTerm } | undefined;
}

function containsTerms(restriction: ContainsRestriction, operator: Supported): Indexed['terms'] {
  switch (operator) {
    case 'CONTAINS':
      return restriction.values[0] && { value: restriction.values[0] };
    case 'CONTAINS KEY':
      return restriction.keys[0] && { value: restriction.keys[0] };
    case 'entry':
      return restriction.entries[0];
    case '=':
      return undefined;
  }
}

export function indexedBy(restriction: Restriction, table: TableSchema): Indexed | undefined {
  if (restriction.kind !== 'equal' && restriction.kind !== 'contains') return undefined;
  for (const index of table.indexes) {
    const column = restriction.columns.find(({ name }) => name === index.column);
    if (column === undefined) continue;
    const operator = supported(index, column);
    if (restriction.kind === 'contains') {
      const terms = containsTerms(restriction, operator);
      if (terms !== undefined) return { index, column, operator, restriction, terms };
    } else if (operator === '=') return { index, column, operator, restriction, terms: undefined };
  }
  return undefined;
}

/** `expr(index, value)`: no index understands one. */
export function refuseExpressions(
  relations: readonly Relation[],
  { name, keyspace, indexes }: TableSchema,
): void {
  const expressions = relations.filter((relation) => relation.kind === 'expression');
  const [first] = expressions;
  if (first === undefined) return;
  if (expressions.length > 1)
    throw invalid('Multiple custom index expressions in a single query are not supported');
  const index = indexes.find((each) => each.name === first.index);
  if (index === undefined)
    throw invalid(`Invalid index expression, index ${first.index} not found for ${keyspace}.${name}`);
  if (index.kind !== 'CUSTOM')
    throw invalid(`Only CUSTOM indexes may be used in custom index expressions, ${first.index} is not valid`);
  throw invalid(`Index ${first.index} does not support custom expressions`);
}

export function refuseRelation(relation: Relation): void {
  if (relation.kind === 'isNotNull') throw invalid(`Unsupported restriction: ${printRelation(relation)}`);
  if ('operator' in relation && relation.operator === '!=')
    throw invalid(`Unsupported "!=" relation: ${printRelation(relation)}`);
}
