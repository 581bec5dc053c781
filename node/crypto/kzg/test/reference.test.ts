/** The reference's commitments and proofs, byte for byte, and what our verifier answers about them. */
import { bytesToHex, concatBytes, hexToBytes } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { describe, expect, test } from 'vitest';
import {
  createReferenceKzg,
  createReferenceKzgVerifier,
  type EncodedOpening,
  type ReferenceKzg,
  referenceChunks,
  type ValueForm,
} from '../index.ts';
import { drawRho, drawT } from '../reference.ts';
import vectors from './golden/kzg.json' with { type: 'json' };
import { curve, referenceSrs, ruleA, ruleB } from './reference-setup.ts';

const known = new Map<string, ReferenceKzg>();
function kzgOf(width: number, form: ValueForm = 'bytes64'): ReferenceKzg {
  const name = `${width} ${form}`;
  const kzg = known.get(name) ?? createReferenceKzg(curve, referenceSrs(width), { width, form });
  known.set(name, kzg);
  return kzg;
}
const verifiers = new Map<string, ReturnType<typeof createReferenceKzgVerifier>>();
function verifierOf(width: number, form: ValueForm = 'bytes64') {
  const name = `${width} ${form}`;
  const verifier =
    verifiers.get(name) ?? createReferenceKzgVerifier(curve, referenceSrs(16), { width, form });
  verifiers.set(name, verifier);
  return verifier;
}

/** What entries without one answer get: every true statement is accepted. */
const policy: Readonly<Record<string, boolean>> = {
  'constant polynomial 9: true statement, proof is the identity': true,
  'constant polynomial 1: commitment is the generator, reference refuses': true,
  'omega^i: the polynomial X, commitment = tau*G1': true,
  'identity bytes as D and proof on a true statement about the zero polynomial': true,
};
const answer = (name: string, expected: boolean | string) =>
  expected === 'policy' ? policy[name] : expected;

const opening = (commitment: string, index: number, y: string): EncodedOpening => ({
  commitment: hexToBytes(commitment),
  index,
  value: hexToBytes(y),
});

describe('commitments', () => {
  test.each(vectors.commitments)('$name, $n', (vector) => {
    const data = 'data' in vector ? hexToBytes(vector.data!) : concatBytes(...ruleA(vector.n));
    expect(bytesToHex(sha512(data))).toBe(vector.dataSha512);
    expect(bytesToHex(kzgOf(vector.n).commit(referenceChunks(data)))).toBe(vector.commitment);
  });
});

describe('single openings', () => {
  test.each(vectors.singleOpenings)(
    '$name, $n',
    ({ name, n, commitment, index, y, proof, expect: expected }) => {
      const refused = verifierOf(n).verify(opening(commitment, index, y), hexToBytes(proof));
      expect(refused === undefined, refused?.reason ?? 'accepted').toBe(answer(name, expected));
      if (name.startsWith('rule A valid')) expect(bytesToHex(kzgOf(n).open(ruleA(n), index))).toBe(proof);
    },
  );

  test.each(vectors.fullWidth)('scalars of 73 bytes: $name', (vector) => {
    const { name, n, data73, commitment, index, y73, proof, expect: expected } = vector;
    const data = hexToBytes(data73);
    const values = Array.from({ length: n }, (_, at) => data.subarray(73 * at, 73 * at + 73));
    const kzg = kzgOf(n, 'scalars73');
    expect(bytesToHex(kzg.commit(values))).toBe(commitment);
    expect(bytesToHex(kzg.open(values, index))).toBe(proof);
    const refused = kzg.verify(opening(commitment, index, y73), hexToBytes(proof));
    expect(refused === undefined, refused?.reason ?? 'accepted').toBe(answer(name, expected));
  });

  test('each cause of a refusal is named', () => {
    const [valid] = vectors.singleOpenings;
    const { commitment, index, y, proof } = valid!;
    const verify = (changed: Partial<typeof valid>) => {
      const all = { commitment, index, y, proof, ...changed };
      return verifierOf(16).verify(opening(all.commitment, all.index, all.y), hexToBytes(all.proof))?.code;
    };
    expect(verify({})).toBeUndefined();
    expect(verify({ index: 16 })).toBe('index');
    expect(verify({ index: -1 })).toBe('index');
    expect(verify({ index: 0.5 })).toBe('index');
    expect(verify({ y: `00${y}` })).toBe('value');
    expect(verify({ commitment: `${commitment}00` })).toBe('commitment');
    expect(verify({ commitment: `02${'00'.repeat(73)}` })).toBe('commitment');
    expect(verify({ proof: '00'.repeat(74) })).toBe('proof');
    expect(verify({ proof: '' })).toBe('proof');
    expect(verify({ index: 1 })).toBe('equation');
  });
});

describe('proofs of many openings', () => {
  test.each(vectors.multiproofs)('$name, $n', (vector) => {
    const { n, polys, indices, commitments, ys } = vector;
    const openings = polys.map((k, at) => ({
      commitment: hexToBytes(commitments[at]!),
      values: ruleB(k, n),
      index: indices[at]!,
    }));
    const proof = kzgOf(n).openMany(openings);
    expect(bytesToHex(proof)).toBe(vector.D + vector.proof);
    const rho = drawRho(
      openings.map(({ commitment, index }, at) => ({ commitment, index, y: BigInt(`0x${ys[at]}`) })),
    );
    expect(rho).toBe(BigInt(`0x${vector.rho}`));
    expect(drawT(hexToBytes(vector.D))).toBe(BigInt(`0x${vector.t}`));
    const claims = ys.map((y, at) => opening(commitments[at]!, indices[at]!, y));
    expect(verifierOf(n).verifyMany(claims, proof)).toBeUndefined();
  });

  test.each(vectors.multiproofNegative)('$name, $n', (vector) => {
    const { name, n, commitments, ys, indices, D, proof, expect: expected } = vector;
    const claims = ys.map((y, at) => opening(commitments[at]!, indices[at]!, y));
    const refused = verifierOf(n).verifyMany(claims, hexToBytes(D + proof));
    expect(refused === undefined, refused?.reason ?? 'accepted').toBe(answer(name, expected));
  });

  test('an empty list of openings is no claim', () => {
    expect(verifierOf(16).verifyMany([], new Uint8Array(148))?.code).toBe('count');
  });
});
