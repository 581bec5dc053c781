/** Elements of sets and entries of maps in the order in which they are kept, each key once. */
import type { CqlType, Value } from './api.ts';
import { comparatorOf } from './compare.ts';

/** The last of equal elements stays. */
export function sortSet(element: CqlType, elements: readonly Value[]): Value[] {
  const compare = comparatorOf(element);
  const sorted = elements.toSorted(compare);
  return sorted.filter(
    (value, index) => index + 1 === sorted.length || compare(value, sorted[index + 1]!) !== 0,
  );
}

/** Of keys and values in turns: the last entry of equal keys stays. */
export function sortMap(key: CqlType, entries: readonly Value[]): Value[] {
  const compare = comparatorOf(key);
  const pairs: (readonly [Value, Value])[] = [];
  for (let index = 0; index < entries.length; index += 2) pairs.push([entries[index]!, entries[index + 1]!]);
  pairs.sort((left, right) => compare(left[0], right[0]));
  return pairs
    .filter((pair, index) => index + 1 === pairs.length || compare(pair[0], pairs[index + 1]![0]) !== 0)
    .flat();
}
