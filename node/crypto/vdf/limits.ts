/** Limits of the verifiable delay function. */
export const vdfLimits = {
  /** Length of a discriminant in bits. Below 2,048 the group order can be computed with known effort: test networks only. */
  bitsMin: 256,
  bitsMax: 4096,
  bitsDefault: 2048,
  /** The transcript carries the number of squarings as 32 bits. */
  iterationsMax: 2 ** 32 - 1,
  challengeBytesMax: 4096,
  /**
   * Candidates of the discriminant's stream that are looked at, per bit of length: the first prime is the n-th candidate
   * with mean n = 0.133 per bit, so the chance that a challenge has none within 8 per bit is e^-60.
   */
  candidatesPerBit: 8,
  /** Counters tried for the 128-bit prime of the transcript: mean 88, chance of none e^-180. */
  primeCountersMax: 16_384,
  /** Intermediate powers kept for the proof: 16 MB at 2,048 bits. Longer evaluations keep every second, third, ... power. */
  storedPowersMax: 32_768,
  /** Answers of a set of provers (reference protocol, one per filter and at most 100 filters). */
  multiProversMax: 128,
  multiProverIdBytesMax: 1024,
  /** Squarings between two looks at the clock, the cancel flag and the progress: under 10 ms at 4,096 bits. */
  squaringsPerLook: 64,
} as const;
