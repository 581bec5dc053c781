/**
 * What the tree hashes, with SHA-512:
 *   leaf            00 ‖ key ‖ (hash target, or the value where there is none)
 *   slot of branch  01 ‖ nibbles of its prefix (u32 big-endian each) ‖ its commitment
 * A slot without a child is 64 zero bytes. The prefix of the root is in no hash; verifiers get it from the key.
 */
import { sha512 } from '@noble/hashes/sha2.js';

export const slotBytes = 64;

/** @param target the hash target, or the value where there is none */
export function leafCommitment(key: Uint8Array, target: Uint8Array): Uint8Array {
  return sha512.create().update(Uint8Array.of(0)).update(key).update(target).digest();
}

export function branchSlot(prefix: readonly number[], commitment: Uint8Array): Uint8Array {
  const nibbles = new Uint8Array(4 * prefix.length);
  prefix.forEach((nibble, index) => {
    nibbles[4 * index + 3] = nibble;
  });
  return sha512.create().update(Uint8Array.of(1)).update(nibbles).update(commitment).digest();
}
