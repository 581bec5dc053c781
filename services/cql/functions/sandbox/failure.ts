/** How a function of a user fails. */
import { CqlError } from '../../errors.ts';
import type { FunctionSchema } from '../../schema/model.ts';
import { typeText } from '../../types/type-text.ts';
import { sandboxLimits } from './limits.ts';

/** The function itself failed, or what it returned is no value of its type. The message is for whoever called it. */
export class GuestFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(cut(message), options);
    this.name = 'GuestFailure';
  }
}

/** The text of a function is none in its language. */
export class CompileFailure extends Error {
  constructor(message: string) {
    super(cut(message));
    this.name = 'CompileFailure';
  }
}

function cut(message: string): string {
  const { messageCharactersMax } = sandboxLimits;
  return message.length > messageCharactersMax ? `${message.slice(0, messageCharactersMax)}…` : message;
}

/** As clients are told of it: FUNCTION_FAILURE, in the words of Cassandra's `FunctionExecutionException`. */
export function functionFailure(fn: FunctionSchema, failure: GuestFailure): CqlError {
  const { keyspace, name } = fn;
  const argumentTypes = fn.argumentTypes.map(typeText);
  return new CqlError(
    'functionFailure',
    `execution of '${keyspace}.${name}[${argumentTypes.join(', ')}]' failed: ${failure.message}`,
    { kind: 'functionFailure', keyspace, function: name, argumentTypes },
    { cause: failure },
  );
}
