/** What went wrong, as a client is told. What nobody expected goes to the log, with a reference that the client gets. */
import { randomUUID } from 'node:crypto';
import { CqlError } from '../errors.ts';
import { MarshalError } from '../types/marshal-error.ts';

export type LogUnexpected = (reference: string, error: unknown) => void;

export function clientError(error: unknown, log: LogUnexpected): CqlError {
  if (error instanceof CqlError) return error;
  // A value that is none of its type.
  if (error instanceof MarshalError)
    return new CqlError('invalid', error.message, undefined, { cause: error });
  const reference = randomUUID();
  log(reference, error);
  return new CqlError('server', `The server failed; the log has more under ${reference}`);
}
