/** Limits of what function URLs answer. */
export const urlLimits = {
  /** Names and values of an answer's headers and cookies together. */
  headerBytesMax: 32 * 1024,
  headersMax: 200,
} as const;
