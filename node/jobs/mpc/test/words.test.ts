/** Operations on words are those of numbers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bitsOfNumber, numberOfBits } from '../circuit/bits.ts';
import { CircuitBuilder, type Word } from '../circuit/builder.ts';
import { evaluate } from '../circuit/evaluate.ts';
import * as words from '../circuit/words/index.ts';
import { CircuitError } from '../errors.ts';

type Make = (builder: CircuitBuilder, a: Word, b: Word) => Word;
type Plain = (a: bigint, b: bigint, n: bigint) => bigint;

function compute(make: Make, a: bigint, b: bigint, widthA: number, widthB: number): bigint {
  const builder = new CircuitBuilder();
  const result = make(builder, builder.input('x', 'a', widthA), builder.input('y', 'b', widthB));
  builder.output('out', ['x'], result);
  return numberOfBits(evaluate(builder.build(), [bitsOfNumber(a, widthA), bitsOfNumber(b, widthB)])[0]!);
}

const mask = (n: bigint) => (1n << n) - 1n;
const signed = (a: bigint, n: bigint) => BigInt.asIntN(Number(n), a);
const unsigned = (a: bigint, n: bigint) => BigInt.asUintN(Number(n), a);

/** Numbers of n bits, often near the ends of the range. */
const numberOf = (bits: number): fc.Arbitrary<bigint> => {
  const max = mask(BigInt(bits));
  const half = max >> 1n;
  return fc.oneof(
    fc.bigInt({ min: 0n, max }),
    fc.constantFrom(...[0n, 1n, 2n, max, max - 1n, half, half + 1n].map((value) => value & max)),
  );
};

const pair = (widths: readonly number[]) =>
  fc.constantFrom(...widths).chain((width) => fc.tuple(fc.constant(width), numberOf(width), numberOf(width)));

const prefix = { adder: 'prefix' } as const;
const bit = (value: boolean) => (value ? 1n : 0n);

const divided = (a: bigint, b: bigint, n: bigint) => (b === 0n ? mask(n) : a / b);
const rest = (a: bigint, b: bigint) => (b === 0n ? a : a % b);
const signedDivided: Plain = (a, b, n) => {
  if (b === 0n) return mask(n);
  return unsigned(signed(a, n) / signed(b, n), n);
};

