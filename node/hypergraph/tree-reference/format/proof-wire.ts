/**
 * The wire form of inclusion proofs, in the two dialects of the reference's nodes:
 *   u32 length ‖ (u32 length ‖ D ‖ u32 length ‖ pi [‖ u32 zero: Rust only])
 *   u32 count of keys, for each:
 *     u32 count ‖ commitments (u32 length ‖ bytes)
 *     u32 count ‖ values (u32 length ‖ bytes)
 *     u32 count ‖ paths (u32 count ‖ nibbles, u64 each)
 * A tree that is a single leaf has nothing to open: its proof has the first length zero (our own rule).
 */
import { concatBytes } from '@noble/hashes/utils.js';
import { curveSizes } from '../../../crypto/bls48581/index.ts';
import { TreeFormatError } from '../errors.ts';
import { treeLimits } from '../limits.ts';
import { branchWidth, nibbleCount } from '../nibbles.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

export interface KeyProof {
  /** From the root to the leaf. */
  readonly commitments: readonly Uint8Array[];
  /** The slot opened in each branch; last, the leaf's hash target or value. */
  readonly values: readonly Uint8Array[];
  /** For each branch its prefix, and then the child's index. */
  readonly paths: readonly (readonly number[])[];
}

export interface InclusionProof {
  /** D ‖ pi; empty where there is no branch. */
  readonly multiproof: Uint8Array;
  readonly keys: readonly KeyProof[];
}

export type Dialect = 'go' | 'rust';

export function writeProof(proof: InclusionProof, dialect: Dialect = 'go'): Uint8Array {
  const writer = new Writer();
  const multiproof = writeMultiproof(proof.multiproof, dialect);
  writer.u32(multiproof.length).bytes(multiproof).u32(proof.keys.length);
  for (const { commitments, values, paths } of proof.keys) {
    for (const list of [commitments, values]) {
      writer.u32(list.length);
      for (const bytes of list) writer.u32(bytes.length).bytes(bytes);
    }
    writer.u32(paths.length);
    for (const path of paths) {
      writer.u32(path.length);
      for (const nibble of path) writer.u64(nibble);
    }
  }
  return writer.done();
}

function writeMultiproof(multiproof: Uint8Array, dialect: Dialect): Uint8Array {
  if (multiproof.length === 0) return multiproof;
  const writer = new Writer();
  const { g1 } = curveSizes;
  for (const point of [multiproof.subarray(0, g1), multiproof.subarray(g1)])
    writer.u32(point.length).bytes(point);
  return dialect === 'rust' ? writer.u32(0).done() : writer.done();
}

/** Both dialects. Lengths are bounded; whether the proof is right is for `verifyInclusion`. @throws TreeFormatError */
export function readProof(bytes: Uint8Array): InclusionProof {
  if (bytes.length > treeLimits.proofBytesMax) throw new TreeFormatError('the proof is too long');
  const reader = new Reader(bytes);
  const multiproof = readMultiproof(reader.take(bounded(reader.u32(), 160)));
  const depthMax = nibbleCount(treeLimits.keyBytesMax);
  const keys = times(bounded(reader.u32(), treeLimits.proofKeysMax), () => ({
    commitments: times(bounded(reader.u32(), depthMax + 1), () =>
      reader.take(bounded(reader.u32(), curveSizes.g1)),
    ),
    values: times(bounded(reader.u32(), depthMax + 1), () =>
      reader.take(bounded(reader.u32(), treeLimits.fieldBytesMax)),
    ),
    paths: times(bounded(reader.u32(), depthMax), () =>
      times(bounded(reader.u32(), depthMax), () => bounded(reader.u64(), branchWidth - 1)),
    ),
  }));
  reader.end();
  return { multiproof, keys };
}

function readMultiproof(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return bytes;
  const reader = new Reader(bytes);
  const points = times(2, () => {
    if (reader.u32() !== curveSizes.g1) throw new TreeFormatError('a point has a wrong length');
    return reader.take(curveSizes.g1);
  });
  if (bytes.length === 160 && reader.u32() !== 0) throw new TreeFormatError('evaluations are not known here');
  reader.end();
  return concatBytes(...points);
}

function bounded(value: number, most: number): number {
  if (value > most) throw new TreeFormatError('a count or a length is too large');
  return value;
}

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
