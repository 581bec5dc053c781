/**
 * The native proof of many openings: D ‖ pi, 148 bytes, and the transcript that draws its challenges.
 *
 * Why it is sound, and why the forgery of the reference's proofs fails here. The reference draws t from D alone. A cheat
 * chooses any polynomial g, learns t from D, and then solves the one equation that is checked for a value y: it is linear
 * in y, and of the other values those with y_k = f_k(t) drop out of it whatever rho is. Here rho is drawn from the whole
 * statement - reference string, width, number of openings, every commitment, index and value - and t from that and D.
 * Changing a value after D is known changes t. In order:
 * 1. The statement is fixed before rho. If a claim is false, at some root z the sum of rho^k (f_k(z) - y_k) over the
 *    openings at z is a polynomial in rho that is not zero, of degree below the number m of openings; at most m-1 of
 *    2^512 values of rho make it vanish. Otherwise the rational function g above has a pole at z, and is no polynomial.
 * 2. D is fixed before t, and commits to a polynomial g' of bounded degree (in the algebraic group model its maker knows it).
 *    g' is not g, so (g - g') times the denominators is a polynomial that is not zero: few t in 2^512 are its roots.
 * 3. For every other t the value that pi must prove for h - g' at t is wrong, and evaluation binding of single proofs
 *    makes that infeasible.
 *
 * The identity is an element like any other here: commitment of zeros, D and pi when all quotients are constant or zero.
 * Its encoding is 0x00 and zeros, and only that. Nothing in the steps above needs it to be excluded: identity means the zero
 * polynomial, of which the equation is as binding as of others.
 */
import { bytesToHex, bytesToNumberBE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { curveSizes, type G1 } from '../bls48581/index.ts';
import { type AggregateProof, aggregateEquation, type ClaimedOpening, proveAggregate } from './aggregate.ts';
import type { ProverCore, VerifierCore } from './core.ts';
import { kzgLimits } from './limits.ts';
import { type Claim, refusal } from './refusal.ts';
import { readValue, type ValueForm } from './values.ts';

export const multiproofBytes = 2 * curveSizes.g1;

/** As it travels. */
export interface EncodedOpening {
  readonly commitment: Uint8Array;
  readonly index: number;
  readonly value: Uint8Array;
}

const encoder = new TextEncoder();
const label = encoder.encode('hypergate/kzg-multiproof/v1');

/** u32 length ‖ bytes, so that no two inputs write the same bytes. */
function framed(bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + bytes.length);
  new DataView(frame.buffer).setUint32(0, bytes.length);
  frame.set(bytes, 4);
  return frame;
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

interface Challenges {
  readonly rho: bigint;
  /** @param d encoded */
  t(d: Uint8Array): bigint;
}

/** Digests of 512 bits are below the order (2^517 and more): used as they are. */
export function challengesOf(core: VerifierCore, openings: readonly EncodedOpening[]): Challenges {
  const statement = sha512
    .create()
    .update(framed(label))
    .update(framed(core.curve.encodeG2(core.tauG2)))
    .update(u32(core.domain.width))
    .update(u32(openings.length));
  for (const { commitment, index, value } of openings) {
    statement.update(framed(commitment)).update(u32(index)).update(framed(value));
  }
  const state = statement.digest();
  const drawn = (name: string, more: Uint8Array) =>
    bytesToNumberBE(
      sha512
        .create()
        .update(framed(encoder.encode(name)))
        .update(state)
        .update(framed(more))
        .digest(),
    );
  return { rho: drawn('rho', new Uint8Array()), t: (d) => drawn('t', d) };
}

/** @param openings the scalars and, for the transcript, how commitment and opened value travel */
export function proveMany(
  core: ProverCore,
  openings: readonly (EncodedOpening & { readonly scalars: readonly bigint[] })[],
): Uint8Array {
  if (openings.length === 0 || openings.length > kzgLimits.openingsMax) {
    throw new RangeError(`1 to ${kzgLimits.openingsMax} openings can be proven together`);
  }
  const { encodeG1 } = core.curve;
  const challenges = challengesOf(core, openings);
  const own = openings.map(({ scalars: values, index }) => ({ values, index }));
  const { d, proof } = proveAggregate(core, own, challenges.rho, (point) => challenges.t(encodeG1(point)));
  const bytes = new Uint8Array(multiproofBytes);
  bytes.set(encodeG1(d), 0);
  bytes.set(encodeG1(proof), curveSizes.g1);
  return bytes;
}

/** The equation that holds exactly when all claims do; or why there is none. */
export function claimMany(
  core: VerifierCore,
  form: ValueForm,
  openings: readonly EncodedOpening[],
  bytes: Uint8Array,
): Claim {
  if (openings.length === 0 || openings.length > kzgLimits.openingsMax) return refusal('count');
  const proof = readProof(core, bytes);
  if (proof === undefined) return refusal('proof');
  const known = new Map<string, G1 | undefined>();
  const claims: ClaimedOpening[] = [];
  for (const { commitment, index, value } of openings) {
    if (!isIndex(core, index)) return refusal('index');
    const y = readValue(form, value);
    if (y === undefined) return refusal('value');
    const name = bytesToHex(commitment);
    if (!known.has(name)) known.set(name, core.curve.decodeG1(commitment));
    const point = known.get(name);
    if (point === undefined) return refusal('commitment');
    claims.push({ commitment: point, index, y });
  }
  const challenges = challengesOf(core, openings);
  const t = challenges.t(bytes.subarray(0, curveSizes.g1));
  if (core.domain.has(t)) return refusal('challenge');
  return { equations: [aggregateEquation(core, claims, proof, challenges.rho, t)] };
}

export function readProof({ curve }: VerifierCore, bytes: Uint8Array): AggregateProof | undefined {
  if (bytes.length !== multiproofBytes) return undefined;
  const d = curve.decodeG1(bytes.subarray(0, curveSizes.g1));
  const proof = curve.decodeG1(bytes.subarray(curveSizes.g1));
  return d === undefined || proof === undefined ? undefined : { d, proof };
}

export const isIndex = ({ domain }: VerifierCore, index: number): boolean =>
  Number.isInteger(index) && index >= 0 && index < domain.width;
