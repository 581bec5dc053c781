/** Deleting: a delete marker above the versions, one version for good, or the object where there are no versions. */
import type { DomainWrite } from '@hypergate/table';
import { type Bytes, equalBytes, noBytes, prefixEnd } from '../engine/bytes.ts';
import { isNullVersion } from '../engine/version-id.ts';
import type { Versioning } from '../model/bucket.ts';
import type { ObjectRow } from '../model/object.ts';
import {
  objectKey,
  objectsTable,
  versionKey,
  versionOf,
  versionPrefix,
  versionsTable,
} from '../model/tables.ts';
import type { Bucket } from './buckets.ts';
import type { S3Context } from './context.ts';
import { archivedVersion, findHead, type StoredVersion } from './find-version.ts';
import type { Cause, VersionEvent } from './notify.ts';
import { addVersion, changeVersions, putHead, removeVersion, type Step } from './objects.ts';
import { deleteMarker } from './version-plan.ts';

/** Given the version that is to go (for a marker: the current one); throws to refuse; called again after a conflict. */
export type DeleteCheck = (version: ObjectRow | undefined) => void;

/**
 * A deletion that names no version.
 * @returns the delete marker that now is the current version; undefined in a bucket that never had versions
 */
export function deleteObjectAt(
  context: S3Context,
  bucket: Bucket,
  key: Bytes,
  check: DeleteCheck,
  cause: Cause,
): Promise<ObjectRow | undefined> {
  return changeVersions<ObjectRow | undefined>(context, bucket, key, { cause }, (head, versioning) => {
    check(head?.row);
    if (hasVersions(head, versioning)) {
      const draft = deleteMarker(context.clock.now());
      const event = 'ObjectRemoved:DeleteMarkerCreated';
      return addVersion(context, bucket, key, { head, versioning, draft, deleteMarker: true, event });
    }
    if (head === undefined) return { writes: [], discarded: [], result: undefined };
    const writes = [removeHead(bucket, key, head)];
    return { writes, discarded: [head.row], result: undefined, event: removal(head.row) };
  });
}

/**
 * @param cause undefined when nobody is told
 * @returns the version that went, undefined when there was none of that name
 */
export function deleteVersionAt(
  context: S3Context,
  bucket: Bucket,
  key: Bytes,
  named: Bytes,
  check: DeleteCheck,
  cause: Cause | undefined,
): Promise<ObjectRow | undefined> {
  return changeVersions<ObjectRow | undefined>(context, bucket, key, { cause }, (head, versioning) => {
    if (head === undefined) {
      check(undefined);
      return { writes: [], discarded: [], result: undefined };
    }
    if (!equalBytes(head.row.versionId, named)) return withoutArchived(bucket, key, head, named, check);
    check(head.row);
    return withoutHead(bucket, key, head, versioning);
  });
}

function hasVersions(head: StoredVersion | undefined, versioning: Versioning): boolean {
  if (versioning !== 'off') return true;
  // Not reached while the state is read after the head; a version with an id is never deleted for want of a state.
  return head !== undefined && (!isNullVersion(head.row.versionId) || head.row.nullSequence !== 0);
}

/** One of `s3.versions` goes; the head is written when it says where that was, else its revision is what is relied on. */
async function withoutArchived(
  bucket: Bucket,
  key: Bytes,
  head: StoredVersion,
  named: Bytes,
  check: DeleteCheck,
): Promise<Step<ObjectRow | undefined> | undefined> {
  const stored = await archivedVersion(bucket, key, named, head);
  if (stored === undefined) {
    // It may have become the head since the head was read.
    if ((await findHead(bucket, key))?.revision !== head.revision) return undefined;
    check(undefined);
    return { writes: [], discarded: [], result: undefined };
  }
  check(stored.row);
  const guard: DomainWrite = isNullVersion(named)
    ? putHead(bucket, key, head, { ...head.row, nullSequence: 0 })
    : {
        domain: bucket.domain,
        kind: 'check',
        table: objectsTable,
        key: objectKey(key),
        condition: { revision: head.revision },
      };
  const writes = [guard, removeVersion(bucket, key, stored)];
  return { writes, discarded: [stored.row], result: stored.row, event: removal(stored.row) };
}

/** The current version goes, and the newest of the others takes its place. */
async function withoutHead(
  bucket: Bucket,
  key: Bytes,
  head: StoredVersion,
  versioning: Versioning,
): Promise<Step<ObjectRow | undefined> | undefined> {
  const { row } = head;
  const writes: DomainWrite[] = [];
  let { nullSequence } = row;
  if (row.deleteMarker) {
    if (isNullVersion(row.versionId)) nullSequence = 0;
    writes.push({
      domain: bucket.domain,
      kind: 'remove',
      table: versionsTable,
      key: versionKey(key, row.sequence),
      condition: 'present',
    });
  }
  const sequence = hasVersions(head, versioning) ? await newestBelow(bucket, key, row.sequence) : undefined;
  if (sequence === undefined) {
    writes.push(removeHead(bucket, key, head));
  } else {
    const next = await bucket.domain.get(versionsTable, versionKey(key, sequence));
    if (next === undefined) return undefined;
    writes.push(...promotion(bucket, key, head, next, nullSequence));
  }
  return { writes, discarded: [row], result: row, event: removal(row) };
}

function removal(row: ObjectRow): VersionEvent {
  return { name: 'ObjectRemoved:Delete', row };
}

function promotion(
  bucket: Bucket,
  key: Bytes,
  head: StoredVersion,
  next: StoredVersion,
  nullSequence: number,
): DomainWrite[] {
  if (next.row.deleteMarker) {
    const stands: DomainWrite = {
      domain: bucket.domain,
      kind: 'check',
      table: versionsTable,
      key: versionKey(key, next.row.sequence),
      condition: { revision: next.revision },
    };
    return [putHead(bucket, key, head, { ...next.row, nullSequence }), stands];
  }
  const row = { ...next.row, nullSequence: isNullVersion(next.row.versionId) ? 0 : nullSequence };
  return [putHead(bucket, key, head, row), removeVersion(bucket, key, next)];
}

/**
 * Sequence of the newest version in `s3.versions` older than this one. The index holds at least what the head that was read
 * stands for, and the head's revision is a condition of what is done with the answer.
 */
async function newestBelow(bucket: Bucket, key: Bytes, sequence: number): Promise<number | undefined> {
  const end = prefixEnd(versionPrefix(key))!;
  const range = { gte: versionKey(key, sequence - 1).sort, lt: end, limit: 1 };
  const entry = await bucket.domain.cursor(versionsTable, noBytes, range).next();
  return entry === undefined ? undefined : versionOf(entry.sort).sequence;
}

function removeHead(bucket: Bucket, key: Bytes, head: StoredVersion): DomainWrite {
  return {
    domain: bucket.domain,
    kind: 'remove',
    table: objectsTable,
    key: objectKey(key),
    condition: { revision: head.revision },
  };
}
