/** Rules that save gates save them, and change nothing else. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Bit, type BuildOptions, CircuitBuilder, FALSE, TRUE } from '../circuit/builder.ts';
import { evaluate } from '../circuit/evaluate.ts';
import { checkCircuit } from './support/check-circuit.ts';

type Make = (builder: CircuitBuilder, bits: readonly Bit[]) => Bit;

function build(inputs: number, make: Make, options?: BuildOptions) {
  const builder = new CircuitBuilder();
  const bits = builder.input('a', 'x', inputs);
  builder.output('o', ['a'], [make(builder, bits)]);
  const circuit = builder.build(options);
  checkCircuit(circuit);
  return circuit;
}

/** Rows of the truth table, the first input counting fastest. */
function table(inputs: number, make: Make, options?: BuildOptions): string {
  const circuit = build(inputs, make, options);
  return Array.from({ length: 2 ** inputs }, (_, row) => {
    const values = Uint8Array.from({ length: inputs }, (_, i) => (row >> i) & 1);
    return evaluate(circuit, [values])[0]![0];
  }).join('');
}

const depth = (inputs: number, make: Make, options?: BuildOptions) =>
  build(inputs, make, options).layers.filter(({ andFrom, end }) => end > andFrom).length;

/** Name, gates, truth table of (x, y, z), formula. */
const rules: readonly (readonly [string, number, string, Make])[] = [
  ['x & (x & y)', 1, '00010001', (c, [x, y]) => c.and(x!, c.and(x!, y!))],
  ['~x & (x & y)', 0, '00000000', (c, [x, y]) => c.and(c.not(x!), c.and(x!, y!))],
  ['x | (x & y)', 0, '01010101', (c, [x, y]) => c.or(x!, c.and(x!, y!))],
  ['x & (~x | y)', 1, '00010001', (c, [x, y]) => c.and(x!, c.or(c.not(x!), y!))],
  ['x & (x ^ y)', 1, '01000100', (c, [x, y]) => c.and(x!, c.xor(x!, y!))],
  ['~x & (x ^ y)', 1, '00100010', (c, [x, y]) => c.and(c.not(x!), c.xor(x!, y!))],
  ['x & y | x & ~y', 0, '01010101', (c, [x, y]) => c.or(c.and(x!, y!), c.and(x!, c.not(y!)))],
  ['x & y ^ x | y', 0, '01100110', (c, [x, y]) => c.xor(c.and(x!, y!), c.or(x!, y!))],
  ['x & y & (~x & z)', 0, '00000000', (c, [x, y, z]) => c.and(c.and(x!, y!), c.and(c.not(x!), z!))],
  ['x & y & ~(x & z)', 2, '00010000', (c, [x, y, z]) => c.and(c.and(x!, y!), c.not(c.and(x!, z!)))],
  ['x & y | ~x & z', 1, '00011011', (c, [x, y, z]) => c.or(c.and(x!, y!), c.and(c.not(x!), z!))],
  ['x & y ^ x & z', 1, '00010100', (c, [x, y, z]) => c.xor(c.and(x!, y!), c.and(x!, z!))],
  [
    'x & y ^ x & z ^ y & z',
    1,
    '00010111',
    (c, [x, y, z]) => c.xor(c.xor(c.and(x!, y!), c.and(x!, z!)), c.and(y!, z!)),
  ],
  ['x & y | z & (x ^ y)', 1, '00010111', (c, [x, y, z]) => c.or(c.and(x!, y!), c.and(z!, c.xor(x!, y!)))],
  [
    'x & y & ~(~(x ^ y) & z)',
    2,
    '00010000',
    (c, [x, y, z]) => {
      return c.and(c.and(x!, y!), c.not(c.and(c.not(c.xor(x!, y!)), z!)));
    },
  ],
  ['x & y | x & z', 2, '00010101', (c, [x, y, z]) => c.or(c.and(x!, y!), c.and(x!, z!))],
  ['(x & y) & (x & z)', 2, '00000001', (c, [x, y, z]) => c.and(c.and(x!, y!), c.and(x!, z!))],
  ['x ^ (x ^ y)', 0, '00110011', (c, [x, y]) => c.xor(x!, c.xor(x!, y!))],
];

describe('what costs less in another form', () => {
  test.each(rules)('%s takes %i gates', (_name, ands, rows, make) => {
    expect(build(3, make).ands).toBe(ands);
    expect(table(3, make)).toBe(rows);
  });

  test('what is read elsewhere stays', () => {
    const builder = new CircuitBuilder();
    const [x, y, z] = builder.input('a', 'x', 3) as [Bit, Bit, Bit];
    const [left, right] = [builder.and(x, y), builder.and(x, z)];
    builder.output('o', ['a'], [builder.xor(left, right), left, right]);
    expect(builder.build().ands).toBe(2);
  });

  test('a sum of products of one factor is one product', () => {
    const make: Make = (c, bits) =>
      bits.slice(1).reduce((sum, bit) => c.xor(sum, c.and(bits[0]!, bit)), bits[3]!);
    expect(build(9, make).ands).toBe(1);
  });
});

