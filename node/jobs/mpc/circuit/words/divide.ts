/**
 * Division by restoring subtraction, one bit of the quotient after the other from the highest. After k steps the remainder has
 * k bits, so that step k subtracts and restores k bits, and asks whether the divisor has a higher one: about n^2 + 3n AND gates.
 *
 * Nothing can fail in a circuit, so that two cases have a value of their own, those of RISC-V ("The RISC-V instruction set manual",
 * volume I, M extension): division by zero gives all ones (unsigned 2^n - 1, signed -1) and the dividend as remainder; the least
 * signed number by -1 gives itself and no remainder.
 */
import { type Bit, type CircuitBuilder, FALSE, type Word } from '../builder.ts';
import { type AdderOptions, absolute, negateIf, subtractWithBorrow } from './add.ts';
import { muxWord } from './logic.ts';
import { sameWidth } from './shape.ts';

export interface Division {
  readonly quotient: Word;
  readonly remainder: Word;
}

/** Unsigned. What is not used of the result costs nothing. */
export function divide(builder: CircuitBuilder, a: Word, b: Word, options?: AdderOptions): Division {
  return divideKnowing(builder, a, b, someFrom(builder, b), options);
}

/** Two's complement, rounded towards zero: the remainder has the sign of the dividend. */
export function signedDivide(builder: CircuitBuilder, a: Word, b: Word, options?: AdderOptions): Division {
  sameWidth(a, b);
  const [signOfA, signOfB] = [a.at(-1) ?? FALSE, b.at(-1) ?? FALSE];
  const divisor = absolute(builder, b, options);
  const some = someFrom(builder, divisor);
  const { quotient, remainder } = divideKnowing(
    builder,
    absolute(builder, a, options),
    divisor,
    some,
    options,
  );
  // All ones is -1 already.
  const negative = builder.and(builder.xor(signOfA, signOfB), some[0] ?? FALSE);
  return {
    quotient: negateIf(builder, negative, quotient, options),
    remainder: negateIf(builder, signOfA, remainder, options),
  };
}

/** At index i: some bit from i on is one. */
function someFrom(builder: CircuitBuilder, word: Word): Bit[] {
  const some: Bit[] = [FALSE];
  for (const bit of word.toReversed()) some.push(builder.or(some.at(-1)!, bit));
  return some.reverse();
}

function divideKnowing(
  builder: CircuitBuilder,
  a: Word,
  b: Word,
  someOfB: readonly Bit[],
  options?: AdderOptions,
): Division {
  const width = sameWidth(a, b);
  const quotient: Bit[] = [];
  let remainder: Word = [];
  for (let k = 1; k <= width; k++) {
    const before = [a[width - k]!, ...remainder];
    const { difference, borrow } = subtractWithBorrow(builder, before, b.slice(0, k), FALSE, options);
    const bit = builder.not(builder.or(borrow, someOfB[k]!));
    quotient.unshift(bit);
    remainder = muxWord(builder, bit, difference, before);
  }
  return { quotient, remainder };
}
