/** PutObjectTagging, GetObjectTagging and DeleteObjectTagging: tags are part of the object's record, Last-Modified is not touched. */
import type { Call, OperationRow, Reply } from '@hypergate/kit';
import type { NameValue } from '../engine/metadata.ts';
import { keyBytes } from '../engine/object-key.ts';
import { type TagMember, tagMembers, tagSet } from '../engine/tagging.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import { objectKey, objectsTable } from '../model/tables.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { changeObject } from '../store/objects.ts';
import { checkVersionId, type ObjectInput, objectRow } from './common.ts';

interface PutInput extends ObjectInput {
  readonly Tagging?: { readonly TagSet?: readonly TagMember[] };
}

export function putObjectTagging(context: S3Context): OperationRow<PutInput, unknown> {
  return objectRow<PutInput>(
    context,
    'PutObjectTagging',
    's3:PutObjectTagging',
    (call, bucket) => setTags(context, call, bucket, tagSet(call.input.Tagging?.TagSet, 'object')),
    { bodyBytesMax: s3Limits.smallDocumentBytesMax },
  );
}

export function getObjectTagging(context: S3Context): OperationRow<ObjectInput, unknown> {
  return objectRow<ObjectInput>(
    context,
    'GetObjectTagging',
    's3:GetObjectTagging',
    async ({ input }, bucket) => {
      const key = keyBytes(input.Key);
      checkVersionId(input.VersionId);
      const stored = await bucket.domain.get(objectsTable, objectKey(key));
      if (stored === undefined) throw s3Error('NoSuchKey', { Key: input.Key });
      return { output: { TagSet: tagMembers(stored.row.tags) } };
    },
  );
}

export function deleteObjectTagging(context: S3Context): OperationRow<ObjectInput, unknown> {
  return objectRow<ObjectInput>(
    context,
    'DeleteObjectTagging',
    's3:DeleteObjectTagging',
    async (call, bucket) => ({ ...(await setTags(context, call, bucket, [])), status: 204 }),
  );
}

/** @throws NoSuchKey */
async function setTags(
  context: S3Context,
  call: Call<ObjectInput>,
  bucket: Bucket,
  tags: readonly NameValue[],
): Promise<Reply<unknown>> {
  const { input } = call;
  const key = keyBytes(input.Key);
  checkVersionId(input.VersionId);
  await changeObject(context, bucket, key, {
    keepsBlobs: true,
    decide(current) {
      if (current === undefined) throw s3Error('NoSuchKey', { Key: input.Key });
      return { ...current, tags };
    },
  });
  return { output: {} };
}
