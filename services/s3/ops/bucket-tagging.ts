/** PutBucketTagging, GetBucketTagging and DeleteBucketTagging. */
import type { OperationRow } from '@hypergate/kit';
import { type TagMember, tagMembers, tagSet } from '../engine/tagging.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import { tagsDocument } from '../model/bucket-document.ts';
import type { S3Context } from '../store/context.ts';
import { putDocument, readDocument, removeDocument } from '../store/documents.ts';
import { type BucketInput, bucketRow } from './common.ts';

interface PutInput extends BucketInput {
  readonly Tagging?: { readonly TagSet?: readonly TagMember[] };
}

const putAction = 's3:PutBucketTagging';

export function putBucketTagging(context: S3Context): OperationRow<PutInput, unknown> {
  return bucketRow<PutInput>(
    context,
    'PutBucketTagging',
    putAction,
    async ({ input }, bucket) => {
      const tags = tagSet(input.Tagging?.TagSet, 'bucket');
      if (tags.length === 0) await removeDocument(context, bucket, tagsDocument);
      else await putDocument(context, bucket, tagsDocument, tags);
      return { output: {}, status: 204 };
    },
    { bodyBytesMax: s3Limits.tagDocumentBytesMax, bodyDigest: 'required' },
  );
}

export function getBucketTagging(context: S3Context): OperationRow<BucketInput, unknown> {
  return bucketRow<BucketInput>(context, 'GetBucketTagging', 's3:GetBucketTagging', async (_call, bucket) => {
    const found = await readDocument(context, bucket, tagsDocument);
    if (found === undefined) throw s3Error('NoSuchTagSet', { BucketName: bucket.name });
    return { output: { TagSet: tagMembers(found.value) } };
  });
}

/** The permission to write tags is also the one to take them away. */
export function deleteBucketTagging(context: S3Context): OperationRow<BucketInput, unknown> {
  return bucketRow<BucketInput>(context, 'DeleteBucketTagging', putAction, async (_call, bucket) => {
    await removeDocument(context, bucket, tagsDocument);
    return { output: {}, status: 204 };
  });
}
