/**
 * Longest common subsequence of two byte strings by dynamic programming (Wagner and Fischer, "The String-to-String Correction
 * Problem", J. ACM 21, 1974): a table of the lengths for all pairs of prefixes, then the way back through it.
 */

export interface CommonRange {
  /** First position in each string, and how many bytes. */
  readonly a: number;
  readonly b: number;
  readonly length: number;
}

export interface CommonSubsequence {
  readonly length: number;
  /** From the end of the strings to their beginning. */
  readonly ranges: readonly CommonRange[];
}

/** Cells of the table for strings of these lengths, of 4 bytes each. */
export function lcsCells(aLength: number, bLength: number): number {
  return (aLength + 1) * (bLength + 1);
}

/** Only the length: two rows of the table. */
export function lcsLength(a: string, b: string): number {
  let above = new Uint32Array(b.length + 1);
  let row = new Uint32Array(b.length + 1);
  for (let i = 0; i < a.length; i++) {
    fillRow(row, 0, above, 0, a.charCodeAt(i), b);
    [above, row] = [row, above];
  }
  return above[b.length]!;
}

export function longestCommonSubsequence(a: string, b: string): CommonSubsequence {
  const width = b.length + 1;
  const table = new Uint32Array(lcsCells(a.length, b.length));
  for (let i = 0; i < a.length; i++) fillRow(table, (i + 1) * width, table, i * width, a.charCodeAt(i), b);
  const ranges: CommonRange[] = [];
  let i = a.length;
  let j = b.length;
  while (i > 0 && j > 0) {
    if (a.charCodeAt(i - 1) === b.charCodeAt(j - 1)) {
      let length = 0;
      while (i > 0 && j > 0 && a.charCodeAt(i - 1) === b.charCodeAt(j - 1)) {
        i--;
        j--;
        length++;
      }
      ranges.push({ a: i, b: j, length });
    } else if (table[(i - 1) * width + j]! > table[i * width + j - 1]!) i--;
    else j--;
  }
  return { length: table[a.length * width + b.length]!, ranges };
}

/** One row from the row above it. */
function fillRow(
  to: Uint32Array,
  toAt: number,
  above: Uint32Array,
  aboveAt: number,
  byte: number,
  b: string,
): void {
  let left = 0;
  let corner = above[aboveAt]!;
  for (let j = 1; j <= b.length; j++) {
    const top = above[aboveAt + j]!;
    left = b.charCodeAt(j - 1) === byte ? corner + 1 : Math.max(top, left);
    to[toAt + j] = left;
    corner = top;
  }
}
