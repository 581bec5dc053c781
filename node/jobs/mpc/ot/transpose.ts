/** Bit matrices of 128 columns, from columns to rows: by blocks of 32 x 32 bits (Warren, "Hacker's Delight", 7-3). */

/** Columns of a correlated transfer: the bits of delta. */
export const columns = 128;

/**
 * @param matrix 128 columns one after the other; bit b of word w of a column is row 32 * w + b
 * @param columnWords words from one column to the next
 * @param rows multiple of 32
 * @param out four words for each row; bit b of word w is column 32 * w + b
 */
export function transposeColumns(
  matrix: Int32Array,
  columnWords: number,
  rows: number,
  out: Int32Array,
): void {
  const tile = new Int32Array(32);
  for (let word = 0; word < rows >>> 5; word++) {
    for (let group = 0; group < 4; group++) {
      let from = 32 * group * columnWords + word;
      for (let i = 0; i < 32; i++, from += columnWords) tile[i] = matrix[from]!;
      transposeTile(tile);
      let to = 128 * word + group;
      for (let i = 0; i < 32; i++, to += 4) out[to] = tile[i]!;
    }
  }
}

/** Bit b of word w becomes bit w of word b. */
function transposeTile(tile: Int32Array): void {
  for (let half = 16, mask = 0xffff; half !== 0; half >>= 1, mask ^= mask << half) {
    for (let i = 0; i < 32; i = (i + half + 1) & ~half) {
      const low = tile[i]!;
      const high = tile[i + half]!;
      const swap = ((low >>> half) ^ high) & mask;
      tile[i + half] = high ^ swap;
      tile[i] = low ^ (swap << half);
    }
  }
}
