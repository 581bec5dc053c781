/** Limits of the verifier. */
export const verifierLimits = {
  /** Frames whose delay function has a shorter discriminant are those of a test network: they say nothing about time. */
  discriminantBitsSafe: 2048,
} as const;
