/**
 * Verification of inclusion proofs. Runs in browsers.
 *
 * What the reference's verifier leaves out, and this one does:
 * - the pairing is checked whenever there is a branch, also when there is only one;
 * - the leaf's commitment is computed again from the key that was asked about and the target that is claimed;
 * - prefixes and indices on the path are the nibbles of that key, the root's prefix included, which no hash binds;
 * - commitments of branches have 74 bytes and those of leaves 64, each at its place, so that no inner slot passes for a leaf;
 * - there is one proof for each key that was asked about, and at least one;
 * - all keys of a tree have one length. The leaf's hash does not tell where the key ends: the key "ab" with the target
 *   "c" and the key "a" with the target "bc" would be one leaf.
 * The proof of many openings is sound here although its challenge binds too little (crypto/kzg/reference.ts): every
 * opened value is a hash that was computed from something known, down to the leaf.
 */

import { type Curve, curveSizes } from '../../crypto/bls48581/index.ts';
import { type Claim, checkClaims, type ReferenceKzgVerifier } from '../../crypto/kzg/index.ts';
import type { InclusionProof, KeyProof } from './format/proof-wire.ts';
import { branchSlot, leafCommitment, slotBytes } from './hashing.ts';
import { treeLimits } from './limits.ts';
import { nibblesOf } from './nibbles.ts';
import { equalBytes } from './tree.ts';

export type InclusionRefusal = 'keys' | 'shape' | 'root' | 'path' | 'chain' | 'leaf' | 'multiproof';

const sentences: Readonly<Record<InclusionRefusal, string>> = {
  keys: 'the keys are none, too many, not those of the proof, or of a wrong length',
  shape: 'commitments, values and path of a key do not fit together',
  root: 'the proof is for another root',
  path: "the path is not the key's",
  chain: 'a commitment is not what the slot above it holds',
  leaf: 'the leaf is not that of the key with this value',
  multiproof: 'the opened slots are not those of the commitments',
};

export interface InclusionStatement {
  readonly root: Uint8Array;
  /** Length of the keys of the tree, known to the verifier. */
  readonly keyBytes: number;
  readonly keys: readonly Uint8Array[];
}

export type InclusionResult =
  | {
      /** For each key its hash target; its value where it has none. */
      readonly targets: readonly Uint8Array[];
      readonly refused?: never;
    }
  | {
      readonly targets?: never;
      readonly refused: { readonly code: InclusionRefusal; readonly reason: string };
    };

const refused = (code: InclusionRefusal) => ({ refused: { code, reason: sentences[code] } });

export function verifyInclusion(
  curve: Curve,
  kzg: ReferenceKzgVerifier,
  statement: InclusionStatement,
  proof: InclusionProof,
): InclusionResult {
  const { keys, keyBytes } = statement;
  const isCount =
    keys.length > 0 && keys.length <= treeLimits.proofKeysMax && keys.length === proof.keys.length;
  if (!isCount || keys.some((key) => key.length !== keyBytes)) return refused('keys');
  for (const [index, key] of keys.entries()) {
    const fault = checkKey(statement.root, key, proof.keys[index]!);
    if (fault !== undefined) return refused(fault);
  }
  const claim = claimOf(kzg, proof);
  if (claim !== undefined && checkClaims(curve, [claim]) !== undefined) return refused('multiproof');
  return { targets: proof.keys.map(({ values }) => values.at(-1)!) };
}

/** The openings of all branches; undefined when the tree is a single leaf, whose commitment is the root. */
function claimOf(kzg: ReferenceKzgVerifier, { keys, multiproof }: InclusionProof): Claim | undefined {
  const openings = keys.flatMap(({ commitments, values, paths }) =>
    paths.map((path, level) => ({
      commitment: commitments[level]!,
      index: path.at(-1)!,
      value: values[level]!,
    })),
  );
  if (openings.length === 0 && multiproof.length === 0) return undefined;
  return kzg.claimMany(openings, multiproof);
}

function checkKey(root: Uint8Array, key: Uint8Array, one: KeyProof): InclusionRefusal | undefined {
  const { commitments, values, paths } = one;
  const levels = paths.length;
  if (commitments.length !== levels + 1 || values.length !== levels + 1) return 'shape';
  const lengths = commitments.map((_, level) => (level < levels ? curveSizes.g1 : slotBytes));
  if (commitments.some((commitment, level) => commitment.length !== lengths[level])) return 'shape';
  if (paths.some((path) => path.length === 0)) return 'shape';
  if (!equalBytes(commitments[0]!, root)) return 'root';
  const nibbles = nibblesOf(key);
  if (!paths.flat().every((nibble, index) => nibble === nibbles[index])) return 'path';
  for (let level = 0; level < levels; level += 1) {
    const below = commitments[level + 1]!;
    const slot = level + 1 < levels ? branchSlot(paths[level + 1]!.slice(0, -1), below) : below;
    if (!equalBytes(values[level]!, slot)) return 'chain';
  }
  return equalBytes(commitments[levels]!, leafCommitment(key, values[levels]!)) ? undefined : 'leaf';
}
