import { randomBytes } from 'node:crypto';

/** Below 2^bits. */
export function randomBigInt(bits: number): bigint {
  return BigInt(`0x${randomBytes(Math.ceil(bits / 8)).toString('hex')}`) & ((1n << BigInt(bits)) - 1n);
}
