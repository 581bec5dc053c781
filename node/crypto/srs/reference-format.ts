/**
 * The JSON form in which the reference protocol publishes its reference string: powers in G1 and G2, roots of one and
 * Lagrange bases for five widths, and the running products of its ceremony. Read strictly: exactly the known fields, each
 * point canonical and in its subgroup. That they belong together is `checkReferenceSrs`' business.
 */
import { hexToBytes } from '@noble/curves/utils.js';
import { type Curve, curveSizes, type G1, type G2 } from '../bls48581/index.ts';
import { createDomain } from '../kzg/domain.ts';
import { SrsError } from './errors.ts';
import { srsLimits } from './limits.ts';
import type { PowersOfTau, Srs } from './srs.ts';

export const referenceWidths = [16, 32, 64, 128, 256] as const;
export type ReferenceWidth = (typeof referenceWidths)[number];

/** The text with its form checked; points are still hex. */
export interface ReferenceSrsText {
  readonly g1Powers: readonly string[];
  readonly g2Powers: readonly string[];
  readonly lagrange: ReadonlyMap<ReferenceWidth, readonly string[]>;
  readonly roots: ReadonlyMap<ReferenceWidth, readonly bigint[]>;
  /** First and last state of the ceremony, in G1 and in G2. */
  readonly runningProducts: readonly string[];
  readonly publicKeys: readonly string[];
  readonly publicKey: string;
}

export interface ReferenceSrs {
  readonly powers: PowersOfTau;
  readonly lagrange: ReadonlyMap<ReferenceWidth, readonly G1[]>;
}

/** @throws SrsError */
export function parseReferenceSrs(text: string): ReferenceSrsText {
  if (text.length > srsLimits.textBytesMax) throw new SrsError('format', 'the text is too long');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new SrsError('format', 'the text is not JSON');
  }
  const top = record(json, 'the text', ['powersOfTau', 'sized', 'potPubKey', 'witness', 'voucherPubKeys']);
  const powers = record(top.powersOfTau, 'powersOfTau', ['G1Powers', 'G2Powers']);
  const witness = record(top.witness, 'witness', ['runningProducts', 'potPubKeys']);
  if (list(top.voucherPubKeys, 'voucherPubKeys', 0).length > 0) {
    throw new SrsError('format', 'voucherPubKeys is not empty');
  }
  const g1 = (value: unknown, name: string, count: number, least = count) =>
    list(value, name, count, least).map((one) => hexOf(one, name, curveSizes.g1));
  const g2 = (value: unknown, name: string, count: number, least = count) =>
    list(value, name, count, least).map((one) => hexOf(one, name, curveSizes.g2));
  return {
    g1Powers: g1(powers.G1Powers, 'G1Powers', srsLimits.g1PowersMax, 2),
    g2Powers: g2(powers.G2Powers, 'G2Powers', srsLimits.g2PowersMax, 2),
    publicKey: hexOf(top.potPubKey, 'potPubKey', curveSizes.g2),
    runningProducts: g1(witness.runningProducts, 'runningProducts', srsLimits.contributionsMax, 2),
    publicKeys: g2(witness.potPubKeys, 'potPubKeys', srsLimits.contributionsMax, 2),
    ...sized(top.sized),
  };
}

function sized(value: unknown): Pick<ReferenceSrsText, 'lagrange' | 'roots'> {
  const parts = record(value, 'sized', ['rootOfUnity', 'rootsOfUnity', 'G1FFT']);
  const named = (name: string) =>
    record(
      parts[name],
      name,
      referenceWidths.map((width) => `${name}${width}`),
    );
  const [generators, roots, bases] = [named('rootOfUnity'), named('rootsOfUnity'), named('G1FFT')];
  const lagrange = new Map<ReferenceWidth, string[]>();
  const allRoots = new Map<ReferenceWidth, bigint[]>();
  const scalar = (one: unknown, name: string) => BigInt(`0x${hexOf(one, name, curveSizes.scalar)}`);
  for (const width of referenceWidths) {
    const name = `G1FFT${width}`;
    lagrange.set(
      width,
      list(bases[name], name, width).map((one) => hexOf(one, name, curveSizes.g1)),
    );
    const rootsName = `rootsOfUnity${width}`;
    const found = list(roots[rootsName], rootsName, width + 1).map((one) => scalar(one, rootsName));
    const expected = createDomain(width).roots;
    const generator = scalar(generators[`rootOfUnity${width}`], `rootOfUnity${width}`);
    if (generator !== expected[1]) throw new SrsError('check', `rootOfUnity${width} is another root of one`);
    if (!found.every((root, index) => root === expected[index % width])) {
      throw new SrsError('check', `${rootsName} does not hold the powers of the root, closed by one`);
    }
    allRoots.set(width, found);
  }
  return { lagrange, roots: allRoots };
}

/** Every point, decoded and checked: half a minute in big integers. @throws SrsError */
export function decodeReferenceSrs(curve: Curve, text: ReferenceSrsText): ReferenceSrs {
  return {
    powers: {
      g1: text.g1Powers.map((hex, index) => pointG1(curve, hex, `G1Powers[${index}]`)),
      g2: text.g2Powers.map((hex, index) => pointG2(curve, hex, `G2Powers[${index}]`)),
    },
    lagrange: new Map(
      [...text.lagrange].map(([width, points]) => [
        width,
        points.map((hex, index) => pointG1(curve, hex, `G1FFT${width}[${index}]`)),
      ]),
    ),
  };
}

/** Only what one width needs. @throws SrsError */
export function decodeReferenceWidth(curve: Curve, text: ReferenceSrsText, width: ReferenceWidth): Srs {
  return {
    width,
    tauG1: pointG1(curve, text.g1Powers[1]!, 'G1Powers[1]'),
    tauG2: pointG2(curve, text.g2Powers[1]!, 'G2Powers[1]'),
    lagrange: text.lagrange.get(width)!.map((hex, index) => pointG1(curve, hex, `G1FFT${width}[${index}]`)),
  };
}

function pointG1(curve: Curve, hex: string, name: string): G1 {
  const point = curve.decodeG1(hexToBytes(hex));
  if (point === undefined) throw new SrsError('points', `${name} is not an element of G1`);
  if (curve.isIdentity(point)) throw new SrsError('points', `${name} is the identity`);
  return point;
}

function pointG2(curve: Curve, hex: string, name: string): G2 {
  const point = curve.decodeG2(hexToBytes(hex));
  if (point === undefined) throw new SrsError('points', `${name} is not an element of G2`);
  return point;
}

function record(value: unknown, name: string, keys: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SrsError('format', `${name} is not an object`);
  }
  const found = Object.keys(value);
  const missing = keys.find((key) => !found.includes(key));
  if (missing !== undefined) throw new SrsError('format', `${name} has no field ${missing}`);
  if (found.length !== keys.length) throw new SrsError('format', `${name} has fields that are not known`);
  return value as Record<string, unknown>;
}

function list(value: unknown, name: string, most: number, least = most): unknown[] {
  if (!Array.isArray(value)) throw new SrsError('format', `${name} is not a list`);
  if (value.length > most || value.length < least) {
    throw new SrsError(
      'format',
      `${name} has ${value.length} entries, not ${least === most ? most : `${least} to ${most}`}`,
    );
  }
  return value;
}

function hexOf(value: unknown, name: string, bytes: number): string {
  if (typeof value !== 'string' || !/^0x[0-9a-f]*$/.test(value) || value.length !== 2 + 2 * bytes) {
    throw new SrsError('format', `${name} holds something that is not ${bytes} bytes in hex`);
  }
  return value.slice(2);
}
