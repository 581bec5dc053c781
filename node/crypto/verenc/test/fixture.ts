/** A domain with an epoch key, and its statement. */

import { baseMultiply, encodeElement, encodeScalar, scalarFromWide } from '../../ristretto-portable.ts';
import { countingRandom } from '../../test/counting-random.ts';
import type { EpochStatement, Parameters } from '../index.ts';

export interface Fixture {
  readonly readSecret: bigint;
  readonly key: bigint;
  /** k, 32 bytes. */
  readonly secret: Uint8Array;
  readonly statement: EpochStatement;
  /** 32 bytes for the prover. */
  readonly random: Uint8Array;
}

export function fixture(seed: string, epoch = 3): Fixture {
  const random = countingRandom(seed);
  const readSecret = scalarFromWide(random.bytes(64));
  const key = scalarFromWide(random.bytes(64));
  return {
    readSecret,
    key,
    secret: encodeScalar(key),
    statement: {
      domain: Uint8Array.from(random.bytes(32)),
      epoch,
      readKey: encodeElement(baseMultiply(readSecret)),
      commitment: encodeElement(baseMultiply(key)),
    },
    random: Uint8Array.from(random.bytes(32)),
  };
}

/** Quick, and no protection: for tests of everything but the soundness of version 1. */
export const tiny: Parameters = { parties: 6, opened: 2 };

export const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
