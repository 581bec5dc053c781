/** Limits of the engine. */
export const engineLimits = {
  /** Entries of a leaf and children of an inner node of the sorted tree: moving that many references is one small copy. */
  treeFanout: 64,
  /** Values of a clustering, which are as many as clustering columns: Cassandra's limit on what counts them is two bytes. */
  clusteringMax: 0xffff,
  /** Rows of which nothing is left that a cursor passes over before others have their turn. */
  hiddenRowsPerTurn: 2048,
} as const;
