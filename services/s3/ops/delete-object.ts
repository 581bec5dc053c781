/**
 * DeleteObject: 204 whether or not the object was there, unless a condition asked for it. Without a version it leaves a delete
 * marker in a bucket with versions; a version that is named goes for good. What locks may forbid is not offered, so a bypass
 * of them is taken and means nothing.
 */
import type { OperationRow } from '@hypergate/kit';
import type { Bytes } from '../engine/bytes.ts';
import { checkDelete, type DeleteConditions } from '../engine/conditions.ts';
import { keyBytes } from '../engine/object-key.ts';
import { versionIdText } from '../engine/version-id.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import type { Cause } from '../store/notify.ts';
import { type DeleteCheck, deleteObjectAt, deleteVersionAt } from '../store/remove-version.ts';
import { checkVersionId, dateMs, type ObjectInput, objectRow, versioned } from './common.ts';

interface Input extends ObjectInput {
  readonly IfMatch?: string;
  readonly IfMatchLastModifiedTime?: Date;
  readonly IfMatchSize?: number;
  readonly BypassGovernanceRetention?: boolean;
}

export function deleteObject(context: S3Context): OperationRow<Input, unknown> {
  const action = versioned('s3:DeleteObject', 's3:DeleteObjectVersion');
  return objectRow<Input>(context, 'DeleteObject', action, async (call, bucket) => {
    const { input } = call;
    const deletion: Deletion = {
      name: input.Key,
      key: keyBytes(input.Key),
      version: checkVersionId(input.VersionId),
      conditions: {
        ifMatch: input.IfMatch,
        ifModifiedMs: dateMs(input.IfMatchLastModifiedTime),
        ifSize: input.IfMatchSize,
      },
    };
    const { versionId, marker } = await deleteOne(context, bucket, deletion, call);
    const output = {
      ...(versionId === undefined ? {} : { VersionId: versionId }),
      ...(marker ? { DeleteMarker: true } : {}),
    };
    return { output };
  });
}

export interface Deletion {
  readonly name: string;
  readonly key: Bytes;
  readonly version: Bytes | undefined;
  readonly conditions: DeleteConditions;
}

export interface DeletionOutcome {
  /** Of the marker that was made, or of the version that was named, also when there was none. */
  readonly versionId: string | undefined;
  /** A delete marker was made, or was what went. */
  readonly marker: boolean;
}

/** @throws PreconditionFailed, NoSuchKey */
export async function deleteOne(
  context: S3Context,
  bucket: Bucket,
  { name, key, version, conditions }: Deletion,
  cause: Cause,
): Promise<DeletionOutcome> {
  if (version === undefined) {
    const check: DeleteCheck = (current) => checkDelete(conditions, current, name);
    const marker = await deleteObjectAt(context, bucket, key, check, cause);
    if (marker === undefined) return { versionId: undefined, marker: false };
    return { versionId: versionIdText(marker.versionId), marker: true };
  }
  const check: DeleteCheck = (named) => {
    // A version that went before is gone as asked: it could not have changed.
    if (named !== undefined) checkDelete(conditions, named, name, true);
  };
  const gone = await deleteVersionAt(context, bucket, key, version, check, cause);
  const marker = gone?.deleteMarker === true;
  if (bucket.row.versioning === 'off') return { versionId: undefined, marker };
  return { versionId: versionIdText(version), marker };
}
