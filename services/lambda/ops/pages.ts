/** `Marker` and `MaxItems`. A marker says behind what the next page begins, so it holds whatever changes meanwhile; it is a listing's own. */
import { Constraints } from '../engine/constraints.ts';
import { lambdaError } from '../engine/errors.ts';
import { type Members, number, text } from '../engine/members.ts';

const itemsAskedMax = 10_000;
const markerCharsMax = 4096;

export interface Entry {
  /** Where it stands in its listing. */
  readonly at: readonly string[];
  readonly item: Members;
}

export interface Page {
  readonly items: readonly Members[];
  readonly marker: string | undefined;
}

/**
 * @param listing operation and what narrows it
 * @param open what comes behind a place
 * @throws AwsError
 */
export async function readPage(
  input: Members,
  listing: readonly string[],
  itemsMax: number,
  open: (after: readonly string[] | undefined) => AsyncIterable<Entry>,
): Promise<Page> {
  const asked = number(input, 'MaxItems');
  new Constraints().range(asked, 'maxItems', 1, itemsAskedMax).check();
  const limit = Math.min(asked ?? itemsMax, itemsMax);
  const items: Members[] = [];
  let last: readonly string[] = [];
  for await (const { at, item } of open(readMarker(input, listing))) {
    if (items.length === limit) return { items, marker: writeMarker(listing, last) };
    items.push(item);
    last = at;
  }
  return { items, marker: undefined };
}

function writeMarker(listing: readonly string[], at: readonly string[]): string {
  return Buffer.from(JSON.stringify([listing, at])).toString('base64url');
}

function readMarker(input: Members, listing: readonly string[]): readonly string[] | undefined {
  const marker = text(input, 'Marker');
  if (marker === undefined || marker === '') return undefined;
  try {
    if (marker.length > markerCharsMax) throw new SyntaxError('too long');
    const [of, at] = JSON.parse(Buffer.from(marker, 'base64url').toString()) as [unknown, unknown];
    const isOurs = JSON.stringify(of) === JSON.stringify(listing);
    if (isOurs && Array.isArray(at) && at.every((part) => typeof part === 'string')) return at;
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
  }
  throw lambdaError('InvalidParameterValueException', 'The marker is not one of this listing.');
}
