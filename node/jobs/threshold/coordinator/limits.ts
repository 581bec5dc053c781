/** Limits of the coordinator. Bytes, milliseconds, counts. */
export const coordinatorLimits = {
  /** One request, unless its kind has a time of its own. */
  askMs: 2_000,
  /** Requests to one custodian that were not answered yet. */
  pendingMax: 16_384,
  reconnectMsMin: 20,
  reconnectMsMax: 2_000,
  /**
   * A ping follows after so many beats without a word, and after so many a custodian counts as silent: 2.0 to 2.4 s, or 4.0 to 4.4 s
   * while it was asked for something that may take longer than `longMs`.
   */
  beatMs: 400,
  pingBeats: 2,
  silentBeats: 5,
  busyBeats: 10,
  longMs: 10_000,
  /** How long a call waits for custodians that are starting or catching up. */
  readyMs: 5_000,
  /** How long a control call is tried. */
  informMs: 10_000,
  /** One request of those that bring a custodian up to date; pages may be large. */
  catchUpMs: 10_000,
  catchUpPagesMax: 100_000,
  retryMsMin: 50,
  retryMsMax: 2_000,

  /** Waiting for one custodian that does not answer. */
  lettersMax: 65_536,
  lettersBytesMax: 256 * 1024 * 1024,
  letterBytesMax: 4 * 1024 * 1024,
  /** Times that a custodian may fail at one letter before it is dropped. */
  letterAttemptsMax: 8,

  /** Times that a call is begun when shares change or custodians go under it, and the pause before the next, times the number of the last. */
  useTriesMax: 6,
  usePauseMs: 20,
  commonsRememberedMax: 8192,
  /** Weight of the newest answer in a custodian's latency, and how soon an old one is forgotten by half. */
  latencyWeight: 0.2,
  latencyHalfMs: 5_000,
  accusationCharsMax: 512,
} as const;
