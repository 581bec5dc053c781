/** UploadPartCopy: a part whose bytes come from an object, or a range of one. */
import type { Call, OperationRow, Reply } from '@hypergate/kit';
import { type ChecksumAlgorithm, type ChecksumMembers, checksumText, factsOf } from '../engine/checksum.ts';
import { quotedEtag } from '../engine/etag.ts';
import { keyBytes } from '../engine/object-key.ts';
import { type ByteRange, parseCopyRange } from '../engine/range.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { ObjectRow } from '../model/object.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { bodyOf } from '../store/read-body.ts';
import { digestsOf, type Received, receivePieces } from '../store/receive.ts';
import { shareRange } from '../store/share-body.ts';
import { checkPartNumber, putPart, requireUpload } from '../store/uploads.ts';
import { wholeSecond } from '../wire/dates.ts';
import { atRest, objectRow, refuseProtection } from './common.ts';
import { knownDigests } from './copy-object.ts';
import { type CopySourceInput, copyResources, type OpenSource, openSource } from './copy-source.ts';
import { defaultAlgorithm } from './put-object.ts';
import type { PartInput } from './upload-part.ts';

interface Input extends PartInput, CopySourceInput {
  readonly CopySourceRange?: string;
}

export function uploadPartCopy(context: S3Context): OperationRow<Input, unknown> {
  const row = objectRow<Input>(context, 'UploadPartCopy', 's3:PutObject', (call, bucket) =>
    handle(context, call, bucket),
  );
  return { ...row, resources: (call) => copyResources(context, call) };
}

async function handle(context: S3Context, call: Call<Input>, bucket: Bucket): Promise<Reply<unknown>> {
  const { input } = call;
  const key = keyBytes(input.Key);
  const number = checkPartNumber(input.PartNumber);
  refuseProtection(input);
  const upload = await requireUpload(bucket, key, input.UploadId);
  const algorithm = upload.stored.row.checksumAlgorithm ?? defaultAlgorithm;
  const source = await openSource(context, input, (row) => rangeOf(input, row));
  try {
    const received = await receiveRange(context, call, bucket, source, algorithm);
    const row = await putPart(context, bucket, upload, input.UploadId, number, received, algorithm);
    const result: ChecksumMembers & { ETag: string; LastModified: Date } = {
      ETag: quotedEtag({ md5: row.md5, parts: 0 }),
      LastModified: wholeSecond(row.modifiedMs),
    };
    result[factsOf(algorithm).member] = checksumText({ value: received.checksum, parts: 0 });
    return { output: { CopyPartResult: result, ServerSideEncryption: atRest } };
  } finally {
    source.held.release();
  }
}

/** Whole chunks are shared; a range that cuts one is copied. */
async function receiveRange(
  context: S3Context,
  call: Call<Input>,
  bucket: Bucket,
  source: OpenSource,
  algorithm: ChecksumAlgorithm,
): Promise<Received> {
  const { held, range } = source;
  const bytes = () => bodyOf(context, source.bucket, held, range, () => call.signal);
  const blob = shareRange(source.bucket, held.row, range, bucket);
  if (blob === undefined) {
    return receivePieces(bytes(), range.length, {
      domain: bucket.domain,
      inlineBytesMax: s3Limits.inlineBytesMax,
      algorithm,
      signal: () => call.signal,
    });
  }
  const known = range.length === held.row.size ? knownDigests(held.row, algorithm) : undefined;
  const digests = known ?? (await digestsOf(bytes(), range.length, algorithm));
  return { size: range.length, ...digests, body: { kind: 'blob', blob } };
}

/** @throws InvalidArgument, InvalidRange, InvalidRequest */
function rangeOf(input: Input, row: ObjectRow): ByteRange {
  const range =
    input.CopySourceRange === undefined
      ? { offset: 0, length: row.size }
      : parseCopyRange(input.CopySourceRange, row.size);
  if (range.length > s3Limits.putBytesMax) {
    throw s3Error(
      'InvalidRequest',
      {},
      `The specified copy source is larger than the maximum allowable size for a copy source: ${s3Limits.putBytesMax}`,
    );
  }
  return range;
}
