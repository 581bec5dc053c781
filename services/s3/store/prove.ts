/** What must be proven for one object: its bucket in the registry, its record, and the order of its chunks. */
import { NodeError } from '@hypergate/node/api';
import {
  AbsenceNotDisclosed,
  type BlobRef,
  BlobUnknown,
  type ProofParts,
  type ProofSubject,
} from '@hypergate/table';
import { type Bytes, utf8 } from '../engine/bytes.ts';
import { versionIdOf } from '../engine/version-id.ts';
import { s3Error } from '../errors.ts';
import type { BucketRow } from '../model/bucket.ts';
import type { ObjectBody, ObjectRow } from '../model/object.ts';
import {
  bucketKey,
  bucketsTable,
  objectKey,
  objectsTable,
  versionKey,
  versionsTable,
} from '../model/tables.ts';
import type { S3Subject } from '../verify/subject.ts';
import type { Bucket } from './buckets.ts';
import type { S3Context } from './context.ts';
import { findVersion } from './find-version.ts';

export interface ProveOptions {
  readonly discloseAddressKeys: boolean;
  readonly delay: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** How often an object may change while it waits for its frame; each time is a frame. */
const attemptsMax = 3;

/**
 * What is asked for follows from the object as it is before the frame is cut. When the frame shows another one, which was
 * written meanwhile and has other chunks, all is done again.
 * @throws NoSuchVersion for a version that is not there; AbsenceNotDisclosed; NodeError
 */
export async function proveObject(
  subject: S3Subject,
  { signal, ...given }: ProveOptions,
  context: S3Context,
): Promise<ProofParts> {
  const options = signal === undefined ? given : { ...given, signal };
  let asked = await plan(subject, context);
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    try {
      const parts = await context.tables.prove(asked.subjects, options);
      if (isWhole(asked, parts)) return parts;
      asked = await plan(subject, context);
    } catch (error) {
      const before = asked;
      if (error instanceof BlobUnknown || error instanceof AbsenceNotDisclosed)
        asked = await plan(subject, context);
      if (isSame(before, asked)) throw error;
    }
  }
  throw new NodeError('overloaded', 'the object changes faster than it can be proven; try again');
}

interface Asked {
  /** Bucket, record of the object when there is a bucket, and its blobs. */
  readonly subjects: readonly ProofSubject[];
  readonly blobs: readonly BlobRef[];
  /** The version that was named, which must be there. */
  readonly named: Bytes | undefined;
}

async function plan(subject: S3Subject, { buckets }: S3Context): Promise<Asked> {
  const { registry } = buckets;
  const key = bucketKey(subject.bucket);
  const inRegistry: ProofSubject = { kind: 'record', domain: registry, table: bucketsTable, key };
  const bucket = await buckets.find(subject.bucket);
  if (bucket === undefined) return { subjects: [inRegistry], blobs: [], named: undefined };
  const { record, blobs, named } = await objectSubject(subject, bucket);
  const { domain } = bucket;
  const parts = blobs.map((blob): ProofSubject => ({ kind: 'blob', domain, blob }));
  return { subjects: [inRegistry, record, ...parts], blobs, named };
}

/** Whether the rows at the frame belong to what was asked for. */
function isWhole({ subjects, blobs, named }: Asked, { rows }: ProofParts): boolean {
  const [bucket, object] = rows as [BucketRow | undefined, ObjectRow | undefined];
  const [, record] = subjects;
  if (record === undefined) return bucket === undefined;
  if (bucket === undefined || Buffer.compare(bucket.address, record.domain.address) !== 0) return false;
  if (object === undefined) return named === undefined && blobs.length === 0;
  if (named !== undefined && Buffer.compare(named, object.versionId) !== 0) return false;
  const found = blobsOf(object.body);
  return found.length === blobs.length && found.every((blob, index) => isSameBlob(blob, blobs[index]!));
}

function isSame(left: Asked, right: Asked): boolean {
  const [before, after] = [left, right].map(({ subjects }) => subjects);
  return (
    before!.length === after!.length && before!.every((one, index) => isSameSubject(one, after![index]!))
  );
}

function isSameSubject(left: ProofSubject, right: ProofSubject): boolean {
  if (Buffer.compare(left.domain.address, right.domain.address) !== 0) return false;
  if (left.kind === 'blob') return right.kind === 'blob' && isSameBlob(left.blob, right.blob);
  return (
    right.kind === 'record' &&
    left.table === right.table &&
    Buffer.compare(left.key.sort, right.key.sort) === 0
  );
}

/** Ids are random. */
function isSameBlob(left: BlobRef, right: BlobRef): boolean {
  return Buffer.compare(left.id, right.id) === 0;
}

async function objectSubject(
  subject: S3Subject,
  bucket: Bucket,
): Promise<Omit<Asked, 'subjects'> & { readonly record: ProofSubject }> {
  const { domain } = bucket;
  const key = utf8(subject.key);
  const current: ProofSubject = { kind: 'record', domain, table: objectsTable, key: objectKey(key) };
  const named = subject.versionId === undefined ? undefined : versionIdOf(subject.versionId);
  if (subject.versionId !== undefined && named === undefined) {
    throw s3Error('InvalidArgument', { ArgumentName: 'versionId', ArgumentValue: subject.versionId });
  }
  const row = await findVersion(bucket, key, named);
  if (row === undefined) {
    if (named === undefined) return { record: current, blobs: [], named };
    throw s3Error('NoSuchVersion', { Key: subject.key, VersionId: subject.versionId ?? '' });
  }
  const head = await findVersion(bucket, key, undefined);
  const isCurrent = head !== undefined && head.sequence === row.sequence;
  const older: ProofSubject = {
    kind: 'record',
    domain,
    table: versionsTable,
    key: versionKey(key, row.sequence),
  };
  return { record: isCurrent ? current : older, blobs: blobsOf(row.body), named };
}

function blobsOf(body: ObjectBody): readonly BlobRef[] {
  if (body.kind === 'blob') return [body.blob];
  if (body.kind !== 'parts') return [];
  return body.parts.flatMap(({ blob }) => (blob === undefined ? [] : [blob]));
}
