/** Limits of the ports. Sizes in bytes. */
export const nodeLimits = {
  /** One chunk of ciphertext. */
  chunkBytesMax: 9 * 1024 * 1024,
  /** Smaller ciphertext stands inline in its vertex. */
  chunkBytesMin: 64 * 1024,
  payloadBytesMax: 1024 * 1024,
  /** Encoded transaction, and so a batch's smallest size. */
  transactionBytesMax: 4 * 1024 * 1024,
  batchBytesMax: 4 * 1024 * 1024,
  /** Index bits of a revision: 4,096 transactions in a batch. */
  batchTransactionsMax: 4096,
  operationsMax: 12_000,
  expectationsMax: 12_000,
  hyperedgeMembersMax: 10_000,
  chunksPerVertexMax: 16,
  writerKeysMax: 64,
  resourceNameBytesMax: 256,
  /** Identity of a lease holder. */
  holderBytesMax: 256,
  readSlotsMax: 16_384,
  proofItemsMax: 1024,
  /** A whole proof; one that would be larger is refused. */
  proofBytesMax: 4 * 1024 * 1024,
  /** Positions between validFrom and validUntil; outcomes are remembered this long. */
  transactionWindowMax: 4096,
  /** What a writer asks for unless told otherwise. */
  transactionWindowDefault: 1024,
  /** Transactions accepted and not yet ordered; beyond: `overloaded`. */
  queuedTransactionsMax: 16_384,
  queuedBytesMax: 64 * 1024 * 1024,
} as const;
