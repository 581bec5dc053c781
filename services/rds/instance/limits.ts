/** Limits of instances and what they do by time. */
export const instanceLimits = {
  leaseMs: 10_000,
  /** Between looks at whether an instance is idle. */
  idleCheckMs: 1000,
  /** Between looks at whether points in time have left the window. */
  retentionCheckMs: 60_000,
  /**
   * After an engine began: a checkpoint begins with a new file of the log, and what ends again before a checkpoint is done would
   * leave one after the other.
   */
  checkpointFromMs: 3000,
  /** After a checkpoint failed. */
  checkpointRetryMs: 30_000,
  /** For a clean end; then it is the short way, and the next start restores. */
  stopMs: 3000,
  /** Part of the time that rows are made records in: while commits come, and when none came for so long. */
  busyMs: 500,
  projectionShareBusy: 0.1,
  projectionShareIdle: 0.6,
  instancesMax: 100,
  snapshotsMax: 1000,
} as const;
