/** Limits of the server. Bytes, milliseconds, counts. */
export const serverLimits = {
  configFileBytesMax: 1024 * 1024,
  accountsFileBytesMax: 4 * 1024 * 1024,
  accountsMax: 10_000,
  /** From the first signal to the end of the process. */
  drainMs: 5_000,
  /** Of `drainMs`, what closing the node (checkpoint, sync) may need after services have drained. */
  closeReserveMs: 1_500,
  /** npm and the terminal both deliver one Ctrl-C: a second signal within this time is the same one. */
  signalRepeatMs: 500,
  /** How many ports after a busy default one are tried. */
  portsTried: 100,
  /** A recovery that takes longer reports its progress, and then once in this time. */
  recoveryNoticeMs: 1_000,
  /** From the start to the first look for chunk files that are mostly garbage: an earlier process may have left much. */
  collectFirstMs: 1_000,
  /** Between two looks; a look that finds none costs little. */
  collectEveryMs: 10_000,
  /** A collection rests this many times as long as it works; less while most of the chunk files is garbage. */
  collectRestShare: 3,
  collectBacklogRestShare: 0.25,
  redisMemoryMin: 64 * 1024 * 1024,
  redisMemoryMax: 1024 * 1024 * 1024 * 1024,
  lambdaMemoryMin: 128 * 1024 * 1024,
  lambdaMemoryMax: 16 * 1024 * 1024 * 1024 * 1024,
  /** Of one core, for the delay function. */
  vdfSharePercentMax: 50,
  vdfBitsMin: 256,
  vdfBitsMax: 4096,
  /** Fewer bits of a discriminant are for test networks: their class number can be computed. */
  vdfBitsSafe: 2048,
  /** With fewer none may be faulty; more make too many subsets (node/jobs/threshold/limits.ts). */
  custodiansMin: 4,
  custodiansMax: 10,
  /** Shorter periods would refresh keys without a rest. */
  custodyRefreshMsMin: 60_000,
  /**
   * Patience with custodians in milliseconds, by how the kind of a request begins, where they compute longer than most or wait for one another.
   * One that answers nothing at all is given up sooner (node/jobs/threshold/coordinator/pulse.ts).
   */
  custodianPatienceMs: [
    ['mac.', 30_000],
    ['rsa.deal', 30_000],
    ['rsa.re', 30_000],
    ['dkg.', 5_000],
    ['ecdsa.presign.', 5_000],
    ['prss.', 5_000],
    ['refresh.', 10_000],
    ['recover.', 10_000],
  ] as readonly (readonly [beginning: string, ms: number])[],
  adminBodyBytesMax: 64 * 1024,
  /** To receive a request; an answer may take longer. */
  adminRequestMs: 30_000,
  /** What a command takes in; a proof document has 8 MiB at most. */
  adminAnswerBytesMax: 64 * 1024 * 1024,
  /** Patience of `hypergate prove`: a frame is due within its interval, a day at most, and minutes later under load. */
  proofPatienceMs: 25 * 3_600_000,
  /** A proof that takes longer is being waited for, and says so. */
  proofNoticeMs: 500,
  /** Of the commands of computations: a source or an encoded circuit, private inputs, the parties. */
  circuitFileBytesMax: 1024 * 1024 * 1024,
  mpcInputsBytesMax: 64 * 1024 * 1024,
  mpcSessionBytesMax: 64 * 1024,
  /** A circuit is checked, and perhaps compiled, before it is recorded. */
  recordPatienceMs: 5 * 60_000,
  /** Bytes of the FORMAT file that are looked at. */
  formatFileBytesMax: 256,
  /** Days of a self-signed certificate, and how many before its end a new one is made. Browsers refuse more than 825. */
  certificateDays: 397,
  certificateRenewDays: 30,
  /** Name in the genesis document of a new network. */
  networkName: 'hypergate',
  /** Entries of a fat leaf of the commitment trees of a new network. */
  leafAtomsMax: 262_144,
} as const;
