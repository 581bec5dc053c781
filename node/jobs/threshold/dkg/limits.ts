/** Sizes of messages about the life of keys. */
export const keyLifeLimits = {
  sessionBytes: 16,
  handleBytes: 16,
  schemeBytesMax: 32,
  /** What is common of one key, of any scheme: ten verification keys of an RSA key of 4096 bits, with room. */
  commonBytesMax: 16 * 1024,
  /** Of one proof of possession: two scalars of P-521. */
  proofBytesMax: 2 * 66,
  /** A scalar of P-521, sealed: salt and tag with it. */
  sealedBytesMax: 32 + 66 + 16,
  /** Ed25519, tagged. */
  signatureBytes: 65,
  /**
   * Generations are stored in 32 bits, and only grow. What came to nothing may leave some out, and no coordinator and no custodian can
   * make a refresh go further.
   */
  generationMax: 2 ** 32 - 1,
  generationsAheadMax: 1024,
  /** The dealings of ten custodians to ten in P-521 are 21 KiB. */
  transcriptBytesMax: 64 * 1024,
  /** Commitments and a share in P-521. */
  importBytesMax: 4096,
} as const;
