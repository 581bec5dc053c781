/** The prime B of a Wesolowski proof: the challenge of its Fiat-Shamir transform. */
import { sha256 } from '@noble/hashes/sha2.js';
import { unsignedFrom } from './bytes.ts';
import type { ClassGroup, Form } from './form.ts';
import { transcript } from './format/v1.ts';
import { vdfLimits } from './limits.ts';
import { isProbablePrime } from './prime.ts';

export const challengePrimeBytes = 16;

/** The first candidate that is prime, or undefined when there is none within the bound, which does not happen. */
export function firstPrime(candidateBytes: (counter: number) => Uint8Array): bigint | undefined {
  for (let counter = 0; counter < vdfLimits.primeCountersMax; counter++) {
    const candidate = unsignedFrom(sha256(candidateBytes(counter)).subarray(0, challengePrimeBytes));
    if (isProbablePrime(candidate)) return candidate;
  }
  return undefined;
}

/** @param y reduced @param iterations from 1 to 2^32 - 1 */
export function challengePrime(group: ClassGroup, y: Form, iterations: number): bigint | undefined {
  return firstPrime(transcript(group, y, iterations));
}

/** 2^exponent mod modulus. @param modulus above 1 */
export function powerOfTwoModulo(exponent: number, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === '1') result = (result << 1n) % modulus;
  }
  return result;
}
