/** What can grow in pseudo-random secret sharing, and how far. */
export const prssLimits = {
  keyBytes: 32,
  /** Of what names a sharing, and of the name of a set of keys. */
  labelBytes: 32,
  /** Subsets of one committee: 10 choose 3. */
  subsetsMax: 120,
  /** Sharings that one call makes. */
  countMax: 1024,
  /** All keys that two custodians have in common, sealed. */
  sealedBytesMax: 8192,
  messageBytesMax: 256 * 1024,
  /** A custodian that claims an epoch further ahead than this is not believed. */
  epochLeadMax: 1024,
} as const;
