/** GetObject: conditions, then the whole, a range or a part, streamed with the object's bytes held in place. */
import type { Call, OperationRow, Reply } from '@hypergate/kit';
import { keyBytes } from '../engine/object-key.ts';
import { s3Error } from '../errors.ts';
import type { ObjectRow } from '../model/object.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { bodyOf, holdObject } from '../store/read-body.ts';
import { checkVersionId, objectRow } from './common.ts';
import {
  checkReadForm,
  notModifiedHeaders,
  objectHeaders,
  objectOutput,
  type ReadInput,
  readVerdict,
  type Selection,
  select,
} from './object-output.ts';

export function getObject(context: S3Context): OperationRow<ReadInput, unknown> {
  return objectRow<ReadInput>(context, 'GetObject', 's3:GetObject', (call, bucket) =>
    handle(context, call, bucket),
  );
}

async function handle(context: S3Context, call: Call<ReadInput>, bucket: Bucket): Promise<Reply<unknown>> {
  const { input } = call;
  const key = keyBytes(input.Key);
  checkReadForm(call);
  checkVersionId(input.VersionId);
  let selection: Selection | undefined;
  const held = await holdObject(context, bucket, key, (row) => {
    selection = undefined;
    if (row === undefined) throw s3Error('NoSuchKey', { Key: input.Key });
    if (readVerdict(input, row) === 'not-modified') return undefined;
    selection = select(input, row);
    return selection.range;
  });
  const row = held!.row;
  if (selection === undefined) return { output: {}, status: 304, headers: notModifiedHeaders(row) };
  return reply(
    call,
    row,
    selection,
    bodyOf(context, bucket, held!, selection.range, () => call.signal),
  );
}

function reply(
  call: Call<ReadInput>,
  row: ObjectRow,
  selection: Selection,
  body: Uint8Array | AsyncIterable<Uint8Array>,
): Reply<unknown> {
  return {
    output: objectOutput(call.input, row, selection),
    headers: objectHeaders(call, row),
    status: selection.partial ? 206 : 200,
    stream: { body, contentLength: selection.range.length },
  };
}
