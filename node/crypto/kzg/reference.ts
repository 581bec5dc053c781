/**
 * Commitments and proofs byte for byte as the reference protocol makes them, for trees that it shares with us; and a
 * verifier that accepts what is true and refuses what the reference should have refused. New formats use `createKzg`.
 *
 * Rules where the reference is lax or silent:
 * - Points: canonical, on the curve and in the subgroup, or refused. The reference has no one encoding of the identity; the one read and
 *   written here is 0x03 and zeros (constant polynomials have such proofs, the zero polynomial such a commitment). It
 *   always means the identity, never the point (0, 1) of order 3 that the same bytes would be elsewhere.
 * - The generator is a commitment and a proof like any other: statements about constant-one polynomials and about X are
 *   true, although the reference refuses them.
 * - Indices are below N: the reference's list of roots has N+1 entries and takes N for 0.
 * - Values have 64 bytes, or are canonical scalars of 73.
 * - The challenge t of a proof of many binds D only. A proof of one opening is therefore checked as the plain opening that
 *   an honest D is; what remains of longer proofs is sound only where no prover can choose the values: a cheat who may
 *   choose all of them can still solve for them (head of multiproof.ts). In the reference's tree each is a hash which the
 *   verifier computes. Do not use it for anything else.
 */
import { bytesToHex, bytesToNumberBE, concatBytes, numberToBytesBE } from '@noble/curves/utils.js';
import { sha3_512 } from '@noble/hashes/sha3.js';
import { type Curve, curveSizes, type G1, type G2, scalarOrder } from '../bls48581/index.ts';
import { aggregateEquation, type ClaimedOpening, proveAggregate } from './aggregate.ts';
import { createProverCore, createVerifierCore, openAt, openingEquation, type VerifierCore } from './core.ts';
import { checkClaims, type Values } from './kzg.ts';
import { kzgLimits } from './limits.ts';
import { type EncodedOpening, isIndex, multiproofBytes } from './multiproof.ts';
import { type Claim, type Refusal, refusal } from './refusal.ts';
import { ownValue, readValue, type ValueForm } from './values.ts';

export interface ReferenceOptions {
  readonly width: number;
  /** `bytes64` unless told. */
  readonly form?: ValueForm;
}

/** Openings and proofs in the encodings of the wire; proofs of many are D ‖ pi. */
export interface ReferenceKzgVerifier {
  readonly width: number;
  claim(opening: EncodedOpening, proof: Uint8Array): Claim;
  claimMany(openings: readonly EncodedOpening[], proof: Uint8Array): Claim;
  /** @returns why the opening is refused, or undefined */
  verify(opening: EncodedOpening, proof: Uint8Array): Refusal | undefined;
  verifyMany(openings: readonly EncodedOpening[], proof: Uint8Array): Refusal | undefined;
}

export interface ReferenceKzg extends ReferenceKzgVerifier {
  commit(values: Values): Uint8Array;
  open(values: Values, index: number): Uint8Array;
  openMany(openings: readonly ReferenceOpeningInput[]): Uint8Array;
}

export interface ReferenceOpeningInput {
  readonly commitment: Uint8Array;
  readonly values: Values;
  readonly index: number;
}

/** Data as the reference cuts it: chunks of 64 bytes, a short last one is a number of its own length. */
export function referenceChunks(data: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(data.length / 64) }, (_, index) => {
    const chunk = data.subarray(64 * index, 64 * index + 64);
    return concatBytes(new Uint8Array(64 - chunk.length), chunk);
  });
}

export function createReferenceKzgVerifier(
  curve: Curve,
  srs: { readonly tauG2: G2 },
  options: ReferenceOptions,
): ReferenceKzgVerifier {
  return verifierOf(createVerifierCore(curve, srs.tauG2, options.width), options.form ?? 'bytes64');
}

export function createReferenceKzg(
  curve: Curve,
  srs: { readonly lagrange: readonly G1[]; readonly tauG2: G2 },
  options: ReferenceOptions,
): ReferenceKzg {
  const form = options.form ?? 'bytes64';
  const core = createProverCore(curve, srs, options.width);
  const { bases, domain } = core;
  const encode = (point: G1) => encodePoint(curve, point);
  const all = (values: Values) => {
    if (values.length > domain.width) throw new RangeError('more values than the width');
    return Array.from({ length: domain.width }, (_, index) => ownValue(form, values[index]));
  };
  const checkedIndex = (index: number) => {
    if (!isIndex(core, index)) throw new RangeError('the index is not below the width');
    return index;
  };
  return {
    ...verifierOf(core, form),
    commit: (values) => encode(bases.sum(all(values))),
    open: (values, index) => encode(openAt(core, all(values), checkedIndex(index))),
    openMany(openings) {
      if (openings.length === 0 || openings.length > kzgLimits.openingsMax) {
        throw new RangeError(`1 to ${kzgLimits.openingsMax} openings can be proven together`);
      }
      const own = openings.map(({ values, index }) => ({ values: all(values), index: checkedIndex(index) }));
      const claimed = openings.map(({ commitment }, k) => {
        const { values, index } = own[k]!;
        return { commitment, index, y: values[index]! };
      });
      const { d, proof } = proveAggregate(core, own, drawRho(claimed), (point) => drawT(encode(point)));
      return concatBytes(encode(d), encode(proof));
    },
  };
}

