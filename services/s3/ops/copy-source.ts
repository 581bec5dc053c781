/** The source of CopyObject and UploadPartCopy: found, allowed by its conditions, and held while it is read. */
import { AwsError, type Call, type ResourceRef } from '@hypergate/kit';
import { checkCopySource } from '../engine/conditions.ts';
import { type CopySource, parseCopySource } from '../engine/copy-source.ts';
import { keyBytes } from '../engine/object-key.ts';
import type { ByteRange } from '../engine/range.ts';
import { invalidArgument, s3Error } from '../errors.ts';
import type { ObjectRow } from '../model/object.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { type HeldObject, holdObject } from '../store/read-body.ts';
import { bucketResource, dateMs, type ObjectInput, objectResource, requireBucket } from './common.ts';

export interface CopySourceInput extends ObjectInput {
  readonly CopySource?: string;
  readonly CopySourceIfMatch?: string;
  readonly CopySourceIfNoneMatch?: string;
  readonly CopySourceIfModifiedSince?: Date;
  readonly CopySourceIfUnmodifiedSince?: Date;
  readonly ExpectedSourceBucketOwner?: string;
}

export interface OpenSource {
  readonly bucket: Bucket;
  readonly held: HeldObject;
  readonly range: ByteRange;
}

/** @throws InvalidArgument */
export function sourceOf(input: CopySourceInput): CopySource {
  const header = input.CopySource;
  if (header === undefined) {
    throw invalidArgument('You must specify a copy source', 'x-amz-copy-source', '');
  }
  const source = parseCopySource(header);
  if (source.versionId !== undefined && source.versionId !== 'null') {
    throw invalidArgument('Invalid version id specified', 'versionId', source.versionId);
  }
  return source;
}

/** @param range which bytes of the source; throws to refuse */
export async function openSource(
  context: S3Context,
  input: CopySourceInput,
  range: (row: ObjectRow) => ByteRange,
): Promise<OpenSource> {
  const source = sourceOf(input);
  const bucket = await requireBucket(context, {
    Bucket: source.bucket,
    ...(input.ExpectedSourceBucketOwner === undefined
      ? {}
      : { ExpectedBucketOwner: input.ExpectedSourceBucketOwner }),
  });
  let wanted: ByteRange | undefined;
  const held = await holdObject(context, bucket, keyBytes(source.key), (row) => {
    if (row === undefined) throw s3Error('NoSuchKey', { Key: source.key });
    checkCopySource(
      {
        ifMatch: input.CopySourceIfMatch,
        ifNoneMatch: input.CopySourceIfNoneMatch,
        ifModifiedSinceMs: dateMs(input.CopySourceIfModifiedSince),
        ifUnmodifiedSinceMs: dateMs(input.CopySourceIfUnmodifiedSince),
      },
      row,
    );
    wanted = range(row);
    return wanted;
  });
  return { bucket, held: held!, range: wanted! };
}

/** Both objects are asked about: the target for writing, the source for reading. */
export async function copyResources(
  context: S3Context,
  call: Call<CopySourceInput>,
): Promise<readonly ResourceRef[]> {
  const target = await objectResource(context, call.input.Bucket, call.input.Key);
  const header = call.input.CopySource ?? call.header('x-amz-copy-source');
  if (header === undefined) return target;
  let source: CopySource;
  try {
    source = parseCopySource(header);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    // The handler answers what is wrong with it; nothing is read from a source without a name.
    return target;
  }
  const found = await bucketResource(context, source.bucket);
  return [
    ...target,
    ...found.map((bucket) => ({ ...bucket, arn: `${bucket.arn}/${source.key}`, action: 's3:GetObject' })),
  ];
}
