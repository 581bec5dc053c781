/**
 * A page of versions: one walk over two indexes at once, of the current objects and of `s3.versions`, which holds all others
 * and the current delete markers. Keys ascend, versions of a key go from new to old. Both walks jump over what a common
 * prefix folds, so a page costs as many steps as it shows entries, and memory for no more.
 *
 * The walks take no turns with writers: the tables' cursors answer at once, so nothing changes while a page is made. Only the
 * head that says where a page begins is read before, and the page is made again if that changed meanwhile.
 */
import type { IndexCursor, IndexEntry } from '@hypergate/table';
import {
  type Bytes,
  compareBytes,
  equalBytes,
  noBytes,
  prefixEnd,
  startsWith,
  successor,
} from '../engine/bytes.ts';
import { commonPrefixOf } from '../engine/listing.ts';
import { isNullVersion, sequenceOf } from '../engine/version-id.ts';
import { s3Limits } from '../limits.ts';
import { decodeObjectListing, type ObjectListing, type ObjectRow } from '../model/object.ts';
import { escapedKey, objectsTable, versionKey, versionOf, versionsTable } from '../model/tables.ts';
import type { Bucket } from './buckets.ts';
import { findHead } from './find-version.ts';

export interface VersionQuery {
  readonly prefix: Bytes;
  /** Empty for none. */
  readonly delimiter: Bytes;
  /** Nothing before this key is shown, nor the key itself but for versions older than `version`. */
  readonly after: { readonly key: Bytes; readonly version: Bytes | undefined } | undefined;
  /** Versions, delete markers and common prefixes together. */
  readonly limit: number;
}

export interface VersionEntry {
  readonly key: Bytes;
  readonly listing: ObjectListing;
  readonly isLatest: boolean;
}

export interface VersionPage {
  readonly entries: readonly VersionEntry[];
  readonly commonPrefixes: readonly Bytes[];
  readonly truncated: boolean;
  /** The `after` of the next page of a truncated one; its version is undefined behind a common prefix. */
  readonly last: VersionQuery['after'];
}

/** Where the walks begin. */
interface Start {
  readonly objects: Bytes;
  readonly versions: Bytes;
  /** Key whose current version was shown before. */
  readonly shown: Bytes | undefined;
}

export async function versionPage(bucket: Bucket, query: VersionQuery): Promise<VersionPage> {
  const { after } = query;
  if (query.limit === 0) return emptyPage;
  if (after === undefined || compareBytes(after.key, query.prefix) < 0) {
    return walk(bucket, query, startAt(query.prefix));
  }
  const folded = commonPrefixOf(after.key, query);
  if (folded !== undefined) {
    const end = prefixEnd(folded);
    return end === undefined ? emptyPage : walk(bucket, query, startAt(end));
  }
  if (after.version === undefined) return walk(bucket, query, startAt(successor(after.key)));
  for (let attempt = 1; ; attempt += 1) {
    const head = await findHead(bucket, after.key);
    const page = await walk(bucket, query, startInside(after.key, after.version, head?.row));
    const again = await findHead(bucket, after.key);
    // A key that changes all the time is shown as it was when the page was made.
    if (again?.revision === head?.revision || attempt === s3Limits.conflictRetriesMax) return page;
  }
}

const emptyPage: VersionPage = { entries: [], commonPrefixes: [], truncated: false, last: undefined };

function startAt(key: Bytes): Start {
  return { objects: key, versions: escapedKey(key), shown: undefined };
}

/** Behind one version of a key. A null version that is gone left no place behind: the key is shown from its newest. */
function startInside(key: Bytes, version: Bytes, head: ObjectRow | undefined): Start {
  if (head === undefined) return startAt(successor(key));
  const sequence = isNullVersion(version) ? nullSequenceOf(head) : sequenceOf(version);
  if (sequence === 0 || head.sequence < sequence) return startAt(key);
  const versions = versionKey(key, sequence - 1).sort;
  return { objects: successor(key), versions, shown: key };
}

function nullSequenceOf(head: ObjectRow): number {
  return isNullVersion(head.versionId) ? head.sequence : head.nullSequence;
}

async function walk(bucket: Bucket, query: VersionQuery, start: Start): Promise<VersionPage> {
  const objects = new Walk(bucket.domain.cursor(objectsTable, noBytes, {}), (sort) => sort);
  const versions = new Walk(bucket.domain.cursor(versionsTable, noBytes, {}), (sort) => versionOf(sort).key);
  objects.seek(start.objects);
  versions.seek(start.versions);
  const entries: VersionEntry[] = [];
  const commonPrefixes: Bytes[] = [];
  let last: VersionQuery['after'];
  let { shown } = start;
  let current: Bytes | undefined;
  for (;;) {
    // Awaited only when there is something to wait for: a walk in memory is one moment.
    if (objects.waiting !== undefined) await objects.waiting;
    if (versions.waiting !== undefined) await versions.waiting;
    const isObject = comesFirst(objects.key, versions.key);
    const from = isObject ? objects : versions;
    const { key, entry } = from;
    if (key === undefined || entry === undefined || !startsWith(key, query.prefix)) {
      return { entries, commonPrefixes, truncated: false, last: undefined };
    }
    const folded = commonPrefixOf(key, query);
    const isFirst = shown === undefined || !equalBytes(shown, key);
    const listing = decodeObjectListing(entry.projection);
    if (folded === undefined && !isObject && !isFirst && isSame(current, listing.versionId)) {
      // One version in both walks: they saw two moments, between which it moved.
      versions.step();
      continue;
    }
    if (entries.length + commonPrefixes.length === query.limit) {
      return { entries, commonPrefixes, truncated: true, last };
    }
    if (folded === undefined) {
      entries.push({ key, listing, isLatest: isFirst });
      last = { key, version: listing.versionId };
      if (isFirst) current = isObject ? listing.versionId : undefined;
      shown = key;
      from.step();
      continue;
    }
    commonPrefixes.push(folded);
    last = { key: folded, version: undefined };
    const end = prefixEnd(folded);
    if (end === undefined) return { entries, commonPrefixes, truncated: false, last: undefined };
    objects.seek(end);
    versions.seek(escapedKey(end));
  }
}

function comesFirst(object: Bytes | undefined, version: Bytes | undefined): boolean {
  if (object === undefined) return false;
  return version === undefined || compareBytes(object, version) <= 0;
}

function isSame(current: Bytes | undefined, versionId: Bytes): boolean {
  return current !== undefined && equalBytes(current, versionId);
}

/** A cursor with the entry it stands at, once `waiting` is over. */
class Walk {
  readonly #cursor: IndexCursor;
  readonly #keyOf: (sort: Bytes) => Bytes;
  entry: IndexEntry | undefined;
  key: Bytes | undefined;
  waiting: Promise<void> | undefined;

  constructor(cursor: IndexCursor, keyOf: (sort: Bytes) => Bytes) {
    this.#cursor = cursor;
    this.#keyOf = keyOf;
  }

  seek(sort: Bytes): void {
    this.#cursor.seek(sort);
    this.step();
  }

  step(): void {
    const next = this.#cursor.next();
    if (!(next instanceof Promise)) {
      this.#stand(next);
      return;
    }
    this.waiting = next.then((entry) => {
      this.waiting = undefined;
      this.#stand(entry);
    });
  }

  #stand(entry: IndexEntry | undefined): void {
    this.entry = entry;
    this.key = entry === undefined ? undefined : this.#keyOf(entry.sort);
  }
}
