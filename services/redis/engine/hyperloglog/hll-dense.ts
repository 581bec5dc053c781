/** Registers of 6 bits side by side, the first in the lowest bits of the first byte. */
import { hllFormat } from './hll-format.ts';

const { headerBytes, registerBits, registers } = hllFormat;
const registerMask = (1 << registerBits) - 1;

/** @param bytes the whole string */
export function denseRegister(bytes: Buffer, register: number): number {
  const bit = register * registerBits;
  const at = headerBytes + (bit >> 3);
  // The last register ends with the string: there is no byte behind it.
  const word = bytes[at]! | ((bytes[at + 1] ?? 0) << 8);
  return (word >> (bit & 7)) & registerMask;
}

/** @returns the bytes from `denseOffset(register)` on, with the register changed */
export function denseBytesWith(bytes: Buffer, register: number, rank: number): string {
  const shift = (register * registerBits) & 7;
  const at = denseOffset(register);
  const single = shift + registerBits <= 8;
  const word = bytes[at]! | (single ? 0 : bytes[at + 1]! << 8);
  const changed = (word & ~(registerMask << shift)) | (rank << shift);
  return single ? String.fromCharCode(changed) : String.fromCharCode(changed & 0xff, changed >> 8);
}

export function denseOffset(register: number): number {
  return headerBytes + ((register * registerBits) >> 3);
}

/** All registers as the bytes behind the header. */
export function densePack(ranks: Uint8Array): Buffer {
  const packed = Buffer.alloc((registers * registerBits) / 8);
  // Four registers fill three bytes.
  for (let i = 0, at = 0; i < registers; i += 4, at += 3) {
    const word = ranks[i]! | (ranks[i + 1]! << 6) | (ranks[i + 2]! << 12) | (ranks[i + 3]! << 18);
    packed[at] = word;
    packed[at + 1] = word >> 8;
    packed[at + 2] = word >> 16;
  }
  return packed;
}

/** Raises each of `ranks` to the register of the string, if that is larger. */
export function denseMaxInto(ranks: Uint8Array, bytes: Buffer): void {
  for (let i = 0, at = headerBytes; i < registers; i += 4, at += 3) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    for (let j = 0; j < 4; j++) {
      const rank = (word >> (6 * j)) & registerMask;
      if (rank > ranks[i + j]!) ranks[i + j] = rank;
    }
  }
}
