/** Native commitments and proofs: what is true verifies, what was changed does not, and the known forgery fails. */
import { bytesToHex, concatBytes, numberToBytesBE } from '@noble/curves/utils.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scalarOrder } from '../../bls48581/index.ts';
import { createProverCore } from '../core.ts';
import { createKzg, createKzgVerifier, createReferenceKzg, type Values } from '../index.ts';
import { challengesOf } from '../multiproof.ts';
import { drawRho, drawT } from '../reference.ts';
import { scalars } from '../scalars.ts';
import { curve, referenceSrs } from './reference-setup.ts';

const { add, subtract, multiply, negate, invert } = scalars;
const width = 16;
const srs = referenceSrs(width);
const kzg = createKzg(curve, srs, { width });
const verifier = createKzgVerifier(curve, srs, { width });

const value = fc.uint8Array({ minLength: 64, maxLength: 64 });
const vector = fc.array(fc.option(value, { nil: undefined, freq: 3 }), {
  minLength: width,
  maxLength: width,
});
const zero = new Uint8Array(64);
const fixed = (seed: number): Values =>
  Array.from({ length: width }, (_, index) => new Uint8Array(64).fill(seed + 3 * index));

function claimed(values: Values, index: number) {
  return { commitment: kzg.encode(kzg.commit(values)), index, value: values[index] ?? zero };
}

describe('commitments', () => {
  test('an update by differences is the commitment of the new vector', () => {
    fc.assert(
      fc.property(vector, vector, (before, after) => {
        const changes = before.map((from, index) => ({ index, from, to: after[index] }));
        expect(kzg.update(kzg.commit(before), changes)).toEqual(kzg.commit(after));
      }),
      { numRuns: 5 },
    );
  });

  test('short vectors are filled with zeros', () => {
    const one = new Uint8Array(64).fill(1);
    expect(kzg.commit([one])).toEqual(kzg.commit([one, zero, undefined]));
    expect(kzg.commit([])).toEqual(curve.g1Identity);
    const [first, second] = kzg.commitMany([[one], []]);
    expect([first, second]).toEqual([kzg.commit([one]), curve.g1Identity]);
    expect(
      kzg.updateMany([{ commitment: first!, changes: [{ index: 0, from: one, to: undefined }] }]),
    ).toEqual([curve.g1Identity]);
  });

  test('values of other lengths, too many of them, and indices outside are refused', () => {
    expect(() => kzg.commit([new Uint8Array(63)])).toThrow(RangeError);
    expect(() => kzg.commit(new Array(width + 1).fill(zero))).toThrow(RangeError);
    expect(() => kzg.open(fixed(1), width)).toThrow(RangeError);
    expect(() => kzg.openMany([])).toThrow(RangeError);
    expect(() => createKzg(curve, srs, { width: 32 })).toThrow(RangeError);
  });
});

