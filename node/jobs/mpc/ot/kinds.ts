/** Messages of oblivious transfer. Protocols that use it keep their own kinds below 224. */
export const otKind = {
  /** Receiver of base transfers: two elements for each. */
  baseElements: 224,
  /** Sender of base transfers: one element for each. */
  baseKeys: 225,
  /** Receiver of correlated transfers: 128 columns of corrections. */
  columns: 226,
  /** Sender: key of the hash under which the columns are to agree. */
  challenge: 227,
  /** Receiver: hashes of its choices and of its columns. */
  response: 228,
  /** Sender of chosen transfers: both strings of each, masked. */
  masked: 229,
} as const;
