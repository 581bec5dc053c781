/** Limits of the write-ahead log, its receiver and its sender. Sizes in bytes. */
export const walLimits = {
  /** Of one batch; what waits beyond is the next one. */
  batchBytes: 4 * 1024 * 1024,
  /** While this much waits to be certified, nothing more is read from the engine. */
  pendingBytesMax: 16 * 1024 * 1024,
  /** After the node took nothing: first and longest pause. */
  retryMs: 50,
  retryMsMax: 2000,
  /** A segment is written when single rows hold this much, or are so many. */
  segmentBytes: 4 * 1024 * 1024,
  segmentRows: 8192,
  /** A last segment shorter than `segmentBytes` is written anew with what follows, while it stays below these. */
  segmentBytesMax: 8 * 1024 * 1024,
  segmentBatchesMax: 20_000,
  /** Of batches that wait for a segment, in memory; more than a segment has. */
  keptBytes: 12 * 1024 * 1024,
  /** A sealed batch that is larger gives up its place at once instead of waiting for the next one. */
  largeRowBytes: 16 * 1024,
  /** Of one transaction in the background: what others wait for, as it is planned in one go. */
  rowRemovalsPerTransaction: 64,
  segmentRemovalsPerTransaction: 8,
  /** Rows that are looked at between turns of the event loop. */
  rowsPerTurn: 8,
  entriesPerTurn: 512,
  timelinesMax: 100_000,
} as const;

/** See group-commit.ts. */
export const groupCommitLimits = {
  /** So long are those waited for who had a part in the last round. */
  gatherMs: 1,
  /** As a part of all: the last ones are not worth it. */
  returningShare: 0.75,
  /** Nobody is waited for when this much is there. */
  gatheredBytes: 128 * 1024,
  /** Rounds without waiting, after nobody came. */
  restMax: 64,
} as const;

export const protocolLimits = {
  /** Of a message to or from a walsender: it sends at most sixteen pages, of up to 64 KiB, and a head. */
  messageBytesMax: 2 * 1024 * 1024,
  /** From a client before it has shown who it is. */
  startupBytesMax: 8 * 1024,
  /** Of the rows of one answer. */
  answerRowsMax: 64,
  /** Write-ahead log in one message to a standby. */
  dataBytesMax: 128 * 1024,
  statusMs: 2000,
  reconnectMs: 200,
  connectMs: 10_000,
  /** Of the receiver: an engine from which nothing came for so long is asked, and then left. */
  silenceMs: 30_000,
  keepaliveMs: 5000,
  /** A standby that says nothing for so long is cut. */
  standbySilenceMs: 60_000,
  standbysMax: 32,
  slotsMax: 64,
  slotNameBytesMax: 63,
  loginMs: 10_000,
} as const;
