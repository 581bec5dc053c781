/** What the tests of the parser share. */
import { expect } from 'vitest';
import type { Statement, Term } from '../ast.ts';
import { CqlSyntaxError, parse } from '../index.ts';

/** The statement itself; there must be no more in it than is told when compared with `toEqual`. */
export function statementOf(text: string): Statement {
  return parse(text).statement;
}

/** The statement, which has to be of a kind. */
export function statementOfKind<Kind extends Statement['kind']>(
  text: string,
  kind: Kind,
): Extract<Statement, { readonly kind: Kind }> {
  const statement = statementOf(text);
  expect(statement.kind).toBe(kind);
  return statement as Extract<Statement, { readonly kind: Kind }>;
}

/** What is wrong with a text. */
export function errorOf(text: string): CqlSyntaxError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof CqlSyntaxError) return error;
    throw error;
  }
  throw new Error(`Parsed: ${text}`);
}

export const integerTerm = (text: string): Term => ({ kind: 'constant', type: 'integer', text });
export const stringTerm = (text: string): Term => ({ kind: 'constant', type: 'string', text });
export const column = (name: string) => ({ kind: 'column', name }) as const;
export const qualified = (name: string, keyspace?: string) => ({ keyspace, name });
export const marker = (index: number, name?: string) => ({ kind: 'marker', index, name }) as const;
