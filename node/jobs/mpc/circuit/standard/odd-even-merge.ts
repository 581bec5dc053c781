/**
 * Batcher's odd-even merge ("Sorting networks and their applications", 1968) for two ascending lists of any lengths (Knuth, The Art of
 * Computer Programming 3, 5.3.4), as positions that are to be compared, in order.
 */

/** The smaller goes to the first position. */
export type Comparator = readonly [number, number];

/** Merges the first `n` positions with the `m` after them. The ascending order is that of `order`, positions from the least. */
export function oddEvenMerge(
  n: number,
  m: number,
): { readonly comparators: readonly Comparator[]; readonly order: readonly number[] } {
  const comparators: Comparator[] = [];
  const positions = Array.from({ length: n + m }, (_, i) => i);
  const order = merge(positions.slice(0, n), positions.slice(n), comparators);
  return { comparators, order };
}

/** @returns positions in ascending order of what they hold afterwards */
function merge(a: readonly number[], b: readonly number[], comparators: Comparator[]): number[] {
  if (a.length === 0 || b.length === 0) return [...a, ...b];
  if (a.length === 1 && b.length === 1) {
    comparators.push([a[0]!, b[0]!]);
    return [a[0]!, b[0]!];
  }
  const every = (list: readonly number[], first: number) => list.filter((_, i) => i % 2 === first);
  const evens = merge(every(a, 0), every(b, 0), comparators);
  const odds = merge(every(a, 1), every(b, 1), comparators);
  // Interleaved they are e0 o0 e1 o1 ...; every odd one may have to change places with the even one behind it.
  const order: number[] = [];
  for (let i = 0; i < evens.length || i < odds.length; i++) {
    if (i < evens.length) order.push(evens[i]!);
    if (i < odds.length) order.push(odds[i]!);
  }
  for (let i = 1; i + 1 < order.length; i += 2) comparators.push([order[i]!, order[i + 1]!]);
  return order;
}
