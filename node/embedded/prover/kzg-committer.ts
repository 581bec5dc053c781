/**
 * Commitments to branches over KZG. The tables are made when the first branch is: a forest of small trees never needs them.
 */
import type { Curve, G1 } from '../../crypto/bls48581/index.ts';
import { createKzg, type Kzg } from '../../crypto/kzg/index.ts';
import type { Srs } from '../../crypto/srs/index.ts';
import type { BranchCommitment, BranchCommitter } from '../../hypergraph/tree/index.ts';

const branchWidth = 64;

export function kzgCommitter(curve: Curve, srs: () => Pick<Srs, 'lagrange' | 'tauG2'>): BranchCommitter {
  let kzg: Kzg | undefined;
  const opened = (): Kzg => {
    kzg ??= createKzg(curve, srs(), { width: branchWidth });
    return kzg;
  };
  const commitment = (point: G1): BranchCommitment => ({ raw: point, encoded: opened().encode(point) });
  return {
    name: `kzg/${curve.name}`,
    rawBytes: curve.g1.length,
    commit: async (values) => commitment(opened().commit(values)),
    update: async (before, changes) => commitment(opened().update(rawPoint(before), changes.map(fromTo))),
    commitMany: async (branches) => opened().commitMany(branches).map(commitment),
    updateMany: async (branches) =>
      opened()
        .updateMany(
          branches.map(({ before, changes }) => ({
            commitment: rawPoint(before),
            changes: changes.map(fromTo),
          })),
        )
        .map(commitment),
    async prove(openings) {
      const decoded = openings.map(({ values, commitment: encoded, index }) => {
        const point = curve.decodeG1(encoded);
        if (point === undefined) throw new Error('a stored commitment is no element of the group');
        return { values, commitment: point, index };
      });
      return opened().openMany(decoded);
    },
  };
}

function fromTo({
  index,
  before,
  after,
}: {
  index: number;
  before: Uint8Array | undefined;
  after: Uint8Array | undefined;
}) {
  return { index, from: before, to: after };
}

/** Kept by the forest for a curve of this name, and checked there against damage. */
function rawPoint(raw: Uint8Array): G1 {
  return Uint8Array.from(raw) as G1;
}
