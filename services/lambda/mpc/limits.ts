/** Limits of functions of runtime `mpc`. Bytes, milliseconds, counts. */
export const mpcLimits = {
  manifestBytesMax: 8 * 1024,
  /** As the service of computations takes it. */
  sourceBytesMax: 256 * 1024,
  sourcePathCharsMax: 256,
  /** Levels are for two or three parties. */
  partiesMin: 2,
  partiesMax: 3,
  nameCharsMax: 64,
  /** Of one party. */
  outputsMax: 1024,
  /** Object with the inputs of a party. */
  inputObjectBytesMax: 4 * 1024 * 1024,
  objectKeyBytesMax: 1024,
  versionIdCharsMax: 1024,
  sessionNameCharsMax: 128,
  addressCharsMax: 262,
  /** As many as the node has room for at once: as one party, and as all. */
  partiesAtOnce: 8,
  allPartiesAtOnce: 2,
  /** Invocations that wait for a place of either kind; each holds its payload. */
  waitingMax: 16,
  meetMsDefault: 30_000,
  totalMsDefault: 60_000,
  /** The longest Timeout of a function. */
  timeMsMax: 900_000,
} as const;
