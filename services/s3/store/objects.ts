/**
 * Changing the versions of one key: read the head, decide, commit on its revision, and begin again when another change came
 * between. The condition makes `If-Match` and `If-None-Match` atomic, keeps a key's versions consistent with one another,
 * and lets what is replaced leave exactly once.
 */
import {
  type Applied,
  ConditionFailed,
  DomainUnknown,
  type DomainWrite,
  type RecordKey,
} from '@hypergate/table';
import { bucketMissing } from '../engine/bucket-name.ts';
import { type Bytes, viewOf } from '../engine/bytes.ts';
import type { EventName } from '../engine/notification.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { Versioning } from '../model/bucket.ts';
import type { ObjectRow } from '../model/object.ts';
import { objectKey, objectsTable, versionKey, versionsTable } from '../model/tables.ts';
import type { Bucket } from './buckets.ts';
import type { S3Context } from './context.ts';
import { discardBodies } from './discard.ts';
import { findHead, type StoredVersion } from './find-version.ts';
import { type Cause, eventPosting, type VersionEvent } from './notify.ts';
import type { Posting } from './outbox.ts';
import { type NewVersion, planVersion } from './version-plan.ts';

/** One attempt at a change: what to write, and the versions whose bytes leave with it. */
export interface Step<Result> {
  readonly writes: readonly DomainWrite[];
  readonly discarded: readonly ObjectRow[];
  readonly result: Result;
  /** What those hear of it whom the bucket notifies; undefined when nothing happened. */
  readonly event?: VersionEvent;
}

export interface ObjectChange {
  /**
   * The new version, given the object there is (undefined also below a delete marker). Throws to refuse; called again after
   * a conflict.
   */
  decide(current: ObjectRow | undefined): NewVersion;
  /** Writes that stand in the same transaction, before those of the object. */
  readonly alongside?: readonly DomainWrite[];
  /** The new version has the body of the null version that it replaces. */
  readonly keepsBody?: boolean;
  readonly event: EventName;
  readonly cause: Cause;
}

/**
 * Puts a new version of an object, or in place of the object where there are no versions.
 *
 * @returns the version as stored
 * @throws ConditionFailed when a write of `alongside` failed (its index in that list)
 */
export function changeObject(
  context: S3Context,
  bucket: Bucket,
  key: Bytes,
  change: ObjectChange,
): Promise<ObjectRow> {
  const { alongside = [], cause } = change;
  return changeVersions(context, bucket, key, { alongside, cause }, (head, versioning) => {
    const current = head === undefined || head.row.deleteMarker ? undefined : head.row;
    return addVersion(context, bucket, key, {
      head,
      versioning,
      draft: change.decide(current),
      deleteMarker: false,
      keepsBody: change.keepsBody === true,
      event: change.event,
    });
  });
}

export interface Addition {
  readonly head: StoredVersion | undefined;
  readonly versioning: Versioning;
  readonly draft: NewVersion;
  readonly deleteMarker: boolean;
  readonly keepsBody?: boolean;
  readonly event: EventName;
}

/** @returns undefined when the head is no longer what it was */
export function addVersion(
  context: S3Context,
  bucket: Bucket,
  key: Bytes,
  { head, versioning, draft, deleteMarker, keepsBody = false, event }: Addition,
): Step<ObjectRow> | undefined | Promise<Step<ObjectRow> | undefined> {
  const modules = { nowMs: context.clock.now(), random: context.random };
  const plan = planVersion(head?.row, draft, deleteMarker, versioning, modules);
  // The state of the bucket changed since the caller looked: two versions must not hold one body.
  if (keepsBody && !plan.replacesHead) throw s3Error('OperationAborted');
  const writes: DomainWrite[] = [putHead(bucket, key, head, plan.head)];
  for (const row of plan.added) {
    writes.push(putVersion(bucket, key, row));
  }
  const discarded = head !== undefined && plan.replacesHead && !keepsBody ? [head.row] : [];
  const step = { writes, discarded, result: plan.head, event: { name: event, row: plan.head } };
  return plan.dropped === 0 ? step : droppingNull(bucket, key, plan.dropped, step);
}

