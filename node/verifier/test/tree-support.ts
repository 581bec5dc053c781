/** Proofs of forests on a simulated disk, and what they must say. */
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import type { TreeEntry, TreeHashes, TreeName } from '../../hypergraph/tree/index.ts';
import { TestCommitter } from '../../hypergraph/tree/test/committer.ts';
import { modelEntries } from '../../hypergraph/tree/test/model.ts';
import type { Forest, ProofRequest, TreeProof } from '../../store/tree/index.ts';
import { hex, newDisk, open } from '../../store/tree/test/support.ts';
import { type TreeProofOutcome, type VerifiedTree, verifyTreeProof } from '../tree-proof.ts';

/** What a browser uses. */
export const browserHashes: TreeHashes = { sha256, sha512 };

export interface Scene {
  readonly forest: Forest;
  readonly committer: TestCommitter;
  readonly leafAtomsMax: number;
  readonly trees: ReadonlyMap<TreeName, readonly TreeEntry[]>;
}

export async function sceneOf(
  trees: ReadonlyMap<TreeName, readonly TreeEntry[]>,
  shape: { readonly leafAtomsMax: number; readonly bucketEntries: number },
): Promise<Scene> {
  const committer = new TestCommitter();
  const forest = await open(newDisk(), committer, shape);
  await forest.update(
    [...trees].map(([tree, entries]) => ({
      tree,
      changes: entries.map(({ key, ...to }) => ({ key, to })),
    })),
  );
  await forest.commit(Buffer.alloc(0));
  return { forest, committer, leafAtomsMax: shape.leafAtomsMax, trees };
}

export function verify(scene: Scene, proof: Uint8Array): TreeProofOutcome {
  return verifyTreeProof(proof, {
    hashes: browserHashes,
    verifyOpenings: scene.committer.verifyOpenings,
    leafAtomsMax: scene.leafAtomsMax,
  });
}

export const prefixOf = (request: ProofRequest): Uint8Array =>
  request.kind === 'inclusion' ? request.key : request.prefix;

export const plain = (trees: readonly VerifiedTree[]): unknown =>
  trees.map(({ root, count, statements }) => ({
    root: hex(root),
    count,
    statements: statements.map(({ prefix, entries }) => ({
      prefix: hex(prefix),
      entries: entries.map(plainEntry),
    })),
  }));

export const plainEntry = ({ key, revision, dataHash }: TreeEntry): unknown => ({
  key: hex(key),
  revision,
  dataHash: hex(dataHash),
});

export const nameText = (tree: TreeName): string =>
  'name' in tree ? `${hex(tree.name)}` : `${hex(tree.domain)}/${tree.set}`;

/** What the entries themselves say about a request. */
export const expected = (scene: Scene, request: ProofRequest): TreeEntry[] =>
  modelEntries(
    [...scene.trees].find(([tree]) => nameText(tree) === nameText(request.tree))?.[1] ?? [],
    prefixOf(request),
  );

export async function proofOf(scene: Scene, requests: readonly ProofRequest[]): Promise<TreeProof> {
  const result = await scene.forest.prove(requests);
  if (result.kind === 'refused') throw new Error(`${result.reason}: request ${result.request}`);
  return result;
}
