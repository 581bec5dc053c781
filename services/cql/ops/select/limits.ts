/** Limits of reading. */
export const selectLimits = {
  /** Row data of a page, after which it ends early: about what is sent at once. */
  pageBytes: 1024 * 1024,
  /** Row data of an answer that was asked for without pages: below what a frame may have. */
  answerBytes: 200 * 1024 * 1024,
  /** What a value takes of both besides its bytes, a null as well: its length. */
  valueBytes: 4,
  /** Values of such an answer: until it is sent, each takes some hundred bytes of memory however short it is. */
  answerValues: 5_000_000,
  /** Rows that are looked at before others have their turn. */
  rowsPerTurn: 2048,
  /** The same in milliseconds, and after how many rows that is looked at. */
  turnMs: 20,
  rowsPerLook: 16,
  /** Partitions that are looked for before that: each costs more than a row. */
  keysPerTurn: 512,
  /** Combinations of the values of several IN, of partitions with places in each. Cassandra warns of fewer; it has no limit. */
  combinations: 100_000,
  /** Of WHERE. CONTAINS may be said of a column any number of times, and each is put together with all before it. */
  relations: 1024,
  /** Value that is looked for in an index, as Cassandra. */
  indexedBytes: 65_535,
  /** Rows that are read ahead for a scan of unknown length. */
  rowsHintMax: 5000,
} as const;
