/** Restrictions of `token(...)`. */
import { CqlError, invalid } from '../../errors.ts';
import type { Relation } from '../../parser/ast.ts';
import type { ColumnSchema, TableSchema } from '../../schema/model.ts';
import { int64At } from '../../types/binary.ts';
import type { BoundValue } from '../api.ts';
import type { PreparedTerm, TermContext } from '../terms/api.ts';
import { existingColumn } from '../terms/column-selectors.ts';
import { tokenSpec } from '../terms/specs.ts';
import { prepareTerm } from '../terms/terms.ts';

type TokenRelation = Extract<Relation, { kind: 'token' }>;

/** Before all tokens: nothing is at it. */
const leastToken = -(2n ** 63n);

export interface TokenBound {
  readonly token: bigint;
  readonly isInclusive: boolean;
}

/** Undefined: without end. */
export interface TokenBounds {
  readonly lower: TokenBound | undefined;
  readonly upper: TokenBound | undefined;
}

interface Side {
  readonly term: PreparedTerm;
  readonly isInclusive: boolean;
}

export class TokenRestriction {
  private readonly columns: readonly ColumnSchema[];
  private readonly isEqual: boolean;
  private readonly lower: Side | undefined;
  private readonly upper: Side | undefined;

  constructor(
    columns: readonly ColumnSchema[],
    isEqual: boolean,
    lower: Side | undefined,
    upper: Side | undefined,
  ) {
    this.columns = columns;
    this.isEqual = isEqual;
    this.lower = lower;
    this.upper = upper;
  }

  merge(added: TokenRestriction): TokenRestriction {
    const names = this.columns.map(({ name }) => name).join(', ');
    if (this.isEqual)
      throw invalid(`${names} cannot be restricted by more than one relation if it includes an Equal`);
    if (added.isEqual)
      throw invalid(`Columns "${names}" cannot be restricted by both an equality and an inequality relation`);
    if (this.lower !== undefined && added.lower !== undefined)
      throw invalid(`More than one restriction was found for the start bound on ${names}`);
    if (this.upper !== undefined && added.upper !== undefined)
      throw invalid(`More than one restriction was found for the end bound on ${names}`);
    return new TokenRestriction(this.columns, false, this.lower ?? added.lower, this.upper ?? added.upper);
  }

  bind(values: readonly BoundValue[]): TokenBounds {
    return { lower: boundOf(this.lower, values), upper: boundOf(this.upper, values) };
  }
}

function boundOf(side: Side | undefined, values: readonly BoundValue[]): TokenBound | undefined {
  if (side === undefined) return undefined;
  const value = side.term.bind(values);
  if (value === null) throw invalid('Invalid null token value');
  if (value === 'unset') throw invalid('Invalid unset value for column partition key token');
  if (value.length !== 8) throw invalid('Invalid token value');
  return { token: int64At(value, 0), isInclusive: side.isInclusive };
}

function checkColumns(table: TableSchema, columns: readonly ColumnSchema[]): void {
  const key = table.partitionKey;
  if (columns.length === key.length && columns.every((column, index) => column === key[index])) return;
  if (!key.every((column) => columns.includes(column)))
    throw invalid('The token() function must be applied to all partition key components or none of them');
  if (new Set(columns).size < columns.length)
    throw invalid('The token() function contains duplicate partition key components');
  if (!columns.every((column) => key.includes(column)))
    throw invalid('The token() function must contains only partition key components');
  const names = key.map(({ name }) => name).join(', ');
  throw invalid(`The token function arguments must be in the partition key order: ${names}`);
}

export function tokenRestriction(
  relation: TokenRelation,
  table: TableSchema,
  context: TermContext,
): TokenRestriction {
  const columns = relation.columns.map((name) => existingColumn(table, name));
  checkColumns(table, columns);
  const term = prepareTerm(relation.value, tokenSpec(table), context);
  const side = { term, isInclusive: relation.operator.endsWith('=') };
  switch (relation.operator) {
    case '=':
      return new TokenRestriction(columns, true, side, side);
    case '>':
    case '>=':
      return new TokenRestriction(columns, false, side, undefined);
    case '<':
    case '<=':
      return new TokenRestriction(columns, false, undefined, side);
    case '!=':
      throw new CqlError('server', 'A relation that was refused');
  }
}

/**
 * As a range of a scan. As Cassandra has it, the least token is no bound at all, on either side.
 * @returns undefined when nothing can be in it
 */
export function tokenRange({ lower, upper }: TokenBounds): TokenBounds | undefined {
  const from = lower?.token === leastToken ? undefined : lower;
  const to = upper?.token === leastToken ? undefined : upper;
  if (from !== undefined && to !== undefined) {
    if (from.token > to.token) return undefined;
    if (from.token === to.token && !(from.isInclusive && to.isInclusive)) return undefined;
  }
  return { lower: from, upper: to };
}

/** Whether a key that is given besides is meant: bounds in the wrong order mean what is outside of them. */
export function tokenMatches({ lower, upper }: TokenBounds, token: bigint): boolean {
  const isAbove = lower === undefined || token > lower.token || (lower.isInclusive && token === lower.token);
  const isBelow = upper === undefined || token < upper.token || (upper.isInclusive && token === upper.token);
  const isTurned = lower !== undefined && upper !== undefined && lower.token > upper.token;
  return isTurned ? isAbove || isBelow : isAbove && isBelow;
}
