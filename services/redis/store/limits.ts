/** Limits of the journal, checkpoints and records. Sizes in bytes. */
export const storeLimits = {
  /** Effects of one row, when many batches wait; a larger batch is a row of its own. */
  rowBytes: 6 * 1024 * 1024,
  rowsInFlightMax: 2,
  /** Without `appendfsync always`: effects are gathered until so many, or so long. */
  lazyRowBytes: 4 * 1024 * 1024,
  lazyRowMs: 500,
  /** After the node refused a row (storage full). */
  retryMs: 500,
  removalsPerTransaction: 500,
  /** Rows after a gap that a crash may leave: those in flight. */
  gapRowsMax: 64,
  /** For the engine to send all that happened, when the service stops. */
  stopMs: 5000,
  leaseMs: 10_000,
  /** How often the engine's process hears how long the lease still lasts. */
  leaseToldMs: 500,
  resource: 'redis',
  /** A checkpoint is due when the journal has grown by this, and by as much as the last checkpoint. */
  checkpointJournalBytes: 64 * 1024 * 1024,
  /** And in any case when it has so many rows. */
  checkpointJournalRows: 200_000,
  /** Keys and bytes that the engine is asked for at once. */
  foldKeys: 1000,
  foldBytes: 1024 * 1024,
  /** What a write takes in a transaction beside its row, about. */
  writeBytes: 400,
  /** Refs of a page of segments, and of a record; a page with fewer than the least is joined with a neighbour. */
  pageRefsMax: 64,
  pageRefsMin: 16,
  /** That no segment holds an element is proven with all of them: at most so many rows and bytes. */
  absenceRowsMax: 1000,
  absenceBytesMax: 2 * 1024 * 1024,
  /** Between rounds of folding: all keys that changed meanwhile get their record. */
  foldIntervalMs: 10_000,
  /** Part of the gateway's time that folding may take. */
  foldShare: 0.3,
} as const;

/** Of one transaction of records. Sizes in bytes. */
export interface RecordLimits {
  readonly transactionBytes: number;
  readonly removalsMax: number;
  /** Rows that one note names. */
  readonly noteRowsMax: number;
}

export const recordLimits: RecordLimits = {
  transactionBytes: 2 * 1024 * 1024,
  removalsMax: 500,
  noteRowsMax: 10_000,
};
