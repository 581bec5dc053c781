/** DeleteObjects: up to 1,000 keys, each its own transaction, each with its own outcome. */
import { AwsError, type OperationRow } from '@hypergate/kit';
import { checkWrite } from '../engine/conditions.ts';
import { keyBytes } from '../engine/object-key.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { changeObject } from '../store/objects.ts';
import { type BucketInput, bucketRow, checkVersionId } from './common.ts';
import { checkUnchanged } from './delete-object.ts';

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
}

interface Failed {
  readonly Key: string;
  readonly VersionId?: string;
  readonly Code: string;
  readonly Message: string;
}

export function deleteObjects(context: S3Context): OperationRow<Input, unknown> {
  const row = bucketRow<Input>(
    context,
    'DeleteObjects',
    's3:DeleteObject',
    async (call, bucket) => {
      const objects = call.input.Delete?.Objects ?? [];
      if (objects.length === 0 || objects.length > s3Limits.deleteKeysMax) throw s3Error('MalformedXML');
      const outcomes = await deleteAll(context, bucket, objects);
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

/** In the order of the request, a bounded number at a time. */
async function deleteAll(
  context: S3Context,
  bucket: Bucket,
  objects: readonly Identifier[],
): Promise<(Deleted | Failed)[]> {
  const outcomes: (Deleted | Failed)[] = new Array(objects.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < objects.length) {
      const index = next;
      next += 1;
      outcomes[index] = await deleteOne(context, bucket, objects[index]!);
    }
  };
  const workers: Promise<void>[] = [];
  for (let i = 0; i < Math.min(s3Limits.deleteConcurrency, objects.length); i += 1) workers.push(worker());
  await Promise.all(workers);
  return outcomes;
}

async function deleteOne(context: S3Context, bucket: Bucket, object: Identifier): Promise<Deleted | Failed> {
  const name = object.Key ?? '';
  const version = object.VersionId === undefined ? {} : { VersionId: object.VersionId };
  try {
    const key = keyBytes(name);
    checkVersionId(object.VersionId);
    await changeObject(context, bucket, key, {
      decide(current) {
        checkWrite({ ifMatch: object.ETag }, current, name);
        checkUnchanged(
          {
            ...(object.LastModifiedTime === undefined
              ? {}
              : { IfMatchLastModifiedTime: object.LastModifiedTime }),
            ...(object.Size === undefined ? {} : { IfMatchSize: object.Size }),
          },
          current,
        );
        return undefined;
      },
    });
    return { Key: name, ...version };
  } catch (error) {
    // One key's refusal is its own outcome; a failure of the store is that of the whole request.
    if (!(error instanceof AwsError) || error.code === 'NoSuchBucket') throw error;
    return { Key: name, ...version, Code: error.code, Message: error.message };
  }
}
