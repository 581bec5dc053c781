/** What went wrong, as a client is told. What nobody expected goes to the log, with a reference that the client gets. */
import { randomUUID } from 'node:crypto';
import { NodeError } from '@hypergate/node/api';
import { CqlError } from '../errors.ts';
import { MarshalError } from '../types/marshal-error.ts';

export type LogUnexpected = (reference: string, error: unknown) => void;

export function clientError(error: unknown, log: LogUnexpected): CqlError {
  if (error instanceof CqlError) return error;
  // A value that is none of its type.
  if (error instanceof MarshalError)
    return new CqlError('invalid', error.message, undefined, { cause: error });
  const known = error instanceof NodeError ? ofNode(error) : undefined;
  if (known !== undefined) return known;
  const reference = randomUUID();
  log(reference, error);
  return new CqlError('server', `The server failed; the log has more under ${reference}`);
}

/**
 * Refusals of the node that pass. Of a full disk clients are told as by the guardrail `replica_disk_usage` of Cassandra 4.1: drivers hand this
 * error on, with its words. A failed write they would word themselves, an overload ask again at once.
 */
function ofNode(error: NodeError): CqlError | undefined {
  if (error.code === 'storage-full')
    return new CqlError(
      'invalid',
      'Write request failed because disk usage exceeds failure threshold: nothing was written, and reads go on',
      undefined,
      { cause: error },
    );
  if (error.code === 'overloaded')
    return new CqlError('overloaded', 'The server has more to write than it can take; try again', undefined, {
      cause: error,
    });
  return undefined;
}
