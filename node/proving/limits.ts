/** Limits of the prover. Sizes in bytes, times in milliseconds. */
export const provingLimits = {
  /** Buffers of the change feed that are kept for the next use. */
  spareSlabs: 16,
  /** Changes handed to the prover and not yet taken in; beyond it writers wait. */
  outstandingBytesMax: 64 * 1024 * 1024,
  /** Entries that wait for the next frame; beyond it writers wait. */
  dirtyEntriesMax: 1_000_000,
  /** Age of the oldest acknowledged write that no frame shows; beyond it writers wait. */
  lagMaxMs: 120_000,
  /** Frames kept unless everything is archived. */
  framesKept: 360,
  /** Keys of the state that were told once while the trees are brought up to date. */
  rememberedKeysMax: 1_000_000,
  /** Entries of one message when a tree is built from the state. */
  bulkEntries: 8192,
  /** Proofs asked for and not answered. */
  proofsWaitingMax: 1024,
} as const;
