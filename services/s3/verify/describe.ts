/**
 * What a verified document says about an S3 object: that it has this content, that it was deleted, that there is no such
 * key or no such bucket. Everything in the document must be part of that. Runs in browsers.
 */

import { ProofRefused, sameBytes } from '@hypergate/node/verifier';
import {
  type BlobChunk,
  base64url,
  sealedChunk,
  type VerifiedDocument,
  type VerifiedRecord,
  verifyBlob,
} from '@hypergate/table/verify';
import { sha256 } from '@noble/hashes/sha2.js';
import { hexText, type ObjectFacts, readBucketRow, readObjectRow } from './row.ts';
import { parseSubject, type S3Subject } from './subject.ts';

/** A claim in words, and what it rests on. */
export interface ProofClaim {
  /** One sentence. */
  readonly statement: string;
  /** Names and values in the order in which they are shown. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** Of an object: its bytes, for comparing a file. */
  readonly content: readonly BlobChunk[] | undefined;
}

const tables = { buckets: 's3.buckets', objects: 's3.objects', versions: 's3.versions' } as const;
const encoder = new TextEncoder();
/** Of the registry of buckets, the same in every gateway. */
export const registryDomain: Uint8Array = sha256(encoder.encode('hypergate/s3/registry/v1'));
const none = new Uint8Array(0);

/** @throws ProofRefused when the document proves something else than its subject */
export function describeProof(document: VerifiedDocument): ProofClaim {
  const subject = parseSubject(document.subject);
  const { records, absences } = document;
  const used = new Set<unknown>();
  const claim = describe(subject, document, used);
  const isAllUsed = [...records, ...absences].every((part) => used.has(part));
  if (!isAllUsed) throw new ProofRefused('the document proves more than it is about');
  return claim;
}

function describe(subject: S3Subject, document: VerifiedDocument, used: Set<unknown>): ProofClaim {
  const bucketKey = encoder.encode(subject.bucket);
  const noBucket = findAbsence(document, registryDomain, tables.buckets, bucketKey);
  if (noBucket !== undefined) {
    used.add(noBucket);
    return { statement: `there is no bucket ${subject.bucket}`, facts: [], content: undefined };
  }
  const bucket = findRecord(document, registryDomain, tables.buckets, bucketKey);
  if (bucket === undefined) throw new ProofRefused('the bucket is not proven');
  used.add(bucket);
  const { address, createdMs } = readBucketRow(bucket.rowVersion, bucket.row);
  const key = encoder.encode(subject.key);
  const noKey = findAbsence(document, address, tables.objects, key);
  if (noKey !== undefined) {
    used.add(noKey);
    const statement = `there is no object ${subject.key} in the bucket ${subject.bucket}`;
    return { statement, facts: [['bucket created', isoTime(createdMs)]], content: undefined };
  }
  return describeObject(subject, findObject(document, address, key, subject, used), document, address);
}

function findObject(
  document: VerifiedDocument,
  address: Uint8Array,
  key: Uint8Array,
  { versionId }: S3Subject,
  used: Set<unknown>,
): VerifiedRecord {
  const current = findRecord(document, address, tables.objects, key);
  const older = document.records.find(
    (record) =>
      record.table === tables.versions &&
      sameBytes(record.domain, address) &&
      isVersionOf(record.sort, key) &&
      record.partition.length === 0,
  );
  const record = versionId === undefined ? current : (older ?? current);
  if (record === undefined) throw new ProofRefused('the object is not proven');
  used.add(record);
  return record;
}

/** `versionKey` of services/s3/model/tables.ts: the key, escaped, its end, and eight bytes. */
function isVersionOf(sort: Uint8Array, key: Uint8Array): boolean {
  const escaped = Array.from(key).flatMap((byte) => (byte === 0 ? [0, 0xff] : [byte]));
  const prefix = Uint8Array.from([...escaped, 0, 1]);
  return sort.length === prefix.length + 8 && sameBytes(sort.subarray(0, prefix.length), prefix);
}

