/**
 * Pages of listings. A marker says after which entry the next page begins, so it holds whatever changes meanwhile; that it belongs
 * to this listing is checked.
 */
import { createHash } from 'node:crypto';
import type { IndexCursor, IndexEntry, ScanOptions } from '@hypergate/table';
import { kmsError } from '../engine/errors.ts';
import { type Input, numberOf, textOf } from '../engine/input.ts';

const version = 1;
const tagBytes = 16;

/** Names what is listed: operation, account, and what narrows it. */
export type ListingName = readonly string[];

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Members of every listing's answer. */
  readonly more: { readonly Truncated: boolean; readonly NextMarker?: string };
}

export interface PageQuery {
  readonly input: Input;
  readonly name: ListingName;
  readonly entriesDefault: number;
  readonly entriesMax: number;
}

/**
 * @param open a cursor over what comes after the marker
 * @param read what an entry shows; undefined when it is gone, or not for this caller
 * @throws KmsError InvalidMarkerException
 */
export async function readPage<Item>(
  query: PageQuery,
  open: (options: ScanOptions) => IndexCursor,
  read: (entry: IndexEntry) => Promise<Item | undefined>,
): Promise<Page<Item>> {
  const limit = limitOf(query);
  const after = readMarker(query);
  const cursor = open(after === undefined ? {} : { gt: after });
  const items: Item[] = [];
  let last: Uint8Array | undefined;
  for (;;) {
    const entry = await cursor.next();
    if (entry === undefined) return { items, more: { Truncated: false } };
    const item = await read(entry);
    if (item === undefined) continue;
    // One more than the page: only then is there another.
    if (items.length === limit)
      return { items, more: { Truncated: true, NextMarker: marker(query.name, last!) } };
    items.push(item);
    last = entry.sort;
  }
}

/** The same of a list in memory, in the order of these names. */
export function pageOf<Item>(
  query: PageQuery,
  all: readonly Item[],
  nameOf: (item: Item) => string,
): Page<Item> {
  const limit = limitOf(query);
  const after = readMarker(query);
  const rest =
    after === undefined ? all : all.filter((item) => Buffer.compare(Buffer.from(nameOf(item)), after) > 0);
  const items = rest.slice(0, limit);
  if (rest.length <= limit) return { items, more: { Truncated: false } };
  const last = Buffer.from(nameOf(items.at(-1)!));
  return { items, more: { Truncated: true, NextMarker: marker(query.name, last) } };
}

function limitOf({ input, entriesDefault, entriesMax }: PageQuery): number {
  return Math.min(numberOf(input, 'Limit') ?? entriesDefault, entriesMax);
}

function marker(name: ListingName, last: Uint8Array): string {
  return Buffer.concat([Buffer.of(version), tag(name, last), last]).toString('base64url');
}

/** @throws KmsError InvalidMarkerException */
function readMarker({ input, name }: PageQuery): Uint8Array | undefined {
  const text = textOf(input, 'Marker');
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  const last = bytes.subarray(1 + tagBytes);
  const isOurs =
    bytes.length > 1 + tagBytes &&
    bytes[0] === version &&
    bytes.toString('base64url') === text &&
    tag(name, last).equals(bytes.subarray(1, 1 + tagBytes));
  if (!isOurs) throw kmsError('InvalidMarkerException');
  return last;
}

/** Keeps markers of one listing out of another; what a marker leads to is decided by the listing, not by it. */
function tag(name: ListingName, last: Uint8Array): Buffer {
  const hash = createHash('sha256').update('hypergate/kms/marker/v1').update(JSON.stringify(name));
  return hash.update(Buffer.of(0)).update(last).digest().subarray(0, tagBytes);
}
