/** Limits of the protocol. Sizes in bytes. */
export const wireLimits = {
  /** Body of a request before login, also when it is unpacked. */
  bodyBytesBeforeLogin: 16 * 1024,
  /** Body of a request after it. */
  frameBytesMax: 16 * 1024 * 1024,
  /** Body of an answer; Cassandra's own limit. */
  answerBytesMax: 256 * 1024 * 1024,
  /** Payload of an outer frame of v5: 17 bits. */
  segmentBytesMax: 128 * 1024 - 1,
  /** A shorter body is not worth packing. */
  packedBytesMin: 128,
  /** Piece of memory in which answers are written, one after the other. */
  slabBytes: 64 * 1024,
  /** With less than this left, a piece is not written to again. */
  slabRoomMin: 1024,
  /** Pieces that wait for the next answer. */
  slabsKept: 16,
  /** Kept free before an answer of rows, for a paging state that is known when the rows stand behind it. */
  pagingRoomBytes: 512,
  /** Texts of errors and warnings, in UTF-16 units: as UTF-8 they fit a [string]. */
  messageUnitsMax: 16 * 1024,
  /** Warnings of one answer. */
  warningsMax: 256,
} as const;
