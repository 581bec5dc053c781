/** Intersection, union and difference of sets. A missing key is an empty set. */
import { SetValue } from './types/set-value.ts';

export type SetInput = SetValue | undefined;

/** Calls for each common member, until `visit` says that it is enough. O(size of the smallest * number of sets). */
export function eachCommon(sets: readonly SetInput[], visit: (member: string) => boolean): void {
  const present = sets.filter((set) => set !== undefined);
  if (present.length < sets.length) return;
  present.sort((a, b) => a.size - b.size);
  const smallest = present[0]!;
  for (const member of smallest.keys) {
    let everywhere = true;
    for (let i = 1; i < present.length && everywhere; i++) {
      const set = present[i]!;
      everywhere = set === smallest || set.has(member);
    }
    if (everywhere && !visit(member)) return;
  }
}

export function intersection(sets: readonly SetInput[]): SetValue {
  const result = new SetValue();
  eachCommon(sets, (member) => {
    result.add(member);
    return true;
  });
  return result;
}

export function union(sets: readonly SetInput[]): SetValue {
  const result = new SetValue();
  for (const set of sets) if (set !== undefined) for (const member of set.keys) result.add(member);
  return result;
}

/** Members of the first that are in no other. */
export function difference(sets: readonly SetInput[]): SetValue {
  const [first, ...others] = sets;
  const result = new SetValue();
  for (const member of first?.keys ?? []) {
    if (!others.some((set) => set?.has(member))) result.add(member);
  }
  return result;
}
