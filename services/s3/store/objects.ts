/**
 * Changing one object: read the record, decide, commit on its revision, and begin again when another change came
 * between. The condition makes `If-Match` and `If-None-Match` atomic, and the old blobs leave exactly once.
 */
import {
  type Applied,
  ConditionFailed,
  DomainUnknown,
  type DomainWrite,
  type StoredRecord,
} from '@hypergate/table';
import { bucketMissing } from '../engine/bucket-name.ts';
import type { Bytes } from '../engine/bytes.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { ObjectRow } from '../model/object.ts';
import { objectKey, objectsTable } from '../model/tables.ts';
import type { Bucket } from './buckets.ts';
import type { S3Context } from './context.ts';
import { discardBody, keptBody } from './discard.ts';

export interface ObjectChange {
  /** The new row, or undefined to remove the object. Throws to refuse; called again after a conflict. */
  decide(current: ObjectRow | undefined): ObjectRow | undefined;
  /** Writes that stand in the same transaction, before those of the object. */
  readonly alongside?: readonly DomainWrite[];
  /** Blobs of the old row that the new row goes on using. */
  readonly keepsBlobs?: boolean;
}

/**
 * @returns the transaction, or undefined when there was nothing to remove
 * @throws ConditionFailed when a write of `alongside` failed (its index in that list)
 */
export async function changeObject(
  context: S3Context,
  bucket: Bucket,
  key: Bytes,
  change: ObjectChange,
): Promise<Applied | undefined> {
  const record = objectKey(key);
  const alongside = change.alongside ?? [];
  for (let attempt = 0; attempt < s3Limits.conflictRetriesMax; attempt += 1) {
    const stored = await bucket.domain.get(objectsTable, record);
    const row = change.decide(stored?.row);
    if (row === undefined && stored === undefined) {
      if (alongside.length === 0) return undefined;
      return transact(context, bucket, alongside);
    }
    const writes: DomainWrite[] = alongside.slice();
    writes.push(writeOf(bucket, record, stored, row));
    const discard =
      stored === undefined || change.keepsBlobs === true
        ? keptBody
        : discardBody(context, bucket, stored.row, writes);
    let applied: Applied;
    try {
      applied = await transact(context, bucket, writes);
    } catch (error) {
      discard.refused();
      if (error instanceof ConditionFailed && error.index === alongside.length) continue;
      throw error;
    }
    discard.applied();
    return applied;
  }
  throw s3Error('OperationAborted');
}

function writeOf(
  bucket: Bucket,
  key: ReturnType<typeof objectKey>,
  stored: StoredRecord<ObjectRow> | undefined,
  row: ObjectRow | undefined,
): DomainWrite {
  const condition = stored === undefined ? ('absent' as const) : { revision: stored.revision };
  const { domain } = bucket;
  return row === undefined
    ? { domain, kind: 'remove', table: objectsTable, key, condition }
    : { domain, kind: 'put', table: objectsTable, key, row, condition };
}

/** A bucket that went away meanwhile is answered as one that never was. */
export async function transact(
  context: S3Context,
  bucket: Bucket,
  writes: readonly DomainWrite[],
): Promise<Applied> {
  try {
    return await context.tables.transact(writes);
  } catch (error) {
    if (error instanceof DomainUnknown) throw bucketMissing(bucket.name);
    throw error;
  }
}
