/** Limits of the processes of custodians. Bytes, milliseconds, counts. */
export const processLimits = {
  /** With as many handovers as a committee may have. */
  committeeFileBytesMax: 1024 * 1024,
  /** Folders of one custodian that was replaced in one epoch. */
  replacedFoldersMax: 16,
  restartMsMin: 50,
  restartMsMax: 5_000,
  /** A process that lived so long starts again at once. */
  steadyMs: 10_000,
  /** From being asked to end to being ended. */
  stopMs: 3_000,
  /** The first start of all: keystores are made and members known. */
  membersMs: 30_000,
  cacheBytes: 8 * 1024 * 1024,
  writeBufferBytes: 1024 * 1024,
  openFilesMax: 64,
} as const;
