/** What is needed of those who run the bodies of user-defined functions. Aggregates of users are made of them: user-aggregates.ts. */
import type { FunctionSchema } from '../schema/model.ts';
import type { Argument } from './api.ts';

export interface CompiledFunction {
  /** Whether it takes nulls, or there are none: otherwise it is not called. Empty values may count as nulls. */
  isCalledWith(args: readonly Argument[]): boolean;
  /** @throws CqlError `functionFailure` */
  call(args: readonly Argument[]): Argument;
}

export interface UserFunctions {
  /** The same function is compiled once. @throws CqlError `invalid` when the body cannot be */
  compile(schema: FunctionSchema): CompiledFunction;
}
