/** The functions of a process, which can read terms of the schema: first states of aggregates. */
import type { FunctionClock, Functions } from '../../functions/api.ts';
import { createFunctions } from '../../functions/registry.ts';
import type { UserFunctions } from '../../functions/user-functions.ts';
import { parseTerm } from '../../parser/index.ts';
import type { Schema } from '../../schema/model.ts';
import type { CqlType, Value } from '../../types/api.ts';
import { newTermContext } from './context.ts';
import { constantBytes } from './terms.ts';

export interface StatementFunctionsOptions {
  /** Unless given, this machine's. */
  readonly clock?: FunctionClock;
  /** Unless given, functions of users are known and cannot be called. */
  readonly user?: UserFunctions;
}

export function statementFunctions(options: StatementFunctionsOptions = {}): Functions {
  const readTerm = (text: string, type: CqlType, keyspace: string, schema: Schema): Value | undefined => {
    const context = newTermContext(schema, keyspace, functions, []);
    return constantBytes(parseTerm(text), { keyspace, table: '', name: 'initcond', type }, context);
  };
  const functions = createFunctions({ ...options, readTerm });
  return functions;
}
