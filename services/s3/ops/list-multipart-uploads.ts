/** ListMultipartUploads: by key, then in the order of their initiation. */
import type { OperationRow } from '@hypergate/kit';
import { type Bytes, noBytes, startsWith, successor, textOf, utf8 } from '../engine/bytes.ts';
import { commonPrefixOf, type ListQuery, listPage, listStart } from '../engine/listing.ts';
import { invalidArgument } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import { uploadIdBytes } from '../model/common.ts';
import {
  escapedKey,
  unescapedKey,
  uploadIdOf,
  uploadIdText,
  uploadKey,
  uploadOf,
  uploadSuffixBytes,
  uploadsTable,
} from '../model/tables.ts';
import { decodeUploadListing } from '../model/upload.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { encodeListUploads, type ListedUpload } from '../wire/list-uploads.ts';
import { type BucketInput, bucketRow, pageSize, urlEncoded, xmlReply } from './common.ts';
import { delimiterOf, initiatorOf, ownerOf } from './listing.ts';

interface Input extends BucketInput {
  readonly Prefix?: string;
  readonly Delimiter?: string;
  readonly EncodingType?: string;
  readonly MaxUploads?: number;
  readonly KeyMarker?: string;
  readonly UploadIdMarker?: string;
}

export function listMultipartUploads(context: S3Context): OperationRow<Input, unknown> {
  return bucketRow<Input>(
    context,
    'ListMultipartUploads',
    's3:ListBucketMultipartUploads',
    async ({ input }, bucket) => {
      const encoded = urlEncoded(input.EncodingType);
      const maxUploads = pageSize(input.MaxUploads, 'max-uploads', s3Limits.pageEntriesMax);
      const delimiter = delimiterOf(input.Delimiter);
      const keyMarker = input.KeyMarker ?? '';
      // The walk is over keys as they are stored.
      const query: ListQuery = {
        prefix: escapedKey(utf8(input.Prefix ?? '')),
        delimiter: escapedKey(utf8(delimiter ?? '')),
        after: keyMarker === '' ? undefined : escapedKey(utf8(keyMarker)),
        limit: maxUploads,
        suffixBytes: uploadSuffixBytes,
      };
      const start = startOf(query, input.UploadIdMarker ?? '');
      const page = await listPage(bucket.domain.cursor(uploadsTable, noBytes, {}), query, start);
      const uploads = page.entries.map((entry) => listedUpload(bucket, entry.sort, entry.projection));
      const last =
        page.truncated && page.last !== undefined ? lastOf(page.last, page.entries.at(-1)?.sort) : undefined;
      return xmlReply(
        encodeListUploads({
          bucket: bucket.name,
          keyMarker,
          uploadIdMarker: input.UploadIdMarker ?? '',
          nextKeyMarker: last?.key,
          nextUploadIdMarker: last?.uploadId,
          prefix: input.Prefix ?? '',
          delimiter,
          maxUploads,
          urlEncoded: encoded,
          truncated: page.truncated,
          uploads,
          commonPrefixes: page.commonPrefixes.map((prefix) => textOf(unescapedKey(prefix))),
        }),
      );
    },
  );
}

/** Above every upload id, and below what follows a zero byte in an escaped key. */
const afterAllIds = Buffer.alloc(uploadIdBytes, 0xfe);

/**
 * An upload id counts only with a key marker: behind that upload; without one, behind every upload of the key.
 * @throws InvalidArgument
 */
function startOf(query: ListQuery, uploadIdMarker: string): Bytes | undefined {
  const { after, prefix } = query;
  if (after === undefined || Buffer.compare(after, prefix) < 0) return prefix;
  const folded = commonPrefixOf(after, query);
  if (folded !== undefined) return listStart(query);
  if (!startsWith(after, prefix)) return listStart(query);
  const id = uploadIdOf(uploadIdMarker);
  if (id === undefined && uploadIdMarker !== '') {
    throw invalidArgument('Invalid uploadId marker', 'upload-id-marker', uploadIdMarker);
  }
  return successor(uploadKey(unescapedKey(after), id ?? afterAllIds).sort);
}

/** Markers of the next page: a common prefix has no upload id. */
function lastOf(
  last: Bytes,
  lastUpload: Bytes | undefined,
): { readonly key: string; readonly uploadId: string } {
  if (lastUpload === undefined || Buffer.compare(last, lastUpload) !== 0)
    return { key: textOf(unescapedKey(last)), uploadId: '' };
  const { key, uploadId } = uploadOf(last);
  return { key: textOf(key), uploadId: uploadIdText(uploadId) };
}

function listedUpload(bucket: Bucket, sort: Bytes, projection: Bytes): ListedUpload {
  const { key, uploadId } = uploadOf(sort);
  const listing = decodeUploadListing(projection);
  return {
    key: textOf(key),
    uploadId: uploadIdText(uploadId),
    initiatedMs: listing.initiatedMs,
    storageClass: listing.storageClass,
    checksumAlgorithm: listing.checksumAlgorithm,
    checksumType: listing.checksumAlgorithm === undefined ? undefined : listing.checksumType,
    owner: ownerOf(bucket),
    initiator: initiatorOf(bucket, listing),
  };
}
