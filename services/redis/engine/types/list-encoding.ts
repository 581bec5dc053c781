/**
 * The encoding redis-server 7.2 would have chosen for a list. It is sticky: a list that grew too large for one listpack
 * becomes one again only at half the limit, so the list-changes.ts keep it with every change, as Redis does.
 */
import type { Config } from '../config.ts';
import type { ListValue } from './list-value.ts';
import { exceedsFill, fitsHalfFill } from './listpack-size.ts';

export function listEncoding(list: ListValue, config: Config): 'listpack' | 'quicklist' {
  if (list.packed === undefined) settle(list, config.number('list-max-listpack-size'));
  return list.packed ? 'listpack' : 'quicklist';
}

/** Before `count` elements of `bytes` bytes are added. @param fill `list-max-listpack-size` */
export function listGrows(list: ListValue, fill: number, bytes: number, count: number): void {
  if (list.packed === false) return;
  list.packed = !exceedsFill(fill, list.packedBytes + bytes, list.size + count);
}

/** After elements were removed. */
export function listShrank(list: ListValue, fill: number): void {
  if (list.packed === true) return;
  if (list.packed === undefined) settle(list, fill);
  if (!list.packed && fitsHalfFill(fill, list.packedBytes, list.size)) list.packed = true;
}

function settle(list: ListValue, fill: number): void {
  list.packed = !exceedsFill(fill, list.packedBytes, list.size);
}
