/** Limits of CloudWatch Logs with AWS's numbers, and our own of what stands in memory and in one record. */
const KiB = 1024;
const MiB = 1024 * KiB;

export const logLimits = {
  /** PutLogEvents: all messages with the overhead of each. */
  putBytesMax: 1 * MiB,
  putEventsMax: 10_000,
  eventOverheadBytes: 26,
  putSpanMs: 24 * 3_600_000,
  putFutureMs: 2 * 3_600_000,
  putPastMs: 14 * 24 * 3_600_000,
  /** A megabyte of messages as escaped JSON. */
  putBodyBytesMax: 8 * MiB,
  bodyBytesMax: 256 * KiB,
  nameCharsMax: 512,
  tagsMax: 50,
  tagKeyCharsMax: 128,
  tagValueCharsMax: 256,
  groupsPageMax: 50,
  streamsPageMax: 50,
  eventsPageMax: 10_000,
  pageBytesMax: 1 * MiB,
  filterStreamsMax: 100,
  filterPatternCharsMax: 1024,
  /** Depth of parentheses in a JSON pattern, and its conditions. */
  patternDepthMax: 16,
  patternConditionsMax: 64,
  patternColumnsMax: 64,
  /** Events that one call of FilterLogEvents looks at before it answers with a token. */
  scannedEventsMax: 100_000,
  /** One record. Short enough that a reader of many streams at once has little of each. */
  batchBytesMax: 64 * KiB,
  batchEventsMax: 4096,
  /** From a batch's first event to its last: how far before a time readers have to begin. */
  batchSpanMs: 60_000,
  /** What one transaction writes: below what the node takes, with entries of indexes and seals. */
  writeBatchesMax: 512,
  writeBytesMax: 2 * MiB,
  /** How long lines wait for others. */
  flushDelayMs: 250,
  /** Lines of one stream that are written without waiting for others. */
  flushBytes: 256 * KiB,
  parallelWrites: 8,
  /** Whoever appends should wait (`room`) beyond the first, and lines are counted instead of kept beyond the second. */
  pendingBytesSoft: 32 * MiB,
  pendingBytesMax: 64 * MiB,
  /** An appended line that is earlier than the one before it by no more than this gets that one's time: clocks are read at several places. */
  clockSkewMs: 1000,
  cachedStreams: 10_000,
  writeAttempts: 8,
  retryDelayMs: 50,
  sweepIntervalMs: 15 * 60_000,
  sweepRows: 256,
} as const;

/** Days that PutRetentionPolicy takes. */
export const retentionDays: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
