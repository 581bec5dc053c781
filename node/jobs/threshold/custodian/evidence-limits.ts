/** What evidence of a call may hold. Sizes in bytes. */
import { bodyRoom, sizes } from '../../../hypergraph/index.ts';

/** Marker and number of transactions before the transactions of a batch (node/hypergraph/format/v1/batch.ts). */
const bodyHeadBytes = 1 + 2;
/** Markers, writer, signature, statement and lengths around a batch in its log record, without the signers. */
const recordHeadBytes = 512;

const batchBodyBytesMax = bodyHeadBytes + bodyRoom;
/** More than any clique has members: each costs a verification. */
const signersMax = 64;
/** The call as it was signed, in its service's encoding. */
const callBytesMax = 1024 * 1024;

export const evidenceLimits = {
  batchBodyBytesMax,
  signersMax,
  callBytesMax,
  /** Certificate and signed batch together. */
  logRecordBytesMax:
    recordHeadBytes + signersMax * (sizes.taggedKey + sizes.taggedSignature) + batchBodyBytesMax,
} as const;
