/** Limits of the reference's tree. */
export const treeLimits = {
  /** Addresses have 32 or 64 bytes. */
  keyBytesMax: 64,
  /** Value or hash target of a leaf, as in the reference's Rust node. */
  fieldBytesMax: 16 * 1024 * 1024,
  /** Keys of one proof. */
  proofKeysMax: 1024,
  /** Bytes of a proof's wire form. */
  proofBytesMax: 16 * 1024 * 1024,
  /** Bytes of a serialised tree. */
  treeBytesMax: 1024 * 1024 * 1024,
} as const;
