/** HeadObject: everything GetObject says, without the body. */
import type { Call, OperationRow, Reply } from '@hypergate/kit';
import { keyBytes } from '../engine/object-key.ts';
import { s3Error } from '../errors.ts';
import { objectKey, objectsTable } from '../model/tables.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { checkVersionId, objectRow } from './common.ts';
import {
  checkReadForm,
  notModifiedHeaders,
  objectHeaders,
  objectOutput,
  type ReadInput,
  readVerdict,
  select,
} from './object-output.ts';

export function headObject(context: S3Context): OperationRow<ReadInput, unknown> {
  return objectRow<ReadInput>(context, 'HeadObject', 's3:GetObject', handle);
}

async function handle(call: Call<ReadInput>, bucket: Bucket): Promise<Reply<unknown>> {
  const { input } = call;
  const key = keyBytes(input.Key);
  checkReadForm(call);
  checkVersionId(input.VersionId);
  const stored = await bucket.domain.get(objectsTable, objectKey(key));
  if (stored === undefined) throw s3Error('NoSuchKey', { Key: input.Key });
  const { row } = stored;
  if (readVerdict(input, row) === 'not-modified') {
    return { output: {}, status: 304, headers: notModifiedHeaders(row) };
  }
  const selection = select(input, row);
  return {
    output: objectOutput(input, row, selection),
    headers: objectHeaders(call, row),
    status: selection.partial ? 206 : 200,
  };
}
