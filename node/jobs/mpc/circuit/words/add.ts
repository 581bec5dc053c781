/**
 * Addition and what is made of it. A ripple adder has one AND gate per bit (Boyar, Peralta, Pochuev, "On the multiplicative
 * complexity of Boolean functions over the basis (AND, XOR, 1)", 2000) and as much depth; the parallel-prefix adder of Sklansky
 * ("Conditional-sum addition logic", 1960) has the least depth, 1 + log2 n, for about n log2 n gates: its fan-out costs nothing here.
 */
import { type Bit, type CircuitBuilder, FALSE, TRUE, type Word } from '../builder.ts';
import { notWord, xorMask } from './logic.ts';
import { constantWord, sameWidth } from './shape.ts';

export interface AdderOptions {
  /** `ripple`, the default: fewest AND gates. `prefix`: least depth. */
  readonly adder?: 'ripple' | 'prefix';
}

export interface SumWithCarry {
  readonly sum: Word;
  /** Bit n of the sum. */
  readonly carry: Bit;
}

/** a + b + carry. n AND gates. */
export function addWithCarry(
  builder: CircuitBuilder,
  a: Word,
  b: Word,
  carry: Bit = FALSE,
  { adder = 'ripple' }: AdderOptions = {},
): SumWithCarry {
  sameWidth(a, b);
  const carries =
    adder === 'ripple' ? rippleCarries(builder, a, b, carry) : prefixCarries(builder, a, b, carry);
  const sum = a.map((bit, i) => builder.xor(builder.xor(bit, b[i]!), carries[i]!));
  return { sum, carry: carries[a.length]! };
}

/** Modulo 2^n: n - 1 AND gates. */
export function add(builder: CircuitBuilder, a: Word, b: Word, options?: AdderOptions): Word {
  return addWithCarry(builder, a, b, FALSE, options).sum;
}

/** a - b modulo 2^n: n - 1 AND gates. */
export function subtract(builder: CircuitBuilder, a: Word, b: Word, options?: AdderOptions): Word {
  return addWithCarry(builder, a, notWord(builder, b), TRUE, options).sum;
}

/** a - b - borrow; the borrow is set when that is negative, which is a < b for no borrow. n AND gates. */
export function subtractWithBorrow(
  builder: CircuitBuilder,
  a: Word,
  b: Word,
  borrow: Bit = FALSE,
  options?: AdderOptions,
): { readonly difference: Word; readonly borrow: Bit } {
  const { sum, carry } = addWithCarry(builder, a, notWord(builder, b), builder.not(borrow), options);
  return { difference: sum, borrow: builder.not(carry) };
}

/** -a modulo 2^n: n - 2 AND gates. */
export function negate(builder: CircuitBuilder, a: Word, options?: AdderOptions): Word {
  return negateIf(builder, TRUE, a, options);
}

/** -a modulo 2^n when the condition holds, otherwise a: n - 1 AND gates. */
export function negateIf(builder: CircuitBuilder, condition: Bit, a: Word, options?: AdderOptions): Word {
  const zero = constantWord(0, a.length);
  return addWithCarry(builder, xorMask(builder, condition, a), zero, condition, options).sum;
}

/** Two's complement without its sign: of the least number, which has no opposite, 2^(n-1) as an unsigned one. */
export function absolute(builder: CircuitBuilder, a: Word, options?: AdderOptions): Word {
  return negateIf(builder, a.at(-1) ?? FALSE, a, options);
}

/** The majority of three bits, carry of a full adder: one AND gate. */
export function majority(builder: CircuitBuilder, a: Bit, b: Bit, c: Bit): Bit {
  return builder.xor(c, builder.and(builder.xor(a, c), builder.xor(b, c)));
}

/** Carry into each bit, and out of the last. */
function rippleCarries(builder: CircuitBuilder, a: Word, b: Word, carry: Bit): Bit[] {
  const carries = [carry];
  for (const [i, bit] of a.entries()) carries.push(majority(builder, bit, b[i]!, carries[i]!));
  return carries;
}

/** Generate and propagate of bits `from` to here; generate and propagate are never both set. */
interface Span {
  readonly generate: Bit;
  readonly propagate: Bit;
}

function prefixCarries(builder: CircuitBuilder, a: Word, b: Word, carry: Bit): Bit[] {
  // The carry in is a bit before the first that generates it.
  let spans: Span[] = [
    { generate: carry, propagate: FALSE },
    ...a.map((bit, i) => ({ generate: builder.and(bit, b[i]!), propagate: builder.xor(bit, b[i]!) })),
  ];
  for (let half = 1; half < spans.length; half *= 2) {
    spans = spans.map((high, i) => {
      if ((i & half) === 0) return high;
      return joinSpans(builder, high, spans[(i & ~(2 * half - 1)) + half - 1]!);
    });
  }
  return spans.map(({ generate }) => generate);
}

function joinSpans(builder: CircuitBuilder, high: Span, low: Span): Span {
  return {
    generate: builder.xor(high.generate, builder.and(high.propagate, low.generate)),
    propagate: builder.and(high.propagate, low.propagate),
  };
}
