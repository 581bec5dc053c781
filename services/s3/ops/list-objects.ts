/** ListObjects and ListObjectsV2. */
import type { OperationRow } from '@hypergate/kit';
import { textOf, utf8 } from '../engine/bytes.ts';
import { invalidArgument } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { S3Context } from '../store/context.ts';
import { decodeToken, encodeToken } from '../wire/continuation-token.ts';
import { encodeListObjects, encodeListObjectsV2 } from '../wire/list-objects.ts';
import { type BucketInput, bucketRow, pageSize, urlEncoded, xmlReply } from './common.ts';
import { delimiterOf, objectPage } from './listing.ts';

interface CommonInput extends BucketInput {
  readonly Prefix?: string;
  readonly Delimiter?: string;
  readonly EncodingType?: string;
  readonly MaxKeys?: number;
}

interface V1Input extends CommonInput {
  readonly Marker?: string;
}

interface V2Input extends CommonInput {
  readonly ContinuationToken?: string;
  readonly StartAfter?: string;
  readonly FetchOwner?: boolean;
}

export function listObjects(context: S3Context): OperationRow<V1Input, unknown> {
  return bucketRow<V1Input>(context, 'ListObjects', 's3:ListBucket', async (call, bucket) => {
    const { input } = call;
    const encoded = urlEncoded(input.EncodingType);
    const maxKeys = pageSize(input.MaxKeys, 'maxKeys', s3Limits.pageEntriesMax);
    const delimiter = delimiterOf(input.Delimiter);
    const page = await objectPage(bucket, {
      prefix: input.Prefix,
      delimiter,
      after: input.Marker === undefined || input.Marker === '' ? undefined : utf8(input.Marker),
      limit: maxKeys,
      withOwner: true,
    });
    // Without a delimiter the last key of the page is the next marker, and S3 leaves it to the client to see that.
    const nextMarker = delimiter !== undefined && page.last !== undefined ? textOf(page.last) : undefined;
    return xmlReply(
      encodeListObjects({
        bucket: bucket.name,
        prefix: input.Prefix ?? '',
        marker: input.Marker ?? '',
        nextMarker,
        delimiter,
        maxKeys,
        urlEncoded: encoded,
        truncated: page.truncated,
        objects: page.objects,
        commonPrefixes: page.commonPrefixes,
      }),
      { 'x-amz-bucket-region': bucket.row.region },
    );
  });
}

export function listObjectsV2(context: S3Context): OperationRow<V2Input, unknown> {
  return bucketRow<V2Input>(context, 'ListObjectsV2', 's3:ListBucket', async (call, bucket) => {
    const { input } = call;
    const encoded = urlEncoded(input.EncodingType);
    const maxKeys = pageSize(input.MaxKeys, 'maxKeys', s3Limits.pageEntriesMax);
    const delimiter = delimiterOf(input.Delimiter);
    const page = await objectPage(bucket, {
      prefix: input.Prefix,
      delimiter,
      after: startOf(input),
      limit: maxKeys,
      withOwner: input.FetchOwner === true,
    });
    return xmlReply(
      encodeListObjectsV2({
        bucket: bucket.name,
        prefix: input.Prefix ?? '',
        startAfter: input.StartAfter,
        continuationToken: input.ContinuationToken,
        nextContinuationToken: page.last === undefined ? undefined : encodeToken(page.last),
        delimiter,
        maxKeys,
        urlEncoded: encoded,
        truncated: page.truncated,
        objects: page.objects,
        commonPrefixes: page.commonPrefixes,
      }),
      { 'x-amz-bucket-region': bucket.row.region },
    );
  });
}

/** A token goes before start-after; an empty one is none. @throws InvalidArgument */
function startOf(input: V2Input): Uint8Array | undefined {
  if (input.ContinuationToken !== undefined && input.ContinuationToken !== '') {
    const last = decodeToken(input.ContinuationToken);
    if (last !== undefined) return last;
    throw invalidArgument(
      'The continuation token provided is incorrect',
      'continuation-token',
      input.ContinuationToken,
    );
  }
  return input.StartAfter === undefined || input.StartAfter === '' ? undefined : utf8(input.StartAfter);
}
