/**
 * A version of an object: one record with what headers show and where the bytes are. Format v1, fields in order:
 * version id, size, modified, entity tag, storage class, checksum, headers, user metadata, tags, owner, upload id, body.
 * Format v2 begins with flags (1: delete marker), sequence and null sequence, and goes on as v1.
 *
 * Of each key `s3.objects` holds one record, its head: the current version, also when that is a delete marker. The versions
 * that are not current stand in `s3.versions`, newest first. A current delete marker stands there too, so that a walk over
 * the index of `s3.versions` sees it: heads that are delete markers are in no index. Every change to a key's versions
 * writes the head or checks its revision, which puts such changes in one order.
 */
import type { BlobRef, ChunkRef, DataRef, RowFormat } from '@hypergate/table';
import { type Bytes, noBytes } from '../engine/bytes.ts';
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
  readData,
  readEtag,
  readHeaders,
  readPairs,
  writeBlob,
  writeChecksum,
  writeData,
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
  | { readonly kind: 'parts'; readonly parts: readonly ObjectPart[] }
  /** One chunk that the record itself holds. */
  | { readonly kind: 'data'; readonly data: DataRef };

export interface ObjectRow {
  /** Empty: the null version, the only one in a bucket without versioning. Else see engine/version-id.ts. */
  readonly versionId: Bytes;
  /** Shows that the key was deleted; size 0 and an empty inline body. */
  readonly deleteMarker: boolean;
  /** Order of the versions of a key: larger is newer. At least 1. */
  readonly sequence: number;
  /** In a head: sequence of the null version in `s3.versions`, 0 when none stands there. Elsewhere 0. */
  readonly nullSequence: number;
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

const bodyKinds = ['inline', 'blob', 'parts', 'data'] as const;

const deleteMarkerFlag = 1;

/** Of the rows of format v1, which know no versions. */
const unversioned = { deleteMarker: false, sequence: 1, nullSequence: 0 } as const;

/** Chunks that the record of this row holds alive. */
export function heldChunks({ body }: ObjectRow): readonly ChunkRef[] {
  return body.kind === 'data' ? [body.data.chunk] : [];
}

/** Parts that an object shows; a copy of an object of parts has its bytes in parts and shows none. */
export function shownParts({ body, etag }: ObjectRow): readonly ObjectPart[] | undefined {
  return body.kind === 'parts' && etag.parts > 0 ? body.parts : undefined;
}

type FieldsV1 = Omit<ObjectRow, keyof typeof unversioned>;

/** Written before buckets had versions. */
export const objectFormatV1: RowFormat<ObjectRow> = {
  version: 1,
  encode(row) {
    if (row.deleteMarker || row.nullSequence !== 0) throw new RangeError('format v1 knows no versions');
    const out = new BinaryWriter(estimate(row));
    writeFieldsV1(out, row);
    return out.take();
  },
  decode(bytes) {
    const input = new BinaryReader(bytes);
    const row = { ...unversioned, ...readFieldsV1(input) };
    input.end();
    return row;
  },
};

export const objectFormatV2: RowFormat<ObjectRow> = {
  version: 2,
  encode(row) {
    const out = new BinaryWriter(estimate(row));
    out.u8(row.deleteMarker ? deleteMarkerFlag : 0);
    out.varint(row.sequence);
    out.varint(row.nullSequence);
    writeFieldsV1(out, row);
    return out.take();
  },
  decode(bytes) {
    const input = new BinaryReader(bytes);
    const flags = input.u8();
    if (flags > deleteMarkerFlag) throw new CorruptRow('the flags of a version are unknown');
    const sequence = input.varint();
    const nullSequence = input.varint();
    const deleteMarker = flags === deleteMarkerFlag;
    const row = { deleteMarker, sequence, nullSequence, ...readFieldsV1(input) };
    input.end();
    return row;
  },
};

function writeFieldsV1(out: BinaryWriter, row: FieldsV1): void {
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
}

function readFieldsV1(input: BinaryReader): FieldsV1 {
  return {
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
}

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
  if (body.kind === 'data') {
    writeData(out, body.data);
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
  if (kind === 'data') return { kind, data: readData(input) };
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
  return body.kind === 'parts' ? 512 + body.parts.length * 64 : 512;
}

/** What listings show, in the private index. Format v2 adds the version; listings of format v1 are read as well. */
export interface ObjectListing {
  readonly size: number;
  readonly modifiedMs: number;
  readonly etag: ETag;
  readonly storageClass: StorageClass;
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
  readonly checksumType: ChecksumType | undefined;
  readonly owner: string;
  readonly versionId: Bytes;
  readonly deleteMarker: boolean;
}

const listingVersion = 2;

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
  out.bytes(row.versionId);
  out.u8(row.deleteMarker ? deleteMarkerFlag : 0);
  return out.take();
}

export function decodeObjectListing(bytes: Bytes): ObjectListing {
  const input = new BinaryReader(bytes);
  const version = input.u8();
  if (version !== 1 && version !== listingVersion) throw new CorruptRow('the listing format is unknown');
  const size = input.varint();
  const modifiedMs = input.varint();
  const etag = readEtag(input);
  const storageClass = storageClassOf(input.u8());
  const checksumAlgorithm = algorithmOf(input.u8());
  const composite = input.u8() === 1;
  const owner = input.text();
  const versionId = version === 1 ? noBytes : input.bytes();
  const deleteMarker = version !== 1 && input.u8() === deleteMarkerFlag;
  input.end();
  const checksumType =
    checksumAlgorithm === undefined
      ? undefined
      : composite
        ? ('COMPOSITE' as const)
        : ('FULL_OBJECT' as const);
  return {
    size,
    modifiedMs,
    etag,
    storageClass,
    checksumAlgorithm,
    checksumType,
    owner,
    versionId,
    deleteMarker,
  };
}
