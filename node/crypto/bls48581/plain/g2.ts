/** The group G2: points of order r of the twist y^2 = x^3 + 1/xi over Fp8. */
import { curveSizes, type G2 } from '../curve.ts';
import { readElements, tagOf, tags, writeElements } from './bytes.ts';
import { g2X, g2Y, seedMagnitude } from './constants.ts';
import { fieldPrime, power } from './field.ts';
import { type Affine, createPointGroup, type Point } from './points.ts';
import { coordinates, type Fp8, fp8, fp8FromCoordinates, xi } from './tower.ts';

const twistB = fp8.invert(xi);
const tripleTwistB = fp8.scale(twistB, 3n);

export const g2Group = createPointGroup(fp8, twistB, (a) => fp8.multiply(a, tripleTwistB));

const element = (values: readonly string[]) => fp8FromCoordinates(values.map((hex) => BigInt(`0x${hex}`)));
export const generatorG2: Affine<Fp8> = { x: element(g2X), y: element(g2Y) };

/** w^(2(p-1)) and w^(3(p-1)), by w^6 = xi. */
let psiFactors: { readonly x: Fp8; readonly y: Fp8 } | undefined;

/** The Frobenius of the curve over Fp48, seen from the twist: (x, y) -> (x^p * w^(2(p-1)), y^p * w^(3(p-1))). */
function psi({ x, y }: Affine<Fp8>): Affine<Fp8> {
  psiFactors ??= {
    x: power(fp8, xi, (fieldPrime - 1n) / 3n),
    y: power(fp8, xi, (fieldPrime - 1n) / 2n),
  };
  return {
    x: fp8.multiply(fp8.frobenius(x), psiFactors.x),
    y: fp8.multiply(fp8.frobenius(y), psiFactors.y),
  };
}

/**
 * psi^2 - (x+1) psi + p = 0 on the twist, as the trace is x+1. If psi(Q) = x Q then (p - x) Q = 0, and p - x =
 * r (x-1)^2/3. The order of the twist is r h with h coprime to (x-1)^2/3 (a test computes it), so the order of Q divides
 * r. On G2 psi is multiplication by p, which is x modulo r. (Scott 2021, as for G1.)
 */
export function isInG2(point: Affine<Fp8>): boolean {
  if (!g2Group.isOnCurve(point)) return false;
  const multiple = g2Group.toAffine(
    g2Group.negate(g2Group.multiply(g2Group.fromAffine(point), seedMagnitude)),
  );
  if (multiple === undefined) return false;
  const image = psi(point);
  return fp8.equal(image.x, multiple.x) && fp8.equal(image.y, multiple.y);
}

/** The opaque form: x ‖ y, or zeros for the identity. */
export function toG2(point: Point<Fp8>): G2 {
  const { x, y } = g2Group.toAffine(point) ?? { x: fp8.zero, y: fp8.zero };
  return writeElements([...coordinates(x), ...coordinates(y)]) as G2;
}

export function fromG2(bytes: G2): Affine<Fp8> | undefined {
  const values = readElements(bytes, 16);
  if (values === undefined) throw new RangeError('not an element of G2 of this implementation');
  const point = { x: fp8FromCoordinates(values.slice(0, 8)), y: fp8FromCoordinates(values.slice(8)) };
  return fp8.isZero(point.x) && fp8.isZero(point.y) ? undefined : point;
}

export const projectiveG2 = (bytes: G2): Point<Fp8> => g2Group.fromAffine(fromG2(bytes));

/** The identity is written as zeros, which `decodeG2` refuses. */
export function encodeG2(bytes: G2): Uint8Array {
  const encoded = new Uint8Array(curveSizes.g2);
  const point = fromG2(bytes);
  if (point === undefined) return encoded;
  encoded[0] = tagOf(point.y);
  encoded.set(writeElements(coordinates(point.x)), 1);
  return encoded;
}

export function decodeG2(bytes: Uint8Array): G2 | undefined {
  if (bytes.length !== curveSizes.g2) return undefined;
  const [tag] = bytes;
  if (tag !== tags.even && tag !== tags.odd) return undefined;
  const values = readElements(bytes.subarray(1), 8);
  if (values === undefined) return undefined;
  const x = fp8FromCoordinates(values);
  const root = fp8.squareRoot(fp8.add(fp8.multiply(fp8.square(x), x), twistB));
  if (root === undefined) return undefined;
  const y = tagOf(root) === tag ? root : fp8.negate(root);
  return isInG2({ x, y }) ? toG2(g2Group.fromAffine({ x, y })) : undefined;
}

export function chooseG2(bit: bigint, ifZero: Point<Fp8>, ifOne: Point<Fp8>): Point<Fp8> {
  const pick = (zero: Fp8, one: Fp8) => fp8.add(fp8.scale(zero, 1n - bit), fp8.scale(one, bit));
  return { x: pick(ifZero.x, ifOne.x), y: pick(ifZero.y, ifOne.y), z: pick(ifZero.z, ifOne.z) };
}
