/** HeadBucket, GetBucketLocation and DeleteBucket. */
import type { OperationRow } from '@hypergate/kit';
import { bucketMissing } from '../engine/bucket-name.ts';
import { noBytes } from '../engine/bytes.ts';
import { legacyRegion } from '../engine/region.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import { objectsTable, versionsTable } from '../model/tables.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { dropAllUploads } from '../store/uploads.ts';
import { type BucketInput, bucketRow } from './common.ts';

export function headBucket(context: S3Context): OperationRow<BucketInput, unknown> {
  return bucketRow<BucketInput>(context, 'HeadBucket', 's3:ListBucket', (_call, bucket) => ({
    output: { BucketRegion: bucket.row.region, AccessPointAlias: false },
  }));
}

export function getBucketLocation(context: S3Context): OperationRow<BucketInput, unknown> {
  return bucketRow<BucketInput>(context, 'GetBucketLocation', 's3:GetBucketLocation', (_call, bucket) => ({
    output: bucket.row.region === legacyRegion ? {} : { LocationConstraint: bucket.row.region },
  }));
}

export function deleteBucket(context: S3Context): OperationRow<BucketInput, unknown> {
  return bucketRow<BucketInput>(context, 'DeleteBucket', 's3:DeleteBucket', async (_call, bucket) => {
    await removeBucket(context, bucket);
    return { output: {}, status: 204 };
  });
}

/**
 * Uploads under way do not keep a bucket. Order: no object or version is there, uploads end, what they left is swept, then record
 * and domain go in one transaction that the node refuses while anything stands in the domain. A crash in between leaves
 * a bucket without uploads.
 */
async function removeBucket(context: S3Context, bucket: Bucket): Promise<void> {
  for (let attempt = 0; attempt < s3Limits.conflictRetriesMax; attempt += 1) {
    await checkEmpty(bucket);
    await dropAllUploads(context, bucket);
    await context.sweeper.finish(bucket.row.address);
    const outcome = await context.buckets.remove(bucket);
    if (outcome === 'removed') return;
    if (outcome === 'missing') throw bucketMissing(bucket.name);
  }
  throw s3Error('OperationAborted');
}

/** @throws BucketNotEmpty */
async function checkEmpty(bucket: Bucket): Promise<void> {
  for (const table of [objectsTable, versionsTable]) {
    if ((await bucket.domain.scan(table, noBytes, { limit: 1 })).length === 0) continue;
    const message =
      bucket.row.versioning === 'off'
        ? undefined
        : 'The bucket you tried to delete is not empty. You must delete all versions in the bucket.';
    throw s3Error('BucketNotEmpty', { BucketName: bucket.name }, message);
  }
}
