/** What can grow with HMAC keys, and how far. Times in milliseconds. */
export const macLimits = {
  messageBytesMax: 4096,
  /** Of a key that is brought in; one that is longer than a block is hashed first, as HMAC says. */
  importBytesMax: 1024,
  /** Bits of one run of a circuit on public blocks: 8 blocks of SHA-256, 4 of SHA-512. */
  runBitsMax: 4096,
  /** Open sessions of a custodian; the one that was not used for longest goes when there are too many. */
  sessionsMax: 16,
  /** Calls that wait for one session at a custodian. */
  waitingMax: 64,
  /** Sessions of the same three custodians that a coordinator uses at once. */
  lanesMax: 2,
  /** Until three custodians are in a session. */
  meetMs: 5_000,
  /**
   * For all runs of one call, and more for each block: some fifty times what they take, since they take ten times as long where ten other
   * things want the same cores. With the meeting before it half of what a call may take, so that others can be asked. Who delays others can do so once.
   */
  callMs: 10_000,
  blockMs: 400,
  /** From opening a session to its end. */
  sessionMs: 60 * 60_000,
  /** Longest text of a custodian on why a computation failed. */
  detailCharsMax: 200,
} as const;
