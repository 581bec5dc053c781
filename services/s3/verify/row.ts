/**
 * Rows of buckets and objects, read by the verifier itself (services/s3/model/{bucket,object}.ts). Runs in browsers. Numbers
 * are LEB128; texts and byte strings have their length in front.
 */
import { ProofRefused } from '@hypergate/node/verifier';
import { type BlobClaim, StoredReader } from '@hypergate/table/verify';

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

/** @throws ProofRefused */
export function readBucketRow(version: number, row: Uint8Array): BucketFacts {
  if (version !== 1 && version !== 2) throw new ProofRefused('unknown version of a bucket');
  const input = new StoredReader(row, 'the row of the bucket');
  const ownerAccountId = input.text();
  for (let left = 2; left > 0; left -= 1) input.text();
  const region = input.text();
  const createdMs = input.number();
  const address = input.raw(32);
  if (version === 2 && input.u8() > 2) throw new ProofRefused('unknown state of versioning');
  input.end();
  return { ownerAccountId, region, createdMs, address };
}

/** @throws ProofRefused */
export function readObjectRow(version: number, row: Uint8Array): ObjectFacts {
  if (version !== 1 && version !== 2) throw new ProofRefused('unknown version of an object');
  const input = new StoredReader(row, 'the row of the object');
  const flags = version === 2 ? input.u8() : 0;
  if (flags > 1) throw new ProofRefused('unknown flags of an object');
  const sequence = version === 2 ? input.number() : 1;
  if (version === 2) input.number();
  const versionId = input.bytes();
  const size = input.number();
  const modifiedMs = input.number();
  const etag = readEtag(input);
  if (input.u8() >= storageClasses) throw new ProofRefused('unknown storage class');
  const checksum = readChecksum(input);
  const contentType = readHeaders(input);
  for (let list = 0; list < 2; list += 1)
    for (let left = 2 * input.number(); left > 0; left -= 1) input.text();
  input.text();
  input.bytes();
  const body = readBody(input);
  input.end();
  const deleteMarker = flags === 1;
  return { versionId, deleteMarker, sequence, size, modifiedMs, etag, checksum, contentType, body };
}

function readEtag(input: StoredReader): string {
  const md5 = hexText(input.raw(16));
  const parts = input.number();
  return parts === 0 ? md5 : `${md5}-${parts}`;
}

function readChecksum(input: StoredReader): ObjectFacts['checksum'] {
  const number = input.u8();
  if (number === 0) return undefined;
  const algorithm = checksumNames[number - 1];
  if (algorithm === undefined) throw new ProofRefused('unknown algorithm of a checksum');
  if (input.u8() > 1) throw new ProofRefused('unknown type of a checksum');
  return { algorithm, parts: input.number(), value: input.bytes() };
}

/** The content type is the first of them. */
function readHeaders(input: StoredReader): string | undefined {
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

function readBody(input: StoredReader): BodyFacts {
  const kind = input.u8();
  if (kind === 0) return { kind: 'inline', bytes: input.bytes() };
  if (kind === 1) return { kind: 'blobs', blobs: [readBlob(input)] };
  if (kind === 3) {
    const key = input.raw(32);
    const length = input.number();
    return { kind: 'data', key, length, chunk: { hash: input.raw(33), length: input.number() } };
  }
  if (kind !== 2) throw new ProofRefused('unknown kind of a body');
  const count = input.number();
  if (count > uploadPartsMax) throw new ProofRefused('an object has too many parts');
  const blobs: BlobClaim[] = [];
  for (let left = count; left > 0; left -= 1) {
    input.number();
    const size = input.number();
    if (size > 0) {
      const blob = readBlob(input);
      if (blob.length !== size) throw new ProofRefused('a part and its blob differ in length');
      blobs.push(blob);
    }
    input.bytes();
  }
  return { kind: 'blobs', blobs };
}

function readBlob(input: StoredReader): BlobClaim {
  return { id: input.raw(16), length: input.number(), chunkBytes: input.number() };
}

export function hexText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
