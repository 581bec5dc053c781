/** Weights of 128 bits drawn from everything they are to weigh, as in pairing-batch.ts. */
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';

const label = new TextEncoder().encode('hypergate/srs-check/v1');

export function weightsFrom(
  parts: readonly (readonly Uint8Array[])[],
): (purpose: string, count: number) => bigint[] {
  const hash = sha512.create().update(label);
  for (const part of parts) {
    hash.update(u32(part.length));
    for (const bytes of part) hash.update(u32(bytes.length)).update(bytes);
  }
  const seed = hash.digest();
  return (purpose, count) =>
    Array.from({ length: count }, (_, index) => {
      const name = new TextEncoder().encode(purpose);
      const digest = sha512.create().update(seed).update(u32(index)).update(name).digest();
      return bytesToNumberBE(digest.subarray(0, 16)) || 1n;
    });
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
