/**
 * How many leaky ANDs make one, by how many are made at once.
 *
 * A party that guesses at k of the l*B leaky ANDs of a batch is not caught with probability 2^-k, and gains something when
 * all B members of one of the l buckets are among the k. Members are drawn after the guesses, so the probability that it gains is
 * at most the largest over k of
 *
 *     2^-k * l * C(k, B) / C(l B, B)
 *
 * (Wang, Ranellucci, Katz 2017, section 5, by a union bound over the buckets). A guess that is wrong ends the session, and fewer
 * than B gain nothing, so over all batches of a session the sum is at most 1 / (1 - 2^-3) times that of one. Each row keeps it
 * below 2^-40 with that factor; its test computes it.
 */

/** From `andsMin` ANDs at once on, buckets of `bucket` are enough. The most at once first. */
export const bucketSizes = [
  { bucket: 3, andsMin: 303_104 },
  { bucket: 4, andsMin: 3_328 },
  { bucket: 5, andsMin: 384 },
] as const;

export interface Batch {
  readonly ands: number;
  readonly bucket: number;
}

/** ANDs that are made at once at most: memory is bounded by their leaky ones, about 100 bytes each. */
export const batchAndsMax: number = bucketSizes[0].andsMin;

/** The cheapest batch that gives as many as are needed, or `batchAndsMax`. More than needed where that takes fewer leaky ANDs. */
export function batchFor(ands: number): Batch {
  const wanted = Math.min(ands, batchAndsMax);
  const options = bucketSizes.map(
    ({ bucket, andsMin }): Batch => ({ bucket, ands: Math.max(wanted, andsMin) }),
  );
  return options.reduce((best, each) => (each.ands * each.bucket <= best.ands * best.bucket ? each : best));
}
