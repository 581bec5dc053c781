/** What must be proven for one object: its bucket in the registry, its record, and the order of its chunks. */
import type { ProofParts, ProofSubject } from '@hypergate/table';
import { utf8 } from '../engine/bytes.ts';
import { versionIdOf } from '../engine/version-id.ts';
import { s3Error } from '../errors.ts';
import type { ObjectBody } from '../model/object.ts';
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

/** @throws NoSuchVersion for a version that is not there; AbsenceNotDisclosed; NodeError */
export async function proveObject(
  subject: S3Subject,
  { signal, ...options }: ProveOptions,
  { tables, buckets }: S3Context,
): Promise<ProofParts> {
  const inRegistry: ProofSubject = {
    kind: 'record',
    domain: buckets.registry,
    table: bucketsTable,
    key: bucketKey(subject.bucket),
  };
  const bucket = await buckets.find(subject.bucket);
  const subjects =
    bucket === undefined ? [inRegistry] : [inRegistry, ...(await objectSubjects(subject, bucket))];
  return await tables.prove(subjects, signal === undefined ? options : { ...options, signal });
}

async function objectSubjects(subject: S3Subject, bucket: Bucket): Promise<ProofSubject[]> {
  const { domain } = bucket;
  const key = utf8(subject.key);
  const current: ProofSubject = { kind: 'record', domain, table: objectsTable, key: objectKey(key) };
  const named = subject.versionId === undefined ? undefined : versionIdOf(subject.versionId);
  if (subject.versionId !== undefined && named === undefined) {
    throw s3Error('InvalidArgument', { ArgumentName: 'versionId', ArgumentValue: subject.versionId });
  }
  const row = await findVersion(bucket, key, named);
  if (row === undefined) {
    if (named === undefined) return [current];
    throw s3Error('NoSuchVersion', { Key: subject.key, VersionId: subject.versionId ?? '' });
  }
  const head = await findVersion(bucket, key, undefined);
  const isCurrent = head !== undefined && head.sequence === row.sequence;
  const record: ProofSubject = isCurrent
    ? current
    : { kind: 'record', domain, table: versionsTable, key: versionKey(key, row.sequence) };
  return [record, ...blobsOf(row.body).map((blob): ProofSubject => ({ kind: 'blob', domain, blob }))];
}

function blobsOf(body: ObjectBody) {
  if (body.kind === 'blob') return [body.blob];
  if (body.kind !== 'parts') return [];
  return body.parts.flatMap(({ blob }) => (blob === undefined ? [] : [blob]));
}
