/** What an authority bears. */
export const authorityLimits = {
  /** How far the times of calls and records may lie from a custodian's clock. */
  skewMs: 15 * 60 * 1000,
  /** How long a control call may have waited at the gateway for its turn: until its key was made, or others were taken in. */
  turnMs: 10 * 60 * 1000,
  /** Of a snapshot: fits into what custodians send each other. */
  snapshotBytesMax: 2 * 1024 * 1024,
  /** Handles that are named as due at once. */
  erasuresMax: 1_000,
} as const;
