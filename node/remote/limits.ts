/** Limits of the socket between a gateway and its node. Sizes in bytes, times in milliseconds. */
import { nodeLimits } from '../api/index.ts';

export const remoteLimits = {
  /** Largest frame: a batch with its outcomes, or an atom with all it may hold. */
  frameBytesMax: nodeLimits.batchBytesMax + 512 * 1024,
  /** Frames before the peers know each other. */
  handshakeFrameBytesMax: 256,
  handshakeTimeoutMs: 10_000,
  keyBytes: 32,
  /** Pieces of a chunk on the wire. */
  pieceBytes: 256 * 1024,
  /** Stream bytes that may be under way without the receiver having taken any. One item more may follow. */
  windowBytes: 1024 * 1024,
  /** Replies not yet taken by the peer; more stop the reading of its requests. */
  unsentBytesMax: 4 * 1024 * 1024,
  requestsMax: nodeLimits.queuedTransactionsMax,
  connectionsMax: 64,
  errorMessageBytesMax: 1024,
  jobPayloadBytesMax: 1024 * 1024,
  jobKindBytesMax: 256,
} as const;
