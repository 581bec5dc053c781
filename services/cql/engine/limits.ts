/** Limits of the engine. */
export const engineLimits = {
  /** Entries of a leaf and children of an inner node of the sorted tree: moving that many references is one small copy. */
  treeFanout: 64,
  /** Values of a clustering, which are as many as clustering columns: Cassandra's limit on what counts them is two bytes. */
  clusteringMax: 0xffff,
} as const;
