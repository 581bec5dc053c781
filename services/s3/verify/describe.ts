/**
 * What a verified document says about an S3 object: that it has this content, that it was deleted, that there is no such
 * key or no such bucket. Everything in the document must be part of that. Names stand in quotes, so that none can be taken
 * for a part of the sentence around it. Runs in browsers.
 */
import { ProofRefused, sameBytes } from '@hypergate/node/verifier';
import {
  type BlobChunk,
  base64url,
  type ProofClaim,
  refuseUnused,
  sealedChunk,
  type UsedParts,
  type VerifiedDocument,
  type VerifiedRecord,
  verifyBlob,
} from '@hypergate/table/verify';
import { sha256 } from '@noble/hashes/sha2.js';
import { hexText, type ObjectFacts, readBucketRow, readObjectRow } from './row.ts';
import { parseSubject, type S3Subject } from './subject.ts';

const tables = { buckets: 's3.buckets', objects: 's3.objects', versions: 's3.versions' } as const;
const encoder = new TextEncoder();
/** Of the registry of buckets, the same in every gateway. */
export const registryDomain: Uint8Array = sha256(encoder.encode('hypergate/s3/registry/v1'));
const none = new Uint8Array(0);

/** @throws ProofRefused when the document proves something else than its subject */
export function describeProof(document: VerifiedDocument): ProofClaim {
  const used: UsedParts = new Set();
  const claim = describe(parseSubject(document.subject), document, used);
  refuseUnused(document, used);
  return claim;
}

function describe(subject: S3Subject, document: VerifiedDocument, used: UsedParts): ProofClaim {
  const bucketKey = encoder.encode(subject.bucket);
  const noBucket = findPart(document.absences, registryDomain, tables.buckets, bucketKey);
  if (noBucket !== undefined) {
    used.add(noBucket);
    return { statement: `there is no bucket ${quoted(subject.bucket)}`, facts: [], content: undefined };
  }
  const bucket = findPart(document.records, registryDomain, tables.buckets, bucketKey);
  if (bucket === undefined) throw new ProofRefused('the bucket is not proven');
  used.add(bucket);
  const { address, createdMs } = readBucketRow(bucket.rowVersion, bucket.row);
  const key = encoder.encode(subject.key);
  const noKey = findPart(document.absences, address, tables.objects, key);
  if (noKey !== undefined) {
    if (subject.versionId !== undefined) throw new ProofRefused('the version is not proven');
    used.add(noKey);
    const statement = `there is no object ${placeOf(subject)}`;
    return { statement, facts: [['bucket created', isoTime(createdMs)]], content: undefined };
  }
  return describeObject(subject, findObject(document, address, key, subject), { document, address, used });
}

function findObject(
  { records }: VerifiedDocument,
  address: Uint8Array,
  key: Uint8Array,
  { versionId }: S3Subject,
): VerifiedRecord {
  const current = findPart(records, address, tables.objects, key);
  const older = records.find(
    (record) =>
      record.table === tables.versions &&
      record.partition.length === 0 &&
      sameBytes(record.domain, address) &&
      isVersionOf(record.sort, key),
  );
  const record = versionId === undefined ? current : (older ?? current);
  if (record === undefined) throw new ProofRefused('the object is not proven');
  return record;
}

/** `versionKey` of services/s3/model/tables.ts: the key, escaped, its end, and eight bytes. */
function isVersionOf(sort: Uint8Array, key: Uint8Array): boolean {
  const escaped = Array.from(key).flatMap((byte) => (byte === 0 ? [0, 0xff] : [byte]));
  const prefix = Uint8Array.from([...escaped, 0, 1]);
  return sort.length === prefix.length + 8 && sameBytes(sort.subarray(0, prefix.length), prefix);
}

interface Where {
  readonly document: VerifiedDocument;
  /** Of the bucket's domain. */
  readonly address: Uint8Array;
  readonly used: UsedParts;
}

function describeObject(subject: S3Subject, record: VerifiedRecord, where: Where): ProofClaim {
  where.used.add(record);
  const object = readObjectRow(record.rowVersion, record.row);
  const version = object.versionId.length === 0 ? 'null' : base64url(object.versionId);
  if (subject.versionId !== undefined && subject.versionId !== version)
    throw new ProofRefused('another version is proven');
  const content = contentOf(object, record, where);
  if (object.deleteMarker) {
    if (content.length > 0) throw new ProofRefused('a delete marker has content');
    const statement =
      subject.versionId === undefined ? 'is deleted' : `is a delete marker in version ${version}`;
    const facts: [string, string][] = [
      ['deleted', isoTime(object.modifiedMs)],
      ['version', version],
    ];
    return { statement: `${placeOf(subject)} ${statement}`, facts, content: undefined };
  }
  const facts: [string, string][] = [
    ['bytes', String(object.size)],
    ['etag', object.etag],
    ...checksumFacts(object),
    ...contentFacts(content),
    ['modified', isoTime(object.modifiedMs)],
    ['version', version],
  ];
  // An older version is not what the key holds now.
  const statement =
    subject.versionId === undefined ? 'has this content' : `has this content in version ${version}`;
  return { statement: `${placeOf(subject)} ${statement}`, facts, content };
}

function placeOf({ bucket, key }: S3Subject): string {
  return `${quoted(key)} in the bucket ${quoted(bucket)}`;
}

/** As a text of JSON. */
function quoted(name: string): string {
  return JSON.stringify(name);
}

function contentOf(
  { body, size }: ObjectFacts,
  record: VerifiedRecord,
  { document, address, used }: Where,
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
  return body.blobs.flatMap((blob) => verifyBlob(document, address, blob, used));
}

function checksumFacts({ checksum }: ObjectFacts): [string, string][] {
  if (checksum === undefined) return [];
  const { algorithm, value, parts } = checksum;
  return [[`checksum ${algorithm}`, `${hexText(value)}${parts === 0 ? '' : `-${parts}`}`]];
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

function findPart<Part extends VerifiedDocument['absences'][number]>(
  parts: readonly Part[],
  domain: Uint8Array,
  table: string,
  sort: Uint8Array,
): Part | undefined {
  return parts.find(
    (part) =>
      part.table === table &&
      part.partition.length === 0 &&
      sameBytes(part.domain, domain) &&
      sameBytes(part.sort, sort),
  );
}

function isoTime(timeMs: number): string {
  if (timeMs > 8.64e15) throw new ProofRefused('a time is out of range');
  return new Date(timeMs).toISOString();
}
