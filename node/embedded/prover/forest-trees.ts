/** A forest of the store as the prover's trees. */
import { emptyRoot } from '../../hypergraph/tree/index.ts';
import type { FrameEntry, FrameTrees } from '../../proving/frame-trees.ts';
import type { Forest } from '../../store/tree/index.ts';

export function forestTrees(forest: Forest): FrameTrees {
  return {
    get meta() {
      return forest.meta.length === 0 ? undefined : forest.meta;
    },
    async root(tree) {
      return (await forest.root(tree))?.root ?? emptyRoot;
    },
    entry: (tree, key) => forest.entry(tree, key),
    entries: (tree) => forest.entries(tree),
    async *phaseTrees() {
      for await (const { tree } of forest.trees()) if ('domain' in tree) yield tree;
    },
    async update(groups) {
      await forest.update(groups);
      const roots: Uint8Array[] = [];
      for (const { tree } of groups) roots.push((await forest.root(tree))?.root ?? emptyRoot);
      return roots;
    },
    rebuild: (trees, meta) => forest.rebuild(trees, meta),
    clear: () => forest.clear(),
    commit: (meta) => forest.commit(meta),
    async prove(parts) {
      const requests = parts.flatMap(({ tree, prefixes }) =>
        prefixes.map((prefix) => ({ tree, kind: 'entries' as const, prefix })),
      );
      const result = await forest.prove(requests);
      if (result.kind === 'refused') return undefined;
      const entries: (readonly (readonly FrameEntry[])[])[] = [];
      let at = 0;
      for (const { prefixes } of parts) {
        entries.push(result.entries.slice(at, at + prefixes.length));
        at += prefixes.length;
      }
      return { bytes: result.bytes, entries };
    },
    close: () => forest.close(),
  };
}
