/** Limits of the three-party level, beside those of all circuits. */
export const threePartyLimits = {
  /** Labels of inputs, where an input of the evaluator counts twice; 64 bytes of commitments each. */
  inputLabelsMax: 1024 * 1024,
  outputBitsMax: 1024 * 1024,
  /** Longest body of a message: all that is longer goes in pieces of this length and a shorter last one. */
  pieceBytes: 256 * 1024,
} as const;
