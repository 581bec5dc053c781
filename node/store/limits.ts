/** Limits of the store. Sizes in bytes, times in milliseconds. */
export const storeLimits = {
  /** Smallest unit a disk writes whole; a write of ours never touches a sector that holds acknowledged bytes. */
  sectorBytes: 512,

  /** One log segment unless told otherwise. */
  segmentBytesDefault: 16 * 1024 * 1024,
  segmentBytesMin: 4 * 1024,
  /** A segment is read whole at recovery. */
  segmentBytesMax: 256 * 1024 * 1024,
  /** Bytes of log handed to the disk by one write. */
  logBatchBytesMax: 8 * 1024 * 1024,
  /** Records of one log batch. */
  logBatchRecordsMax: 4096,
  /** Log batches up to this size may be written by the calling thread. */
  logBlockingBytesMax: 128 * 1024,
  /** A write in the calling thread that took longer is slow: then a pause of so many times its length, doubled while all are slow. */
  blockingSlowMs: 0.5,
  blockingPauseFactor: 16,
  blockingPauseMsMax: 60_000,
  /** Appended and not yet written; beyond: `overloaded`. */
  logQueueBytesMax: 256 * 1024 * 1024,
  /** Records up to this size are copied into one buffer; larger ones are passed to the disk as they are. */
  logCopyBytesMax: 32 * 1024,
  /** Bytes a log reader asks the disk for at a time. */
  logReadWindowBytes: 1024 * 1024,
  /** One entry of a segment's position index per this many bytes. */
  logIndexStrideBytes: 256 * 1024,
  /** Log bytes whose every record is checked when the log is opened, newest first. Older ones are checked when read. */
  logScanBytesMax: 1024 * 1024 * 1024,
  /** Zeros written at a time while a segment is prepared. */
  preallocationStepBytes: 1024 * 1024,

  /** A chunk file takes no further chunk beyond this size. */
  chunkFileBytesMax: 256 * 1024 * 1024,
  /** A file that is still being filled is compacted from this size on. */
  compactionBytesMin: 4 * 1024 * 1024,
  /** Chunk files written at the same time; further stages wait. */
  chunkWritersMax: 64,
  /** Smallest aligned part of a write that goes around the page cache. */
  directWriteBytesMin: 48 * 1024,
  /** Aligned buffers for such writes, and the size of each. */
  directBuffers: 12,
  directBufferBytes: 1024 * 1024,
  /** Streamed pieces are collected up to this size before a write. */
  chunkWriteBytes: 1024 * 1024,
  /** Pieces handed to one write; more are joined first. */
  chunkPiecesMax: 256,
  /** Chunks up to this size that come as one buffer are written in groups. */
  groupedChunkBytesMax: 512 * 1024,
  /** Frames of one group, unless a single one is larger. */
  chunkGroupBytesMax: 2 * 1024 * 1024,
  /** A single buffer is hashed in slices of this size, so that the event loop gets its turn. */
  chunkHashSliceBytes: 2 * 1024 * 1024,
  /** Chunk files open for reading at the same time (idle ones). */
  chunkFilesOpenMax: 256,
  /**
   * Staged chunks that nothing named and nobody took back are kept this long: one PUT of 5 GiB may need as long as its sender does
   * (60 KB/s), and is named as a whole at its end.
   */
  stagedLifetimeMs: 24 * 60 * 60 * 1000,
  /** Dropped chunks stay readable this long, for readers and for transactions on their way that name them again. */
  droppedLifetimeMs: 60 * 1000,
  /** Location entries compared with the state by one step of a collection after a restart. */
  sweepEntriesMax: 1024,
  /** Due chunks looked at by one step. Each asks the state, which may ask the disk. */
  collectEntriesMax: 512,
  /** Live bytes copied between two pauses. */
  collectCopyBytes: 8 * 1024 * 1024,
  /** Location entries deleted by one key-value batch. */
  collectBatchMax: 1024,

  /**
   * Deletions in a range of keys that make merging its tables worth while, what is merged for each of them at most, so that
   * few deletions in a large store cost little, and the largest range that is merged. With so many bytes written between two looks
   * nothing is.
   */
  kvDeletionsMin: 500,
  kvBytesPerDeletionMax: 16 * 1024,
  kvBusyBytesMin: 1024 * 1024,
  /** Ranges up to this size may have come from memory into one level at once. */
  kvRemergeBytesMax: 64 * 1024 * 1024,
  kvCompactionBytesMax: 1024 * 1024 * 1024,

  /** Queued key-value operations joined into one write. */
  kvGroupOperationsMax: 16_384,
} as const;