function verifierOf(core: VerifierCore, form: ValueForm): ReferenceKzgVerifier {
  const { curve } = core;
  const verifier: ReferenceKzgVerifier = {
    width: core.domain.width,
    claim({ commitment, index, value }, proof) {
      if (!isIndex(core, index)) return refusal('index');
      const y = readValue(form, value);
      if (y === undefined) return refusal('value');
      const point = decodePoint(curve, commitment);
      if (point === undefined) return refusal('commitment');
      const pi = decodePoint(curve, proof);
      if (pi === undefined) return refusal('proof');
      return { equations: [openingEquation(core, { commitment: point, index, y, proof: pi })] };
    },
    claimMany: (openings, bytes) => claimMany(core, form, openings, bytes),
    verify: (opening, proof) => checkClaims(curve, [verifier.claim(opening, proof)]),
    verifyMany: (openings, proof) => checkClaims(curve, [verifier.claimMany(openings, proof)]),
  };
  return verifier;
}

function claimMany(
  core: VerifierCore,
  form: ValueForm,
  openings: readonly EncodedOpening[],
  bytes: Uint8Array,
): Claim {
  const { curve } = core;
  if (openings.length === 0 || openings.length > kzgLimits.openingsMax) return refusal('count');
  if (bytes.length !== multiproofBytes) return refusal('proof');
  const d = decodePoint(curve, bytes.subarray(0, curveSizes.g1));
  const proof = decodePoint(curve, bytes.subarray(curveSizes.g1));
  if (d === undefined || proof === undefined) return refusal('proof');
  const known = new Map<string, G1 | undefined>();
  const claims: ClaimedOpening[] = [];
  for (const { commitment, index, value } of openings) {
    if (!isIndex(core, index)) return refusal('index');
    const y = readValue(form, value);
    if (y === undefined) return refusal('value');
    const name = bytesToHex(commitment);
    if (!known.has(name)) known.set(name, decodePoint(curve, commitment));
    const point = known.get(name);
    if (point === undefined) return refusal('commitment');
    claims.push({ commitment: point, index, y });
  }
  const rho = drawRho(claims.map(({ index, y }, k) => ({ commitment: openings[k]!.commitment, index, y })));
  const t = drawT(bytes.subarray(0, curveSizes.g1));
  if (core.domain.has(t)) return refusal('challenge');
  const equation = aggregateEquation(core, claims, { d, proof }, rho, t);
  const [only, ...more] = claims;
  if (only === undefined || more.length > 0) return { equations: [equation] };
  return { equations: [equation, openingEquation(core, { ...only, proof: d })] };
}

const identityTag = 3;

function encodePoint(curve: Curve, point: G1): Uint8Array {
  const bytes = curve.encodeG1(point);
  if (curve.isIdentity(point)) bytes[0] = identityTag;
  return bytes;
}

function decodePoint(curve: Curve, bytes: Uint8Array): G1 | undefined {
  if (bytes.length !== curveSizes.g1) return undefined;
  if (bytes.every((byte, index) => byte === (index === 0 ? identityTag : 0))) return curve.g1Identity;
  const point = curve.decodeG1(bytes);
  return point === undefined || curve.isIdentity(point) ? undefined : point;
}

interface DrawnFrom {
  readonly commitment: Uint8Array;
  readonly index: number;
  readonly y: bigint;
}

/** Commitments, then values of 73 bytes, then indices as u64 little-endian. */
export function drawRho(openings: readonly DrawnFrom[]): bigint {
  const hash = sha3_512.create();
  for (const { commitment } of openings) hash.update(commitment);
  for (const { y } of openings) hash.update(numberToBytesBE(y, curveSizes.scalar));
  for (const { index } of openings) {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setUint32(0, index, true);
    hash.update(bytes);
  }
  return bytesToNumberBE(hash.digest()) % scalarOrder;
}

export function drawT(d: Uint8Array): bigint {
  return bytesToNumberBE(sha3_512(d)) % scalarOrder;
}
