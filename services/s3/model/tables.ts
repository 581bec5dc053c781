/** The tables of this service. Names are input of the address function: never renamed. */
import type { RecordKey, TableDefinition } from '@hypergate/table';
import { type Bytes, noBytes, textOf, utf8, viewOf } from '../engine/bytes.ts';
import { type BucketRow, bucketFormatV1, bucketFormatV2, encodeBucketListing } from './bucket.ts';
import { bucketDocumentsTable } from './bucket-document.ts';
import { uploadIdBytes } from './common.ts';
import { encodeObjectListing, heldChunks, type ObjectRow, objectFormatV1, objectFormatV2 } from './object.ts';
import { outboxTable } from './outbox.ts';
import { encodePartListing, type PartRow, partFormatV1 } from './part.ts';
import { type SweepRow, sweepFormatV1, sweepFormatV2 } from './sweep.ts';
import { encodeUploadListing, type UploadRow, uploadFormatV1, uploadFormatV2 } from './upload.ts';

/** Index of the registry: the buckets of one account. Partition = account id, sort = bucket name. */
export const bucketsByOwner = 's3.buckets.by-owner';

/** In the registry's domain. Key: bucket name. */
export const bucketsTable: TableDefinition<BucketRow> = {
  name: 's3.buckets',
  description: 'Buckets: owner, region, creation time and the domain that holds their objects',
  formats: [bucketFormatV2, bucketFormatV1],
  index: encodeBucketListing,
  secondary: (row, key) => [
    {
      index: bucketsByOwner,
      partition: utf8(row.ownerAccountId),
      sort: key.sort,
      projection: encodeBucketListing(row),
    },
  ],
};

/** In the registry's domain. Key: random. The index carries nothing but that the record is there. */
export const sweepsTable: TableDefinition<SweepRow> = {
  name: 's3.sweeps',
  description: 'Parts and blobs that a committed change left behind and that are still to be taken away',
  formats: [sweepFormatV2, sweepFormatV1],
  index: () => noBytes,
  chunks: (row) => row.chunks,
};

/** In a bucket's domain. Key: object key. The current version of each object; delete markers are in no index. */
export const objectsTable: TableDefinition<ObjectRow> = {
  name: 's3.objects',
  description: 'Objects: headers, metadata, checksums and the body or where it stands',
  formats: [objectFormatV2, objectFormatV1],
  index: (row) => (row.deleteMarker ? undefined : encodeObjectListing(row)),
  chunks: heldChunks,
};

/** In a bucket's domain. Key: see `versionKey`. Versions that are not current, and current delete markers. */
export const versionsTable: TableDefinition<ObjectRow> = {
  name: 's3.versions',
  description: 'Earlier versions of objects, and delete markers',
  formats: [objectFormatV2, objectFormatV1],
  index: encodeObjectListing,
  chunks: heldChunks,
};

/** In a bucket's domain. Key: see `uploadKey`. */
export const uploadsTable: TableDefinition<UploadRow> = {
  name: 's3.uploads',
  description: 'Multipart uploads under way',
  formats: [uploadFormatV2, uploadFormatV1],
  index: encodeUploadListing,
};

/** In a bucket's domain. Partition: upload id; key: part number, two bytes. */
export const partsTable: TableDefinition<PartRow> = {
  name: 's3.parts',
  description: 'Uploaded parts of multipart uploads under way',
  formats: [partFormatV1],
  index: encodePartListing,
};

export const s3Tables = [
  bucketsTable,
  bucketDocumentsTable,
  sweepsTable,
  outboxTable,
  objectsTable,
  versionsTable,
  uploadsTable,
  partsTable,
];

export function bucketKey(name: string): RecordKey {
  return { partition: noBytes, sort: utf8(name) };
}

export function objectKey(key: Bytes): RecordKey {
  return { partition: noBytes, sort: key };
}

const sequenceBytes = 8;
/** Behind a key in which each 00 became 00 ff: sorts below whatever may follow a shorter key. */
const keyEnd = Buffer.of(0, 1);