describe('single openings', () => {
  test('every value of a vector can be proven, and no other', () => {
    fc.assert(
      fc.property(vector, fc.nat(width - 1), value, (values, index, other) => {
        const proof = kzg.encode(kzg.open(values, index));
        const claim = claimed(values, index);
        expect(verifier.verify(claim, proof)).toBeUndefined();
        fc.pre(!other.every((byte, at) => byte === claim.value[at]));
        expect(verifier.verify({ ...claim, value: other }, proof)?.code).toBe('equation');
        expect(verifier.verify({ ...claim, index: (index + 1) % width }, proof)?.code).toBe('equation');
      }),
      { numRuns: 3 },
    );
  });

  test('constant vectors have the identity as proof', () => {
    const values = new Array<Uint8Array>(width).fill(new Uint8Array(64).fill(9));
    const proof = kzg.encode(kzg.open(values, 3));
    expect(proof).toEqual(new Uint8Array(74));
    expect(verifier.verify(claimed(values, 3), proof)).toBeUndefined();
    expect(verifier.verify({ ...claimed(values, 3), value: zero }, proof)?.code).toBe('equation');
    expect(verifier.verify(claimed([], 3), proof)).toBeUndefined();
    // The reference's identity is here what it is elsewhere: a point outside the group.
    const reference = Uint8Array.from({ length: 74 }, (_, at) => (at === 0 ? 3 : 0));
    expect(verifier.verify(claimed(values, 3), reference)?.code).toBe('proof');
  });

  test('scalars of 73 bytes, canonical ones only', () => {
    const full = createKzg(curve, srs, { width, form: 'scalars73' });
    const values = Array.from({ length: width }, (_, k) =>
      numberToBytesBE(scalarOrder - 1n - BigInt(k * k), 73),
    );
    const claim = { commitment: full.encode(full.commit(values)), index: 2, value: values[2]! };
    const proof = full.encode(full.open(values, 2));
    expect(full.verify(claim, proof)).toBeUndefined();
    expect(full.verify({ ...claim, value: numberToBytesBE(2n * scalarOrder - 5n, 73) }, proof)?.code).toBe(
      'value',
    );
    expect(() => full.commit([numberToBytesBE(scalarOrder, 73)])).toThrow(RangeError);
  });

  test('claims are checked together in one product, and one false claim spoils it', () => {
    const claims = [1, 2, 3].map((seed) => {
      const values = fixed(seed);
      return verifier.claim(claimed(values, seed), kzg.encode(kzg.open(values, seed)));
    });
    expect(verifier.check(claims)).toBeUndefined();
    const wrong = verifier.claim(claimed(fixed(4), 4), kzg.encode(kzg.open(fixed(4), 5)));
    expect(verifier.check([...claims, wrong])?.code).toBe('equation');
    const malformed = verifier.claim(claimed(fixed(4), 4), new Uint8Array(3));
    expect(verifier.check([...claims, malformed])?.code).toBe('proof');
  });
});

describe('proofs of many openings', () => {
  const entries = [
    { values: fixed(1), index: 0 },
    { values: fixed(2), index: 15 },
    { values: fixed(3), index: 0 },
    { values: fixed(1), index: 7 },
    { values: fixed(1), index: 7 },
    { values: [], index: 4 },
  ];
  const openings = entries.map(({ values, index }) => claimed(values, index));
  const proof = kzg.openMany(
    entries.map(({ values, index }) => ({ commitment: kzg.commit(values), values, index })),
  );

  test('verify, also of one opening, of repeated ones and of constant vectors', () => {
    expect(proof.length).toBe(148);
    expect(verifier.verifyMany(openings, proof)).toBeUndefined();
    const one = kzg.openMany([{ commitment: kzg.commit(fixed(1)), values: fixed(1), index: 3 }]);
    expect(verifier.verifyMany([claimed(fixed(1), 3)], one)).toBeUndefined();
    const constant = [{ commitment: kzg.commit([]), values: [], index: 3 }];
    const none = kzg.openMany(constant);
    expect(none).toEqual(new Uint8Array(148));
    expect(verifier.verifyMany([claimed([], 3)], none)).toBeUndefined();
  });

  test('have these bytes, whichever implementation makes them', () => {
    expect(bytesToHex(proof)).toMatchInlineSnapshot(
      `"0204b622f0b2221887f4679ab000428221919a8a0932f79d6b60233291a0057dc4ed27d20d4c63cc31322dcabfc72f2bfcc8fc1b17e82b80f3312140713a945ac3f63fab0f75e2fa19540311fa7b6f40c4803b108ecb5b0ca0fd5e513e59872fbfe6a0d94f68a600c0ce090302a3470b15b0d2af5348af820ea51d30e2641aa177a89899aa737dc2feb7324315a887dbd21fc3f4"`,
    );
  });

  test('and nothing in them can be changed', () => {
    const refused = (changed: typeof openings, bytes = proof) => verifier.verifyMany(changed, bytes)?.code;
    const replaced = (at: number, part: object) =>
      openings.map((opening, index) => (index === at ? { ...opening, ...part } : opening));
    expect(refused(replaced(1, { value: zero }))).toBe('equation');
    expect(refused(replaced(1, { index: 14 }))).toBe('equation');
    expect(refused(replaced(1, { commitment: openings[0]!.commitment }))).toBe('equation');
    expect(refused(openings.slice(1))).toBe('equation');
    expect(refused([...openings].reverse())).toBe('equation');
    expect(refused(openings, concatBytes(proof.subarray(74), proof.subarray(0, 74)))).toBe('equation');
    expect(refused([])).toBe('count');
    expect(refused(replaced(1, { index: width }))).toBe('index');
    expect(refused(replaced(1, { value: new Uint8Array(65) }))).toBe('value');
    expect(refused(replaced(1, { commitment: new Uint8Array(73) }))).toBe('commitment');
    expect(refused(openings, proof.subarray(1))).toBe('proof');
    expect(refused(openings, new Uint8Array(148).fill(1))).toBe('proof');
  });

  test('another reference string is another statement', () => {
    const other = createKzgVerifier(curve, { tauG2: curve.multiplyG2(curve.g2, 5n) }, { width });
    expect(other.verifyMany(openings, proof)?.code).toBe('equation');
  });
});

