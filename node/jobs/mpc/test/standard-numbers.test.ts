/** Comparison, maximum, auction, intersection and linear model are what numbers say. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CircuitBuilder } from '../circuit/builder.ts';
import { evaluate } from '../circuit/evaluate.ts';
import { standardCircuit, standardCircuits } from '../circuit/standard/index.ts';
import { oddEvenMerge } from '../circuit/standard/odd-even-merge.ts';
import { byMerging, byPairs, type Membership } from '../circuit/standard/set-intersection.ts';
import { CircuitError } from '../errors.ts';
import { costOf, numbersOf, packed } from './support/circuit-io.ts';

const parties = ['a', 'b'];
const names = Array.from({ length: 16 }, (_, i) => `p${i}`);
const byte = fc.bigInt({ min: 0n, max: 255n });

test('two numbers are compared', () => {
  const less = standardCircuit('comparison', { parties, bits: 8 });
  const signedLess = standardCircuit('comparison', { parties, bits: 8, signed: true });
  const equal = standardCircuit('equality', { parties, bits: 8 });
  const signed = (value: bigint) => BigInt.asIntN(8, value);
  fc.assert(
    fc.property(byte, fc.oneof(byte, fc.constant(undefined)), (a, other) => {
      const b = other ?? a;
      expect(numbersOf(less, [a, b])).toEqual({ less: a < b ? 1n : 0n });
      expect(numbersOf(signedLess, [a, b])).toEqual({ less: signed(a) < signed(b) ? 1n : 0n });
      expect(numbersOf(equal, [a, b])).toEqual({ equal: a === b ? 1n : 0n });
    }),
  );
});

test('the first of the largest wins, and pays the highest price of the others', () => {
  const few = fc.bigInt({ min: 0n, max: 7n });
  const bids = fc.array(fc.oneof(few, byte), { minLength: 2, maxLength: 16 });
  fc.assert(
    fc.property(bids, (values) => {
      const given = { parties: names.slice(0, values.length), bits: 8 };
      const highest = values.reduce((a, b) => (a > b ? a : b));
      const index = values.indexOf(highest);
      const price = values.toSpliced(index, 1).reduce((a, b) => (a > b ? a : b));
      expect(numbersOf(standardCircuit('maximum', given), values)).toEqual({
        value: highest,
        index: BigInt(index),
      });
      expect(numbersOf(standardCircuit('second-price-auction', given), values)).toEqual({
        winner: BigInt(index),
        price,
      });
    }),
    { numRuns: 200 },
  );
});

test('the merge network merges all lists of zeros and ones, and so all lists', () => {
  for (let n = 0; n <= 9; n++) {
    for (let m = 0; m <= 9; m++) {
      const { comparators, order } = oddEvenMerge(n, m);
      for (let zeros = 0; zeros <= n; zeros++) {
        for (let others = 0; others <= m; others++) {
          const values: number[] = [...ones(n, zeros), ...ones(m, others)];
          for (const [i, j] of comparators) {
            if (values[i]! > values[j]!) [values[i], values[j]] = [values[j]!, values[i]!];
          }
          expect(order.map((position) => values[position])).toEqual(ones(n + m, zeros + others));
        }
      }
    }
  }
});

const ones = (length: number, zeros: number) => Array.from({ length }, (_, i) => (i < zeros ? 0 : 1));

describe('set intersection', () => {
  const ascending = (values: readonly bigint[]) => [...values].sort((a, b) => (a < b ? -1 : 1));
  const set = fc
    .uniqueArray(fc.bigInt({ min: 0n, max: 40n }), { minLength: 1, maxLength: 20 })
    .map(ascending);
  const members = (own: readonly bigint[], other: readonly bigint[]) =>
    packed(
      own.map((value) => (other.includes(value) ? 1n : 0n)),
      1,
    );

  test('finds the members of both sets', () => {
    fc.assert(
      fc.property(set, set, (first, second) => {
        const given = { parties, firstSize: first.length, secondSize: second.length, bits: 6 };
        expect(
          numbersOf(standardCircuit('set-intersection', given), [packed(first, 6), packed(second, 6)]),
        ).toEqual({
          'members.a': members(first, second),
          'members.b': members(second, first),
        });
      }),
      { numRuns: 60 },
    );
  });

  test('both ways agree, and no improper list finds what is not there', () => {
    const list = fc.array(fc.bigInt({ min: 0n, max: 12n }), { minLength: 1, maxLength: 8 });
    const find = (intersect: typeof byPairs, first: readonly bigint[], second: readonly bigint[]) => {
      const builder = new CircuitBuilder();
      const words = [first, second].map((values, side) =>
        values.map((_, i) => builder.input(parties[side]!, `e${i}`, 4)),
      );
      const found: Membership = intersect(builder, words[0]!, words[1]!);
      builder.output('first', parties, found.first);
      builder.output('second', parties, found.second);
      return numbersOf(builder.build(), [...first, ...second]);
    };
    fc.assert(
      fc.property(set, set, list, (first, second, improper) => {
        const proper = [first.slice(0, 8).filter((v) => v < 16n), second.slice(0, 8).filter((v) => v < 16n)];
        if (proper.some(({ length }) => length === 0)) return;
        expect(find(byMerging, proper[0]!, proper[1]!)).toEqual(find(byPairs, proper[0]!, proper[1]!));
        const { first: flags } = find(byMerging, proper[0]!, improper);
        expect(flags! & ~members(proper[0]!, improper)).toBe(0n);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the linear model', () => {
  const shape = fc.record({
    features: fc.integer({ min: 1, max: 6 }),
    bits: fc.integer({ min: 2, max: 24 }),
    fraction: fc.nat(23),
    seed: fc.array(fc.bigInt({ min: 0n, max: (1n << 24n) - 1n }), { minLength: 14, maxLength: 14 }),
    extreme: fc.boolean(),
  });

  test('rounds halves up, saturates, and compares what it rounded', () => {
    fc.assert(
      fc.property(shape, ({ features, bits, fraction, seed, extreme }) => {
        const fractionBits = fraction % bits;
        const n = BigInt(bits);
        const [least, most] = [-(1n << (n - 1n)), (1n << (n - 1n)) - 1n];
        const value = (at: number) => {
          if (extreme && seed[at]! % 3n === 0n) return seed[at]! % 2n === 0n ? least : most;
          return BigInt.asIntN(bits, seed[at]!);
        };
        const x = Array.from({ length: features }, (_, i) => value(i));
        const w = Array.from({ length: features }, (_, i) => value(i + 6));
        const [bias, threshold] = [value(12), value(13)];
        const exact = x.reduce((sum, xi, i) => sum + xi * w[i]!, bias << BigInt(fractionBits));
        const scale = 1n << BigInt(fractionBits);
        const rounded = floorDivide(2n * exact + scale, 2n * scale);
        const saturated = rounded < least ? least : rounded > most ? most : rounded;
        const inputs = [packed(x, bits), packed(w, bits), bias];
        const given = { parties, features, bits, fractionBits };
        expect(numbersOf(standardCircuit('linear-model', given), inputs)).toEqual({
          score: BigInt.asUintN(bits, saturated),
        });
        const reached = standardCircuit('linear-model', { ...given, threshold: true });
        expect(numbersOf(reached, [...inputs, threshold])).toEqual({
          reached: rounded >= threshold ? 1n : 0n,
        });
      }),
      { numRuns: 150 },
    );
  });

  const floorDivide = (a: bigint, b: bigint) => (a - (((a % b) + b) % b)) / b;
});

describe('parameters', () => {
  const build =
    (given: Record<string, unknown>, name = 'comparison') =>
    () =>
      standardCircuit(name, given);

  test('that do not fit are refused', () => {
    const refused: readonly [Record<string, unknown>, string][] = [
      [{}, 'different names'],
      [{ parties: ['a'] }, '2 to 2'],
      [{ parties: ['a', 'a'] }, 'different names'],
      [{ parties: ['a', 1] }, 'different names'],
      [{ parties: 'ab' }, 'different names'],
      [{ parties: ['a', 'b c'] }, 'no name'],
      [{ parties, bits: 0 }, 'from 1 to 4096'],
      [{ parties, bits: 1.5 }, 'whole number'],
      [{ parties, bits: '8' }, 'whole number'],
      [{ parties, signed: 1 }, 'true or false'],
      [{ parties, to: ['c'] }, 'no party'],
      [{ parties, to: [] }, 'different names'],
      [{ parties, size: 3 }, 'no parameter'],
      [{ parties, constructor: 3 }, 'no parameter'],
    ];
    for (const [given, message] of refused) {
      expect(build(given)).toThrow(CircuitError);
      expect(build(given)).toThrow(message);
    }
    expect(build({ parties }, 'nothing')).toThrow('no standard circuit');
    expect(build({ parties, features: 2, bits: 8, fractionBits: 8 }, 'linear-model')).toThrow(CircuitError);
  });

  test('of every circuit are described, and outputs go to whom they shall', () => {
    const needed: Record<string, number> = { messageBytes: 1, firstSize: 2, secondSize: 2, features: 1 };
    for (const { name, description, parameters, build: make } of standardCircuits.values()) {
      expect(description.length).toBeGreaterThan(20);
      const given = Object.fromEntries(
        Object.entries(needed).filter(([key]) => Object.hasOwn(parameters, key)),
      );
      const circuit = make({ parties, to: ['b'], ...given });
      expect(
        circuit.outputs.every(({ to }) => to.join() === 'b'),
        name,
      ).toBe(true);
      evaluate(
        circuit,
        circuit.inputs.map(({ bits }) => new Uint8Array(bits)),
      );
    }
  });
});

test('standard circuits on numbers cost what they did', () => {
  const set = (size: number) => ({ parties, firstSize: size, secondSize: size });
  expect({
    comparison: costOf(standardCircuit('comparison', { parties })),
    equality: costOf(standardCircuit('equality', { parties })),
    maximum8: costOf(standardCircuit('maximum', { parties: names.slice(0, 8) })),
    auction8: costOf(standardCircuit('second-price-auction', { parties: names.slice(0, 8) })),
    intersection8: costOf(standardCircuit('set-intersection', set(8))),
    intersection16: costOf(standardCircuit('set-intersection', set(16))),
    intersection64: costOf(standardCircuit('set-intersection', set(64))),
    linear16: costOf(standardCircuit('linear-model', { parties, features: 16 })),
  }).toEqual({
    comparison: '32 / 32',
    equality: '31 / 5',
    maximum8: '452 / 99',
    auction8: '740 / 133',
    intersection8: '1984 / 5',
    intersection16: '5186 / 175',
    intersection64: '28962 / 243',
    linear16: '8471 / 42',
  });
});
