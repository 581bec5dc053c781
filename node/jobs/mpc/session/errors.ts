/** Whatever went wrong, as the way in which a session ends. */
import { MpcAbort } from '../errors.ts';

/** Errors of our own code and of the runtime keep their text to themselves: it may show what was computed with. */
export function asAbort(error: unknown): MpcAbort {
  if (error instanceof MpcAbort) return error;
  return new MpcAbort('internal', undefined, 'something failed here', { cause: error });
}

export function disconnected(party: string, cause?: unknown): MpcAbort {
  const options = cause === undefined ? undefined : { cause };
  return new MpcAbort('disconnected', party, 'the connection ended', options);
}
