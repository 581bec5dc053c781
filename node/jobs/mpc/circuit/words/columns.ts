/**
 * Sums of many bits by weight. Full adders take three bits of one weight into one of it and one of the next for one AND gate
 * (Wallace, "A suggestion for a fast multiplier", 1964; Dadda, "Some schemes for parallel multipliers", 1965). For n bits of one
 * weight that is n - H(n) gates, H the ones of n in binary: the optimum (Boyar, Peralta, "Tight bounds for the multiplicative
 * complexity of symmetric functions", 2008).
 */
import { type Bit, type CircuitBuilder, FALSE, TRUE, type Word } from '../builder.ts';
import { type AdderOptions, add, majority } from './add.ts';
import { constantWord, flipSign } from './shape.ts';

/** @param columns bits of weight 2^i at index i @returns their sum modulo 2^width */
export function sumColumns(
  builder: CircuitBuilder,
  columns: readonly (readonly Bit[])[],
  width: number,
  options: AdderOptions = {},
): Word {
  return options.adder === 'prefix'
    ? sumInStages(builder, columns, width, options)
    : sumInTurn(builder, columns, width);
}

/** Number of ones, in as many bits as it needs: n - H(n) AND gates. */
export function popcount(builder: CircuitBuilder, bits: Word, options?: AdderOptions): Word {
  return sumColumns(builder, [bits], widthOf(bits.length), options);
}

/** Sum of words of any widths as unsigned numbers, modulo 2^width. */
export function sumWords(
  builder: CircuitBuilder,
  words: readonly Word[],
  width: number,
  options?: AdderOptions,
): Word {
  const columns = Array.from({ length: width }, (_, i) => words.flatMap((word) => word.slice(i, i + 1)));
  return sumColumns(builder, columns, width, options);
}

/**
 * Sum of two's complement words of any widths, modulo 2^width. Each is made unsigned by adding 2^(n-1), which is taken off again as
 * one constant: repeating the sign over the columns would cost a gate for each.
 */
export function sumSigned(
  builder: CircuitBuilder,
  words: readonly Word[],
  width: number,
  options?: AdderOptions,
): Word {
  const offsets = words.reduce(
    (sum, { length }) => (length === 0 ? sum : sum + (1n << BigInt(length - 1))),
    0n,
  );
  const unsigned = words.map((word) => flipSign(builder, word));
  return sumWords(builder, [...unsigned, constantWord(-offsets, width)], width, options);
}

/** Bits that numbers up to `max` need; 1 for 0. */
export function widthOf(max: number): number {
  return Math.max(1, 32 - Math.clz32(max));
}

/**
 * Column by column: what is oldest is added first, so that the columns overlap and depth is about the width. A constant one goes
 * last: with a single other bit its carry is that bit, without a gate.
 */
function sumInTurn(builder: CircuitBuilder, columns: readonly (readonly Bit[])[], width: number): Word {
  const sum: Bit[] = [];
  let carries: Bit[] = [];
  for (let i = 0; i < width; i++) {
    const { bits, one, carries: next } = withoutConstants([...(columns[i] ?? []), ...carries]);
    const addThree = (a: Bit, b: Bit, c: Bit) => {
      bits.push(builder.xor(builder.xor(a, b), c));
      if (i + 1 < width) next.push(majority(builder, a, b, c));
    };
    let at = 0;
    for (; bits.length - at >= 3; at += 3) addThree(bits[at]!, bits[at + 1]!, bits[at + 2]!);
    if (bits.length - at === 2) addThree(bits[at]!, bits[at + 1]!, one ? TRUE : FALSE);
    else if (one) addThree(bits[at] ?? FALSE, TRUE, FALSE);
    sum.push(bits.at(-1) ?? FALSE);
    carries = next;
  }
  return sum;
}

/** All columns together until two bits of each weight are left, then an adder. */
function sumInStages(
  builder: CircuitBuilder,
  columns: readonly (readonly Bit[])[],
  width: number,
  options: AdderOptions,
): Word {
  let level: Bit[][] = Array.from({ length: width }, (_, i) => [...(columns[i] ?? [])]);
  while (level.some((column) => column.length > 2)) {
    const next: Bit[][] = level.map(() => []);
    for (const [i, column] of level.entries()) {
      for (let at = 0; at < column.length; at += 3) {
        const [a, b, c] = column.slice(at, at + 3);
        if (c === undefined) {
          next[i]!.push(...column.slice(at));
        } else {
          next[i]!.push(builder.xor(builder.xor(a!, b!), c));
          next[i + 1]?.push(majority(builder, a!, b!, c));
        }
      }
    }
    level = next;
  }
  const rows = [0, 1].map((row) => level.map((column) => column[row] ?? FALSE));
  return add(builder, rows[0]!, rows[1]!, options);
}

/** Two constant ones are one carry; at most one is left. */
function withoutConstants(column: readonly Bit[]): {
  readonly bits: Bit[];
  readonly one: boolean;
  readonly carries: Bit[];
} {
  const bits = column.filter((bit) => bit !== FALSE && bit !== TRUE);
  const ones = column.filter((bit) => bit === TRUE).length;
  return { bits, one: ones % 2 === 1, carries: Array<Bit>(ones >> 1).fill(TRUE) };
}
