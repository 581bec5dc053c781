/** The tower and Fp48 against the implementation in big integers, with operands as sums leave them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Pair } from '../../plain/extension.ts';
import {
  conjugate48,
  cyclotomicSquare,
  type Fp48,
  frobenius48,
  invert48,
  multiply48,
  multiplyByLine,
  square48,
} from '../../plain/fp48.ts';
import {
  coordinates,
  type Fp8,
  type Fp16,
  fp2,
  fp4,
  fp8,
  fp8FromCoordinates,
  fp16,
} from '../../plain/tower.ts';
import { fieldBytes, p } from '../numbers.ts';
import { elements, get, getRaw, put, putRaw, room, run } from './internals.ts';

const [a, b, c, d] = [room(48), room(48), room(48), room(48)];

type Nested = bigint | Pair<Nested>;
/** Coordinates in the kernel's order, half a first. */
const nest = (values: readonly bigint[]): Nested =>
  values.length === 1
    ? values[0]!
    : { a: nest(values.slice(0, values.length / 2)), b: nest(values.slice(values.length / 2)) };
const flatten = (x: Nested) => coordinates(x as Pair<unknown>).reverse();

/** Adds multiples of p, as sums without reduction do. */
const loosen = (address: number, count: number) => {
  for (let index = 0; index < count; index++) {
    const at = address + index * fieldBytes;
    putRaw(at, getRaw(at) + BigInt((index % 5) - 2) * p);
  }
};

const levels = [
  { name: 'fp2', dimension: 2, plain: fp2 },
  { name: 'fp4', dimension: 4, plain: fp4 },
  { name: 'fp8', dimension: 8, plain: fp8 },
  { name: 'fp16', dimension: 16, plain: fp16 },
] as const;

interface Operations {
  add(x: unknown, y: unknown): unknown;
  multiply(x: unknown, y: unknown): unknown;
  square(x: unknown): unknown;
  invert(x: unknown): unknown;
}

describe.each(levels)('$name', ({ name, dimension, plain }) => {
  const oracle = plain as unknown as Operations;
  const isZero = (values: readonly bigint[]) => values.every((value) => value === 0n);

  test('products, squares, sums, inverses', () => {
    fc.assert(
      fc.property(elements(dimension), elements(dimension), (x, y) => {
        put(a, x);
        put(b, y);
        loosen(a, dimension);
        loosen(b, dimension);
        run(`${name}_mul`, c, a, b);
        expect(get(c, dimension)).toEqual(flatten(oracle.multiply(nest(x), nest(y)) as Nested));
        run(`${name}_square`, c, a);
        expect(get(c, dimension)).toEqual(flatten(oracle.square(nest(x)) as Nested));
        run(`${name}_add`, c, a, b);
        expect(get(c, dimension)).toEqual(flatten(oracle.add(nest(x), nest(y)) as Nested));
        expect(run(`${name}_isZero`, a)).toBe(Number(isZero(x)));
        if (isZero(x)) return;
        run(`${name}_invert`, c, a);
        expect(get(c, dimension)).toEqual(flatten(oracle.invert(nest(x)) as Nested));
        // In place.
        run(`${name}_mul`, a, a, c);
        expect(get(a, dimension)).toEqual([1n, ...Array(dimension - 1).fill(0n)]);
      }),
      { numRuns: 25 },
    );
  });

  test('square roots, also of elements with zero halves', () => {
    fc.assert(
      fc.property(elements(dimension), fc.nat(dimension), (values, kept) => {
        const x = values.map((value, index) => (index < kept ? value : 0n));
        put(a, x);
        run(`${name}_square`, b, a);
        expect(run(`${name}_root`, c, b)).toBe(1);
        run(`${name}_square`, d, c);
        run(`${name}_sub`, d, d, b);
        expect(run(`${name}_isZero`, d)).toBe(1);
      }),
      { numRuns: 10 },
    );
  });
});

test('what the next level adjoins a root of has none: -(1 + i), -j, -k', () => {
  put(a, [p - 1n, p - 1n]);
  expect(run('fp2_root', b, a)).toBe(0);
  put(a, [0n, 0n, p - 1n, 0n]);
  expect(run('fp4_root', b, a)).toBe(0);
  put(a, [0n, 0n, 0n, 0n, p - 1n, 0n, 0n, 0n]);
  expect(run('fp8_root', b, a)).toBe(0);
});

describe('fp48', () => {
  const nest48 = (values: readonly bigint[]): Fp48 => {
    const part = (index: number) => nest(values.slice(16 * index, 16 * index + 16)) as unknown as Fp16;
    return { a: part(0), b: part(1), c: part(2) };
  };
  const flatten48 = (x: Fp48) => [x.a, x.b, x.c].flatMap((part) => flatten(part as unknown as Nested));
  const numRuns = 8;

  test('products, squares, inverses, conjugates, powers of p', () => {
    fc.assert(
      fc.property(elements(48), elements(48), (x, y) => {
        put(a, x);
        put(b, y);
        loosen(a, 48);
        loosen(b, 48);
        run('fp48_mul', c, a, b);
        expect(get(c, 48)).toEqual(flatten48(multiply48(nest48(x), nest48(y))));
        run('fp48_square', c, a);
        expect(get(c, 48)).toEqual(flatten48(square48(nest48(x))));
        run('fp48_conjugate', c, a);
        expect(get(c, 48)).toEqual(flatten48(conjugate48(nest48(x))));
        for (const e of [1, 2, 4, 8]) {
          run(`frobenius_${e}`, c, a);
          expect(get(c, 48)).toEqual(flatten48(frobenius48(nest48(x), e)));
        }
        if (x.every((value) => value === 0n)) return;
        run('fp48_invert', c, a);
        expect(get(c, 48)).toEqual(flatten48(invert48(nest48(x))));
      }),
      { numRuns },
    );
  });

  test('lines', () => {
    fc.assert(
      fc.property(elements(48), elements(8), elements(8), (x, first, third) => {
        put(a, x);
        put(b, first);
        put(c, third);
        loosen(a, 48);
        run('fp48_mulByLine', d, a, b, c);
        const toFp8 = (values: readonly bigint[]): Fp8 => fp8FromCoordinates([...values].reverse());
        const expected = multiplyByLine(nest48(x), fp8.one, toFp8(first), toFp8(third));
        expect(get(d, 48)).toEqual(flatten48(expected));
      }),
      { numRuns },
    );
  });

  test('squares in the cyclotomic subgroup, however many in a row', () => {
    fc.assert(
      fc.property(elements(48), (values) => {
        const x = nest48(values);
        if (values.every((value) => value === 0n)) return;
        const half = multiply48(conjugate48(x), invert48(x));
        let expected = multiply48(frobenius48(half, 8), half);
        put(a, flatten48(expected));
        for (let turn = 0; turn < 6; turn++) {
          run('fp48_cyclotomicSquare', a, a);
          expected = cyclotomicSquare(expected);
        }
        expect(get(a, 48)).toEqual(flatten48(expected));
        // The operand passes into the result: its size must not grow.
        for (let turn = 0; turn < 600; turn++) run('fp48_cyclotomicSquare', a, a);
        for (let index = 0; index < 48; index++) {
          const value = getRaw(a + index * fieldBytes);
          expect((value < 0n ? -value : value) < 2n * p).toBe(true);
        }
      }),
      { numRuns: 3 },
    );
  });
});
