/**
 * Which parts of which trees a proof must show for its items, in an order that prover and verifier both derive. Runs in
 * browsers.
 *
 * For each shard in the order of their domains: its global tree under the domain itself; then, if any item is a vertex, the
 * vertex adds and the vertex removes, both under the same prefixes; the same of hyperedges. The prefix of an item that is
 * present is its key, slot ‖ incarnation: one add, no remove. That of an absent one is its slot: every add has its remove.
 */
import { phaseCodes } from './format/v1/shard.ts';

export interface PlannedItem {
  readonly slot: Uint8Array;
  readonly kind: 'vertex' | 'hyperedge';
  /** undefined: absent. */
  readonly incarnation: Uint8Array | undefined;
}

export interface PlannedTree {
  /** undefined: the global tree. */
  readonly set: number | undefined;
  /** In order, none twice. */
  readonly prefixes: readonly Uint8Array[];
}

const setsOf = {
  vertex: [phaseCodes['vertex-adds'], phaseCodes['vertex-removes']],
  hyperedge: [phaseCodes['hyperedge-adds'], phaseCodes['hyperedge-removes']],
} as const;

export function itemPrefix({ slot, incarnation }: PlannedItem): Uint8Array {
  if (incarnation === undefined) return slot;
  const key = new Uint8Array(slot.length + incarnation.length);
  key.set(slot);
  key.set(incarnation, slot.length);
  return key;
}

/** Of one shard. */
export function planTrees(domain: Uint8Array, items: readonly PlannedItem[]): PlannedTree[] {
  const trees: PlannedTree[] = [{ set: undefined, prefixes: [domain] }];
  for (const kind of ['vertex', 'hyperedge'] as const) {
    const prefixes = items.filter((item) => item.kind === kind).map(itemPrefix);
    if (prefixes.length === 0) continue;
    prefixes.sort(compareBytes);
    for (const set of setsOf[kind]) trees.push({ set, prefixes });
  }
  return trees;
}

/** Bytewise, a shorter one before what it begins. */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const common = Math.min(left.length, right.length);
  for (let at = 0; at < common; at++) {
    const difference = (left[at] as number) - (right[at] as number);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
