/** Limits of the gateway's side of KMS. Those of its meaning, which custodians share, stand in engine/limits.ts. */
export const gatewayLimits = {
  /** What cached keys, aliases and grants may take, bytes as estimated. */
  cachedKeyBytesMax: 64 * 1024 * 1024,
  cachedAliasBytesMax: 16 * 1024 * 1024,
  cachedGrantBytesMax: 32 * 1024 * 1024,
  /** Ends of calls are recorded together: so late, or when so many have gathered. */
  outcomeDelayMs: 200,
  outcomesPerGroup: 100,
  /** Keys of one group: each is an entry of the index, of which a record has no more than 64. */
  keysPerGroup: 60,
  /** Ends of calls that wait for the disk; beyond that, oldest first, the trail lacks them, and the log says so. */
  outcomesWaitingMax: 100_000,
  /** How long custodians may take for the use of a key. */
  useMs: 30_000,
  /** The same for making or sharing one: primes take their time. */
  makeMs: 5 * 60_000,
  /** The same for taking in a control call. */
  informMs: 20_000,
  /** Between two looks at how custodians are; what waits for them is tried again then. */
  statusMs: 2_000,
  /** The same for a control call that they refuse and that cannot be taken back. */
  blockedRetryMs: 60_000,
  /** Longest time that a timer is set to, and the time until what failed to be done is tried again. */
  dueCheckMs: 60 * 60_000,
  dueRetryMs: 60_000,
  /** Keys taken up at once when things are due. */
  duePerRun: 1_000,
  /** Grants of a deleted key removed in one transaction; rows emptied in one by a reset. */
  sweepRows: 200,
  /** Requests of other services whose uses of keys are counted, the latest ones: a request uses few, one after the other. */
  keyUsersMax: 65_536,
  bodyBytesMax: 1024 * 1024,
  /** RSA key pairs made at once: they take threads of the pool that the disk is written with. */
  keyPairsAtOnce: 2,
  /** Pages of aliases and of grants. */
  pageEntriesMax: 100,
} as const;
