/** PutObjectTagging, GetObjectTagging and DeleteObjectTagging: tags are part of the object's record, Last-Modified is not touched. */
import type { Call, OperationRow, Reply } from '@hypergate/kit';
import type { NameValue } from '../engine/metadata.ts';
import { keyBytes } from '../engine/object-key.ts';
import { type TagMember, tagMembers, tagSet } from '../engine/tagging.ts';
import { s3Limits } from '../limits.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { type Edit, editVersion } from '../store/edit-version.ts';
import { findVersion } from '../store/find-version.ts';
import { checkVersionId, type ObjectInput, objectRow, versioned } from './common.ts';
import { markerNotAllowed, missing, shownVersion } from './object-version.ts';

interface PutInput extends ObjectInput {
  readonly Tagging?: { readonly TagSet?: readonly TagMember[] };
}

export function putObjectTagging(context: S3Context): OperationRow<PutInput, unknown> {
  return objectRow<PutInput>(
    context,
    'PutObjectTagging',
    versioned('s3:PutObjectTagging', 's3:PutObjectVersionTagging'),
    (call, bucket) => setTags(context, call, bucket, tagSet(call.input.Tagging?.TagSet, 'object'), 'PUT'),
    { bodyBytesMax: s3Limits.smallDocumentBytesMax },
  );
}

export function getObjectTagging(context: S3Context): OperationRow<ObjectInput, unknown> {
  return objectRow<ObjectInput>(
    context,
    'GetObjectTagging',
    versioned('s3:GetObjectTagging', 's3:GetObjectVersionTagging'),
    async ({ input }, bucket) => {
      const key = keyBytes(input.Key);
      const version = checkVersionId(input.VersionId);
      const row = await findVersion(bucket, key, version);
      if (row === undefined) throw missing(input, version);
      // Also of a marker that is the current version, unlike the other readers.
      if (row.deleteMarker) throw markerNotAllowed(row, 'GET');
      return { output: { TagSet: tagMembers(row.tags), ...shownVersion(bucket, row) } };
    },
  );
}

export function deleteObjectTagging(context: S3Context): OperationRow<ObjectInput, unknown> {
  return objectRow<ObjectInput>(
    context,
    'DeleteObjectTagging',
    versioned('s3:DeleteObjectTagging', 's3:DeleteObjectVersionTagging'),
    async (call, bucket) => ({ ...(await setTags(context, call, bucket, [], 'DELETE')), status: 204 }),
  );
}

/** @throws NoSuchKey, NoSuchVersion, MethodNotAllowed for a delete marker */
async function setTags(
  context: S3Context,
  call: Call<ObjectInput>,
  bucket: Bucket,
  tags: readonly NameValue[],
  method: 'PUT' | 'DELETE',
): Promise<Reply<unknown>> {
  const { input } = call;
  const event = method === 'PUT' ? 'ObjectTagging:Put' : 'ObjectTagging:Delete';
  const key = keyBytes(input.Key);
  const named = checkVersionId(input.VersionId);
  const edit: Edit = (version) => {
    if (version === undefined) throw missing(input, named);
    if (version.deleteMarker) throw markerNotAllowed(version, method);
    return { ...version, tags };
  };
  const row = await editVersion(context, bucket, key, named, edit, { event, cause: call });
  return { output: shownVersion(bucket, row) };
}
