/** GetObject: conditions, then the whole, a range or a part, streamed with the object's bytes held in place. */
import type { Call, OperationRow, Reply } from '@hypergate/kit';
import { keyBytes } from '../engine/object-key.ts';
import type { ByteRange } from '../engine/range.ts';
import type { ObjectRow } from '../model/object.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { bodyOf, holdObject } from '../store/read-body.ts';
import { checkVersionId, objectRow, versioned } from './common.ts';
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
import { requireVersion, shownVersion } from './object-version.ts';

export function getObject(context: S3Context): OperationRow<ReadInput, unknown> {
  const action = versioned('s3:GetObject', 's3:GetObjectVersion');
  return objectRow<ReadInput>(context, 'GetObject', action, (call, bucket) => handle(context, call, bucket));
}

async function handle(context: S3Context, call: Call<ReadInput>, bucket: Bucket): Promise<Reply<unknown>> {
  const { input } = call;
  const key = keyBytes(input.Key);
  checkReadForm(call);
  const version = checkVersionId(input.VersionId);
  let selection: Selection | undefined;
  const range = (found: ObjectRow | undefined): ByteRange | undefined => {
    selection = undefined;
    const row = requireVersion(found, input, version, 'GET');
    if (readVerdict(input, row) === 'not-modified') return undefined;
    selection = select(input, row);
    return selection.range;
  };
  const held = await holdObject(context, bucket, key, range, version);
  const row = held!.row;
  if (selection === undefined) return { output: {}, status: 304, headers: notModifiedHeaders(row) };
  return reply(
    call,
    bucket,
    row,
    selection,
    bodyOf(context, bucket, held!, selection.range, () => call.signal),
  );
}

function reply(
  call: Call<ReadInput>,
  bucket: Bucket,
  row: ObjectRow,
  selection: Selection,
  body: Uint8Array | AsyncIterable<Uint8Array>,
): Reply<unknown> {
  return {
    output: Object.assign(objectOutput(call.input, row, selection), shownVersion(bucket, row)),
    headers: objectHeaders(call, row),
    status: selection.partial ? 206 : 200,
    stream: { body, contentLength: selection.range.length },
  };
}
