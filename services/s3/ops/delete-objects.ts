/** DeleteObjects: up to 1,000 keys and versions, each its own transaction, each with its own outcome. */
import { AwsError, type OperationRow } from '@hypergate/kit';
import type { Bytes } from '../engine/bytes.ts';
import { keyBytes } from '../engine/object-key.ts';
import { isNullVersion, sequenceOf, versionIdOf } from '../engine/version-id.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import type { Cause } from '../store/notify.ts';
import { type BucketInput, bucketRow, dateMs } from './common.ts';
import { type Deletion, deleteOne } from './delete-object.ts';

interface Identifier {
  readonly Key?: string;
  readonly VersionId?: string;
  readonly ETag?: string;
  readonly LastModifiedTime?: Date;
  readonly Size?: number;
}

interface Input extends BucketInput {
  readonly Delete?: { readonly Objects?: readonly Identifier[]; readonly Quiet?: boolean };
}

interface Deleted {
  readonly Key: string;
  readonly VersionId?: string;
  readonly DeleteMarker?: boolean;
  readonly DeleteMarkerVersionId?: string;
}

interface Failed {
  readonly Key: string;
  readonly VersionId?: string;
  readonly Code: string;
  readonly Message: string;
}

type Outcome = Deleted | Failed;

export function deleteObjects(context: S3Context): OperationRow<Input, unknown> {
  const row = bucketRow<Input>(
    context,
    'DeleteObjects',
    's3:DeleteObject',
    async (call, bucket) => {
      const objects = call.input.Delete?.Objects ?? [];
      if (objects.length === 0 || objects.length > s3Limits.deleteKeysMax) throw s3Error('MalformedXML');
      const outcomes = await deleteAll(context, bucket, objects, call);
      const deleted = outcomes.filter((outcome): outcome is Deleted => !('Code' in outcome));
      const failed = outcomes.filter((outcome): outcome is Failed => 'Code' in outcome);
      return { output: { Deleted: call.input.Delete?.Quiet === true ? [] : deleted, Errors: failed } };
    },
    { bodyBytesMax: s3Limits.documentBytesMax, bodyDigest: 'required' },
  );
  return {
    ...row,
    // The keys stand in the body, which is read after authorisation.
    async resources(call) {
      const bucket = await context.buckets.find(call.input.Bucket);
      const arn = `arn:aws:s3:::${call.input.Bucket}/*`;
      return bucket === undefined ? [{ arn }] : [{ arn, ownerAccountId: bucket.row.ownerAccountId }];
    },
  };
}

/** Outcomes in the order of the request. */
async function deleteAll(
  context: S3Context,
  bucket: Bucket,
  objects: readonly Identifier[],
  cause: Cause,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = new Array(objects.length);
  const run = async (indexes: readonly number[]): Promise<void> => {
    for (const index of indexes) outcomes[index] = await deleteEntry(context, bucket, objects[index]!, cause);
  };
  const { first, then } = planned(objects);
  await inParallel(first, run);
  await inParallel(then, run);
  return outcomes;
}

/**
 * Entries of one key that write its head wait for one another, or each would overtake the others and all begin again: those
 * without a version, the null version, and the newest version named, which may be the head. Older versions go before, side by
 * side, and so no version becomes the head only to be deleted next.
 */
function planned(objects: readonly Identifier[]): {
  readonly first: readonly number[][];
  readonly then: readonly number[][];
} {
  const first: number[][] = [];
  const groups = new Map<string, { readonly indexes: number[]; newest: number; newestSequence: number }>();
  objects.forEach(({ Key: key = '', VersionId: version }, index) => {
    const id = version === undefined ? undefined : versionIdOf(version);
    let group = groups.get(key);
    if (group === undefined) {
      group = { indexes: [], newest: -1, newestSequence: -1 };
      groups.set(key, group);
    }
    if (id === undefined || isNullVersion(id)) {
      group.indexes.push(index);
      return;
    }
    const sequence = sequenceOf(id);
    if (sequence <= group.newestSequence) {
      first.push([index]);
      return;
    }
    if (group.newest >= 0) first.push([group.newest]);
    group.newest = index;
    group.newestSequence = sequence;
  });
  const then = [...groups.values()].map(({ indexes, newest }) =>
    newest < 0 ? indexes : [...indexes, newest].sort((a, b) => a - b),
  );
  return { first, then };
}

async function inParallel(
  tasks: readonly number[][],
  run: (task: readonly number[]) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < tasks.length) {
      const task = tasks[next]!;
      next += 1;
      await run(task);
    }
  };
  const workers: Promise<void>[] = [];
  for (let i = 0; i < Math.min(s3Limits.deleteConcurrency, tasks.length); i += 1) workers.push(worker());
  await Promise.all(workers);
}

async function deleteEntry(
  context: S3Context,
  bucket: Bucket,
  object: Identifier,
  cause: Cause,
): Promise<Outcome> {
  const name = object.Key ?? '';
  const named = object.VersionId === undefined ? {} : { VersionId: object.VersionId };
  try {
    const deletion: Deletion = {
      name,
      key: keyBytes(name),
      version: versionOf(object),
      conditions: {
        ifMatch: object.ETag,
        ifModifiedMs: dateMs(object.LastModifiedTime),
        ifSize: object.Size,
      },
    };
    const outcome = await deleteOne(context, bucket, deletion, cause);
    if (!outcome.marker) return { Key: name, ...named };
    return { Key: name, ...named, DeleteMarker: true, DeleteMarkerVersionId: outcome.versionId! };
  } catch (error) {
    // One key's refusal is its own outcome; a failure of the store is that of the whole request.
    if (!(error instanceof AwsError) || error.code === 'NoSuchBucket') throw error;
    return { Key: name, ...named, Code: error.code, Message: error.message };
  }
}

/** What cannot be a version id is here a version that does not exist. @throws NoSuchVersion */
function versionOf({ VersionId: text }: Identifier): Bytes | undefined {
  if (text === undefined || text === '') return undefined;
  const id = versionIdOf(text);
  if (id === undefined) throw s3Error('NoSuchVersion');
  return id;
}
