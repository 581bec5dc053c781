/** Limits of payloads that RESTORE reads. */
export const rdbLimits = {
  /** Highest version of the format that is read: 7.2's. */
  versionMax: 11,
  /** What DUMP writes: 7.0 and later read it. */
  versionWritten: 10,
  /** Bytes that all compressed strings of one payload expand to. */
  expandedBytesMax: 536_870_888,
  /** Most bytes that LZF makes of one: a reference of 3 bytes stands for 264. */
  lzfRatioMax: 88,
} as const;
