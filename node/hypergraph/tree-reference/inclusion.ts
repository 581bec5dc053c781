/** Proofs that keys are in a tree. */
import type { ReferenceKzg } from '../../crypto/kzg/index.ts';
import type { InclusionProof, KeyProof } from './format/proof-wire.ts';
import { nibblesOf } from './nibbles.ts';
import { type Branch, commitmentOf, type Leaf, slotOf, slotsOf } from './nodes.ts';
import type { ReferenceTree } from './tree.ts';

interface Walk {
  readonly branches: readonly { readonly branch: Branch; readonly index: number }[];
  readonly leaf: Leaf;
}

/**
 * @param kzg the committer of the tree
 * @returns undefined when one of the keys is absent: the reference has no proof of absence
 */
export function proveInclusion(
  tree: ReferenceTree,
  kzg: ReferenceKzg,
  keys: readonly Uint8Array[],
): InclusionProof | undefined {
  const walks = keys.flatMap((key) => walk(tree, key) ?? []);
  if (walks.length !== keys.length || keys.length === 0) return undefined;
  const { committer } = tree;
  // Branches that several keys share are repeated, as the reference does.
  const openings = walks.flatMap(({ branches }) =>
    branches.map(({ branch, index }) => ({
      commitment: commitmentOf(branch, committer),
      values: slotsOf(branch, committer),
      index,
    })),
  );
  return {
    multiproof: openings.length === 0 ? new Uint8Array() : kzg.openMany(openings),
    keys: walks.map((one) => keyProof(tree, one)),
  };
}

function walk(tree: ReferenceTree, key: Uint8Array): Walk | undefined {
  const leaf = tree.get(key);
  if (leaf === undefined) return undefined;
  const nibbles = nibblesOf(key);
  const branches: { branch: Branch; index: number }[] = [];
  let depth = 0;
  for (let node = tree.rootNode; node?.kind === 'branch'; ) {
    depth += node.prefix.length;
    const index = nibbles[depth]!;
    branches.push({ branch: node, index });
    node = node.children[index];
    depth += 1;
  }
  return { branches, leaf };
}

function keyProof({ committer }: ReferenceTree, { branches, leaf }: Walk): KeyProof {
  const target = leaf.hashTarget.length > 0 ? leaf.hashTarget : leaf.value;
  return {
    commitments: [...branches.map(({ branch }) => commitmentOf(branch, committer)), leaf.commitment],
    values: [...branches.map(({ branch, index }) => slotOf(branch.children[index]!, committer)), target],
    paths: branches.map(({ branch, index }) => [...branch.prefix, index]),
  };
}
