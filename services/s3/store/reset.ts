/** Developer mode: everything goes, bucket by bucket. */
import type { AnyTable, IndexEntry } from '@hypergate/table';
import { noBytes } from '../engine/bytes.ts';
import { s3Limits } from '../limits.ts';
import { decodeObjectListing } from '../model/object.ts';
import { objectsTable, versionOf, versionsTable } from '../model/tables.ts';
import type { Bucket } from './buckets.ts';
import type { S3Context } from './context.ts';
import { deleteVersionAt } from './remove-version.ts';
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
  await context.outbox.clear();
}

/** What is not current goes first, so that nothing becomes current only to be deleted next. */
async function emptyBucket(context: S3Context, bucket: Bucket): Promise<void> {
  for (const table of [versionsTable, objectsTable]) {
    for (;;) {
      const entries = await bucket.domain.scan(table, noBytes, { limit: s3Limits.pageEntriesMax });
      if (entries.length === 0) break;
      await deleteEntries(context, bucket, table, entries);
    }
  }
  await dropAllUploads(context, bucket);
  await context.sweeper.finish(bucket.row.address);
}

async function deleteEntries(
  context: S3Context,
  bucket: Bucket,
  table: AnyTable,
  entries: readonly IndexEntry[],
): Promise<void> {
  for (let at = 0; at < entries.length; at += s3Limits.deleteConcurrency) {
    const some = entries.slice(at, at + s3Limits.deleteConcurrency);
    await Promise.all(
      some.map(({ sort, projection }) => {
        const key = table === versionsTable ? versionOf(sort).key : sort;
        const { versionId } = decodeObjectListing(projection);
        return deleteVersionAt(context, bucket, key, versionId, () => undefined, undefined);
      }),
    );
  }
}
