/** Limits of what is read out of documents and shown of it. */
export const verifyLimits = {
  /** Bytes of a value that is written out; of longer ones the SHA-256 is. */
  shownBytesMax: 4096,
  /** Characters of a value in a sentence. */
  phraseMax: 100,
  /** Characters of all values in a sentence. */
  phrasesMax: 1000,
  /** Deleted ranges of rows that are shown one by one. */
  rangesMax: 100,
  /** Elements of the tree that a type is, with its user types written out. */
  typeNodesMax: 1024,
  /** Types within types. */
  typeDepthMax: 64,
  columnsMax: 4096,
  clusteringMax: 0xffff,
} as const;
