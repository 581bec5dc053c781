/** Commitments to vectors, single openings and proofs of many, over bytes. */
import { type Curve, curveSizes, equationsHold, type G1, type G2 } from '../bls48581/index.ts';
import {
  createProverCore,
  createVerifierCore,
  openAt,
  openingEquation,
  type ProverCore,
  type VerifierCore,
} from './core.ts';
import { claimMany, type EncodedOpening, isIndex, proveMany } from './multiproof.ts';
import { type Claim, type Refusal, refusal } from './refusal.ts';
import { scalars } from './scalars.ts';
import { ownValue, readValue, type ValueForm } from './values.ts';

export interface KzgOptions {
  /** Number of values in a vector: a power of two, at most 1024. */
  readonly width: number;
  /** What a value is; `bytes64` unless told. */
  readonly form?: ValueForm;
}

export interface KzgVerifier {
  readonly width: number;
  /**
   * That the vector of this commitment has this value at this index.
   * @param commitment 74 bytes
   * @param proof 74 bytes
   */
  claim(opening: EncodedOpening, proof: Uint8Array): Claim;
  /** The same of many openings. @param proof 148 bytes */
  claimMany(openings: readonly EncodedOpening[], proof: Uint8Array): Claim;
  /** Whether all claims hold, in one product of pairings. @returns why not, or undefined */
  check(claims: readonly Claim[]): Refusal | undefined;
  /** @returns why the opening is refused, or undefined */
  verify(opening: EncodedOpening, proof: Uint8Array): Refusal | undefined;
  verifyMany(openings: readonly EncodedOpening[], proof: Uint8Array): Refusal | undefined;
}

/** An absent value is zero. Vectors may be shorter than the width. */
export type Values = readonly (Uint8Array | undefined)[];

export interface Change {
  readonly index: number;
  readonly from: Uint8Array | undefined;
  readonly to: Uint8Array | undefined;
}

export interface OpeningInput {
  readonly commitment: G1;
  readonly values: Values;
  readonly index: number;
}

export interface Kzg extends KzgVerifier {
  readonly curve: Curve;
  commit(values: Values): G1;
  commitMany(vectors: readonly Values[]): G1[];
  /** The commitment after some values changed: costs the changes, not the width. */
  update(commitment: G1, changes: readonly Change[]): G1;
  updateMany(entries: readonly { readonly commitment: G1; readonly changes: readonly Change[] }[]): G1[];
  /** 74 bytes, as commitments and proofs travel. */
  encode(point: G1): Uint8Array;
  /** The proof for the value at an index. */
  open(values: Values, index: number): G1;
  /** One proof of 148 bytes for all. */
  openMany(openings: readonly OpeningInput[]): Uint8Array;
}

/** @param srs what a verifier needs of the reference string: [tau]G2 */
export function createKzgVerifier(
  curve: Curve,
  srs: { readonly tauG2: G2 },
  options: KzgOptions,
): KzgVerifier {
  return verifierOf(createVerifierCore(curve, srs.tauG2, options.width), options.form ?? 'bytes64');
}

/** @param srs the Lagrange basis for the width, and [tau]G2 */
export function createKzg(
  curve: Curve,
  srs: { readonly lagrange: readonly G1[]; readonly tauG2: G2 },
  options: KzgOptions,
): Kzg {
  const form = options.form ?? 'bytes64';
  const core = createProverCore(curve, srs, options.width);
  const { bases } = core;
  const scalar = (value: Uint8Array | undefined) => ownValue(form, value);

  const commit = (values: Values) => {
    if (values.length > core.domain.width) throw new RangeError('more values than the width');
    return bases.sum(values.map((value) => (value === undefined ? undefined : scalar(value))));
  };
  const update = (commitment: G1, changes: readonly Change[]) =>
    bases.addTo(
      commitment,
      changes.map(({ index, from, to }) => ({ index, scalar: scalars.subtract(scalar(to), scalar(from)) })),
    );
  const all = (values: Values) => fullVector(core, values, scalar);

  return {
    ...verifierOf(core, form),
    curve,
    commit,
    commitMany: (vectors) => vectors.map(commit),
    update,
    updateMany: (entries) => entries.map(({ commitment, changes }) => update(commitment, changes)),
    encode: curve.encodeG1,
    open: (values, index) => openAt(core, all(values), checkIndex(core, index)),
    openMany: (openings) =>
      proveMany(
        core,
        openings.map(({ commitment, values, index }) => ({
          commitment: curve.encodeG1(commitment),
          index: checkIndex(core, index),
          value: values[index] ?? new Uint8Array(form === 'bytes64' ? 64 : curveSizes.scalar),
          scalars: all(values),
        })),
      ),
  };
}

function verifierOf(core: VerifierCore, form: ValueForm): KzgVerifier {
  const verifier: KzgVerifier = {
    width: core.domain.width,
    claim({ commitment, index, value }, proof) {
      if (!isIndex(core, index)) return refusal('index');
      const y = readValue(form, value);
      if (y === undefined) return refusal('value');
      const point = core.curve.decodeG1(commitment);
      if (point === undefined) return refusal('commitment');
      const pi = core.curve.decodeG1(proof);
      if (pi === undefined) return refusal('proof');
      return { equations: [openingEquation(core, { commitment: point, index, y, proof: pi })] };
    },
    claimMany: (openings, proof) => claimMany(core, form, openings, proof),
    check: (claims) => checkClaims(core.curve, claims),
    verify: (opening, proof) => verifier.check([verifier.claim(opening, proof)]),
    verifyMany: (openings, proof) => verifier.check([verifier.claimMany(openings, proof)]),
  };
  return verifier;
}

/** @returns the first refusal, or that of the equations together, or undefined */
export function checkClaims(curve: Curve, claims: readonly Claim[]): Refusal | undefined {
  const refused = claims.find((claim) => claim.refused !== undefined)?.refused;
  if (refused !== undefined) return refused;
  const equations = claims.flatMap((claim) => claim.equations ?? []);
  return equationsHold(curve, equations) ? undefined : refusal('equation').refused;
}

function fullVector(
  { domain }: ProverCore,
  values: Values,
  scalar: (value: Uint8Array | undefined) => bigint,
): bigint[] {
  if (values.length > domain.width) throw new RangeError('more values than the width');
  return Array.from({ length: domain.width }, (_, index) => scalar(values[index]));
}

function checkIndex(core: VerifierCore, index: number): number {
  if (!isIndex(core, index)) throw new RangeError('the index is not below the width');
  return index;
}
