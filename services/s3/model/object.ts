/**
 * An object: one record with what headers show and where the bytes are. Format v1, fields in order:
 * version id, size, modified, entity tag, storage class, checksum, headers, user metadata, tags, owner, upload id, body.
 */
import type { BlobRef, RowFormat } from '@hypergate/table';
import type { Bytes } from '../engine/bytes.ts';
import type { Checksum, ChecksumAlgorithm, ChecksumType } from '../engine/checksum.ts';
import type { ETag } from '../engine/etag.ts';
import type { NameValue, SystemHeaders } from '../engine/metadata.ts';
import { type StorageClass, storageClassNumber, storageClassOf } from '../engine/storage-class.ts';
import { BinaryReader, BinaryWriter, CorruptRow } from './binary.ts';
import {
  algorithmNumber,
  algorithmOf,
  readBlob,
  readChecksum,
  readEtag,
  readHeaders,
  readPairs,
  writeBlob,
  writeChecksum,
  writeEtag,
  writeHeaders,
  writePairs,
} from './common.ts';

export interface ObjectPart {
  readonly number: number;
  readonly size: number;
  /** Undefined for a part of no bytes. */
  readonly blob: BlobRef | undefined;
  /** Of the part alone, in the algorithm of the object's checksum; empty when the upload kept none. */
  readonly checksum: Bytes;
}

export type ObjectBody =
  | { readonly kind: 'inline'; readonly bytes: Bytes }
  | { readonly kind: 'blob'; readonly blob: BlobRef }
  | { readonly kind: 'parts'; readonly parts: readonly ObjectPart[] };

export interface ObjectRow {
  /** Empty: the null version, the only one in a bucket without versioning. */
  readonly versionId: Bytes;
  readonly size: number;
  readonly modifiedMs: number;
  readonly etag: ETag;
  readonly storageClass: StorageClass;
  readonly checksum: Checksum | undefined;
  readonly headers: SystemHeaders;
  readonly metadata: readonly NameValue[];
  readonly tags: readonly NameValue[];
  /** Account that owns the object; empty: the bucket's owner. */
  readonly owner: string;
  /** Upload that made it (a repeated completion is answered from here), else empty. */
  readonly uploadId: Bytes;
  readonly body: ObjectBody;
}

const bodyKinds = ['inline', 'blob', 'parts'] as const;

export const objectFormatV1: RowFormat<ObjectRow> = {
  version: 1,
  encode(row) {
    const out = new BinaryWriter(estimate(row));
    out.bytes(row.versionId);
    out.varint(row.size);
    out.varint(row.modifiedMs);
    writeEtag(out, row.etag);
    out.u8(storageClassNumber(row.storageClass));
    writeChecksum(out, row.checksum);
    writeHeaders(out, row.headers);
    writePairs(out, row.metadata);
    writePairs(out, row.tags);
    out.text(row.owner);
    out.bytes(row.uploadId);
    writeBody(out, row.body);
    return out.take();
  },
  decode(bytes) {
    const input = new BinaryReader(bytes);
    const row: ObjectRow = {
      versionId: input.bytes(),
      size: input.varint(),
      modifiedMs: input.varint(),
      etag: readEtag(input),
      storageClass: storageClassOf(input.u8()),
      checksum: readChecksum(input),
      headers: readHeaders(input),
      metadata: readPairs(input),
      tags: readPairs(input),
      owner: input.text(),
      uploadId: input.bytes(),
      body: readBody(input),
    };
    input.end();
    return row;
  },
};

function writeBody(out: BinaryWriter, body: ObjectBody): void {
  out.u8(bodyKinds.indexOf(body.kind));
  if (body.kind === 'inline') {
    out.bytes(body.bytes);
    return;
  }
  if (body.kind === 'blob') {
    writeBlob(out, body.blob);
    return;
  }
  out.varint(body.parts.length);
  for (const part of body.parts) {
    out.varint(part.number);
    out.varint(part.size);
    if (part.blob !== undefined) writeBlob(out, part.blob);
    out.bytes(part.checksum);
  }
}

function readBody(input: BinaryReader): ObjectBody {
  const kind = bodyKinds[input.u8()];
  if (kind === 'inline') return { kind, bytes: input.bytes() };
  if (kind === 'blob') return { kind, blob: readBlob(input) };
  if (kind === undefined) throw new CorruptRow('the kind of body is unknown');
  const parts: ObjectPart[] = [];
  const count = input.varint();
  for (let i = 0; i < count; i += 1) {
    const number = input.varint();
    const size = input.varint();
    const blob = size === 0 ? undefined : readBlob(input);
    if (blob !== undefined && blob.length !== size)
      throw new CorruptRow('a part and its blob differ in length');
    parts.push({ number, size, blob, checksum: input.bytes() });
  }
  return { kind, parts };
}

function estimate(row: ObjectRow): number {
  const { body } = row;
  if (body.kind === 'inline') return body.bytes.length + 384;
  return body.kind === 'blob' ? 512 : 512 + body.parts.length * 64;
}

/** What listings show, in the private index. Format v1; the marker in front lets later formats stand beside it. */
export interface ObjectListing {
  readonly size: number;
  readonly modifiedMs: number;
  readonly etag: ETag;
  readonly storageClass: StorageClass;
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
  readonly checksumType: ChecksumType | undefined;
  readonly owner: string;
}

const listingVersion = 1;

export function encodeObjectListing(row: ObjectRow): Bytes {
  const out = new BinaryWriter(64);
  out.u8(listingVersion);
  out.varint(row.size);
  out.varint(row.modifiedMs);
  writeEtag(out, row.etag);
  out.u8(storageClassNumber(row.storageClass));
  out.u8(algorithmNumber(row.checksum?.algorithm));
  out.u8(row.checksum?.type === 'COMPOSITE' ? 1 : 0);
  out.text(row.owner);
  return out.take();
}

export function decodeObjectListing(bytes: Bytes): ObjectListing {
  const input = new BinaryReader(bytes);
  if (input.u8() !== listingVersion) throw new CorruptRow('the listing format is unknown');
  const size = input.varint();
  const modifiedMs = input.varint();
  const etag = readEtag(input);
  const storageClass = storageClassOf(input.u8());
  const checksumAlgorithm = algorithmOf(input.u8());
  const composite = input.u8() === 1;
  const owner = input.text();
  input.end();
  const checksumType =
    checksumAlgorithm === undefined
      ? undefined
      : composite
        ? ('COMPOSITE' as const)
        : ('FULL_OBJECT' as const);
  return { size, modifiedMs, etag, storageClass, checksumAlgorithm, checksumType, owner };
}
