/**
 * Which parts of which trees a proof must show for its items: prover and verifier both derive it. Runs in browsers.
 *
 * Of each shard with a vertex among its items the vertex adds and the vertex removes, both under the same prefixes; of each
 * with a hyperedge those of hyperedges; then each global tree that a shard names, under the domains of those shards. The prefix of
 * an item that is present is its key, slot ‖ incarnation: one add, no remove. That of an absent one is its slot: every add
 * has its remove. Trees stand in the order of domain and set, global ones behind, in the order of their numbers: that of a
 * tree proof.
 */
import { phaseCodes } from './format/v1/shard.ts';

export interface PlannedItem {
  readonly slot: Uint8Array;
  readonly kind: 'vertex' | 'hyperedge';
  /** undefined: absent. */
  readonly incarnation: Uint8Array | undefined;
}

export interface PlannedShard {
  readonly domain: Uint8Array;
  readonly globalTree: number;
  readonly items: readonly PlannedItem[];
}

export type PlannedTree = (
  | { readonly kind: 'phase'; readonly shard: number; readonly set: number }
  | { readonly kind: 'global'; readonly index: number }
) & {
  /** Rising, none twice. */
  readonly prefixes: readonly Uint8Array[];
};

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

/** @param shards in the order of their domains */
export function planTrees(shards: readonly PlannedShard[]): PlannedTree[] {
  const trees = shards.flatMap(({ items }, shard) => planShard(shard, items));
  const globals = new Map<number, Uint8Array[]>();
  for (const { domain, globalTree } of shards) {
    globals.set(globalTree, [...(globals.get(globalTree) ?? []), domain]);
  }
  const sorted = [...globals].sort(([left], [right]) => left - right);
  return [...trees, ...sorted.map(([index, prefixes]): PlannedTree => ({ kind: 'global', index, prefixes }))];
}

function planShard(shard: number, items: readonly PlannedItem[]): PlannedTree[] {
  const trees: PlannedTree[] = [];
  for (const kind of ['vertex', 'hyperedge'] as const) {
    const prefixes = items.filter((item) => item.kind === kind).map(itemPrefix);
    if (prefixes.length === 0) continue;
    prefixes.sort(compareBytes);
    for (const set of setsOf[kind]) trees.push({ kind: 'phase', shard, set, prefixes });
  }
  return trees;
}

/** Where a prefix stands in the plan: part and place, or undefined. */
export function findPart(
  plan: readonly PlannedTree[],
  is: (tree: PlannedTree) => boolean,
  prefix: Uint8Array,
): readonly [part: number, at: number] | undefined {
  const part = plan.findIndex(is);
  const at = plan[part]?.prefixes.findIndex((one) => compareBytes(one, prefix) === 0) ?? -1;
  return at < 0 ? undefined : [part, at];
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
