/** Limits of signatures and of checks that are verified together. */
export const blsLimits = {
  /** Equations in one batch; each has few pairs. */
  batchEquationsMax: 65_536,
  /** Pairs of one equation. */
  equationPairsMax: 4_096,
  /** Keys or signatures summed in one call. */
  aggregateMax: 65_536,
  /** Messages of one aggregate signature: a pairing each. */
  messagesMax: 4_095,
  keyMaterialBytesMin: 32,
  keyMaterialBytesMax: 4_096,
} as const;
