/** Limits of checkpoints and of restoring them. Sizes in bytes. */
export const checkpointLimits = {
  /** A checkpoint is due when the log has grown by this, and by this part of the data. */
  dueWalBytesMin: 64 * 1024 * 1024,
  dueDataShare: 0.25,
  /** Deltas on an image; and the part of the data that they may hold together. Beyond, the next checkpoint is an image. */
  deltasMax: 8,
  deltaDataShare: 0.5,
  /** Read from a file at once: what one turn of the event loop hashes, a quarter of a millisecond. Two are in memory. */
  readBytes: 256 * 1024,
  /** Packs on their way through the compressor, each with its copy. */
  packsInFlight: 2,
  /**
   * A file that was written less than this before it was read is read again next time: a later write may have left the same
   * time stamp, and one that was under way its content half written.
   */
  settleMs: 5000,
  /** Times that pg_control is read until two readings agree. */
  controlReadsMax: 10,
  /** Index of a layer before compression: some millions of files. */
  indexBytesMax: 512 * 1024 * 1024,
  /** Of the window of points in time, how far kept checkpoints stand apart: a restore replays about as much. */
  spacingShare: 1 / 16,
  spacingMsMin: 60 * 60 * 1000,
  /** Packs that are decompressed and written at the same time while restoring. */
  restorePacksInFlight: 6,
  restoreFilesInFlight: 16,
  /** Work between two turns of the event loop where it is counted by time. */
  sliceMs: 2,
} as const;

/** zstd's fastest regular level: on PostgreSQL's pages smaller and twice as fast as its default. */
export const compressionLevel = 1;
