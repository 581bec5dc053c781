/**
 * The global trees in which a shard stands: three of 256, from its app address. Runs in browsers too.
 *
 * L1 = the first three distinct bytes of SHAKE-256(address), ascending. The reference protocol has the same rule for
 * addresses that are field elements, and puts all others into tree 0 (`referenceL1`); domains of a gateway have random
 * addresses, so ours has no exception.
 */
import { shake256 } from '@noble/hashes/sha3.js';

const indices = 3;
const readBytes = 24;
const fieldTopByte = 0x3f;

/** @param domain app address, 32 bytes */
export function shardL1(domain: Uint8Array): readonly [number, number, number] {
  const found: number[] = [];
  for (const byte of shake256(domain, { dkLen: readBytes })) {
    if (!found.includes(byte)) found.push(byte);
    if (found.length === indices) break;
  }
  // 24 bytes with fewer than three values: nobody finds such an address.
  if (found.length < indices) throw new RangeError('the address has no three indices');
  return found.sort((left, right) => left - right) as [number, number, number];
}

export function referenceL1(address: Uint8Array): readonly [number, number, number] {
  const special = (address[0] as number) > fieldTopByte || address.every((byte) => byte === 0);
  return special ? [0, 0, 0] : shardL1(address);
}
