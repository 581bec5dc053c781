/** The reference's string: read, checked, and every way to spoil it found. */
import { readFileSync } from 'node:fs';
import { bytesToHex } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { describe, expect, test } from 'vitest';
import { scalarOrder } from '../../bls48581/index.ts';
import { testCurve } from '../../bls48581/test/test-curve.ts';
import { createDomain } from '../../kzg/domain.ts';
import {
  checkLagrange,
  checkPowers,
  checkReferenceSrs,
  checkSrs,
  decodeReferenceSrs,
  decodeReferenceWidth,
  decodeSrs,
  encodeSrs,
  lagrangeBasis,
  openVerifierKey,
  type PowersOfTau,
  parseReferenceSrs,
  type ReferenceSrsText,
  SrsError,
  srsHash,
  verifierKeyOf,
} from '../index.ts';

const curve = testCurve;
const text = readFileSync(new URL('golden/reference-srs.json', import.meta.url), 'utf8');
const parsed = parseReferenceSrs(text);

/** Decoding 257 points of G2 takes ten seconds in big integers; a few show the same unless asked for all. */
const g2Count = process.env.HYPERGATE_SOAK === '1' ? parsed.g2Powers.length : 5;
const cut: ReferenceSrsText = { ...parsed, g2Powers: parsed.g2Powers.slice(0, g2Count) };
const srs = decodeReferenceSrs(curve, cut);
const moved = <T>(list: readonly T[], left: number, right: number): T[] =>
  list.map((entry, at) => (at === left ? list[right]! : at === right ? list[left]! : entry));

describe('the whole string', () => {
  test('belongs together', () => expect(checkReferenceSrs(curve, cut, srs)).toEqual([]));

  test('its Lagrange basis can be made from the powers', () => {
    expect(lagrangeBasis(curve, srs.powers.g1, 16)).toEqual(srs.lagrange.get(16));
  });

  test('spoiled powers are found, each with a reason', () => {
    const { g1 } = srs.powers;
    const g2 = srs.powers.g2.slice(0, 5);
    const faults = (powers: Partial<PowersOfTau>) => checkPowers(curve, { g1, g2, ...powers }).join();
    expect(faults({ g1: moved(g1, 7, 8) })).toMatch('powers in G1 are not those of the secret');
    expect(faults({ g1: [...g1.slice(0, -1), g1[1]!] })).toMatch('powers in G1 are not those of the secret');
    expect(faults({ g2: moved(g2, 2, 3) })).toMatch('powers in G2 are not those of the secret');
    expect(faults({ g2: moved(g2, 1, 2) })).toMatch('powers in G1 are not those of the secret in [tau]G2');
    expect(faults({ g1: g1.slice(1) })).toMatch('do not begin with the generator');
    expect(faults({ g2: g2.slice(1) })).toMatch('do not begin with the generator');
    expect(faults({ g1: [g1[0]!, curve.g1Identity, ...g1.slice(2)] })).toMatch('the secret is zero');
    expect(faults({ g1: g1.map(() => curve.g1), g2: g2.map(() => curve.g2) })).toMatch('root of one');
    expect(faults({ g1: g1.slice(0, 1) })).toMatch('missing');
  });

  test('a spoiled basis is found', () => {
    const basis = srs.lagrange.get(64)!;
    expect(checkLagrange(curve, srs.powers.g1, moved(basis, 3, 4))).toHaveLength(1);
    expect(checkLagrange(curve, srs.powers.g1.slice(0, 63), basis)).toHaveLength(1);
    expect(checkReferenceSrs(curve, { ...cut, publicKey: cut.g2Powers[2]! }, srs)).toEqual([
      'potPubKey is not the first power in G2',
    ]);
  });
});

describe('the text', () => {
  const json = () => JSON.parse(text);
  const faultOf = (change: (value: ReturnType<typeof json>) => void) => {
    const value = json();
    change(value);
    try {
      const changed = parseReferenceSrs(JSON.stringify(value));
      decodeReferenceWidth(curve, changed, 16);
      return 'none';
    } catch (error) {
      if (!(error instanceof SrsError)) throw error;
      return `${error.code}: ${error.message}`;
    }
  };
  const outside = `0x03${'00'.repeat(73)}`;

  test.each([
    ['nothing', () => undefined, /^none$/],
    ['a field more', (value) => (value.more = 1), /^format: .*not known/],
    ['a field less', (value) => delete value.potPubKey, /^format: .*no field potPubKey/],
    ['vouchers', (value) => value.voucherPubKeys.push('0x'), /^format: voucherPubKeys/],
    ['a short list', (value) => value.sized.G1FFT.G1FFT16.pop(), /^format: G1FFT16 has 15/],
    ['no hex', (value) => (value.powersOfTau.G1Powers[3] = 'x'), /^format: G1Powers/],
    ['upper case', (value) => (value.potPubKey = value.potPubKey.toUpperCase()), /^format: potPubKey/],
    [
      'another root',
      (value) => (value.sized.rootOfUnity.rootOfUnity16 = value.sized.rootOfUnity.rootOfUnity32),
      /^check: rootOfUnity16/,
    ],
    [
      'roots out of order',
      (value) => value.sized.rootsOfUnity.rootsOfUnity32.reverse(),
      /^check: rootsOfUnity32/,
    ],
    ['a point of order 3', (value) => (value.powersOfTau.G1Powers[1] = outside), /^points: G1Powers\[1\]/],
    [
      'the identity',
      (value) => (value.sized.G1FFT.G1FFT16[2] = `0x${'00'.repeat(74)}`),
      /^points: G1FFT16\[2\]/,
    ],
    [
      'no point of G2',
      (value) => (value.powersOfTau.G2Powers[1] = `0x03${'00'.repeat(584)}`),
      /^points: G2Powers\[1\]/,
    ],
  ] as [string, (value: ReturnType<typeof json>) => unknown, RegExp][])(
    'with %s',
    (_name, change, reason) => {
      expect(faultOf(change)).toMatch(reason);
    },
  );

  test('that is no JSON, or none of an object, is refused', () => {
    expect(() => parseReferenceSrs('{')).toThrow(SrsError);
    expect(() => parseReferenceSrs('[]')).toThrow(SrsError);
    expect(() => parseReferenceSrs('null')).toThrow(SrsError);
  });
});

