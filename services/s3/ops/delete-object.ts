/** DeleteObject: 204 whether or not the object was there; `If-Match` makes it conditional. */
import type { OperationRow } from '@hypergate/kit';
import { checkWrite } from '../engine/conditions.ts';
import { keyBytes } from '../engine/object-key.ts';
import { s3Error } from '../errors.ts';
import type { S3Context } from '../store/context.ts';
import { changeObject } from '../store/objects.ts';
import { checkVersionId, dateMs, type ObjectInput, objectRow } from './common.ts';

interface Input extends ObjectInput {
  readonly IfMatch?: string;
  readonly IfMatchLastModifiedTime?: Date;
  readonly IfMatchSize?: number;
}

export function deleteObject(context: S3Context): OperationRow<Input, unknown> {
  return objectRow<Input>(context, 'DeleteObject', 's3:DeleteObject', async (call, bucket) => {
    const { input } = call;
    const key = keyBytes(input.Key);
    checkVersionId(input.VersionId);
    await changeObject(context, bucket, key, {
      decide(current) {
        checkWrite({ ifMatch: input.IfMatch }, current, input.Key);
        checkUnchanged(input, current);
        return undefined;
      },
    });
    return { output: {} };
  });
}

/** The two conditions that only a deletion has. @throws PreconditionFailed */
export function checkUnchanged(
  input: { readonly IfMatchLastModifiedTime?: Date; readonly IfMatchSize?: number },
  current: { readonly modifiedMs: number; readonly size: number } | undefined,
): void {
  if (current === undefined) return;
  const time = dateMs(input.IfMatchLastModifiedTime);
  if (time !== undefined && Math.floor(time / 1000) !== Math.floor(current.modifiedMs / 1000)) {
    throw s3Error('PreconditionFailed', { Condition: 'x-amz-if-match-last-modified-time' });
  }
  if (input.IfMatchSize !== undefined && input.IfMatchSize !== current.size) {
    throw s3Error('PreconditionFailed', { Condition: 'x-amz-if-match-size' });
  }
}
