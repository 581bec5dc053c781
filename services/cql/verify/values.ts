/** Validation of values without Node, for proofs that anybody may have written. Runs in browsers. */
import { ProofRefused } from '@hypergate/node/verifier';
import { CqlError } from '../errors.ts';
import { type Validate, validator } from '../types/validator.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws MarshalError */
export const validate: Validate = validator({
  isUtf8(value) {
    try {
      decoder.decode(value);
      return true;
    } catch {
      return false;
    }
  },
  isAscii: (value) => value.every((byte) => byte < 0x80),
});

/** What the types say about a value becomes a refusal of the document. */
export function orRefused<Result>(what: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CqlError)) throw error;
    throw new ProofRefused(`${what}: ${error.message}`, { cause: error });
  }
}
