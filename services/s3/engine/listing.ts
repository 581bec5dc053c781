/**
 * The listing algorithm shared by ListObjects, ListObjectsV2, ListObjectVersions and ListMultipartUploads: an ordered
 * walk over keys that folds those with a common prefix into one entry and jumps over the fold with a seek, so that a
 * page costs as many steps as it has entries, however many keys are folded.
 */
import { type Bytes, indexOfBytes, prefixEnd, startsWith, successor } from './bytes.ts';

export interface Entry {
  readonly sort: Bytes;
  readonly projection: Bytes;
}

/** An ordered cursor whose `seek` goes to the first entry at or after a key. */
export interface Cursor {
  next(): Entry | undefined | Promise<Entry | undefined>;
  seek(sort: Bytes): void;
}

export interface ListQuery {
  readonly prefix: Bytes;
  /** Empty for none. */
  readonly delimiter: Bytes;
  /** Nothing at or before this is shown, nor a common prefix that this lies in; undefined starts at the beginning. */
  readonly after: Bytes | undefined;
  /** Entries and common prefixes together, 0 to `pageEntriesMax`. */
  readonly limit: number;
  /** Bytes at the end of each sort key that are no part of the object's key (an upload's id); 0 unless given. */
  readonly suffixBytes?: number;
}

export interface ListPage {
  readonly entries: readonly Entry[];
  readonly commonPrefixes: readonly Bytes[];
  readonly truncated: boolean;
  /** Last entry or common prefix shown: the `after` of the next page. Undefined for an empty page. */
  readonly last: Bytes | undefined;
}

/** Where a cursor for the query begins: the first sort key that may be shown, undefined when none can be. */
export function listStart(query: ListQuery): Bytes | undefined {
  const { prefix, after } = query;
  if (after === undefined || Buffer.compare(after, prefix) < 0) return prefix;
  const folded = commonPrefixOf(after, query);
  if (folded !== undefined) return prefixEnd(folded);
  return successor(after);
}

/**
 * @param cursor over the whole partition; entries beyond the prefix end the walk
 * @param start first sort key to look at, for listings with a second marker
 */
export async function listPage(
  cursor: Cursor,
  query: ListQuery,
  start: Bytes | undefined = listStart(query),
): Promise<ListPage> {
  const suffixBytes = query.suffixBytes ?? 0;
  const entries: Entry[] = [];
  const commonPrefixes: Bytes[] = [];
  if (query.limit === 0 || start === undefined)
    return { entries, commonPrefixes, truncated: false, last: undefined };
  cursor.seek(start);
  let last: Bytes | undefined;
  let room = query.limit;
  for (;;) {
    const step = cursor.next();
    const entry = step instanceof Promise ? await step : step;
    if (entry === undefined || !startsWith(entry.sort, query.prefix)) {
      return { entries, commonPrefixes, truncated: false, last };
    }
    if (room === 0) return { entries, commonPrefixes, truncated: true, last };
    room -= 1;
    const key = suffixBytes === 0 ? entry.sort : entry.sort.subarray(0, entry.sort.length - suffixBytes);
    const folded = commonPrefixOf(key, query);
    if (folded === undefined) {
      entries.push(entry);
      last = entry.sort;
      continue;
    }
    commonPrefixes.push(folded);
    last = folded;
    const next = prefixEnd(folded);
    if (next === undefined) return { entries, commonPrefixes, truncated: false, last };
    cursor.seek(next);
  }
}

/** The key up to and with the first delimiter after the prefix; undefined when it has none. */
export function commonPrefixOf(
  key: Bytes,
  query: Pick<ListQuery, 'prefix' | 'delimiter'>,
): Bytes | undefined {
  const { prefix, delimiter } = query;
  if (delimiter.length === 0 || !startsWith(key, prefix)) return undefined;
  const at = indexOfBytes(key, delimiter, prefix.length);
  return at < 0 ? undefined : key.subarray(0, at + delimiter.length);
}
