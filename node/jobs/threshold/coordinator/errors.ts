/** How the end of a protocol is told to the service that asked. */
import { CustodyError } from '../../../api/index.ts';
import { ThresholdAbort } from '../errors.ts';

/** Somewhere in the reasons of an abort. */
export function hasReason(error: unknown, reason: ThresholdAbort['reason']): boolean {
  for (let at: unknown = error; at instanceof ThresholdAbort; at = at.cause) {
    if (at.reason === reason) return true;
  }
  return false;
}

/** @returns a CustodyError, or the error itself when it is neither an abort nor a fault of the call */
export function custodyErrorOf(error: unknown): unknown {
  if (error instanceof CustodyError) return error;
  if (error instanceof RangeError)
    return new CustodyError('invalid', 'the task does not fit the key', { cause: error });
  if (!(error instanceof ThresholdAbort)) return error;
  switch (error.reason) {
    case 'refused':
      return new CustodyError('refused', error.message, { cause: error });
    case 'unknown-key':
      return new CustodyError('unknown-key', 'custodians have no share of this key', { cause: error });
    case 'unavailable':
    case 'stale':
    case 'cheater':
    case 'malformed':
      return new CustodyError('unavailable', 'too few custodians take part', { cause: error });
  }
}
