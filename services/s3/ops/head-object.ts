/** HeadObject: everything GetObject says, without the body. */
import type { Call, OperationRow, Reply } from '@hypergate/kit';
import { keyBytes } from '../engine/object-key.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { findVersion } from '../store/find-version.ts';
import { checkVersionId, objectRow, versioned } from './common.ts';
import {
  checkReadForm,
  notModifiedHeaders,
  objectHeaders,
  objectOutput,
  type ReadInput,
  readVerdict,
  select,
} from './object-output.ts';
import { requireVersion, shownVersion } from './object-version.ts';

export function headObject(context: S3Context): OperationRow<ReadInput, unknown> {
  return objectRow<ReadInput>(
    context,
    'HeadObject',
    versioned('s3:GetObject', 's3:GetObjectVersion'),
    handle,
  );
}

async function handle(call: Call<ReadInput>, bucket: Bucket): Promise<Reply<unknown>> {
  const { input } = call;
  const key = keyBytes(input.Key);
  checkReadForm(call);
  const version = checkVersionId(input.VersionId);
  const row = requireVersion(await findVersion(bucket, key, version), input, version, 'HEAD');
  if (readVerdict(input, row) === 'not-modified') {
    return { output: {}, status: 304, headers: notModifiedHeaders(row) };
  }
  const selection = select(input, row);
  return {
    output: Object.assign(objectOutput(input, row, selection), shownVersion(bucket, row)),
    headers: objectHeaders(call, row),
    status: selection.partial ? 206 : 200,
  };
}
