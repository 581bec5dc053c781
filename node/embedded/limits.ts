/** Limits of the embedded node. Sizes in bytes, times in milliseconds. */
export const embeddedLimits = {
  /** Stored values kept in memory for reads. */
  cacheBytes: 32 * 1024 * 1024,
  /** Larger values are read from the store each time. */
  cachedValueBytesMax: 128 * 1024,
  /** Applied writes collected into one batch of the key-value store; a crash replays as much of the log. */
  flushBytes: 512 * 1024,
  /** Chunks up to this size wait for each other's sync; larger ones hold up nobody. */
  groupSyncBytesMax: 512 * 1024,
  /** Applied writes on their way to the key-value store; more hold back the next batch. */
  unwrittenBytesMax: 32 * 1024 * 1024,
  /** Log written between two checkpoints: bounds the work of a recovery. */
  checkpointBytes: 32 * 1024 * 1024,
  /** Bytes of the last applied batches kept for followers. */
  recentBatchesBytes: 8 * 1024 * 1024,
  /** And so many of them: small ones stand in the runtime's pool, of which each may keep 64 KiB. */
  recentBatchesMax: 256,
  /** Free bytes of the disk below which transactions that only add, and new chunks, are refused. */
  reserveBytes: 128 * 1024 * 1024,
  /** The disk is asked for its free bytes after so much time or so many bytes written, whichever comes first. */
  freeSpaceEveryMs: 1_000,
  freeSpaceEveryBytes: 32 * 1024 * 1024,
  /** So near to the reserve, writes wait for the disk's answer. */
  freeSpaceMarginBytes: 512 * 1024 * 1024,
  /** Positions replayed between two reports of progress. */
  progressPositions: 512,
  /** Keys deleted in one batch of a reset or of forgetting local records. */
  deletedKeysPerBatch: 2048,
  followerNameBytesMax: 64,
  leaseDurationMinMs: 100,
  leaseDurationMaxMs: 24 * 3600 * 1000,
} as const;

/**
 * How far two clocks that measure the same `duration` may differ: a thousandth, and ten milliseconds for the delay of a
 * timer. Quartz drifts a tenth of that.
 */
export function clockDriftBound(durationMs: number): number {
  return Math.ceil(durationMs / 1000) + 10;
}
