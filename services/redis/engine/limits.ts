/** Limits of the engine. Sizes in bytes unless the name says otherwise. */
export const engineLimits = {
  databases: 16,
  /** Longest string V8 holds; 24 bytes below the 512 MiB of Redis. */
  stringBytesMax: 536_870_888,
  /** Parts of a database's key table: each grows on its own, so none of 20 million keys stalls for long. */
  keyTableParts: 256,
  /** Entries of a dictionary that are searched one by one, without an index. */
  dictLinearMax: 8,
  /** Elements and bytes of one chunk of a list: pushing and inserting move at most that many. A longer element has its own. */
  listChunkElements: 128,
  listChunkBytes: 16 * 1024,
  /** Picks at random, the same one any number of times, that are answered at once: more would not fit into memory. */
  repeatedPicksMax: 16 * 1024 * 1024,
  /** Effects are handed on when they reach this size, at the end of a command. */
  effectBatchBytes: 1024 * 1024,
} as const;
