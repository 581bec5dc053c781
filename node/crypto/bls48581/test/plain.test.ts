/** The curve in big integers against the reference's vectors, and the facts that its shortcuts rest on. */
import { bytesToHex, hexToBytes } from '@noble/curves/utils.js';
import { describe, expect, test } from 'vitest';
import { scalarOrder } from '../curve.ts';
import { generatorG1, seedMagnitude } from '../plain/constants.ts';
import { fieldPrime, fp, power } from '../plain/field.ts';
import {
  conjugate48,
  cyclotomicSquare,
  equal48,
  type Fp48,
  frobenius48,
  invert48,
  multiply48,
  multiplyByLine,
  one48,
  square48,
} from '../plain/fp48.ts';
import { compressG1, g1Group, isInG1 } from '../plain/g1.ts';
import { g2Group, generatorG2, isInG2 } from '../plain/g2.ts';
import { hashToField, mapToCurve } from '../plain/hash-to-g1.ts';
import { plainCurve } from '../plain/index.ts';
import { type Fp8, fp2, fp4, fp8, fp8FromCoordinates, fp16 } from '../plain/tower.ts';
import { describeCurve, scalarOf, vectors } from './curve-vectors.ts';

describeCurve('plain', plainCurve());

const x = -seedMagnitude;
const cofactor = (x - 1n) ** 2n / 3n;

/** Reproducible elements without structure. */
let counter = 1n;
const next = () => power(fp, 5n, (counter += 1n) ** 40n);
const next8 = (): Fp8 => fp8FromCoordinates(Array.from({ length: 8 }, next));
const next48 = (): Fp48 => {
  const part = () => ({ a: next8(), b: next8() });
  return { a: part(), b: part(), c: part() };
};

describe('numbers', () => {
  test('order and prime come from the seed', () => {
    expect(x ** 16n - x ** 8n + 1n).toBe(scalarOrder);
    expect(cofactor * scalarOrder + x).toBe(fieldPrime);
    expect(fieldPrime).toBe(scalarOf(vectors.constants.p));
    expect(scalarOrder).toBe(scalarOf(vectors.constants.r));
  });

  test("the twist's order is odd, and its cofactor coprime to that of p - x", () => {
    // Trace over Fp8 by the recurrence of Lucas; then the six twists, of which one has the order of G2 as a factor.
    let [before, trace] = [2n, x + 1n];
    const t = trace;
    for (let degree = 1; degree < 8; degree += 1) [before, trace] = [trace, t * trace - fieldPrime * before];
    const q = fieldPrime ** 8n;
    const f = squareRootOf((4n * q - trace * trace) / 3n);
    const orders = [3n * f, -3n * f].flatMap((g) => [trace + g, -(trace + g)]).map((s) => q + 1n - s / 2n);
    const order = orders.find((candidate) => candidate % scalarOrder === 0n)!;
    expect(order % 2n).toBe(1n);
    expect(gcd(order / scalarOrder, cofactor)).toBe(1n);
  });
});

