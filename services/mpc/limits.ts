/** Limits of this service. Bytes, counts. */
export const mpcServiceLimits = {
  /** Canonical encoding of a circuit, as the node inspects it. */
  encodingBytesMax: 32 * 1024 * 1024,
  /** Source in UTF-8. */
  sourceBytesMax: 256 * 1024,
  /** Interface as JSON in UTF-8. */
  interfaceBytesMax: 64 * 1024,
  /** Names of inputs and outputs as they are stored: with source and interface they fit into one record. */
  portsBytesMax: 256 * 1024,
  nameCharsMax: 64,
  pageDefault: 100,
  pageMax: 1000,
  /** How often a circuit may be changed by others while an upload of it is recorded. */
  attemptsMax: 8,
  /** Largest time of a Date. */
  timeMsMax: 8.64e15,
} as const;
