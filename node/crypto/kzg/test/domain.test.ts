/** Quotients of polynomials given by values, against division of coefficients. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scalarOrder } from '../../bls48581/index.ts';
import { createDomain } from '../domain.ts';
import { scalars } from '../scalars.ts';

const { add, subtract, multiply } = scalars;
const scalar = fc.bigInt({ min: 0n, max: scalarOrder - 1n });
const valueAt = (coefficients: readonly bigint[], x: bigint) =>
  coefficients.reduceRight((sum, coefficient) => add(multiply(sum, x), coefficient), 0n);

/** Synthetic division by X - z, without the rest. */
function divided(coefficients: readonly bigint[], z: bigint): bigint[] {
  const quotient: bigint[] = [];
  let carry = 0n;
  for (const coefficient of [...coefficients].reverse()) {
    quotient.unshift(carry);
    carry = add(multiply(carry, z), coefficient);
  }
  return quotient.slice(0, -1);
}

const coefficients = (width: number) => fc.array(scalar, { minLength: width, maxLength: width });

describe('quotients', () => {
  test.each([2, 4, 16, 64])('at a point of the domain of %i', (width) => {
    const domain = createDomain(width);
    fc.assert(
      fc.property(coefficients(width), fc.nat(width - 1), (f, index) => {
        const quotient = divided(f, domain.roots[index]!);
        const values = domain.roots.map((root) => valueAt(f, root));
        expect(domain.quotientAt(values, index)).toEqual(domain.roots.map((root) => valueAt(quotient, root)));
      }),
      { numRuns: 10 },
    );
  });

  test('at a point outside', () => {
    const domain = createDomain(16);
    fc.assert(
      fc.property(coefficients(16), scalar, (f, t) => {
        fc.pre(!domain.has(t));
        const quotient = divided(f, t);
        const values = domain.roots.map((root) => valueAt(f, root));
        expect(domain.quotientOutside(values, t, valueAt(f, t))).toEqual(
          domain.roots.map((root) => valueAt(quotient, root)),
        );
      }),
      { numRuns: 10 },
    );
  });
});

describe('domains', () => {
  test('know their own points', () => {
    const domain = createDomain(64);
    expect(domain.roots.every((root) => domain.has(root))).toBe(true);
    expect(domain.has(2n)).toBe(false);
    expect(new Set(domain.roots).size).toBe(64);
  });

  test.each([0, 1, 3, 48, 2048, 0.5, Number.NaN])('of width %d do not exist', (width) => {
    expect(() => createDomain(width)).toThrow(RangeError);
  });
});

describe('scalars', () => {
  test('many inverses at once are those found one by one', () => {
    fc.assert(
      fc.property(fc.array(scalar.filter((a) => a !== 0n)), (values) => {
        expect(scalars.invertAll(values)).toEqual(values.map(scalars.invert));
      }),
    );
    expect(() => scalars.invertAll([1n, 0n])).toThrow(RangeError);
    expect(subtract(0n, 1n)).toBe(scalarOrder - 1n);
  });
});
