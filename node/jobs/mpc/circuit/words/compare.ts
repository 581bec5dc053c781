/** Order and equality: one AND gate per bit. */
import type { Bit, CircuitBuilder, Word } from '../builder.ts';
import { type AdderOptions, subtractWithBorrow } from './add.ts';
import { allOf, anyOf, muxWord, xorWord } from './logic.ts';
import { flipSign, sameWidth } from './shape.ts';

/** n - 1 AND gates, of depth log2 n. */
export function equal(builder: CircuitBuilder, a: Word, b: Word): Bit {
  return allOf(
    builder,
    xorWord(builder, a, b).map((bit) => builder.not(bit)),
  );
}

/** n - 1 AND gates, of depth log2 n. */
export function isZero(builder: CircuitBuilder, a: Word): Bit {
  return builder.not(anyOf(builder, a));
}

/** Unsigned a < b: n AND gates. */
export function lessThan(builder: CircuitBuilder, a: Word, b: Word, options?: AdderOptions): Bit {
  return subtractWithBorrow(builder, a, b, undefined, options).borrow;
}

/** Unsigned a <= b: n AND gates. */
export function lessOrEqual(builder: CircuitBuilder, a: Word, b: Word, options?: AdderOptions): Bit {
  return builder.not(lessThan(builder, b, a, options));
}

/** Two's complement a < b: n AND gates. */
export function signedLessThan(builder: CircuitBuilder, a: Word, b: Word, options?: AdderOptions): Bit {
  return lessThan(builder, flipSign(builder, a), flipSign(builder, b), options);
}

/** Two's complement a <= b: n AND gates. */
export function signedLessOrEqual(builder: CircuitBuilder, a: Word, b: Word, options?: AdderOptions): Bit {
  return builder.not(signedLessThan(builder, b, a, options));
}

/** The smaller of two unsigned numbers: 2n AND gates. */
export function minimum(builder: CircuitBuilder, a: Word, b: Word, options?: AdderOptions): Word {
  sameWidth(a, b);
  return muxWord(builder, lessThan(builder, b, a, options), b, a);
}

/** The larger of two unsigned numbers: 2n AND gates. */
export function maximum(builder: CircuitBuilder, a: Word, b: Word, options?: AdderOptions): Word {
  sameWidth(a, b);
  return muxWord(builder, lessThan(builder, a, b, options), b, a);
}
