/** Reading one version of a key: the current one, or one that is named. */
import type { StoredRecord } from '@hypergate/table';
import { type Bytes, equalBytes } from '../engine/bytes.ts';
import { isNullVersion, sequenceOf } from '../engine/version-id.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { ObjectRow } from '../model/object.ts';
import { objectKey, objectsTable, versionKey, versionsTable } from '../model/tables.ts';
import type { Bucket } from './buckets.ts';

export type StoredVersion = StoredRecord<ObjectRow>;

/**
 * @param named undefined for the current version; a delete marker is given like any other
 * @throws OperationAborted
 */
export async function findVersion(
  bucket: Bucket,
  key: Bytes,
  named: Bytes | undefined,
): Promise<ObjectRow | undefined> {
  const head = await findHead(bucket, key);
  if (named === undefined || head === undefined || equalBytes(head.row.versionId, named)) return head?.row;
  return findBehind(bucket, key, named, head);
}

export function findHead(bucket: Bucket, key: Bytes): Promise<StoredVersion | undefined> {
  return bucket.domain.get(objectsTable, objectKey(key));
}

/**
 * A version that was not the head when `first` was read. Versions move between the two tables, and every move writes the
 * head: what is not found is not there only if the head did not change meanwhile.
 */
async function findBehind(
  bucket: Bucket,
  key: Bytes,
  named: Bytes,
  first: StoredVersion,
): Promise<ObjectRow | undefined> {
  let head = first;
  for (let attempt = 0; attempt < s3Limits.conflictRetriesMax; attempt += 1) {
    const archived = await archivedVersion(bucket, key, named, head);
    if (archived !== undefined) return archived.row;
    const again = await findHead(bucket, key);
    if (again === undefined || again.revision === head.revision) return undefined;
    head = again;
    if (equalBytes(head.row.versionId, named)) return head.row;
  }
  throw s3Error('OperationAborted');
}

/** Looks in `s3.versions` where the head says. */
export async function archivedVersion(
  bucket: Bucket,
  key: Bytes,
  named: Bytes,
  head: StoredVersion,
): Promise<StoredVersion | undefined> {
  const sequence = isNullVersion(named) ? head.row.nullSequence : sequenceOf(named);
  if (sequence === 0) return undefined;
  const stored = await bucket.domain.get(versionsTable, versionKey(key, sequence));
  return stored !== undefined && equalBytes(stored.row.versionId, named) ? stored : undefined;
}
