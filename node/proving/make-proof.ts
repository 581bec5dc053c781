/** A proof of the last frame, if it shows what its items hold. */
import { shardL1 } from '../hypergraph/shard-key.ts';
import { contentHash } from './atom-content.ts';
import { sameBytes } from './format/bytes.ts';
import { encodeProof, isZero, type ProvenItem, type ProvenShard } from './format/v1/proof.ts';
import { globalLevels, globalPath, phaseCodes } from './format/v1/shard.ts';
import type { FrameMaker } from './frame-maker.ts';
import { type FrameEntry, type FrameTrees, globalTree, shardsTree } from './frame-trees.ts';
import type { ItemContent } from './messages.ts';
import { compareBytes, itemPrefix, type PlannedItem, planTrees } from './proof-plan.ts';

interface Group {
  readonly domain: Uint8Array;
  readonly items: readonly ItemContent[];
}

const shownSets = Object.values(phaseCodes);

/**
 * @returns undefined when the frame shows something else, or there is none
 * @throws RangeError for more than fits a proof
 */
export async function makeProof(
  contents: readonly ItemContent[],
  withDelay: boolean,
  maker: FrameMaker,
  trees: FrameTrees,
): Promise<Uint8Array | undefined> {
  const record = maker.last;
  if (record === undefined) return undefined;
  const groups = groupByDomain(contents);
  const plans = groups.map(({ domain, items }) => planTrees(domain, items.map(planned)));
  const globals = groups.map(({ domain }) => shardL1(domain)[0]);
  const parts = plans.flatMap((plan, at) =>
    plan.map(({ set, prefixes }) => ({
      tree:
        set === undefined
          ? globalTree(globals[at] as number)
          : { domain: groups[at]?.domain as Uint8Array, set },
      prefixes,
    })),
  );
  const { bytes, entries } = await trees.prove(parts);
  const levels = globalLevels(record.globalRoots);
  const shards: ProvenShard[] = [];
  let part = 0;
  for (const [at, { domain, items }] of groups.entries()) {
    const plan = plans[at] as ReturnType<typeof planTrees>;
    const found = entries.slice(part, part + plan.length);
    part += plan.length;
    const known = await trees.entry(shardsTree, domain);
    if (known === undefined || !shows(plan, found, items)) return undefined;
    const proven = new Set(plan.map(({ set }) => set));
    const roots: (Uint8Array | undefined)[] = [];
    for (const set of shownSets) {
      const root = proven.has(set) ? undefined : await trees.root({ domain, set });
      roots.push(root === undefined || isZero(root) ? undefined : root);
    }
    const globalIndex = globals[at] as number;
    shards.push({
      domain,
      position: known.revision,
      logHead: known.dataHash,
      globalTree: globalIndex,
      globalPath: globalPath(levels, globalIndex),
      roots,
    });
  }
  return encodeProof({
    genesisBytes: maker.genesisBytes,
    frame: record.frame,
    delay: withDelay ? record.delay : undefined,
    shards,
    items: contents.map((item) => provenItem(item, groups)),
    treeProof: bytes,
  });
}

function groupByDomain(contents: readonly ItemContent[]): Group[] {
  const groups = new Map<string, ItemContent[]>();
  for (const item of contents) {
    const name = Buffer.from(item.domain).toString('hex');
    const group = groups.get(name) ?? [];
    groups.set(name, group);
    group.push(item);
  }
  return [...groups.values()]
    .map((items) => ({ domain: (items[0] as ItemContent).domain, items }))
    .sort((left, right) => compareBytes(left.domain, right.domain));
}

function planned({ slot, kind, atom }: ItemContent): PlannedItem {
  return { slot, kind, incarnation: atom?.incarnation };
}

/** Whether the entries say of each item what it holds. */
function shows(
  plan: ReturnType<typeof planTrees>,
  found: readonly (readonly (readonly FrameEntry[])[])[],
  items: readonly ItemContent[],
): boolean {
  const under = (set: number, prefix: Uint8Array): readonly FrameEntry[] => {
    const at = plan.findIndex((tree) => tree.set === set);
    const prefixAt = plan[at]?.prefixes.findIndex((one) => sameBytes(one, prefix)) ?? -1;
    return found[at]?.[prefixAt] ?? [];
  };
  return items.every((item) => {
    const prefix = itemPrefix(planned(item));
    const isVertex = item.kind === 'vertex';
    const adds = under(phaseCodes[isVertex ? 'vertex-adds' : 'hyperedge-adds'], prefix);
    const removes = under(phaseCodes[isVertex ? 'vertex-removes' : 'hyperedge-removes'], prefix);
    const { atom } = item;
    if (atom === undefined) {
      return (
        adds.length === removes.length &&
        adds.every(({ key }, at) => sameBytes(key, removes[at]?.key as Uint8Array))
      );
    }
    const [entry] = adds;
    if (entry === undefined || removes.length > 0) return false;
    return (
      entry.revision === atom.revision &&
      sameBytes(entry.dataHash, contentHash(item.slot, item.kind, atom.content))
    );
  });
}

function provenItem({ domain, slot, kind, atom }: ItemContent, groups: readonly Group[]): ProvenItem {
  const shard = groups.findIndex((group) => sameBytes(group.domain, domain));
  const state =
    atom === undefined ? ({ state: 'absent' } as const) : ({ state: 'present', ...atom } as const);
  return { shard, slot, kind, ...state };
}
