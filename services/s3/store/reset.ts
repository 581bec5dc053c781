/** Developer mode: everything goes, bucket by bucket. */
import { noBytes } from '../engine/bytes.ts';
import { s3Limits } from '../limits.ts';
import { objectsTable } from '../model/tables.ts';
import type { Bucket } from './buckets.ts';
import type { S3Context } from './context.ts';
import { changeObject } from './objects.ts';
import { dropAllUploads } from './uploads.ts';

export async function emptyEverything(context: S3Context): Promise<void> {
  for (const name of await context.buckets.names()) {
    const bucket = await context.buckets.find(name);
    if (bucket === undefined) continue;
    for (let attempt = 0; attempt < s3Limits.conflictRetriesMax; attempt += 1) {
      await emptyBucket(context, bucket);
      const outcome = await context.buckets.remove(bucket);
      if (outcome === 'removed' || outcome === 'missing') break;
    }
  }
}

async function emptyBucket(context: S3Context, bucket: Bucket): Promise<void> {
  for (;;) {
    const entries = await bucket.domain.scan(objectsTable, noBytes, { limit: s3Limits.pageEntriesMax });
    if (entries.length === 0) break;
    for (let at = 0; at < entries.length; at += s3Limits.deleteConcurrency) {
      const some = entries.slice(at, at + s3Limits.deleteConcurrency);
      await Promise.all(
        some.map((entry) => changeObject(context, bucket, entry.sort, { decide: () => undefined })),
      );
    }
  }
  await dropAllUploads(context, bucket);
  await context.sweeper.finish(bucket.row.address);
}