function describeObject(
  { bucket, key, versionId }: S3Subject,
  record: VerifiedRecord,
  document: VerifiedDocument,
  address: Uint8Array,
): ProofClaim {
  const object = readObjectRow(record.rowVersion, record.row);
  const shownVersion = object.versionId.length === 0 ? 'null' : base64url(object.versionId);
  if (versionId !== undefined && versionId !== shownVersion)
    throw new ProofRefused('another version is proven');
  const version: [string, string][] = [['version', shownVersion]];
  if (object.deleteMarker) {
    const facts: [string, string][] = [['deleted', isoTime(object.modifiedMs)], ...version];
    return { statement: `${key} in the bucket ${bucket} is deleted`, facts, content: undefined };
  }
  const content = contentOf(object, record, document, address);
  const facts: [string, string][] = [
    ['bytes', String(object.size)],
    ['etag', object.etag],
    ...checksumFacts(object),
    ...contentFacts(content),
    ['modified', isoTime(object.modifiedMs)],
    ...version,
  ];
  return { statement: `${key} in the bucket ${bucket} has this content`, facts, content };
}

function contentOf(
  { body, size }: ObjectFacts,
  record: VerifiedRecord,
  document: VerifiedDocument,
  address: Uint8Array,
): BlobChunk[] {
  if (body.kind === 'inline') {
    if (body.bytes.length !== size) throw new ProofRefused('the object has another length than its bytes');
    return size === 0 ? [] : [{ kind: 'inline', plain: body.bytes }];
  }
  if (body.kind === 'data') {
    const held = record.chunks.some(
      ({ hash, length }) => sameBytes(hash, body.chunk.hash) && length === body.chunk.length,
    );
    if (!held) throw new ProofRefused('the record does not hold the chunk that it names');
    if (body.length !== size) throw new ProofRefused('the object has another length than its chunk');
    return [sealedChunk(body.key, body.length, body.chunk)];
  }
  const total = body.blobs.reduce((sum, { length }) => sum + length, 0);
  if (total !== size) throw new ProofRefused('the object has another length than its parts');
  return body.blobs.flatMap((blob) => verifyBlob(document, address, blob));
}

function checksumFacts({ checksum }: ObjectFacts): [string, string][] {
  return checksum === undefined ? [] : [[`checksum ${checksum.algorithm}`, hexText(checksum.value)]];
}

/** Of a small object the hash of its bytes; of others the hashes of their chunks' ciphertexts. */
function contentFacts(content: readonly BlobChunk[]): [string, string][] {
  const [first] = content;
  if (first === undefined) return [['sha256', hexText(sha256(none))]];
  if (content.length === 1 && first.kind === 'inline') return [['sha256', hexText(sha256(first.plain))]];
  return content.map((chunk, index): [string, string] => [`chunk ${index}`, chunkText(chunk)]);
}

function chunkText(chunk: BlobChunk): string {
  switch (chunk.kind) {
    case 'inline':
      return `${chunk.plain.length} bytes, sha256 ${hexText(sha256(chunk.plain))}`;
    case 'sealed':
      return `${chunk.plainLength} bytes, sealed sha256 ${hexText(chunk.hash)}`;
    case 'opaque':
      return chunk.chunk === undefined
        ? 'sealed in its vertex, in an older format'
        : `sealed sha256 ${hexText(chunk.chunk.hash.subarray(1))}, in an older format`;
  }
}

function findRecord(
  { records }: VerifiedDocument,
  domain: Uint8Array,
  table: string,
  sort: Uint8Array,
): VerifiedRecord | undefined {
  return records.find(
    (record) =>
      record.table === table &&
      record.partition.length === 0 &&
      sameBytes(record.domain, domain) &&
      sameBytes(record.sort, sort),
  );
}

function findAbsence(
  { absences }: VerifiedDocument,
  domain: Uint8Array,
  table: string,
  sort: Uint8Array,
): VerifiedDocument['absences'][number] | undefined {
  return absences.find(
    (absence) =>
      absence.table === table &&
      absence.partition.length === 0 &&
      sameBytes(absence.domain, domain) &&
      sameBytes(absence.sort, sort),
  );
}

function isoTime(timeMs: number): string {
  if (timeMs > 8.64e15) throw new ProofRefused('a time is out of range');
  return new Date(timeMs).toISOString();
}
