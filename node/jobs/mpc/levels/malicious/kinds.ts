/** Kinds of the messages of this level. Those of oblivious transfer, on the same channel, are from 224 on. */
export const kinds = {
  /** Lowest bits of keys, by which a delta's lowest bit is checked. */
  colours: 64,
  /** U of leaky ANDs. */
  leakyRows: 65,
  leakyDifferences: 66,
  equalityCommitment: 67,
  equalityAnswer: 68,
  equalityOpening: 69,
  bucketDifferences: 70,
  /** Masks of the inputs of AND gates, hidden by an authenticated AND. */
  productDifferences: 71,
  garblerInputs: 72,
  evaluatorInputs: 73,
  evaluatorLabels: 74,
  tables: 75,
  maskedBits: 76,
  gatesProof: 77,
  garblerOutputShares: 78,
  evaluatorOutputShares: 79,
} as const;
