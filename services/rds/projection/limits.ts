/** Limits of the projection. Times in milliseconds, sizes in bytes. */
export const projectionLimits = {
  /** A stay in a customer's database: what wants to be alone in it waits five seconds at most (PostgreSQL's own limit). */
  visitMs: 1000,
  /** Between two stays: whoever waits looks every 100 ms whether anybody is there. */
  gapMs: 150,
  /** Of one statement. What takes longer is given up: the slot is dropped and tables are read anew. */
  statementMs: 4000,
  lockMs: 200,
  /** Text of changes and rows that one stay brings along. */
  visitBytes: 8 * 1024 * 1024,
  fetchRows: 200,
  /** WAL that a slot may hold back. */
  backlogBytes: 256 * 1024 * 1024,
  /** Between rounds while there are changes, and at most when rounds find none. */
  roundMsMin: 250,
  roundMsMax: 5000,
  /** Before a table without a primary key is read anew, and this many times as long as reading it took. */
  rescanMsMin: 2000,
  rescanRatio: 10,
  /** Of one transaction of the node. */
  rowsPerTransaction: 400,
  /** While its share of the time is small: planning a row takes a tenth of a millisecond, and commits wait. */
  rowsPerTransactionBusy: 32,
  busyShare: 0.25,
  bytesPerTransaction: 1024 * 1024,
  bucketsPerTransaction: 48,
  /** Changes of buckets that are kept in memory. */
  bucketChangesMax: 100_000,
  rowsPerBucket: 64,
  /** Longer texts are kept as their hash, and all but short ones of a row beyond the second limit. */
  valueBytesMax: 64 * 1024,
  rowBytesMax: 512 * 1024,
  shortValueBytes: 256,
  /** How long a proof waits for the records. */
  proveMs: 30_000,
  proofAttempts: 3,
} as const;
