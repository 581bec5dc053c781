/** Sizes of what is worked on at once. Both parties use the same ones: they shape the messages. */
export const maliciousLimits = {
  /** Authenticated bits of one extension of correlated transfers. */
  bitsAtOnce: 65_536,
  /** Three authenticated bits each. */
  leakyAndsAtOnce: 21_840,
  /** Authenticated bits opened in one message. */
  openedBitsAtOnce: 32_768,
  /** AND gates of a piece of the circuit: tables of 32 bytes each go in one message. */
  pieceAndsMax: 16_384,
  /** Gates of all kinds in a piece: wires are kept until the end of the piece that reads them last. */
  pieceGatesMax: 131_072,
  /** Input or output bits that go in one message. */
  portBitsAtOnce: 16_384,
  /** Bits of the check of a delta's lowest bit: a wrong one passes with probability 2^-64. */
  colourChecks: 64,
} as const;
