/** ListObjectVersions of buckets without versioning: every object is its own latest version, with the id `null`. */
import type { OperationRow } from '@hypergate/kit';
import { textOf, utf8 } from '../engine/bytes.ts';
import { invalidArgument } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { S3Context } from '../store/context.ts';
import { encodeListVersions } from '../wire/list-objects.ts';
import { type BucketInput, bucketRow, pageSize, urlEncoded, xmlReply } from './common.ts';
import { delimiterOf, objectPage } from './listing.ts';

interface Input extends BucketInput {
  readonly Prefix?: string;
  readonly Delimiter?: string;
  readonly EncodingType?: string;
  readonly MaxKeys?: number;
  readonly KeyMarker?: string;
  readonly VersionIdMarker?: string;
}

export function listObjectVersions(context: S3Context): OperationRow<Input, unknown> {
  return bucketRow<Input>(context, 'ListObjectVersions', 's3:ListBucketVersions', async (call, bucket) => {
    const { input } = call;
    const encoded = urlEncoded(input.EncodingType);
    const maxKeys = pageSize(input.MaxKeys, 'maxKeys', s3Limits.pageEntriesMax);
    const delimiter = delimiterOf(input.Delimiter);
    const keyMarker = input.KeyMarker === '' ? undefined : input.KeyMarker;
    const versionIdMarker = input.VersionIdMarker === '' ? undefined : input.VersionIdMarker;
    if (versionIdMarker !== undefined && keyMarker === undefined) {
      throw invalidArgument(
        'A version-id marker cannot be specified without a key marker.',
        'version-id-marker',
        versionIdMarker,
      );
    }
    const page = await objectPage(bucket, {
      prefix: input.Prefix,
      delimiter,
      after: keyMarker === undefined ? undefined : utf8(keyMarker),
      limit: maxKeys,
      withOwner: true,
    });
    const last = page.last === undefined ? undefined : textOf(page.last);
    const endsWithKey = last !== undefined && page.objects.at(-1)?.key === last;
    return xmlReply(
      encodeListVersions({
        bucket: bucket.name,
        prefix: input.Prefix ?? '',
        keyMarker: input.KeyMarker ?? '',
        versionIdMarker: input.VersionIdMarker ?? '',
        nextKeyMarker: last,
        nextVersionIdMarker: endsWithKey ? 'null' : undefined,
        delimiter,
        maxKeys,
        urlEncoded: encoded,
        truncated: page.truncated,
        objects: page.objects,
        commonPrefixes: page.commonPrefixes,
      }),
    );
  });
}
