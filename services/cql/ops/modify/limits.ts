/** Limits of modifications. */
export const modifyLimits = {
  /** 20 years, as Cassandra. */
  ttlSecondsMax: 20 * 365 * 24 * 60 * 60,
  /** Latest second in which something may expire, plus one: Cassandra 4.0 keeps it in 32 bits with sign. */
  expiresAtMax: 0x7fff_ffff,
  /** Rows and ranges that IN may name in one statement: its values multiply. Every one of them is a part of the mutation. */
  targetsMax: 65_536,
  /** A batch of several partitions with more bytes gets a warning: Cassandra's `batch_size_warn_threshold`. */
  batchWarnBytes: 5 * 1024,
  /** An unlogged batch of more partitions gets one: `unlogged_batch_across_partitions_warn_threshold`. */
  unloggedPartitionsWarn: 10,
} as const;
