/** Limits of what is stored. Sizes in bytes. */
export const storeLimits = {
  /** What one statement may write, as Cassandra's `max_mutation_size` of a segment of 32 MiB. */
  mutationBytesMax: 16 * 1024 * 1024,
  /**
   * Of a row in its record, and again of what is not settled of it: beyond either, nothing is added. With a statement of each of two gateways
   * between looking and settling they make no more than a record holds, 128 MiB.
   */
  rowBytesMax: 48 * 1024 * 1024,
  /** Smaller statements are looked at for that only when something large is known. */
  largeBytes: 1024 * 1024,
  /** A row of the journal takes no further statement beyond this. */
  journalRowBytes: 1024 * 1024,
  /** Statements in one row of the journal. */
  journalItemsMax: 4096,
  /** Attempts to join the journal while other gateways keep being first. */
  attemptsMax: 1000,
  /** Of what is not in records yet: beyond it, writers wait for what settles it. */
  memtableBytesMax: 320 * 1024 * 1024,
  /** Of records that were read or written lately, and the longest that is kept. */
  cacheBytesMax: 64 * 1024 * 1024,
  cachedBodyBytesMax: 8 * 1024,
} as const;

/** How what is in the journal becomes records. Times in milliseconds. */
export const settleLimits = {
  leaseMs: 10_000,
  resource: 'cql.settle',
  /** Between rounds, while there is something to settle. */
  intervalMs: 2000,
  /** Of the journal, in one round: the next one follows at once when there are more. */
  roundBytes: 1024 * 1024,
  /** Part of the gateway's time while the memtable is nearly empty; all of it when it is full. */
  shareMin: 0.1,
  /** Writes of one transaction, and their bytes. */
  writesPerTransaction: 64,
  bytesPerTransaction: 512 * 1024,
  /** Of the journal, and of rows of dropped tables. */
  removalsPerTransaction: 500,
  /** Rows that leave the memtable at once. */
  releaseRows: 2000,
  /** After the node refused something. */
  retryMs: 1000,
  /** Rows of a keyspace whose time has come that are looked at before settling has its turn. */
  dueRows: 1000,
  /** The same of rows of dropped and truncated tables, and of those tables. */
  leftoverRows: 1000,
  leftovers: 100,
} as const;

/** Of proofs. */
export const proofLimits = {
  /** Milliseconds until everything that was answered before is in records. */
  settleMs: 30_000,
  /** Attempts while the schema, or where rows are, changes meanwhile. */
  attemptsMax: 4,
} as const;
