/**
 * Checksums of multipart objects: COMPOSITE (the checksum of the parts' digests, with `-N`) and FULL_OBJECT (CRCs only,
 * combined). https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
import { CHECKSUM_BYTES, type ChecksumAlgorithm } from './algorithms.ts';
import { checksumOf } from './checksum.ts';

/** @param digests of the parts, in order. @returns base64 and `-N` */
export function compositeChecksum(algorithm: ChecksumAlgorithm, digests: readonly Uint8Array[]): string {
  return `${encodeChecksum(compositeDigest(algorithm, digests))}-${digests.length}`;
}

/** The checksum of the digests one after the other; for MD5 its hex and `-N` are the ETag. */
export function compositeDigest(algorithm: ChecksumAlgorithm, digests: readonly Uint8Array[]): Uint8Array {
  return checksumOf(algorithm, Buffer.concat(digests));
}

export function encodeChecksum(digest: Uint8Array): string {
  return Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).toString('base64');
}

/** @returns the digest, or undefined unless the text is canonical base64 of the algorithm's length */
export function decodeChecksum(algorithm: ChecksumAlgorithm, text: string): Uint8Array | undefined {
  const bytes = CHECKSUM_BYTES[algorithm];
  if (text.length !== Math.ceil(bytes / 3) * 4) return undefined;
  const digest = Buffer.from(text, 'base64');
  return digest.byteLength === bytes && digest.toString('base64') === text ? digest : undefined;
}

export function equalDigests(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
