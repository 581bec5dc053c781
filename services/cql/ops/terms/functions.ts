/** The functions of a process, and the terms that stand in the schema as text: first states of aggregates. */
import type { FunctionClock, Functions } from '../../functions/api.ts';
import { createFunctions } from '../../functions/registry.ts';
import type { UserFunctions } from '../../functions/user-functions.ts';
import type { Term } from '../../parser/ast.ts';
import { parseTerm } from '../../parser/index.ts';
import type { Schema } from '../../schema/model.ts';
import type { CqlType, Value } from '../../types/api.ts';
import { literalText } from '../../types/to-text.ts';
import { newTermContext } from './context.ts';
import { constantBytes } from './terms.ts';

export interface StatementFunctionsOptions {
  /** Unless given, this machine's. */
  readonly clock?: FunctionClock;
  /** Unless given, functions of users are known and cannot be called. */
  readonly user?: UserFunctions;
}

/** INITCOND of an aggregate. Undefined: null. */
function initialValue(
  term: Term,
  type: CqlType,
  keyspace: string,
  schema: Schema,
  functions: Functions,
): Value | undefined {
  const context = newTermContext(schema, keyspace, functions, []);
  return constantBytes(term, { keyspace, table: '--dummy--', name: '(aggregate_initcond)', type }, context);
}

/** As `AggregateSchema.initialCondition` keeps it. @throws CqlError `invalid` when it is no value of the type */
export function initialConditionText(...of: Parameters<typeof initialValue>): string | undefined {
  const value = initialValue(...of);
  return value === undefined ? undefined : literalText(of[1], value);
}

export function statementFunctions(options: StatementFunctionsOptions = {}): Functions {
  const readTerm = (text: string, type: CqlType, keyspace: string, schema: Schema): Value | undefined =>
    initialValue(parseTerm(text), type, keyspace, schema, functions);
  const functions = createFunctions({ ...options, readTerm });
  return functions;
}
