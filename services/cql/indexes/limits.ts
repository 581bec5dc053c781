/** Limits of secondary indexes. */
export const indexLimits = {
  /** Cassandra's: a value of that many bytes or more is not indexed, and a write of it refused. */
  valueBytes: 65_535,
  /** Entries of one partition whose rows are read together. */
  entriesAtOnce: 64,
  /** Entries that are looked at before others have their turn. */
  entriesPerTurn: 2048,
  /** Deletions of stale entries that wait; what comes then is forgotten, and met again. */
  staleMax: 1024,
  /** Of those in one write. */
  staleAtOnce: 128,
  /** Rows whose entries are written together while an index is built. */
  buildRows: 256,
} as const;
