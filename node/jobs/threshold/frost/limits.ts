/** What can grow in FROST, and how far. */
export const frostLimits = {
  /** Pairs of nonces that a custodian keeps; the oldest go. */
  noncesMax: 2048,
  /** Pairs made in one request: 75 microseconds each. */
  batchMax: 64,
  /** Pairs that a coordinator asks for at once, and how few it has left when it asks for more. */
  batch: 16,
  refillBelow: 8,
  /** One that waits for commitments sees so many batches go to others before it gives up. */
  batchesAwaitedMax: 64,
} as const;
