/**
 * PutBucketOwnershipControls, GetBucketOwnershipControls and DeleteBucketOwnershipControls. The setting is kept and
 * shown; ACLs that other settings than `BucketOwnerEnforced` would allow are refused all the same.
 */
import type { OperationRow } from '@hypergate/kit';
import { defaultOwnership, ownershipRule } from '../engine/ownership.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import { ownershipDocument } from '../model/bucket-document.ts';
import type { S3Context } from '../store/context.ts';
import { putDocument, readDocument } from '../store/documents.ts';
import { type BucketInput, bucketRow } from './common.ts';

interface PutInput extends BucketInput {
  readonly OwnershipControls?: { readonly Rules?: readonly { readonly ObjectOwnership?: string }[] };
}

const putAction = 's3:PutBucketOwnershipControls';

export function putBucketOwnershipControls(context: S3Context): OperationRow<PutInput, unknown> {
  return bucketRow<PutInput>(
    context,
    'PutBucketOwnershipControls',
    putAction,
    async ({ input }, bucket) => {
      const ownership = ownershipRule(input.OwnershipControls?.Rules);
      await putDocument(context, bucket, ownershipDocument, ownership);
      return { output: {} };
    },
    { bodyBytesMax: s3Limits.smallDocumentBytesMax },
  );
}

export function getBucketOwnershipControls(context: S3Context): OperationRow<BucketInput, unknown> {
  return bucketRow<BucketInput>(
    context,
    'GetBucketOwnershipControls',
    's3:GetBucketOwnershipControls',
    async (_call, bucket) => {
      const found = await readDocument(context, bucket, ownershipDocument);
      const ownership = found === undefined ? defaultOwnership : found.value;
      if (ownership === undefined) {
        throw s3Error('OwnershipControlsNotFoundError', { BucketName: bucket.name });
      }
      return { output: { OwnershipControls: { Rules: [{ ObjectOwnership: ownership }] } } };
    },
  );
}

export function deleteBucketOwnershipControls(context: S3Context): OperationRow<BucketInput, unknown> {
  return bucketRow<BucketInput>(
    context,
    'DeleteBucketOwnershipControls',
    putAction,
    async (_call, bucket) => {
      await putDocument(context, bucket, ownershipDocument, undefined);
      return { output: {}, status: 204 };
    },
  );
}
