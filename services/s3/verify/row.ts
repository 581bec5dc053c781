/**
 * Rows of buckets and objects, read by the verifier itself (services/s3/model/{bucket,object}.ts). Runs in browsers. Numbers
 * are LEB128; texts and byte strings have their length in front.
 */
import { ProofRefused } from '@hypergate/node/verifier';
import type { BlobClaim } from '@hypergate/table/verify';

/** What is proven of a bucket. */
export interface BucketFacts {
  readonly ownerAccountId: string;
  readonly region: string;
  readonly createdMs: number;
  /** Address of its domain. */
  readonly address: Uint8Array;
}

export type BodyFacts =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'blobs'; readonly blobs: readonly BlobClaim[] }
  | {
      readonly kind: 'data';
      readonly key: Uint8Array;
      readonly length: number;
      readonly chunk: { readonly hash: Uint8Array; readonly length: number };
    };

/** What is proven of an object. */
export interface ObjectFacts {
  readonly versionId: Uint8Array;
  readonly deleteMarker: boolean;
  readonly sequence: number;
  readonly size: number;
  readonly modifiedMs: number;
  readonly etag: string;
  readonly checksum:
    | {
        readonly algorithm: string;
        readonly value: Uint8Array;
        /** Of a composite checksum; 0 for one of all bytes. */
        readonly parts: number;
      }
    | undefined;
  readonly contentType: string | undefined;
  readonly body: BodyFacts;
}

/** By stored number; 0 stands for none. */
export const checksumNames = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256', 'SHA512', 'MD5'] as const;
const headerCount = 7;
const storageClasses = 8;
const uploadPartsMax = 10_000;

class RowReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    // A Buffer's `slice` would share memory.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  u8(): number {
    return this.fixed(1)[0] as number;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1, left = 8; left > 0; left -= 1, scale *= 0x80) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte >= 0x80) continue;
      if (byte === 0 && scale > 1) throw new ProofRefused('a number of a row is not in its shortest form');
      if (!Number.isSafeInteger(value)) throw new ProofRefused('a number of a row is too large');
      return value;
    }
    throw new ProofRefused('a number of a row is too long');
  }

  fixed(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw new ProofRefused('a row ends too early');
    this.#at += length;
    return this.#bytes.slice(this.#at - length, this.#at);
  }

  bytes(): Uint8Array {
    return this.fixed(this.varint());
  }

  text(): string {
    // Otherwise a mark of byte order at the beginning would be left out.
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytes());
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new ProofRefused('a row is longer than it should be');
  }
}

/** @throws ProofRefused */
export function readBucketRow(version: number, row: Uint8Array): BucketFacts {
  if (version !== 1 && version !== 2) throw new ProofRefused('unknown version of a bucket');
  const input = new RowReader(row);
  const ownerAccountId = input.text();
  for (let left = 2; left > 0; left -= 1) input.text();
  const region = input.text();
  const createdMs = input.varint();
  const address = input.fixed(32);
  if (version === 2 && input.u8() > 2) throw new ProofRefused('unknown state of versioning');
  input.end();
  return { ownerAccountId, region, createdMs, address };
}

/** @throws ProofRefused */
export function readObjectRow(version: number, row: Uint8Array): ObjectFacts {
  if (version !== 1 && version !== 2) throw new ProofRefused('unknown version of an object');
  const input = new RowReader(row);
  const flags = version === 2 ? input.u8() : 0;
  if (flags > 1) throw new ProofRefused('unknown flags of an object');
  const sequence = version === 2 ? input.varint() : 1;
  if (version === 2) input.varint();
  const versionId = input.bytes();
  const size = input.varint();
  const modifiedMs = input.varint();
  const etag = readEtag(input);
  if (input.u8() >= storageClasses) throw new ProofRefused('unknown storage class');
  const checksum = readChecksum(input);
  const contentType = readHeaders(input);
  for (let list = 0; list < 2; list += 1)
    for (let left = 2 * input.varint(); left > 0; left -= 1) input.text();
  input.text();
  input.bytes();
  const body = readBody(input);
  input.end();
  const deleteMarker = flags === 1;
  return { versionId, deleteMarker, sequence, size, modifiedMs, etag, checksum, contentType, body };
}

function readEtag(input: RowReader): string {
  const md5 = hexText(input.fixed(16));
  const parts = input.varint();
  return parts === 0 ? md5 : `${md5}-${parts}`;
}

function readChecksum(input: RowReader): ObjectFacts['checksum'] {
  const number = input.u8();
  if (number === 0) return undefined;
  const algorithm = checksumNames[number - 1];
  if (algorithm === undefined) throw new ProofRefused('unknown algorithm of a checksum');
  if (input.u8() > 1) throw new ProofRefused('unknown type of a checksum');
  return { algorithm, parts: input.varint(), value: input.bytes() };
}

/** The content type is the first of them. */
function readHeaders(input: RowReader): string | undefined {
  let contentType: string | undefined;
  let before = 0;
  for (let number = input.u8(); number !== 0; number = input.u8()) {
    if (number > headerCount || number <= before)
      throw new ProofRefused('a header of an object is unknown or out of order');
    const value = input.text();
    if (number === 1) contentType = value;
    before = number;
  }
  return contentType;
}

function readBody(input: RowReader): BodyFacts {
  const kind = input.u8();
  if (kind === 0) return { kind: 'inline', bytes: input.bytes() };
  if (kind === 1) return { kind: 'blobs', blobs: [readBlob(input)] };
  if (kind === 3) {
    const key = input.fixed(32);
    const length = input.varint();
    return { kind: 'data', key, length, chunk: { hash: input.fixed(33), length: input.varint() } };
  }
  if (kind !== 2) throw new ProofRefused('unknown kind of a body');
  const count = input.varint();
  if (count > uploadPartsMax) throw new ProofRefused('an object has too many parts');
  const blobs: BlobClaim[] = [];
  for (let left = count; left > 0; left -= 1) {
    input.varint();
    const size = input.varint();
    if (size > 0) {
      const blob = readBlob(input);
      if (blob.length !== size) throw new ProofRefused('a part and its blob differ in length');
      blobs.push(blob);
    }
    input.bytes();
  }
  return { kind: 'blobs', blobs };
}

function readBlob(input: RowReader): BlobClaim {
  return { id: input.fixed(16), length: input.varint(), chunkBytes: input.varint() };
}

export function hexText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
