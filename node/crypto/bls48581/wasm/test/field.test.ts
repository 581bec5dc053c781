/** The field's routines against big integers, at the bounds they are made for. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkBounds } from '../emit/field-mul.ts';
import { fromLimbs, inverse, modulo, p, power, radix, toLimbs } from '../numbers.ts';
import {
  extremeLimbs,
  fieldElement,
  get,
  getLimbs,
  getRaw,
  put,
  putLimbs,
  putRaw,
  room,
  run,
} from './internals.ts';

const [a, b, c, target] = [room(1), room(1), room(1), room(1)];
const wide = room(2);
const inverseRadix = inverse(radix, p);
const numRuns = 300;
/** Values as sums leave them: a few p around zero. */
const loose = fc.tuple(fieldElement, fc.bigInt({ min: -40n, max: 40n })).map(([value, k]) => value + k * p);
const anyLimbs = fc.oneof(
  extremeLimbs,
  loose.map((value) => toLimbs(value)),
);
const tightMax = 2 ** 29 + 2;

/** target holds an integer of the class, within (-0.51 p, 0.51 p), with tight limbs. */
function expectProduct(expected: bigint): void {
  const value = getRaw(target);
  expect(modulo(value, p)).toBe(modulo(expected, p));
  expect(100n * (value < 0n ? -value : value) < 51n * p).toBe(true);
  expectTight();
}
function expectTight(): void {
  for (const limb of getLimbs(target).subarray(0, 19)) expect(Math.abs(limb)).toBeLessThanOrEqual(tightMax);
}

describe('multiplication', () => {
  test('columns cannot overflow', () => expect(checkBounds()).toBeLessThan(1));

  test('products, also of limbs at the ends of their range', () => {
    fc.assert(
      fc.property(anyLimbs, anyLimbs, (x, y) => {
        putLimbs(a, x);
        putLimbs(b, y);
        run('fp_mul', target, a, b);
        expectProduct(fromLimbs(x) * fromLimbs(y) * inverseRadix);
        run('fp_square', target, a);
        expectProduct(fromLimbs(x) ** 2n * inverseRadix);
      }),
      { numRuns },
    );
  });

  test('double-width products are exact, and reduce as products do', () => {
    fc.assert(
      fc.property(anyLimbs, anyLimbs, (x, y) => {
        putLimbs(a, x);
        putLimbs(b, y);
        run('fp_wideMul', wide, a, b);
        expect(getRaw(wide, 40)).toBe(fromLimbs(x) * fromLimbs(y));
        run('fp_reduce', target, wide);
        expectProduct(fromLimbs(x) * fromLimbs(y) * inverseRadix);
        run('fp_wideSquare', wide, a);
        expect(getRaw(wide, 40)).toBe(fromLimbs(x) ** 2n);
      }),
      { numRuns },
    );
  });

  test('targets may be operands', () => {
    putRaw(a, 5n);
    putRaw(b, 7n);
    run('fp_mul', a, a, b);
    run('fp_mul', b, a, b);
    expect(modulo(getRaw(b) * radix ** 2n, p)).toBe(5n * 7n * 7n);
  });

  test('the checked build stops at operands beyond the bounds', () => {
    const tooLarge = toLimbs(p);
    tooLarge[3] = 2 ** 30;
    putLimbs(a, tooLarge);
    putRaw(b, 1n);
    expect(() => run('fp_mul', target, a, b)).toThrow(/unreachable/);
    putRaw(a, 200n * p);
    expect(() => run('fp_square', target, a)).toThrow(/unreachable/);
  });
});

