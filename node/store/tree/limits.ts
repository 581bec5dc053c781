/** Limits of the tree store. Sizes in bytes. */
export const treeStoreLimits = {
  /** What the caller keeps with a commit. */
  metaBytesMax: 64 * 1024,
  /** Two places for the commit record, a page apart, and nothing else stand before the pieces. */
  recordSpacingBytes: 4096,
  firstUnit: 16,
  /** Units are numbered with 32 bits: 2 TiB. */
  unitsMax: 2 ** 32 - 1,
  /** Units described by one piece of the space map: 16 MiB of the file. */
  unitsPerMap: 32_768,

  /** Pages of the list of trees are split above and joined below. */
  listPageBytesMax: 8 * 1024,
  listPageBytesMin: 2 * 1024,
  /** Changed trees kept in memory before they go into the list. */
  changedTreesMax: 16_384,

  /** Pieces that stand so near are read together, with what lies between, up to so much at a time. */
  readGapBytes: 24 * 1024,
  readBytesMax: 512 * 1024,
  readsInFlight: 8,
  /** Written pieces kept in memory before writers wait, and what one write takes. */
  queuedBytesMax: 8 * 1024 * 1024,
  writeBytesMax: 1024 * 1024,
  writePiecesMax: 512,
  writesInFlight: 4,

  /** A free end of the file from this size on is cut off, when it is also an eighth of the file. */
  truncateBytesMin: 256 * 1024,

  /** Requests of one proof. */
  requestsMax: 4096,
} as const;