describe('fields', () => {
  test('the Frobenius is the power p, on every level', () => {
    const e = next8();
    expect(fp2.frobenius(e.a.a)).toEqual(power(fp2, e.a.a, fieldPrime));
    expect(fp4.frobenius(e.a)).toEqual(power(fp4, e.a, fieldPrime));
    expect(fp8.frobenius(e)).toEqual(power(fp8, e, fieldPrime));
    const f = { a: e, b: next8() };
    expect(fp16.frobenius(f)).toEqual(power(fp16, f, fieldPrime));
    const y = next48();
    expect(equal48(frobenius48(y, 24), conjugate48(y))).toBe(true);
    expect(equal48(frobenius48(y, 48), y)).toBe(true);
    const z = next48();
    expect(equal48(frobenius48(multiply48(y, z), 1), multiply48(frobenius48(y, 1), frobenius48(z, 1)))).toBe(
      true,
    );
  });

  test('squares and inverses agree with multiplication', () => {
    const e = next8();
    expect(fp8.square(e)).toEqual(fp8.multiply(e, e));
    expect(fp8.multiply(e, fp8.invert(e))).toEqual(fp8.one);
    const y = next48();
    expect(equal48(square48(y), multiply48(y, y))).toBe(true);
    expect(equal48(multiply48(y, invert48(y)), one48)).toBe(true);
    const [constant, linear, cubic] = [next8(), next8(), next8()];
    const line: Fp48 = {
      a: { a: constant, b: cubic },
      b: { a: linear, b: fp8.zero },
      c: { a: fp8.zero, b: fp8.zero },
    };
    expect(equal48(multiplyByLine(y, constant, linear, cubic), multiply48(y, line))).toBe(true);
    const half = multiply48(conjugate48(y), invert48(y));
    const cyclotomic = multiply48(frobenius48(half, 8), half);
    expect(equal48(cyclotomicSquare(cyclotomic), square48(cyclotomic))).toBe(true);
  });

  test('square roots, also of elements of a subfield', () => {
    for (const e of [next8(), fp8FromCoordinates([0n, 0n, 0n, 0n, 0n, 0n, 0n, 2n]), fp8.zero, fp8.one]) {
      const square = fp8.square(e);
      expect(fp8.square(fp8.squareRoot(square)!)).toEqual(square);
    }
    // Fp is all squares in Fp8, whichever they are below.
    for (const small of [2n, 3n, 5n, 6n, 7n]) {
      const e = fp8.scale(fp8.one, small);
      expect(fp8.square(fp8.squareRoot(e)!)).toEqual(e);
    }
    const generator = { a: fp4.zero, b: fp4.one };
    expect(fp16.isSquare({ a: generator, b: fp8.zero })).toBe(true);
    expect(fp8.isSquare(generator)).toBe(false);
    expect(fp8.squareRoot(generator)).toBeUndefined();
  });
});

describe('subgroups', () => {
  const outside1 = [2n, 5n, 6n].map((u) => mapToCurve(u));

  test('the endomorphism of G1 tells what the order tells', () => {
    for (const point of [generatorG1, ...outside1]) {
      const multiple = g1Group.multiply(g1Group.fromAffine(point), scalarOrder);
      expect(isInG1(point)).toBe(g1Group.toAffine(multiple) === undefined);
    }
    expect(isInG1({ x: 0n, y: 1n })).toBe(false);
    expect(isInG1({ x: fieldPrime - 1n, y: 0n })).toBe(false);
    expect(isInG1({ x: 1n, y: 1n })).toBe(false);
  });

  test('the Frobenius of the twist tells what the order tells', () => {
    const off = vectors.g2Decompress.find(({ inSubgroup, onCurve }) => onCurve && !inSubgroup)!;
    const bytes = hexToBytes(off.bytes).subarray(1);
    const values = Array.from({ length: 8 }, (_, at) =>
      scalarOf(bytesToHex(bytes.subarray(73 * at, 73 * at + 73))),
    );
    const point = { x: fp8FromCoordinates(values) };
    const y = fp8.squareRoot(
      fp8.subtract(
        fp8.add(fp8.multiply(fp8.square(point.x), point.x), fp8.square(generatorG2.y)),
        fp8.multiply(fp8.square(generatorG2.x), generatorG2.x),
      ),
    )!;
    for (const candidate of [generatorG2, { ...point, y }]) {
      const multiple = g2Group.multiply(g2Group.fromAffine(candidate), scalarOrder);
      expect(isInG2(candidate)).toBe(g2Group.toAffine(multiple) === undefined);
    }
  });
});

describe('hashing', () => {
  test.each(vectors.hashToG1.cases)('field elements and mapped points of $msg', ({ msg, u, mapped }) => {
    const elements = hashToField(hexToBytes(msg), vectors.hashToG1.dst);
    expect(elements).toEqual(u.map(scalarOf));
    expect(elements.map((element) => bytesToHex(compressG1(mapToCurve(element))))).toEqual(mapped);
  });

  test.each(vectors.mapToCurveEdge)('the map at $u', ({ u, point }) => {
    expect(bytesToHex(compressG1(mapToCurve(scalarOf(u))))).toBe(point);
  });
});

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

/** Newton's method, for a perfect square. */
function squareRootOf(square: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(square.toString(2).length / 2));
  for (;;) {
    const better = (root + square / root) >> 1n;
    if (better >= root) break;
    root = better;
  }
  expect(root * root).toBe(square);
  return root;
}