describe('sums', () => {
  test.each([
    ['add', [1n, 1n]],
    ['sub', [1n, -1n]],
    ['negate', [-1n]],
    ['double', [2n]],
    ['triple', [3n]],
    ['subTwice', [1n, -2n]],
    ['subBoth', [1n, -1n, -1n]],
  ] as const)('%s', (name, factors) => {
    fc.assert(
      fc.property(anyLimbs, anyLimbs, anyLimbs, (x, y, z) => {
        const operands = [x, y, z].slice(0, factors.length);
        operands.forEach((operand, index) => {
          putLimbs([a, b, c][index]!, operand);
        });
        run(`fp_${name}`, target, ...[a, b, c].slice(0, factors.length));
        const expected = operands.reduce(
          (sum, operand, index) => sum + factors[index]! * fromLimbs(operand),
          0n,
        );
        expect(getRaw(target)).toBe(expected);
        expectTight();
      }),
      { numRuns: 100 },
    );
  });

  test('shortening keeps the class', () => {
    const upToThree = fc.bigInt({ min: -3n * p + 1n, max: 3n * p - 1n });
    fc.assert(
      fc.property(fc.oneof(upToThree, fc.constantFrom(3n * p - 1n, 1n - 3n * p)), (value) => {
        putRaw(a, value);
        run('fp_shorten', target, a);
        const short = getRaw(target);
        expect(modulo(short - value, p)).toBe(0n);
        expect(10n * (short < 0n ? -short : short) < 6n * p).toBe(true);
      }),
      { numRuns },
    );
  });
});

describe('canonical form and tests', () => {
  test('one representation of a class', () => {
    fc.assert(
      fc.property(anyLimbs, (x) => {
        putLimbs(a, x);
        run('fp_canonical', target, a);
        expect(getLimbs(target)).toEqual(toLimbs(modulo(fromLimbs(x), p)));
        run('fp_montgomery', target, a);
        expect(getLimbs(target)).toEqual(toLimbs(modulo(fromLimbs(x) * radix, p)));
        run('fp_plain', target, target);
        expect(getLimbs(target)).toEqual(toLimbs(modulo(fromLimbs(x), p)));
      }),
      { numRuns },
    );
  });

  test('zero is every multiple of p', () => {
    for (let k = -60n; k <= 60n; k++) {
      putRaw(a, k * p);
      expect(run('fp_isZero', a)).toBe(1);
      putRaw(a, k * p + 1n);
      expect(run('fp_isZero', a)).toBe(0);
      putRaw(a, k * p + (1n << 30n));
      expect(run('fp_isZero', a)).toBe(0);
    }
    putRaw(a, 0n);
    expect(run('fp_isNull', a)).toBe(1);
    putRaw(a, 1n << 580n);
    expect(run('fp_isNull', a)).toBe(0);
  });

  test('parity', () => {
    fc.assert(
      fc.property(fieldElement, (x) => {
        put(a, [x]);
        expect(run('fp_isOdd', a)).toBe(Number(x & 1n));
      }),
      { numRuns: 100 },
    );
  });
});

describe('inverses and roots', () => {
  test('the inverse, of zero zero', () => {
    const small = fc.integer({ min: 0, max: 580 }).map((bit) => 1n << BigInt(bit));
    fc.assert(
      fc.property(
        fc.oneof(
          fieldElement,
          small,
          small.map((value) => p - value),
        ),
        (x) => {
          put(a, [x]);
          run('fp_invert', target, a);
          expect(get(target, 1)).toEqual([x === 0n ? 0n : inverse(x, p)]);
        },
      ),
      { numRuns },
    );
    for (const k of [-28n, 7n]) {
      put(a, [3n]);
      putRaw(a, getRaw(a) + k * p);
      run('fp_invert', a, a);
      expect(get(a, 1)).toEqual([inverse(3n, p)]);
    }
  });

  test('square roots, and none of other values', () => {
    fc.assert(
      fc.property(fieldElement, (x) => {
        put(a, [x * x]);
        expect(run('fp_root', target, a)).toBe(1);
        expect([x, modulo(-x, p)]).toContain(get(target, 1)[0]);
        if (x === 0n) return;
        put(a, [modulo(-x * x, p)]);
        expect(run('fp_root', target, a)).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  test('powers', () => {
    // Digits of 5 bits, one per byte.
    const digits = Uint8Array.of(1, 0, 31, 7);
    putLimbs(b, new Int32Array(20));
    putLimbs(b, new Int32Array(digits.buffer.slice(0, 4)));
    put(a, [12345n]);
    run('fp_power', target, a, b, digits.length);
    const exponent = digits.reduce((value, digit) => value * 32n + BigInt(digit), 0n);
    expect(get(target, 1)).toEqual([power(12345n, exponent, p)]);
  });
});
