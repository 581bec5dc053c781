/** Limits of one instance of the kernel. */
export const kernelLimits = {
  /** Fixed bases with tables, 445,440 bytes each: the others are multiplied without. */
  fixedTablesMax: 512,
  /** Fixed bases summed at once, 29,232 bytes of operands each; longer sums are made in parts. */
  fixedSumMax: 256,
  /** Points of one run of Pippenger's method; longer sums are made in parts. */
  multiSumPointsMax: 16_384,
  /** Pairs of one Miller loop, 47,360 bytes of lines each; products of more are made in parts. */
  millerPairsMax: 16,
  /** Points of a sum up to which tables per point beat buckets. Measured. */
  strausPointsMax: 192,
  /** Bytes taken from the machine at a time for operands. */
  scratchBytes: 1_048_576,
} as const;
