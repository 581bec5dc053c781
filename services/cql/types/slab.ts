/** Memory for short byte strings, many of which share one allocation: each of its own would cost several times what is done with it. */

/** Up to this the engine has them in its own heap, which is quicker still. */
const inHeapMax = 64;
const slabBytes = 8 * 1024;
/** Longer ones would leave too much of a slab. */
const sharedMax = slabBytes / 8;

let slab = new Uint8Array(0);
let used = 0;

/** All zero; nobody else's. */
export function newBytes(length: number): Uint8Array {
  if (length <= inHeapMax || length > sharedMax) return new Uint8Array(length);
  if (used + length > slab.length) {
    slab = new Uint8Array(slabBytes);
    used = 0;
  }
  const bytes = slab.subarray(used, used + length);
  used += length;
  return bytes;
}
