/** Limits of this service. Bytes, counts. */
export const mpcServiceLimits = {
  /** Canonical encoding of a circuit, as the node inspects it. */
  encodingBytesMax: 32 * 1024 * 1024,
  /** Source in UTF-8. */
  sourceBytesMax: 256 * 1024,
  /** Interface as JSON in UTF-8: with the source it fits into one record. */
  interfaceBytesMax: 128 * 1024,
  pageDefault: 100,
  pageMax: 1000,
  /** How often a circuit may be changed by others while an upload of it is recorded. */
  attemptsMax: 8,
  /** Largest time of a Date. */
  timeMsMax: 8.64e15,
} as const;
