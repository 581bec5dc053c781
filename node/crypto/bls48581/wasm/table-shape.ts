/** Shape of the tables of fixed bases, as generator and host know it. */
import { fieldBytes } from './numbers.ts';

export const fixedWindowBits = 6;
/** Digits of 522 bits: scalars below 2^518 and a carry. */
export const fixedWindows = 87;
/** Multiples 1..32 per window. */
export const fixedEntries = 32;
export const fixedRowBytes = fixedEntries * 2 * fieldBytes;
export const fixedTableBytes = fixedWindows * fixedRowBytes;
/** While a table is made: Jacobian points of all windows and field elements, then two field elements per sum. */
export const fixedRoomBytes = Math.max(
  fixedWindows * 4 * fieldBytes + fieldBytes,
  (fixedWindows * (fixedEntries / 2) * 2 + 1) * fieldBytes,
);

/** Room of a pair of points while many are summed: the product of the denominators before, its own, what kind of pair it is. */
export const pairRoomBytes = 2 * fieldBytes + 16;
