/** Of pollers of event sources. */
export const sourceLimits = {
  /** How often mappings are read, to begin with new ones and end others. */
  lookEveryMs: 1000,
  /** Batches of one mapping that are with the function at once, unless it is configured. */
  concurrencyDefault: 5,
  /** A queue gives so many at most at once. */
  receiveMax: 10,
  receiveWaitMs: 20_000,
  /** Of an event as JSON: what a function takes, less the member around its records. */
  batchBytesMax: 6 * 1024 * 1024 - 1024,
  removeAtOnce: 10,
  /** Longest rest after a fault of ours, such as a full disk. After throttles it grows on, as messages are counted each time. */
  faultRestMsMax: 10_000,
} as const;
