/**
 * Blocks of 16 bytes (labels, keys of transfers) as four 32-bit words or two 64-bit halves each. Bit 0 of a block is the lowest bit of its first byte,
 * which is the lowest bit of its first word here: processors that Node runs on and that are not little-endian are not supported.
 */
export const blockBytes = 16;

if (new Uint8Array(Uint32Array.of(1).buffer)[0] !== 1) {
  throw new Error('the computation jobs need a little-endian processor');
}

/** Zeroed blocks that begin at a multiple of eight bytes and share memory with no other buffer. */
export function allocateBlocks(blocks: number): Buffer {
  return Buffer.from(new ArrayBuffer(blocks * blockBytes));
}

/** The same memory as words. @throws RangeError when it does not begin and end at a word */
export function viewWords(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
}

/**
 * The same memory as halves of blocks, two for each: bitwise arithmetic on two halves takes half as long as on four words, as long
 * as no half leaves the loop it is read in. @throws RangeError when it does not begin at a multiple of eight bytes
 */
export function viewHalves(bytes: Uint8Array | Int32Array): BigInt64Array {
  return new BigInt64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 3);
}

/** Halves to read: the same memory where its alignment allows it, otherwise a copy. */
export function readHalves(bytes: Uint8Array): BigInt64Array {
  return viewHalves((bytes.byteOffset & 7) === 0 ? bytes : new Uint8Array(bytes));
}

/** All bits 1 where the lowest bit of a half is 1, otherwise all 0. */
export function spreadLowest(half: bigint): bigint {
  return BigInt.asIntN(64, 0n - (half & 1n));
}

/** Words to read: the same memory where its alignment allows it, otherwise a copy. */
export function readWords(bytes: Uint8Array): Int32Array {
  if ((bytes.byteOffset & 3) === 0) return viewWords(bytes);
  return viewWords(new Uint8Array(bytes));
}