/** Sort key: the object's key, escaped, its end, and 2^64 - 1 - sequence: versions of a key stand together, newest first. */
export function versionKey(key: Bytes, sequence: number): RecordKey {
  const prefix = versionPrefix(key);
  const sort = Buffer.allocUnsafe(prefix.length + sequenceBytes);
  sort.set(prefix);
  sort.writeBigUInt64BE(0xffff_ffff_ffff_ffffn - BigInt(sequence), prefix.length);
  return { partition: noBytes, sort };
}

/** What the sort keys of all versions of a key begin with, and no others. */
export function versionPrefix(key: Bytes): Bytes {
  return Buffer.concat([escapedKey(key), keyEnd]);
}

/** Escaping keeps prefixes and order: for bounds of walks over versions. */
export function escapedKey(key: Bytes): Bytes {
  if (!key.includes(0)) return key;
  const escaped: number[] = [];
  for (const byte of key) {
    escaped.push(byte);
    if (byte === 0) escaped.push(0xff);
  }
  return Buffer.from(escaped);
}

export function versionOf(sort: Bytes): { readonly key: Bytes; readonly sequence: number } {
  const view = viewOf(sort);
  const end = view.length - sequenceBytes;
  const sequence = Number(0xffff_ffff_ffff_ffffn - view.readBigUInt64BE(end));
  return { key: unescapedKey(view.subarray(0, end - keyEnd.length)), sequence };
}

export function unescapedKey(escaped: Bytes): Bytes {
  if (!escaped.includes(0)) return escaped;
  const plain: number[] = [];
  for (let at = 0; at < escaped.length; at += 1) {
    plain.push(escaped[at]!);
    if (escaped[at] === 0) at += 1;
  }
  return Buffer.from(plain);
}

/** Bytes behind the object's key, escaped, in the sort key of an upload. */
export const uploadSuffixBytes = 1 + uploadIdBytes;

/** Sort key: the object's key, escaped, 00, the upload id. An id begins with the time and so never with ff. */
export function uploadKey(key: Bytes, uploadId: Bytes): RecordKey {
  const escaped = escapedKey(key);
  const sort = new Uint8Array(escaped.length + uploadSuffixBytes);
  sort.set(escaped);
  sort.set(uploadId, escaped.length + 1);
  return { partition: noBytes, sort };
}

export function uploadOf(sort: Bytes): { readonly key: Bytes; readonly uploadId: Bytes } {
  return {
    key: unescapedKey(sort.subarray(0, sort.length - uploadSuffixBytes)),
    uploadId: sort.subarray(sort.length - uploadIdBytes),
  };
}

export function partKey(uploadId: Bytes, number: number): RecordKey {
  return { partition: uploadId, sort: partSort(number) };
}

export function partSort(number: number): Bytes {
  return Uint8Array.of(number >> 8, number & 0xff);
}

export function partNumberOf(sort: Bytes): number {
  return (sort[0]! << 8) | sort[1]!;
}

export function sweepKey(id: Bytes): RecordKey {
  return { partition: noBytes, sort: id };
}

/** Upload ids in answers: order of bytes is order of initiation, see `newUploadId`. */
export function uploadIdText(uploadId: Bytes): string {
  return Buffer.from(uploadId).toString('base64url');
}

/** @returns undefined for text that is no upload id */
export function uploadIdOf(text: string): Bytes | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === uploadIdBytes && bytes.toString('base64url') === text ? bytes : undefined;
}

/** Six bytes of time in front: uploads of one key are listed in the order of their initiation. */
export function newUploadId(nowMs: number, random: Bytes): Bytes {
  const id = Buffer.alloc(uploadIdBytes);
  id.writeUIntBE(nowMs, 0, 6);
  id.set(random.subarray(0, uploadIdBytes - 6), 6);
  return id;
}

export function nameOf(sort: Bytes): string {
  return textOf(sort);
}
