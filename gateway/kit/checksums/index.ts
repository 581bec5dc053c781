/** Checksums of S3: incremental, one-shot, composite and combined. */
export { CHECKSUM_BYTES, type ChecksumAlgorithm, type CrcAlgorithm, isCrc } from './algorithms.ts';
export { type Checksum, checksumOf, createChecksum } from './checksum.ts';
export { type ChecksummedPart, combineCrcs } from './combine.ts';
export {
  compositeChecksum,
  compositeDigest,
  decodeChecksum,
  encodeChecksum,
  equalDigests,
} from './multipart.ts';
