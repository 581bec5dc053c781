/**
 * Sums of many bits by weight. Full adders take three bits of one weight into one of it and one of the next for one AND gate
 * (Wallace, "A suggestion for a fast multiplier", 1964; Dadda, "Some schemes for parallel multipliers", 1965). For n bits of one
 * weight that is n - H(n) gates, H the ones of n in binary: the optimum (Boyar, Peralta, "Tight bounds for the multiplicative
 * complexity of symmetric functions", 2008).
 */
import { type Bit, type CircuitBuilder, FALSE, TRUE, type Word } from '../builder.ts';
import { type AdderOptions, add, majority } from './add.ts';

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

/** Bits that numbers up to `max` need; 1 for 0. */
export function widthOf(max: number): number {
  return Math.max(1, 32 - Math.clz32(max));
}

/** Column by column: what is oldest is added first, so that the columns overlap and depth is about the width. */
function sumInTurn(builder: CircuitBuilder, columns: readonly (readonly Bit[])[], width: number): Word {
  const sum: Bit[] = [];
  let carries: Bit[] = [];
  for (let i = 0; i < width; i++) {
    const queue = withoutConstants([...(columns[i] ?? []), ...carries]);
    carries = queue.carries;
    const { bits } = queue;
    for (let at = 0; at + 1 < bits.length; ) {
      // Of an even number, the last two take a half adder.
      const isPair = at + 2 === bits.length;
      const [a, b, c] = [bits[at]!, bits[at + 1]!, isPair ? FALSE : bits[at + 2]!];
      at += isPair ? 2 : 3;
      bits.push(builder.xor(builder.xor(a, b), c));
      if (i + 1 < width) carries.push(majority(builder, a, b, c));
      if (isPair) break;
    }
    sum.push(bits.at(-1) ?? FALSE);
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

/** Two constant ones are one carry; at most one is left, at the front, where it makes a full adder cheaper. */
function withoutConstants(column: readonly Bit[]): { readonly bits: Bit[]; readonly carries: Bit[] } {
  const bits = column.filter((bit) => bit !== FALSE && bit !== TRUE);
  const ones = column.filter((bit) => bit === TRUE).length;
  if (ones % 2 === 1) bits.unshift(TRUE);
  return { bits, carries: Array<Bit>(ones >> 1).fill(TRUE) };
}