const operations: Record<string, readonly [Make, Plain]> = {
  add: [(c, a, b) => words.add(c, a, b), (a, b, n) => unsigned(a + b, n)],
  'add with prefixes': [(c, a, b) => words.add(c, a, b, prefix), (a, b, n) => unsigned(a + b, n)],
  addWithCarry: [
    (c, a, b) => {
      const { sum, carry } = words.addWithCarry(c, a, b, a[0]);
      return [...sum, carry];
    },
    (a, b) => a + b + (a & 1n),
  ],
  'addWithCarry with prefixes': [
    (c, a, b) => {
      const { sum, carry } = words.addWithCarry(c, a, b, a[0], prefix);
      return [...sum, carry];
    },
    (a, b) => a + b + (a & 1n),
  ],
  subtract: [(c, a, b) => words.subtract(c, a, b), (a, b, n) => unsigned(a - b, n)],
  subtractWithBorrow: [
    (c, a, b) => {
      const { difference, borrow } = words.subtractWithBorrow(c, a, b, b[0]);
      return [...difference, borrow];
    },
    (a, b, n) => unsigned(a - b - (b & 1n), n + 1n),
  ],
  negate: [(c, a) => words.negate(c, a), (a, _, n) => unsigned(-a, n)],
  absolute: [(c, a) => words.absolute(c, a), (a, _, n) => (signed(a, n) < 0n ? unsigned(-a, n) : a)],
  equal: [(c, a, b) => [words.equal(c, a, b)], (a, b) => bit(a === b)],
  'equal to itself': [(c, a) => [words.equal(c, a, a)], () => 1n],
  isZero: [(c, a) => [words.isZero(c, a)], (a) => bit(a === 0n)],
  lessThan: [(c, a, b) => [words.lessThan(c, a, b)], (a, b) => bit(a < b)],
  'lessThan with prefixes': [(c, a, b) => [words.lessThan(c, a, b, prefix)], (a, b) => bit(a < b)],
  lessOrEqual: [(c, a, b) => [words.lessOrEqual(c, a, b)], (a, b) => bit(a <= b)],
  signedLessThan: [
    (c, a, b) => [words.signedLessThan(c, a, b)],
    (a, b, n) => bit(signed(a, n) < signed(b, n)),
  ],
  signedLessOrEqual: [
    (c, a, b) => [words.signedLessOrEqual(c, a, b)],
    (a, b, n) => bit(signed(a, n) <= signed(b, n)),
  ],
  minimum: [(c, a, b) => words.minimum(c, a, b), (a, b) => (a < b ? a : b)],
  maximum: [(c, a, b) => words.maximum(c, a, b), (a, b) => (a > b ? a : b)],
  not: [(c, a) => words.notWord(c, a), (a, _, n) => unsigned(~a, n)],
  xor: [(c, a, b) => words.xorWord(c, a, b), (a, b) => a ^ b],
  and: [(c, a, b) => words.andWord(c, a, b), (a, b) => a & b],
  or: [(c, a, b) => words.orWord(c, a, b), (a, b) => a | b],
  mux: [(c, a, b) => words.muxWord(c, a[0]!, a, b), (a, b) => ((a & 1n) === 1n ? a : b)],
  parity: [
    (c, a) => [words.parity(c, a)],
    (a) => BigInt([...a.toString(2)].filter((d) => d === '1').length & 1),
  ],
  popcount: [
    (c, a) => words.popcount(c, a),
    (a) => BigInt([...a.toString(2)].filter((d) => d === '1').length),
  ],
  'shift left by a word': [
    (c, a, b) => words.shiftLeftBy(c, a, b),
    (a, b, n) => (b >= n ? 0n : unsigned(a << b, n)),
  ],
  'shift right by a word': [(c, a, b) => words.shiftRightBy(c, a, b), (a, b, n) => (b >= n ? 0n : a >> b)],
  'arithmetic shift right by a word': [
    (c, a, b) => words.arithmeticShiftRightBy(c, a, b),
    (a, b, n) => unsigned(signed(a, n) >> (b > n ? n : b), n),
  ],
  'rotate left by a word': [
    (c, a, b) => words.rotateLeftBy(c, a, b),
    (a, b, n) => unsigned(a << (b % n), n) | (a >> (n - (b % n))),
  ],
  'rotate right by a word': [
    (c, a, b) => words.rotateRightBy(c, a, b),
    (a, b, n) => (a >> (b % n)) | unsigned(a << (n - (b % n)), n),
  ],
  'shift left by 5': [(_, a) => words.shiftLeft(a, 5), (a, _, n) => unsigned(a << 5n, n)],
  'shift right by 5': [(_, a) => words.shiftRight(a, 5), (a) => a >> 5n],
  'arithmetic shift right by 5': [
    (_, a) => words.arithmeticShiftRight(a, 5),
    (a, _, n) => unsigned(signed(a, n) >> 5n, n),
  ],
  'rotate left by 5': [
    (_, a) => words.rotateLeft(a, 5),
    (a, _, n) => unsigned(a << (5n % n), n) | (a >> (n - (5n % n))),
  ],
  'rotate right by 5': [
    (_, a) => words.rotateRight(a, 5),
    (a, _, n) => (a >> (5n % n)) | unsigned(a << (n - (5n % n)), n),
  ],
  'zero extension': [(_, a) => words.zeroExtend(a, a.length + 3), (a) => a],
  'sign extension': [
    (_, a) => words.signExtend(a, a.length + 3),
    (a, _, n) => unsigned(signed(a, n), n + 3n),
  ],
  truncate: [(_, a) => words.truncate(a, 1), (a) => a & 1n],
  'add a constant': [
    (c, a) => words.add(c, a, words.constantWord(-3, a.length)),
    (a, _, n) => unsigned(a - 3n, n),
  ],
};

