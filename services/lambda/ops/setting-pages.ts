/**
 * `Marker` and `MaxItems` of listings. A marker says after which name the next page begins, so it holds whatever changes meanwhile; it is
 * one listing's own.
 */
import { parameterError, requireRange } from '../engine/requirements.ts';
import { settingLimits } from '../engine/setting-limits.ts';
import { type Members, numberOf, textOf } from './operation.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  /** `NextMarker`, for an output's members. */
  readonly next: { readonly NextMarker?: string };
}

/**
 * @param open names and what is there to be shown, in the order of names
 * @throws AwsError
 */
export async function pageOf<Item>(
  input: Members,
  listing: string,
  open: (after: string | undefined) => AsyncIterable<readonly [name: string, item: Item]>,
): Promise<Page<Item>> {
  const limit = numberOf(input, 'MaxItems') ?? settingLimits.pageDefault;
  requireRange(limit, 'maxItems', 1, settingLimits.pageMax);
  const items: Item[] = [];
  let last = '';
  for await (const [name, item] of open(afterOf(input, listing))) {
    if (items.length === limit) return { items, next: { NextMarker: markerOf(listing, last) } };
    items.push(item);
    last = name;
  }
  return { items, next: {} };
}

function markerOf(listing: string, last: string): string {
  return Buffer.from(JSON.stringify([listing, last])).toString('base64url');
}

function afterOf(input: Members, listing: string): string | undefined {
  const marker = textOf(input, 'Marker');
  if (marker === undefined || marker === '') return undefined;
  try {
    if (marker.length <= settingLimits.markerCharsMax) {
      const read: unknown = JSON.parse(Buffer.from(marker, 'base64url').toString('utf8'));
      if (Array.isArray(read) && read[0] === listing && typeof read[1] === 'string') return read[1];
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw parameterError('Invalid value for Marker: it is not one that this listing gave.');
}
