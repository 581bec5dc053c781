/** What can grow in threshold ECDSA, and how far. */
export const ecdsaLimits = {
  /** Presignatures made together. */
  batchMax: 64,
  /** Of a batch that a call waits for. */
  urgentBatch: 8,
  /** Of a batch made in the background. */
  batch: 32,
  /** For a group and set of signers: fewer than these left start another batch. */
  stockLow: 24,
  /** Sets of signers and groups that a coordinator keeps presignatures of. */
  stocksMax: 64,
  /** Batches that a custodian keeps; the oldest goes. */
  batchesMax: 128,
  /** Used presignatures that a custodian can still be asked about when the signature came out wrong. */
  burntMax: 256,
  /**
   * How many of them a process answers for. Each answer shows group elements that depend on the key (see blame-handlers.ts): so few
   * take nothing from its security.
   */
  blamesMax: 1024,
  digestBytesMax: 64,
  signatureBytesMax: 128,
  /** 64 presignatures of P-521, and signatures, of 7 signers. */
  messageBytesMax: 256 * 1024,
} as const;
