/**
 * Hash of a byte string for the engine's tables: 32 bits, keyed by a random seed so that clients cannot choose colliding
 * keys. Multiply-xor over characters with a final avalanche (constants of MurmurHash3, A. Appleby, public domain).
 */
let seed = 0x2545f491;

/** Set once at start, before any table is filled. */
export function seedHash(value: number): void {
  seed = value | 0;
}

export function hashString(text: string): number {
  const length = text.length;
  let hash = seed ^ length;
  for (let i = 0; i < length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x5bd1e995);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
