/** Limits of reference strings and ceremonies. */
export const srsLimits = {
  /** Powers of the secret in G1 that are read; 1,024 is the largest domain. */
  g1PowersMax: 1_025,
  g2PowersMax: 1_025,
  /** The JSON text of a reference string or of a transcript. */
  textBytesMax: 16 * 1024 * 1024,
  contributionsMax: 4_096,
  /** Randomness of a contribution. */
  entropyBytesMin: 64,
  entropyBytesMax: 1024 * 1024,
} as const;
