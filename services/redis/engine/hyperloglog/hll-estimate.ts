/**
 * How many different elements the registers have seen, from the histogram of their values: O. Ertl, "New cardinality
 * estimation algorithms for HyperLogLog sketches", arXiv:1702.01284 (2017), the improved raw estimator (algorithm 6 with
 * the series of section 4 for small and large counts). Every step is in doubles, in the order in which Redis adds them.
 */
import { hllFormat } from './hll-format.ts';

const { registers, rankMax } = hllFormat;
/** 1 / (2 ln 2) */
const alpha = 0.7213475204444817;

/** @param histogram registers by value, from 0 to `rankMax` */
export function estimate(histogram: Uint32Array): number {
  let sum = registers * tau((registers - histogram[rankMax]!) / registers);
  for (let rank = rankMax - 1; rank >= 1; rank--) sum = (sum + histogram[rank]!) * 0.5;
  sum += registers * sigma(histogram[0]! / registers);
  return Math.round((alpha * registers * registers) / sum);
}

/** x + sum of x^(2^k) 2^(k-1): what registers without an element add. Infinite for 1. */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let x = share;
  let factor = 1;
  let sum = share;
  for (let before = -1; before !== sum; ) {
    x *= x;
    before = sum;
    sum += x * factor;
    factor += factor;
  }
  return sum;
}

/** (1 - x - sum of (1 - x^(2^-k))^2 2^-k) / 3: the same for registers that are full. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let x = share;
  let factor = 1;
  let sum = 1 - share;
  for (let before = -1; before !== sum; ) {
    x = Math.sqrt(x);
    before = sum;
    factor *= 0.5;
    sum -= (1 - x) * (1 - x) * factor;
  }
  return sum / 3;
}
