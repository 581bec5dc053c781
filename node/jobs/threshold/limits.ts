/** What can grow in threshold protocols, and how far. */
export const thresholdLimits = {
  /** Subsets of custodians are enumerated (pseudo-random sharing): more make them too many. */
  custodiansMax: 10,
  /** Of one message between coordinator and custodian, without bulk data. */
  messageBytesMax: 1024 * 1024,
  /** Of one message that is signed or authenticated: a call's limit, with room for what goes with it. */
  taskBytesMax: 64 * 1024,
  /** Unfinished rounds that a custodian remembers, and how long. */
  openRoundsMax: 4096,
  openRoundMs: 60_000,
  /** A signer set is changed so often before a call fails. */
  attemptsMax: 6,
} as const;