/** The step, and the null version leaves `s3.versions` with it. */
async function droppingNull(
  bucket: Bucket,
  key: Bytes,
  sequence: number,
  step: Step<ObjectRow>,
): Promise<Step<ObjectRow> | undefined> {
  const dropped = await bucket.domain.get(versionsTable, versionKey(key, sequence));
  if (dropped === undefined) return undefined;
  const writes = [...step.writes, removeVersion(bucket, key, dropped)];
  return { ...step, writes, discarded: [...step.discarded, dropped.row] };
}

/** Of all attempts at a change. */
export interface ChangeParts {
  /** Writes that stand in the same transaction, before those of the versions. */
  readonly alongside?: readonly DomainWrite[];
  /** Undefined when nobody is told. */
  readonly cause: Cause | undefined;
}

/**
 * @param attempt makes the step from the head and the bucket's state, both fresh; `nothing` to do, or undefined to look
 *   again because what it read does not fit together
 */
export async function changeVersions<Result>(
  context: S3Context,
  bucket: Bucket,
  key: Bytes,
  { alongside = [], cause }: ChangeParts,
  attempt: (
    head: StoredVersion | undefined,
    versioning: Versioning,
  ) => Step<Result> | undefined | Promise<Step<Result> | undefined>,
): Promise<Result> {
  let endTurn: (() => void) | undefined;
  try {
    for (let count = 0; count < s3Limits.conflictRetriesMax; count += 1) {
      const head = await findHead(bucket, key);
      // After the head: nobody wrote a version with an id before the state said so.
      const found = context.buckets.find(bucket.name);
      const now = found instanceof Promise ? await found : found;
      if (now === undefined) throw bucketMissing(bucket.name);
      const made = attempt(head, now.row.versioning);
      const step = made instanceof Promise ? await made : made;
      if (step !== undefined) {
        const posting = eventPosting(context, now, key, head?.row, step.event, cause);
        if (await commit(context, bucket, alongside, step, posting)) return step.result;
      }
      endTurn ??= await context.turns.take(turnName(bucket, key));
    }
  } finally {
    endTurn?.();
  }
  throw s3Error('OperationAborted');
}

/** @returns false when a condition of the step failed: another change came between */
async function commit(
  context: S3Context,
  bucket: Bucket,
  alongside: readonly DomainWrite[],
  step: Step<unknown>,
  posting: Posting | undefined,
): Promise<boolean> {
  const end = alongside.length + step.writes.length;
  if (end === 0) return true;
  const writes: DomainWrite[] = alongside.concat(step.writes);
  const discard = discardBodies(context, bucket, step.discarded, writes);
  if (posting !== undefined) writes.push(posting.write);
  try {
    await transact(context, bucket, writes);
  } catch (error) {
    discard.refused();
    if (error instanceof ConditionFailed && error.index >= alongside.length && error.index < end)
      return false;
    throw error;
  }
  discard.applied();
  posting?.applied();
  return true;
}

function turnName(bucket: Bucket, key: Bytes): string {
  return `${bucket.name}/${viewOf(key).toString('latin1')}`;
}

export function putHead(
  bucket: Bucket,
  key: Bytes,
  before: StoredVersion | undefined,
  row: ObjectRow,
): DomainWrite {
  const condition = before === undefined ? ('absent' as const) : { revision: before.revision };
  return { domain: bucket.domain, kind: 'put', table: objectsTable, key: objectKey(key), row, condition };
}

function putVersion(bucket: Bucket, key: Bytes, row: ObjectRow): DomainWrite {
  const record: RecordKey = versionKey(key, row.sequence);
  return { domain: bucket.domain, kind: 'put', table: versionsTable, key: record, row, condition: 'absent' };
}

export function removeVersion(bucket: Bucket, key: Bytes, stored: StoredVersion): DomainWrite {
  return {
    domain: bucket.domain,
    kind: 'remove',
    table: versionsTable,
    key: versionKey(key, stored.row.sequence),
    condition: { revision: stored.revision },
  };
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