const products: Record<string, readonly [Make, Plain]> = {
  multiply: [(c, a, b) => words.multiply(c, a, b), (a, b, n) => unsigned(a * b, n)],
  'multiply with prefixes': [(c, a, b) => words.multiply(c, a, b, prefix), (a, b, n) => unsigned(a * b, n)],
  square: [(c, a) => words.multiplyFull(c, a, a), (a) => a * a],
  multiplyFull: [(c, a, b) => words.multiplyFull(c, a, b), (a, b) => a * b],
  'multiplyFull with prefixes': [(c, a, b) => words.multiplyFull(c, a, b, prefix), (a, b) => a * b],
  'multiply by a constant': [
    (c, a) => words.multiplyFull(c, a, words.constantWord(0x5a7, 11)),
    (a) => a * 0x5a7n,
  ],
  signedMultiplyFull: [
    (c, a, b) => words.signedMultiplyFull(c, a, b),
    (a, b, n) => unsigned(signed(a, n) * signed(b, n), 2n * n),
  ],
  'quotient and remainder': [
    (c, a, b) => {
      const { quotient, remainder } = words.divide(c, a, b);
      return [...quotient, ...remainder];
    },
    (a, b, n) => divided(a, b, n) | (rest(a, b) << n),
  ],
  'signed quotient and remainder': [
    (c, a, b) => {
      const { quotient, remainder } = words.signedDivide(c, a, b);
      return [...quotient, ...remainder];
    },
    (a, b, n) => signedDivided(a, b, n) | (unsigned(rest(signed(a, n), signed(b, n)), n) << n),
  ],
};

describe.each(Object.entries(operations))('%s', (_name, [make, plain]) => {
  test('is what numbers do', () => {
    fc.assert(
      fc.property(pair([1, 2, 3, 5, 8, 13, 32, 64]), ([width, a, b]) => {
        expect(compute(make, a, b, width, width)).toBe(plain(a, b, BigInt(width)));
      }),
      { numRuns: 60 },
    );
  });
});

describe.each(Object.entries(products))('%s', (_name, [make, plain]) => {
  test('is what numbers do', () => {
    fc.assert(
      fc.property(pair([1, 2, 3, 7, 8, 15, 16, 17, 33, 64]), ([width, a, b]) => {
        expect(compute(make, a, b, width, width)).toBe(plain(a, b, BigInt(width)));
      }),
      { numRuns: 40 },
    );
  });
});

test('factors may have different widths', () => {
  const widths = fc.constantFrom([3, 40], [16, 50], [20, 21], [1, 9], [31, 17], [25, 70]);
  const numbers = widths.chain(([n, m]) => fc.tuple(fc.constant([n!, m!]), numberOf(n!), numberOf(m!)));
  fc.assert(
    fc.property(numbers, ([[n, m], a, b]) => {
      expect(compute((c, x, y) => words.multiplyFull(c, x, y), a, b, n!, m!)).toBe(a * b);
      const product = signed(a, BigInt(n!)) * signed(b, BigInt(m!));
      expect(compute((c, x, y) => words.signedMultiplyFull(c, x, y), a, b, n!, m!)).toBe(
        unsigned(product, BigInt(n! + m!)),
      );
    }),
    { numRuns: 60 },
  );
});

describe('bytes of words', () => {
  const value = words.constantWord(0x0123456789abcdefn, 64);
  const hex = (word: Word) => numberOfBits(Uint8Array.from(word)).toString(16).padStart(16, '0');

  test('come in either order', () => {
    expect(words.wordToBytes(value, 'big').map((byte) => numberOfBits(Uint8Array.from(byte)))).toEqual([
      0x01n,
      0x23n,
      0x45n,
      0x67n,
      0x89n,
      0xabn,
      0xcdn,
      0xefn,
    ]);
    expect(words.bytesToWord(words.wordToBytes(value, 'little'), 'little')).toEqual(value);
    expect(hex(words.reverseBytes(value))).toBe('efcdab8967452301');
    expect(hex(words.reverseBitsOfBytes(value))).toBe('80c4a2e691d5b3f7');
    expect(hex(words.constantBytes(Uint8Array.of(0xef, 0xcd)))).toBe('000000000000cdef');
  });
});

