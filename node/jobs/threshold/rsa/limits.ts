/** Sizes of threshold RSA, and how far what can grow may grow. */
export const rsaLimits = {
  /** The public exponent: of keys made here, and the only one that is taken in. A prime above the number of custodians. */
  publicExponent: 65537,
  /** Distance of what t custodians see from what they would see of another key: 2^-128 for each random number. */
  statisticalBits: 128,
  /** Of a proof's challenge (Shoup's L1). */
  challengeBits: 128,
  /** Half of p - 1 and q - 1 has no prime factor below, for primes made here. */
  smallFactorsBelow: 256,
  /** Each refresh adds to a share: after 2^32 of them it still has its length. */
  refreshBits: 40,
  /** PKCS #8 of 4096 bits has about 2.4 KiB. */
  materialBytesMax: 16 * 1024,
  /** The dealer's answer: what is common, and sealed shares. */
  dealingBytesMax: 64 * 1024,
  /** Two primes of 2048 bits take about two seconds; this is for a machine under load. */
  dealerMs: 120_000,
  /** A refresh or a recovery is tried again so often without whom somebody complained about. */
  retriesMax: 12,
} as const;
