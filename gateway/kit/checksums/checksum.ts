/** Incremental and one-shot checksums over one interface. */
import { createHash, type Hash, hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32c } from '@node-rs/crc32';
import type { ChecksumAlgorithm } from './algorithms.ts';
import { type Crc64State, crc64Update } from './crc64-wasm.ts';

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  update(bytes: Uint8Array): void;
  /** The digest, big-endian for CRCs. The checksum must not be used afterwards. */
  digest(): Uint8Array;
}

export function createChecksum(algorithm: ChecksumAlgorithm): Checksum {
  switch (algorithm) {
    case 'CRC32':
      return new Crc32Checksum(algorithm, (bytes, value) => crc32(bytes, value));
    case 'CRC32C':
      return new Crc32Checksum(algorithm, (bytes, value) => crc32c(asBuffer(bytes), value));
    case 'CRC64NVME':
      return new Crc64Checksum();
    default:
      return new HashChecksum(algorithm);
  }
}

/** One-shot: cheaper than `createChecksum` for small bodies. */
export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Uint8Array {
  switch (algorithm) {
    case 'CRC32':
      return bigEndian32(crc32(bytes));
    case 'CRC32C':
      return bigEndian32(crc32c(asBuffer(bytes)));
    case 'CRC64NVME': {
      const checksum = new Crc64Checksum();
      checksum.update(bytes);
      return checksum.digest();
    }
    default:
      return hash(algorithm.toLowerCase(), bytes, 'buffer');
  }
}

class Crc32Checksum implements Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly #step: (bytes: Uint8Array, value: number) => number;
  #value = 0;

  constructor(algorithm: ChecksumAlgorithm, step: (bytes: Uint8Array, value: number) => number) {
    this.algorithm = algorithm;
    this.#step = step;
  }

  update(bytes: Uint8Array): void {
    this.#value = this.#step(bytes, this.#value);
  }

  digest(): Uint8Array {
    return bigEndian32(this.#value);
  }
}

class Crc64Checksum implements Checksum {
  readonly algorithm = 'CRC64NVME';
  readonly #state: Crc64State = { low: 0xffffffff, high: 0xffffffff };

  update(bytes: Uint8Array): void {
    crc64Update(this.#state, bytes);
  }

  digest(): Uint8Array {
    const digest = new Uint8Array(8);
    const view = new DataView(digest.buffer);
    view.setUint32(0, ~this.#state.high);
    view.setUint32(4, ~this.#state.low);
    return digest;
  }
}

class HashChecksum implements Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly #hash: Hash;

  constructor(algorithm: ChecksumAlgorithm) {
    this.algorithm = algorithm;
    this.#hash = createHash(algorithm.toLowerCase());
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  digest(): Uint8Array {
    return this.#hash.digest();
  }
}

function bigEndian32(value: number): Uint8Array {
  const digest = new Uint8Array(4);
  new DataView(digest.buffer).setUint32(0, value);
  return digest;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
