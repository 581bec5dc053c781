/** UploadPart: the body into a blob, then the part's record while the upload stands. */
import type { Call, OperationRow, Reply } from '@hypergate/kit';
import {
  type ChecksumAlgorithm,
  type ChecksumMembers,
  checksumText,
  claimedChecksum,
  factsOf,
  refuseUnknownChecksums,
} from '../engine/checksum.ts';
import { quotedEtag } from '../engine/etag.ts';
import { keyBytes } from '../engine/object-key.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { keeping, receive } from '../store/receive.ts';
import { checkPartNumber, putPart, requireUpload } from '../store/uploads.ts';
import {
  atRest,
  claimHeaders,
  type ObjectInput,
  objectRow,
  type ProtectionInput,
  refuseProtection,
} from './common.ts';
import { defaultAlgorithm } from './put-object.ts';

export interface PartInput extends ObjectInput, ProtectionInput {
  readonly UploadId: string;
  readonly PartNumber: number;
}

interface Input extends PartInput, ChecksumMembers {
  readonly ContentMD5?: string;
  readonly ChecksumAlgorithm?: string;
}

export function uploadPart(context: S3Context): OperationRow<Input, unknown> {
  return objectRow<Input>(
    context,
    'UploadPart',
    's3:PutObject',
    (call, bucket) => handle(context, call, bucket),
    {
      streaming: true,
    },
  );
}

async function handle(context: S3Context, call: Call<Input>, bucket: Bucket): Promise<Reply<unknown>> {
  const { input } = call;
  const key = keyBytes(input.Key);
  const number = checkPartNumber(input.PartNumber);
  refuseProtection(input);
  refuseUnknownChecksums(input);
  const upload = await requireUpload(bucket, key, input.UploadId);
  const claim = claimedChecksum(input, claimHeaders(call));
  const wanted = upload.stored.row.checksumAlgorithm;
  if (wanted !== undefined && claim !== undefined && claim.algorithm !== wanted) {
    throw checksumMismatch(wanted, claim.algorithm);
  }
  const algorithm = wanted ?? defaultAlgorithm;
  const received = await receive(call.body, {
    domain: bucket.domain,
    inlineBytesMax: s3Limits.inlineBytesMax,
    contentMd5: input.ContentMD5,
    claim,
    algorithm,
    signal: () => call.signal,
  });
  const row = await keeping(received, context.tables, () =>
    putPart(context, bucket, upload, input.UploadId, number, received, algorithm),
  );
  const output: ChecksumMembers & { ETag: string; ServerSideEncryption: string } = {
    ETag: quotedEtag({ md5: row.md5, parts: 0 }),
    ServerSideEncryption: atRest,
  };
  // A part has no checksum type of its own.
  output[factsOf(algorithm).member] = checksumText({ value: received.checksum, parts: 0 });
  return { output };
}

function checksumMismatch(expected: ChecksumAlgorithm, actual: ChecksumAlgorithm): Error {
  return s3Error(
    'InvalidRequest',
    {},
    `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, actual checksum Type: ${actual.toLowerCase()}`,
  );
}
