/** A proof of the last frame, if it shows what its items hold. */
import { shardL1 } from '../hypergraph/shard-key.ts';
import { contentHash } from './atom-content.ts';
import { sameBytes } from './format/bytes.ts';
import { encodeProof, isZero, type ProvenItem, type ProvenShard } from './format/v1/proof.ts';
import { globalLevels, globalPath, phaseCodes } from './format/v1/shard.ts';
import type { FrameRecord } from './frame-record.ts';
import { type FrameEntry, type FrameTree, type FrameTrees, globalTree, shardsTree } from './frame-trees.ts';
import type { ItemContent } from './messages.ts';
import {
  compareBytes,
  findPart,
  itemPrefix,
  type PlannedItem,
  type PlannedTree,
  planTrees,
} from './proof-plan.ts';

interface Group {
  readonly domain: Uint8Array;
  readonly globalTree: number;
  readonly contents: readonly ItemContent[];
  readonly items: readonly PlannedItem[];
}

type Found = readonly (readonly (readonly FrameEntry[])[])[];

const shownSets = Object.values(phaseCodes);

/** @returns undefined when the frame shows something else, or there is none */
export async function makeProof(
  contents: readonly ItemContent[],
  withDelay: boolean,
  record: FrameRecord,
  { genesisBytes, trees }: { readonly genesisBytes: Uint8Array; readonly trees: FrameTrees },
): Promise<Uint8Array | undefined> {
  const groups = groupByDomain(contents);
  const plan = planTrees(groups);
  const proof = await trees.prove(
    plan.map((part) => ({ tree: treeOf(part, groups), prefixes: part.prefixes })),
  );
  if (proof === undefined) return undefined;
  const shards: ProvenShard[] = [];
  const levels = globalLevels(record.globalRoots);
  for (const [index, group] of groups.entries()) {
    const known = await trees.entry(shardsTree, group.domain);
    if (known === undefined || !shows(index, group, plan, proof.entries)) return undefined;
    const roots: (Uint8Array | undefined)[] = [];
    for (const set of shownSets) {
      const isProven = plan.some((part) => part.kind === 'phase' && part.shard === index && part.set === set);
      const root = isProven ? undefined : await trees.root({ domain: group.domain, set });
      roots.push(root === undefined || isZero(root) ? undefined : root);
    }
    shards.push({
      domain: group.domain,
      position: known.revision,
      logHead: known.dataHash,
      globalTree: group.globalTree,
      globalPath: globalPath(levels, group.globalTree),
      roots,
    });
  }
  return encodeProof({
    genesisBytes,
    frame: record.frame,
    delay: withDelay ? record.delay : undefined,
    shards,
    items: contents.map((item) => provenItem(item, groups)),
    treeProof: proof.bytes,
  });
}

function treeOf(part: PlannedTree, groups: readonly Group[]): FrameTree {
  if (part.kind === 'global') return globalTree(part.index);
  return { domain: (groups[part.shard] as Group).domain, set: part.set };
}

function groupByDomain(contents: readonly ItemContent[]): Group[] {
  const groups = new Map<string, ItemContent[]>();
  for (const item of contents) {
    const name = Buffer.from(item.domain).toString('hex');
    groups.set(name, [...(groups.get(name) ?? []), item]);
  }
  return [...groups.values()]
    .map((group): Group => {
      const { domain } = group[0] as ItemContent;
      return { domain, globalTree: shardL1(domain)[0], contents: group, items: group.map(planned) };
    })
    .sort((left, right) => compareBytes(left.domain, right.domain));
}

function planned({ slot, kind, atom }: ItemContent): PlannedItem {
  return { slot, kind, incarnation: atom?.incarnation };
}

/** Whether the entries say of each item of a shard what it holds. */
function shows(shard: number, { contents }: Group, plan: readonly PlannedTree[], found: Found): boolean {
  return contents.every((item) => {
    const prefix = itemPrefix(planned(item));
    const [adds, removes] = (['adds', 'removes'] as const).map((phase) => {
      const set = phaseCodes[`${item.kind}-${phase}`];
      const is = (tree: PlannedTree) => tree.kind === 'phase' && tree.shard === shard && tree.set === set;
      const place = findPart(plan, is, prefix);
      return place === undefined ? [] : (found[place[0]]?.[place[1]] ?? []);
    }) as [readonly FrameEntry[], readonly FrameEntry[]];
    const { atom } = item;
    if (atom === undefined) {
      const isRemoved = (key: Uint8Array) => removes.some((removed) => sameBytes(removed.key, key));
      return adds.length === removes.length && adds.every(({ key }) => isRemoved(key));
    }
    const [entry] = adds;
    if (entry === undefined || removes.length > 0 || entry.revision !== atom.revision) return false;
    return sameBytes(entry.dataHash, contentHash(item.slot, item.kind, atom.content));
  });
}

function provenItem({ domain, slot, kind, atom }: ItemContent, groups: readonly Group[]): ProvenItem {
  const shard = groups.findIndex((group) => sameBytes(group.domain, domain));
  const state =
    atom === undefined ? ({ state: 'absent' } as const) : ({ state: 'present', ...atom } as const);
  return { shard, slot, kind, ...state };
}
