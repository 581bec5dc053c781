/**
 * `Marker` and `MaxRecords`. A marker says after which name the next page begins, so it holds whatever changes meanwhile; it is a
 * listing's own.
 */
import { invalidValue } from './errors.ts';
import type { Input } from './input.ts';
import { controlLimits } from './limits.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly marker: string | undefined;
}

/**
 * @param open what comes after a name, in the order of names
 * @param read what is shown of it; undefined for what is not part of the listing
 * @throws AwsError
 */
export async function readPage<Row, Item>(
  input: Input,
  listing: string,
  open: (after: string | undefined) => AsyncIterable<Row> | Iterable<Row>,
  nameOf: (row: Row) => string,
  read: (row: Row) => Promise<Item | undefined> | Item | undefined,
): Promise<Page<Item>> {
  const limit = limitOf(input);
  const items: Item[] = [];
  let last = '';
  for await (const row of open(markerOf(input, listing))) {
    const item = await read(row);
    if (item === undefined) continue;
    if (items.length === limit) return { items, marker: writeMarker(listing, last) };
    items.push(item);
    last = nameOf(row);
  }
  return { items, marker: undefined };
}

/** The same of a list in memory. */
export function pageOf<Row>(
  input: Input,
  listing: string,
  all: readonly Row[],
  nameOf: (row: Row) => string,
): Page<Row> {
  const limit = limitOf(input);
  const after = markerOf(input, listing);
  const begin = after === undefined ? 0 : all.findIndex((row) => nameOf(row) === after) + 1;
  const items = all.slice(begin, begin + limit);
  const more = begin + limit < all.length;
  return { items, marker: more ? writeMarker(listing, nameOf(items.at(-1)!)) : undefined };
}

function limitOf(input: Input): number {
  const { recordsMin, recordsMax } = controlLimits;
  const limit = input.number('MaxRecords') ?? recordsMax;
  if (limit < recordsMin || limit > recordsMax) {
    throw invalidValue(
      `Invalid value ${limit} for MaxRecords. Must be between ${recordsMin} and ${recordsMax}`,
    );
  }
  return limit;
}

function writeMarker(listing: string, last: string): string {
  return Buffer.from(JSON.stringify([listing, last])).toString('base64url');
}

/** @throws AwsError */
function markerOf(input: Input, listing: string): string | undefined {
  const text = input.text('Marker');
  if (text === undefined) return undefined;
  try {
    const [of, last] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[];
    if (of === listing && typeof last === 'string') return last;
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
  }
  throw invalidValue(`The parameter Marker is not valid: ${text.slice(0, 100)}`);
}
