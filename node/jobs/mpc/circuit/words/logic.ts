/** Bitwise operations on words, choices, and questions about all bits of a word. */
import { type Bit, type CircuitBuilder, FALSE, TRUE, type Word } from '../builder.ts';
import { sameWidth } from './shape.ts';

export function notWord(builder: CircuitBuilder, a: Word): Word {
  return a.map((bit) => builder.not(bit));
}

export function xorWord(builder: CircuitBuilder, a: Word, b: Word): Word {
  sameWidth(a, b);
  return a.map((bit, i) => builder.xor(bit, b[i]!));
}

/** One AND gate per bit. */
export function andWord(builder: CircuitBuilder, a: Word, b: Word): Word {
  sameWidth(a, b);
  return a.map((bit, i) => builder.and(bit, b[i]!));
}

/** One AND gate per bit. */
export function orWord(builder: CircuitBuilder, a: Word, b: Word): Word {
  sameWidth(a, b);
  return a.map((bit, i) => builder.or(bit, b[i]!));
}

/** Every bit of the word, or zeros when the condition does not hold: one AND gate per bit. */
export function maskWord(builder: CircuitBuilder, condition: Bit, a: Word): Word {
  return a.map((bit) => builder.and(condition, bit));
}

/** Every bit negated when the condition holds; no AND gate. */
export function xorMask(builder: CircuitBuilder, condition: Bit, a: Word): Word {
  return a.map((bit) => builder.xor(condition, bit));
}

/** `whenTrue` if the condition holds, otherwise `whenFalse`: one AND gate per bit. */
export function muxWord(builder: CircuitBuilder, condition: Bit, whenTrue: Word, whenFalse: Word): Word {
  sameWidth(whenTrue, whenFalse);
  return whenTrue.map((bit, i) => builder.mux(condition, bit, whenFalse[i]!));
}

/** All bits are one; true for none. n - 1 AND gates in a tree. */
export function allOf(builder: CircuitBuilder, bits: Word): Bit {
  return tree(bits, TRUE, (a, b) => builder.and(a, b));
}

/** Some bit is one; false for none. n - 1 AND gates in a tree. */
export function anyOf(builder: CircuitBuilder, bits: Word): Bit {
  return tree(bits, FALSE, (a, b) => builder.or(a, b));
}

/** XOR of all bits. */
export function parity(builder: CircuitBuilder, bits: Word): Bit {
  return tree(bits, FALSE, (a, b) => builder.xor(a, b));
}

/** Joins neighbours until one is left, so that depth grows with the logarithm. */
export function tree<T>(items: readonly T[], none: T, join: (a: T, b: T) => T): T {
  let level = items;
  while (level.length > 1) {
    const next: T[] = [];
    for (let i = 0; i < level.length; i += 2) {
      next.push(i + 1 < level.length ? join(level[i]!, level[i + 1]!) : level[i]!);
    }
    level = next;
  }
  return level[0] ?? none;
}