describe('forged values for a challenge known beforehand', () => {
  /**
   * Choose D = g * G1 for a constant g, learn t, then solve the checked equation for the values: y_k = f_k(t) for k > 0, and
   * y_0 so that what is left fits. Works against any t that does not depend on the values.
   */
  const core = createProverCore(curve, srs, width);
  const { roots } = core.domain;
  const g = 25n;
  const d = curve.multiplyG1(curve.g1, g);
  const polynomials = [2n, 3n].map((k) => roots.map((_, index) => (BigInt(index) + k) ** 40n));
  const indices = [3, 5];
  const bytes = (scalar: bigint) => numberToBytesBE(scalar, 73);
  const commitments = polynomials.map((values) => curve.encodeG1(core.bases.sum(values)));

  function forge(t: bigint, draw: (ys: readonly bigint[]) => bigint) {
    const at = (values: readonly bigint[]) => {
      // The barycentric formula, with weights w^i / N.
      const terms = values.map((value, i) =>
        multiply(multiply(value, roots[i]!), invert(subtract(t, roots[i]!))),
      );
      const factor = multiply(subtract(scalars.power(t, BigInt(width)), 1n), invert(BigInt(width)));
      return multiply(terms.reduce(add), factor);
    };
    const ys = polynomials.map(at);
    ys[0] = subtract(ys[0]!, multiply(g, subtract(t, roots[indices[0]!]!)));
    const rho = draw(ys);
    const factors = indices.map((index, k) =>
      multiply(scalars.power(rho, BigInt(k)), invert(subtract(t, roots[index]!))),
    );
    const h = roots.map((_, i) =>
      add(multiply(factors[0]!, polynomials[0]![i]!), multiply(factors[1]!, polynomials[1]![i]!)),
    );
    const y = add(multiply(factors[0]!, ys[0]!), multiply(factors[1]!, ys[1]!));
    const rest = h.map((value) => add(value, negate(g)));
    const proof = core.bases.sum(core.domain.quotientOutside(rest, t, y));
    return { ys, proof: concatBytes(curve.encodeG1(d), curve.encodeG1(proof)) };
  }
  const openings = (ys: readonly bigint[]) =>
    ys.map((y, k) => ({ commitment: commitments[k]!, index: indices[k]!, value: bytes(y) }));

  test('works against the challenges of the reference: its proofs need values that nobody can choose', () => {
    const reference = createReferenceKzg(curve, srs, { width, form: 'scalars73' });
    const { ys, proof } = forge(drawT(curve.encodeG1(d)), (values) =>
      drawRho(values.map((y, k) => ({ commitment: commitments[k]!, index: indices[k]!, y }))),
    );
    expect(ys[0]).not.toBe(polynomials[0]![indices[0]!]);
    expect(reference.verifyMany(openings(ys), proof)).toBeUndefined();
    // Of a single opening it is caught, as D must then be the opening's own proof.
    expect(reference.verifyMany(openings(ys).slice(0, 1), proof)?.code).toBe('equation');
  });

  test('fails against the native ones, which change with the values that were solved for', () => {
    const native = createKzgVerifier(curve, srs, { width, form: 'scalars73' });
    const before = challengesOf(core, openings([1n, 2n])).t(curve.encodeG1(d));
    const drawn = (values: readonly bigint[]) => challengesOf(core, openings(values));
    const { ys, proof } = forge(before, (values) => drawn(values).rho);
    expect(drawn(ys).t(curve.encodeG1(d))).not.toBe(before);
    expect(native.verifyMany(openings(ys), proof)?.code).toBe('equation');
  });
});
