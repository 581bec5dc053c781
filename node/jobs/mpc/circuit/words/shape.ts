/** What costs nothing: constants, widths, signs, bytes. Words are little-endian: bit 0 is the least significant. */
import { CircuitError } from '../../errors.ts';
import { bitsOfBytes, bitsOfNumber } from '../bits.ts';
import { type Bit, type CircuitBuilder, FALSE, TRUE, type Word } from '../builder.ts';

/** @param value taken modulo 2^bits: negative numbers become two's complement */
export function constantWord(value: bigint | number, bits: number): Word {
  return Array.from(bitsOfNumber(BigInt(value), bits), bitConstant);
}

/** The bits of bytes as a word: byte 0 holds bits 0 to 7. */
export function constantBytes(bytes: Uint8Array): Word {
  return Array.from(bitsOfBytes(bytes), bitConstant);
}

function bitConstant(bit: number): Bit {
  return bit === 1 ? TRUE : FALSE;
}

export function isConstant(word: Word): boolean {
  return word.every((bit) => bit === FALSE || bit === TRUE);
}

/**
 * The common width of two words.
 * @throws CircuitError when they differ
 */
export function sameWidth(a: Word, b: Word): number {
  if (a.length !== b.length) throw new CircuitError(`words of ${a.length} and ${b.length} bits do not fit`);
  return a.length;
}

/** Low bits of a word. */
export function truncate(word: Word, bits: number): Word {
  if (bits > word.length) throw new CircuitError(`a word of ${word.length} bits has no ${bits} low bits`);
  return word.slice(0, bits);
}

export function zeroExtend(word: Word, bits: number): Word {
  return extend(word, bits, FALSE);
}

/** Two's complement: repeats the highest bit. An empty word is zero. */
export function signExtend(word: Word, bits: number): Word {
  return extend(word, bits, word.at(-1) ?? FALSE);
}

function extend(word: Word, bits: number, by: Bit): Word {
  if (bits < word.length) throw new CircuitError(`a word of ${word.length} bits does not fit into ${bits}`);
  return [...word, ...Array<Bit>(bits - word.length).fill(by)];
}

/** Adds 2^(n-1) modulo 2^n: two's complement in the order of unsigned numbers, and back. */
export function flipSign(builder: CircuitBuilder, a: Word): Word {
  return a.map((bit, i) => (i === a.length - 1 ? builder.not(bit) : bit));
}

/** `little`: the first byte holds the least significant bits. */
export type ByteOrder = 'little' | 'big';

/**
 * @returns words of eight bits
 * @throws CircuitError when the bits are not whole bytes
 */
export function wordToBytes(word: Word, order: ByteOrder): Word[] {
  if (word.length % 8 !== 0) throw new CircuitError(`${word.length} bits are not whole bytes`);
  const bytes = Array.from({ length: word.length / 8 }, (_, i) => word.slice(8 * i, 8 * i + 8));
  return order === 'little' ? bytes : bytes.reverse();
}

/** @throws CircuitError for a byte that does not have eight bits */
export function bytesToWord(bytes: readonly Word[], order: ByteOrder): Word {
  if (bytes.some((byte) => byte.length !== 8)) throw new CircuitError('a byte has eight bits');
  return (order === 'little' ? bytes : bytes.toReversed()).flat();
}

/** Swaps the order of the bytes, from little-endian to big-endian and back. */
export function reverseBytes(word: Word): Word {
  return bytesToWord(wordToBytes(word, 'big'), 'little');
}

/** Swaps the order of the bits within every byte; bytes stay where they are. */
export function reverseBitsOfBytes(word: Word): Word {
  return wordToBytes(word, 'little').flatMap((byte) => byte.toReversed());
}
