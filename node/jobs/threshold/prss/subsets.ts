/**
 * The sets of n - t custodians that share a key: whichever t are faulty, the set of all others has none of them, and of every other set
 * a faulty custodian knows the key.
 */
import type { Committee } from '../committee.ts';
import { invert, modulo } from '../groups/index.ts';

/** Indices of its members, ascending. */
export type Subset = readonly number[];

const enumerated = new Map<string, readonly Subset[]>();

/** All sets of n - t, in lexicographic order: the position of a set in it names the set. */
export function subsetsOf({ members, threshold }: Committee): readonly Subset[] {
  const n = members.length;
  const name = `${n}/${threshold}`;
  const known = enumerated.get(name);
  if (known !== undefined) return known;
  const found: number[][] = [];
  const extend = (chosen: number[], next: number): void => {
    if (chosen.length === n - threshold) {
      found.push(chosen);
      return;
    }
    for (let index = next; index <= n; index += 1) extend([...chosen, index], index + 1);
  };
  extend([], 1);
  enumerated.set(name, found);
  return found;
}

/** Positions of the sets that have all these members. */
export function positionsWith(committee: Committee, ...members: readonly number[]): number[] {
  return subsetsOf(committee).flatMap((subset, position) =>
    members.every((member) => subset.includes(member)) ? [position] : [],
  );
}

/** At place x the polynomial of degree t that is 1 at 0, and 0 at those who are not in the set. */
export function subsetPolynomialAt(committee: Committee, subset: Subset, x: number, order: bigint): bigint {
  let [above, below] = [1n, 1n];
  for (const { index } of committee.members) {
    if (subset.includes(index)) continue;
    above *= BigInt(index - x);
    below *= BigInt(index);
  }
  return modulo(above * invert(below, order), order);
}
