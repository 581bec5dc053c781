/** Limits of circuits and of the messages of a computation. */
export const mpcLimits = {
  /** Gates of a circuit, of all kinds. */
  gatesMax: 64 * 1024 * 1024,
  andDepthMax: 1024 * 1024,
  /** Bits of all inputs, or of all outputs. */
  portBitsMax: 16 * 1024 * 1024,
  partiesMax: 16,
  nameCharsMax: 64,
  /** Characters of a line of a circuit in a Bristol format. */
  bristolLineCharsMax: 1024 * 1024,
} as const;
