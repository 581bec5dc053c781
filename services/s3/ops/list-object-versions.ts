/** ListObjectVersions: every version and delete marker of a bucket; without versioning each object is its own, with the id `null`. */
import type { OperationRow } from '@hypergate/kit';
import { textOf, utf8 } from '../engine/bytes.ts';
import { versionIdOf, versionIdText } from '../engine/version-id.ts';
import { invalidArgument } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { type VersionEntry, type VersionQuery, versionPage } from '../store/list-versions.ts';
import { encodeListVersions, type ListedOwner, type ListedVersion } from '../wire/list-objects.ts';
import { type BucketInput, bucketRow, pageSize, urlEncoded, xmlReply } from './common.ts';
import { delimiterOf, ownerOf, shownListing } from './listing.ts';

interface Input extends BucketInput {
  readonly Prefix?: string;
  readonly Delimiter?: string;
  readonly EncodingType?: string;
  readonly MaxKeys?: number;
  readonly KeyMarker?: string;
  readonly VersionIdMarker?: string;
}

export function listObjectVersions(context: S3Context): OperationRow<Input, unknown> {
  return bucketRow<Input>(context, 'ListObjectVersions', 's3:ListBucketVersions', async ({ input }, bucket) =>
    xmlReply(await answer(input, bucket)),
  );
}

async function answer(input: Input, bucket: Bucket): Promise<string> {
  const encoded = urlEncoded(input.EncodingType);
  const maxKeys = pageSize(input.MaxKeys, 'maxKeys', s3Limits.pageEntriesMax);
  const delimiter = delimiterOf(input.Delimiter);
  const page = await versionPage(bucket, {
    prefix: utf8(input.Prefix ?? ''),
    delimiter: utf8(delimiter ?? ''),
    after: markerOf(input),
    limit: maxKeys,
  });
  const owner = ownerOf(bucket);
  const { last } = page;
  return encodeListVersions({
    bucket: bucket.name,
    prefix: input.Prefix ?? '',
    keyMarker: input.KeyMarker ?? '',
    versionIdMarker: input.VersionIdMarker ?? '',
    nextKeyMarker: last === undefined ? undefined : textOf(last.key),
    nextVersionIdMarker: last?.version === undefined ? undefined : versionIdText(last.version),
    delimiter,
    maxKeys,
    urlEncoded: encoded,
    truncated: page.truncated,
    objects: page.entries.map((entry) => listed(entry, owner)),
    commonPrefixes: page.commonPrefixes.map(textOf),
  });
}

/** @throws InvalidArgument */
function markerOf({ KeyMarker: key = '', VersionIdMarker: version = '' }: Input): VersionQuery['after'] {
  if (key === '') {
    if (version === '') return undefined;
    throw invalidArgument(
      'A version-id marker cannot be specified without a key marker.',
      'version-id-marker',
      version,
    );
  }
  if (version === '') return { key: utf8(key), version: undefined };
  const id = versionIdOf(version);
  if (id === undefined) throw invalidArgument('Invalid version id specified', 'version-id-marker', version);
  return { key: utf8(key), version: id };
}

function listed({ key, listing, isLatest }: VersionEntry, owner: ListedOwner): ListedVersion {
  return {
    ...shownListing(textOf(key), listing, owner),
    versionId: versionIdText(listing.versionId),
    isLatest,
    deleteMarker: listing.deleteMarker,
  };
}