describe('a sum of products', () => {
  test('takes half as many gates as its rank', () => {
    // All pairs of n variables: the rank is n, or n - 1 where that is odd.
    for (const [n, ands] of [
      [4, 2],
      [5, 2],
      [8, 4],
      [9, 4],
    ] as const) {
      const make: Make = (c, bits) =>
        bits.reduce((all, a, i) => bits.slice(0, i).reduce((sum, b) => c.xor(sum, c.and(a, b)), all), FALSE);
      expect(build(n, make).ands).toBe(ands);
      const count = (row: number) => [...row.toString(2)].filter((digit) => digit === '1').length;
      const expected = Array.from({ length: 2 ** n }, (_, row) => ((count(row) * (count(row) - 1)) / 2) & 1);
      expect(table(n, make)).toBe(expected.join(''));
    }
  });

  test('of different variables stays as it is', () => {
    const make: Make = (c, bits) =>
      c.xor(c.xor(c.and(bits[0]!, bits[1]!), c.and(bits[2]!, bits[3]!)), c.and(bits[4]!, bits[5]!));
    expect(build(6, make).ands).toBe(3);
  });
});

describe('balancing', () => {
  const chain: Make = (c, bits) => bits.reduce((all, bit) => c.and(all, bit), TRUE);
  const or: Make = (c, bits) => bits.reduce((all, bit) => c.or(all, bit), FALSE);

  test.each([
    ['and', chain],
    ['or', or],
  ])('makes a chain of %s gates a tree', (_name, make) => {
    expect(depth(32, make)).toBe(31);
    expect(depth(32, make, { balance: true })).toBe(5);
    expect(build(32, make, { balance: true }).ands).toBe(31);
    expect(table(5, make, { balance: true })).toBe(table(5, make));
  });

  test('the deepest operand goes last', () => {
    const make: Make = (c, bits) =>
      c.and(
        c.and(
          c.and(
            chain(
              c,
              bits.slice(0, 4).map((bit) => c.xor(bit, bits[9]!)),
            ),
            bits[5]!,
          ),
          bits[6]!,
        ),
        bits[7]!,
      );
    expect(depth(10, make, { balance: true })).toBe(3);
  });
});

/** Formulas by index of what was made before: half of them read the newest, so that trees and gates read once are frequent. */
const steps = fc.array(
  fc.record({
    operation: fc.constantFrom('xor' as const, 'and' as const, 'or' as const, 'nand' as const),
    newest: fc.boolean(),
    operands: fc.tuple(fc.nat(1000), fc.nat(1000)),
  }),
  { minLength: 1, maxLength: 50 },
);

test('an optimised circuit computes what was built', () => {
  fc.assert(
    fc.property(steps, fc.boolean(), (operations, balance) => {
      const builder = new CircuitBuilder();
      const bits: Bit[] = builder.input('a', 'x', 5);
      // Truth tables of five variables as numbers.
      const tables = [0xaaaaaaaa, 0xcccccccc, 0xf0f0f0f0, 0xff00ff00, 0xffff0000].map((t) => t | 0);
      for (const { operation, newest, operands } of operations) {
        const [i, j] = [operands[0] % bits.length, newest ? bits.length - 1 : operands[1] % bits.length];
        const [a, b, s, t] = [bits[i]!, bits[j]!, tables[i]!, tables[j]!];
        bits.push(
          {
            xor: () => builder.xor(a, b),
            and: () => builder.and(a, b),
            or: () => builder.or(a, b),
            nand: () => builder.not(builder.and(a, b)),
          }[operation](),
        );
        tables.push({ xor: s ^ t, and: s & t, or: s | t, nand: ~(s & t) }[operation]);
      }
      builder.output('last', ['a'], bits.slice(-2));
      const circuit = builder.build({ balance });
      checkCircuit(circuit);
      expect(circuit.ands).toBeLessThanOrEqual(builder.ands);
      for (let row = 0; row < 32; row++) {
        const values = Uint8Array.from({ length: 5 }, (_, i) => (row >> i) & 1);
        expect([...evaluate(circuit, [values])[0]!]).toEqual(tables.slice(-2).map((t) => (t >>> row) & 1));
      }
    }),
    { numRuns: 2000 },
  );
});