test('words that do not fit are refused', () => {
  const builder = new CircuitBuilder();
  const [a, b] = [builder.input('x', 'a', 8), builder.input('y', 'b', 9)];
  const refused = [
    () => words.add(builder, a, b),
    () => words.equal(builder, a, b),
    () => words.multiply(builder, a, b),
    () => words.divide(builder, a, b),
    () => words.signedDivide(builder, a, b),
    () => words.muxWord(builder, a[0]!, a, b),
    () => words.truncate(a, 9),
    () => words.zeroExtend(b, 8),
    () => words.wordToBytes(b, 'big'),
    () => words.bytesToWord([b], 'big'),
    () => words.shiftLeft(a, -1),
  ];
  for (const call of refused) expect(call).toThrow(CircuitError);
});

/** AND gates and AND depth, as measured: what a change of the words must not raise. */
test('words cost what they did', () => {
  const cost = (width: number, make: Make) => {
    const builder = new CircuitBuilder();
    builder.output('o', ['x'], make(builder, builder.input('x', 'a', width), builder.input('y', 'b', width)));
    const { ands, layers } = builder.build();
    return `${ands} / ${layers.filter(({ andFrom, end }) => end > andFrom).length}`;
  };
  expect({
    add32: cost(32, (c, a, b) => words.add(c, a, b)),
    add64prefix: cost(64, (c, a, b) => words.add(c, a, b, prefix)),
    lessThan32: cost(32, (c, a, b) => [words.lessThan(c, a, b)]),
    lessThan64prefix: cost(64, (c, a, b) => [words.lessThan(c, a, b, prefix)]),
    equal64: cost(64, (c, a, b) => [words.equal(c, a, b)]),
    popcount63: cost(63, (c, a) => words.popcount(c, a)),
    multiply8: cost(8, (c, a, b) => words.multiply(c, a, b)),
    multiply32: cost(32, (c, a, b) => words.multiply(c, a, b)),
    multiply64: cost(64, (c, a, b) => words.multiply(c, a, b)),
    multiplyFull16: cost(16, (c, a, b) => words.multiplyFull(c, a, b)),
    multiplyFull32: cost(32, (c, a, b) => words.multiplyFull(c, a, b)),
    multiplyFull64: cost(64, (c, a, b) => words.multiplyFull(c, a, b)),
    multiplyFull32prefix: cost(32, (c, a, b) => words.multiplyFull(c, a, b, prefix)),
    signedMultiplyFull16: cost(16, (c, a, b) => words.signedMultiplyFull(c, a, b)),
    signedMultiplyFull32: cost(32, (c, a, b) => words.signedMultiplyFull(c, a, b)),
    divide32: cost(32, (c, a, b) => words.divide(c, a, b).quotient),
    divide64prefix: cost(64, (c, a, b) => words.divide(c, a, b, prefix).quotient),
    signedDivide32: cost(32, (c, a, b) => words.signedDivide(c, a, b).quotient),
    shiftLeft32: cost(32, (c, a, b) => words.shiftLeftBy(c, a, b.slice(0, 5))),
    rotateLeft32: cost(32, (c, a, b) => words.rotateLeftBy(c, a, b.slice(0, 5))),
  }).toEqual({
    add32: '31 / 31',
    add64prefix: '352 / 6',
    lessThan32: '32 / 32',
    lessThan64prefix: '152 / 7',
    equal64: '63 / 6',
    popcount63: '57 / 5',
    multiply8: '57 / 7',
    multiply32: '974 / 31',
    multiply64: '3596 / 63',
    multiplyFull16: '463 / 31',
    multiplyFull32: '1603 / 63',
    multiplyFull64: '5211 / 127',
    multiplyFull32prefix: '2990 / 41',
    signedMultiplyFull16: '496 / 31',
    signedMultiplyFull32: '1713 / 63',
    divide32: '1085 / 588',
    divide64prefix: '12726 / 514',
    signedDivide32: '1180 / 650',
    shiftLeft32: '160 / 5',
    rotateLeft32: '144 / 5',
  });
});