describe('the string of one width', () => {
  const one = decodeReferenceWidth(curve, parsed, 16);

  test('belongs together, and spoiled parts are found', () => {
    expect(checkSrs(curve, one)).toEqual([]);
    const other = decodeReferenceWidth(curve, parsed, 32);
    const reasons = (part: Partial<typeof one>) => checkSrs(curve, { ...one, ...part }).join();
    expect(reasons({ lagrange: moved(one.lagrange, 1, 2) })).toMatch('does not belong to [tau]G1');
    expect(reasons({ lagrange: other.lagrange.slice(0, 16) })).toMatch('does not sum to the generator');
    expect(reasons({ tauG1: srs.powers.g1[2]! })).toMatch('does not belong to [tau]G1');
    expect(reasons({ tauG2: srs.powers.g2[2]! })).toMatch('does not belong to [tau]G2');
    expect(reasons({ width: 32 })).toMatch('another width');
    // Three points moved so that the sum and [tau]G1 stay what they were.
    const [w0, w1, w2] = createDomain(16).roots as [bigint, bigint, bigint];
    const shifts = [w2 - w1, w0 - w2, w1 - w0].map(
      (shift) => ((shift % scalarOrder) + scalarOrder) % scalarOrder,
    );
    const bent = one.lagrange.map((point, at) =>
      curve.addG1(point, curve.multiplyG1(curve.g1, shifts[at] ?? 0n)),
    );
    expect(reasons({ lagrange: bent })).toMatch('does not belong to [tau]G2');
  });

  test('its bytes are read back, and only they', () => {
    const bytes = encodeSrs(curve, one);
    expect(bytes.length).toBe(10 + 585 + 17 * 74);
    expect(bytesToHex(bytes.subarray(0, 10))).toBe('48475352530100000010');
    expect(bytesToHex(sha512(bytes))).toMatchInlineSnapshot(
      `"dc35baf64d5a3babec9bd331a9dd0f3c7563a64d67e42c3f5785bdbcfdd0f3d393bd616541c91996027bdaaf1168187e10e4f9cd85bc4afa5333b807e5b477a7"`,
    );
    expect(decodeSrs(curve, bytes)).toEqual(one);
    const spoiled = (at: number, value: number) => {
      const copy = bytes.slice();
      copy[at] = value;
      return () => decodeSrs(curve, copy);
    };
    expect(spoiled(0, 0)).toThrow(/not a reference string/);
    expect(spoiled(5, 2)).toThrow(/another version/);
    expect(spoiled(9, 17)).toThrow(/power of two/);
    expect(spoiled(9, 32)).toThrow(/wrong length/);
    expect(spoiled(10, 7)).toThrow(/\[tau\]G1/);
    expect(spoiled(84, 7)).toThrow(/\[tau\]G2/);
    expect(spoiled(84 + 585, 7)).toThrow(/point 0 of the Lagrange basis/);
    expect(() => decodeSrs(curve, bytes.subarray(1))).toThrow(SrsError);
    expect(() => decodeSrs(curve, bytes.subarray(0, 9))).toThrow(SrsError);
    expect(() => decodeSrs(curve, bytes.subarray(0, -1))).toThrow(/wrong length/);
  });

  test('its hash names width and tau, and a verifier key is held to it', () => {
    const key = verifierKeyOf(curve, one);
    expect(key.srsHash).toMatchInlineSnapshot(
      `"eb0fedac8f7d2dc11743b87d1313c595a587e0c0984688702211ba565fafe548"`,
    );
    expect(openVerifierKey(curve, key)).toEqual({ width: 16, tauG1: one.tauG1, tauG2: one.tauG2 });
    expect(() => openVerifierKey(curve, { ...key, width: 32 })).toThrow(/hash/);
    expect(() => openVerifierKey(curve, { ...key, tauG1: key.tauG1.toUpperCase() })).toThrow(SrsError);
    const broken = { ...one, tauG1: curve.g1Identity };
    expect(() => openVerifierKey(curve, verifierKeyOf(curve, broken))).toThrow(/no valid points/);
    expect(srsHash(curve, one)).not.toEqual(srsHash(curve, { ...one, width: 32 }));
  });
});
