/** The source of CopyObject and UploadPartCopy: found, allowed by its conditions, and held while it is read. */
import { AwsError, type Call, type ResourceRef } from '@hypergate/kit';
import type { Bytes } from '../engine/bytes.ts';
import { checkCopySource } from '../engine/conditions.ts';
import { type CopySource, parseCopySource } from '../engine/copy-source.ts';
import { keyBytes } from '../engine/object-key.ts';
import type { ByteRange } from '../engine/range.ts';
import { invalidArgument, s3Error } from '../errors.ts';
import type { ObjectRow } from '../model/object.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { type HeldObject, holdObject } from '../store/read-body.ts';
import {
  bucketResource,
  checkVersionId,
  dateMs,
  type ObjectInput,
  objectResource,
  requireBucket,
} from './common.ts';
import { requireVersion } from './object-version.ts';

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
  /** The header named a version. */
  readonly namesVersion: boolean;
}

/** @throws InvalidArgument */
export function sourceOf(input: CopySourceInput): CopySource {
  const header = input.CopySource;
  if (header === undefined) {
    throw invalidArgument('You must specify a copy source', 'x-amz-copy-source', '');
  }
  return parseCopySource(header);
}

/** @param range which bytes of the source; throws to refuse */
export async function openSource(
  context: S3Context,
  input: CopySourceInput,
  range: (row: ObjectRow) => ByteRange,
): Promise<OpenSource> {
  const source = sourceOf(input);
  const version = checkVersionId(source.versionId);
  const bucket = await requireBucket(context, {
    Bucket: source.bucket,
    ...(input.ExpectedSourceBucketOwner === undefined
      ? {}
      : { ExpectedBucketOwner: input.ExpectedSourceBucketOwner }),
  });
  let wanted: ByteRange | undefined;
  const look = (found: ObjectRow | undefined): ByteRange => {
    const row = requireSource(found, source, version);
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
  };
  const held = await holdObject(context, bucket, keyBytes(source.key), look, version);
  return { bucket, held: held!, range: wanted!, namesVersion: version !== undefined };
}

/** @throws NoSuchKey, NoSuchVersion, InvalidRequest */
function requireSource(
  found: ObjectRow | undefined,
  source: CopySource,
  version: Bytes | undefined,
): ObjectRow {
  if (found?.deleteMarker === true && version !== undefined) {
    throw s3Error(
      'InvalidRequest',
      {},
      'The source of a copy request may not specifically refer to a delete marker by version id.',
    );
  }
  return requireVersion(found, { Bucket: source.bucket, Key: source.key }, version, 'GET');
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
  const action = source.versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  return [...target, ...found.map((bucket) => ({ ...bucket, arn: `${bucket.arn}/${source.key}`, action }))];
}
