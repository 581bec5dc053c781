/** Limits of what is stored. Sizes in bytes. */
export const storeLimits = {
  /** What one statement may write, as Cassandra's `max_mutation_size` of a segment of 32 MiB. */
  mutationBytesMax: 16 * 1024 * 1024,
  /** A row of the journal takes no further statement beyond this. */
  journalRowBytes: 1024 * 1024,
  /** Statements in one row of the journal. */
  journalItemsMax: 4096,
  /** Attempts to join the journal while other gateways keep being first. */
  attemptsMax: 1000,
  /** Of what is not in records yet: beyond it, writers wait for what settles it. */
  memtableBytesMax: 384 * 1024 * 1024,
} as const;
