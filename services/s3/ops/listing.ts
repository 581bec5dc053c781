/** What ListObjects and ListObjectsV2 share: a page of the objects table as the wire shows it. */
import { noBytes, textOf, utf8 } from '../engine/bytes.ts';
import { etagText } from '../engine/etag.ts';
import { type ListPage, type ListQuery, listPage } from '../engine/listing.ts';
import { decodeObjectListing, type ObjectListing } from '../model/object.ts';
import { objectsTable } from '../model/tables.ts';
import type { UploadRow } from '../model/upload.ts';
import type { Bucket } from '../store/buckets.ts';
import type { ListedObject, ListedOwner } from '../wire/list-objects.ts';

export interface Page {
  readonly objects: readonly ListedObject[];
  readonly commonPrefixes: readonly string[];
  readonly truncated: boolean;
  /** Last key or common prefix of a truncated page. */
  readonly last: Uint8Array | undefined;
}

export interface PageOptions {
  readonly prefix: string | undefined;
  readonly delimiter: string | undefined;
  readonly after: Uint8Array | undefined;
  readonly limit: number;
  readonly withOwner: boolean;
}

export async function objectPage(bucket: Bucket, options: PageOptions): Promise<Page> {
  const query: ListQuery = {
    prefix: utf8(options.prefix ?? ''),
    delimiter: utf8(options.delimiter ?? ''),
    after: options.after,
    limit: options.limit,
  };
  const page = await listPage(bucket.domain.cursor(objectsTable, noBytes, {}), query);
  const owner = options.withOwner ? ownerOf(bucket) : undefined;
  return {
    objects: page.entries.map((entry) => listedObject(textOf(entry.sort), entry.projection, owner)),
    commonPrefixes: page.commonPrefixes.map(textOf),
    truncated: page.truncated,
    last: lastOf(page),
  };
}

export function ownerOf(bucket: Bucket): ListedOwner {
  return { id: bucket.row.ownerId, displayName: bucket.row.ownerName };
}

/** Who began an upload. */
export function initiatorOf(bucket: Bucket, { initiator }: Pick<UploadRow, 'initiator'>): ListedOwner {
  if (initiator === undefined) return ownerOf(bucket);
  return { id: initiator.userId, displayName: initiator.displayName };
}

export function delimiterOf(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function lastOf(page: ListPage): Uint8Array | undefined {
  return page.truncated ? page.last : undefined;
}

function listedObject(key: string, projection: Uint8Array, owner: ListedOwner | undefined): ListedObject {
  return shownListing(key, decodeObjectListing(projection), owner);
}

export function shownListing(
  key: string,
  listing: ObjectListing,
  owner: ListedOwner | undefined,
): ListedObject {
  return {
    key,
    size: listing.size,
    modifiedMs: listing.modifiedMs,
    etag: etagText(listing.etag),
    storageClass: listing.storageClass,
    checksumAlgorithm: listing.checksumAlgorithm,
    checksumType: listing.checksumType,
    owner,
  };
}
