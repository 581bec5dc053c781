import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CqlError } from '../../errors.ts';
import type { NativeName } from '../api.ts';
import { evaluate, negate, type Operator, resultType } from '../arithmetic.ts';
import { bytesOfInt64, int64At } from '../binary.ts';
import { type Decimal, decimalText, parseDecimal } from '../decimal.ts';
import { addDecimals, divideDecimals, multiplyDecimals, remainderOfDecimals } from '../decimal-arithmetic.ts';
import { fromText } from '../literals.ts';
import { nativeText } from '../to-text.ts';
import { fromHex, int64, native } from './support/arbitrary-values.ts';

function calculate(left: NativeName, a: string, operator: Operator, right: NativeName, b: string): string {
  const type = resultType(operator, native(left), native(right));
  const value = evaluate(operator, native(left), fromText(left, a), native(right), fromText(right, b));
  if (type?.kind !== 'native') throw new Error('no such operation');
  return value === undefined ? `${type.name} null` : `${type.name} ${nativeText(type.name, value)}`;
}

test.each<[NativeName, string, Operator, NativeName, string, string]>([
  ['tinyint', '127', '+', 'tinyint', '1', 'tinyint -128'],
  ['tinyint', '1', '+', 'smallint', '2', 'smallint 3'],
  ['int', '2147483647', '+', 'int', '1', 'int -2147483648'],
  ['int', '2147483647', '*', 'int', '2147483647', 'int 1'],
  ['int', '7', '/', 'int', '-2', 'int -3'],
  ['int', '-7', '%', 'int', '2', 'int -1'],
  ['int', '1', '+', 'bigint', '2', 'bigint 3'],
  ['counter', '1', '+', 'int', '2', 'bigint 3'],
  ['bigint', '9223372036854775807', '+', 'varint', '1', 'varint 9223372036854775808'],
  ['int', '1', '/', 'float', '2', 'float 0.5'],
  ['bigint', '1', '/', 'float', '2', 'double 0.5'],
  ['varint', '1', '+', 'float', '2', 'decimal 3.0'],
  ['double', '1', '/', 'double', '0', 'double Infinity'],
  ['double', '5.5', '%', 'double', '2', 'double 1.5'],
  ['float', '0.1', '+', 'float', '0.2', 'float 0.3'],
  ['double', '0.1', '+', 'double', '0.2', 'double 0.30000000000000004'],
  ['decimal', '1.10', '+', 'int', '1', 'decimal 2.10'],
  ['decimal', '1.1', '-', 'decimal', '2.25', 'decimal -1.15'],
  ['decimal', '1.10', '*', 'decimal', '2.0', 'decimal 2.200'],
  ['decimal', '10', '/', 'decimal', '4', 'decimal 2.5'],
  ['decimal', '100', '/', 'decimal', '1', 'decimal 1E+2'],
  ['decimal', '1', '/', 'decimal', '3', `decimal 0.${'3'.repeat(32)}`],
  ['decimal', '2', '/', 'decimal', '3', `decimal 0.${'6'.repeat(31)}7`],
  ['decimal', '1E-40', '/', 'decimal', '3', `decimal ${'3.'}${'3'.repeat(31)}E-41`],
  ['decimal', '7.5', '%', 'decimal', '2', 'decimal 1.5'],
  ['int', '', '+', 'int', '1', 'int null'],
])('%s %s %s %s %s is %s', (left, a, operator, right, b, wanted) => {
  expect(calculate(left, a, operator, right, b)).toBe(wanted);
});

test.each<[NativeName, string, Operator, string, string]>([
  ['timestamp', '2020-01-31', '+', '1mo', 'timestamp 2020-02-29T00:00:00.000Z'],
  ['timestamp', '2020-03-31', '-', '1mo1d', 'timestamp 2020-02-28T00:00:00.000Z'],
  ['timestamp', '1970-01-01', '-', '1ms', 'timestamp 1969-12-31T23:59:59.999Z'],
  ['timestamp', '2020-01-01', '+', '36h', 'timestamp 2020-01-02T12:00:00.000Z'],
  ['date', '2019-12-31', '+', '1y2mo', 'date 2021-02-28'],
  ['date', '1970-01-01', '-', '1d', 'date 1969-12-31'],
])('%s %s %s %s is %s', (name, value, operator, by, wanted) => {
  expect(calculate(name, value, operator, 'duration', by)).toBe(wanted);
});

describe('what fails is a failure of a function', () => {
  test.each<[NativeName, string, Operator, NativeName, string, string]>([
    ['int', '1', '/', 'int', '0', "the operation 'int / int' failed: / by zero"],
    ['bigint', '1', '%', 'int', '0', "the operation 'bigint % int' failed: / by zero"],
    ['varint', '1', '/', 'int', '0', "the operation 'varint / int' failed: BigInteger divide by zero"],
    [
      'decimal',
      '1',
      '/',
      'decimal',
      '0',
      "the operation 'decimal / decimal' failed: BigInteger divide by zero",
    ],
    ['decimal', '1', '%', 'decimal', '0', "the operation 'decimal % decimal' failed: Division by zero"],
    [
      'varint',
      '1',
      '+',
      'double',
      'NaN',
      "the operation 'varint + double' failed: A NaN cannot be converted into a decimal",
    ],
    [
      'date',
      '0',
      '+',
      'duration',
      '10m',
      "the operation 'date + duration' failed: The duration must have a day precision. Was: 10m",
    ],
    [
      'timestamp',
      '0',
      '+',
      'duration',
      '10us',
      "the operation 'timestamp + duration' failed: The duration must have a millisecond precision. Was: 10us",
    ],
  ])('%s %s %s %s %s', (left, a, operator, right, b, message) => {
    try {
      calculate(left, a, operator, right, b);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(CqlError);
      expect(error).toMatchObject({
        code: 'functionFailure',
        message,
        details: { argumentTypes: [left, right] },
      });
    }
  });
});

test.each<[NativeName, Operator, NativeName]>([
  ['text', '+', 'text'],
  ['duration', '+', 'date'],
  ['date', '*', 'duration'],
  ['date', '-', 'date'],
])('there is no %s %s %s', (left, operator, right) => {
  expect(resultType(operator, native(left), native(right))).toBeUndefined();
});

test('bigints wrap as 64 bits do', () => {
  fc.assert(
    fc.property(int64, int64, (left, right) => {
      const of = (operator: Operator) =>
        int64At(
          evaluate(operator, native('bigint'), bytesOfInt64(left), native('bigint'), bytesOfInt64(right))!,
          0,
        );
      expect(of('+')).toBe(BigInt.asIntN(64, left + right));
      expect(of('*')).toBe(BigInt.asIntN(64, left * right));
      if (right !== 0n) expect(BigInt.asIntN(64, of('/') * right + of('%'))).toBe(left);
    }),
  );
});

const small = fc.record({
  unscaled: fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
  scale: fc.integer({ min: -30, max: 60 }),
});
const at = (value: Decimal, scale: number) => value.unscaled * 10n ** BigInt(scale - value.scale);

test('decimals are added, multiplied and divided as fractions are', () => {
  fc.assert(
    fc.property(small, small, (left, right) => {
      const sum = addDecimals(left, right);
      expect(at(sum, 200)).toBe(at(left, 200) + at(right, 200));
      expect(sum.scale).toBe(Math.max(left.scale, right.scale));
      expect(at(multiplyDecimals(left, right), 400)).toBe(at(left, 200) * at(right, 200));
      if (right.unscaled === 0n) return;
      const rest = remainderOfDecimals(left, right);
      expect(at(rest, 200)).toBe(at(left, 200) % at(right, 200));
      // Not further from the quotient than half of the last of 32 digits, or of 32 places.
      const quotient = divideDecimals(left, right);
      const error = at(left, 600) * 10n ** 600n - at(quotient, 600) * at(right, 600);
      const size = (value: bigint) => (value < 0n ? -value : value);
      expect(size(error) * 10n ** 32n * 2n).toBeLessThanOrEqual(size(at(right, 600)) * 10n ** 600n);
    }),
  );
});

test('numbers that stand far apart cost little and are rounded as Java rounds them', () => {
  const one = parseDecimal('1')!;
  const tiny = parseDecimal('1E-2000000000')!;
  const sum = addDecimals(one, tiny);
  expect(sum.scale).toBe(9999);
  expect(decimalText(sum)).toBe(`1.${'0'.repeat(9999)}`);
  const below = addDecimals(one, parseDecimal('-1E-2000000000')!);
  expect(below).toEqual({ unscaled: 10n ** 9999n, scale: 9999 });
  // Five behind the last digit that is kept, and a trace less.
  const tie = { unscaled: 10n ** 10_000n + 5n, scale: 0 };
  expect(addDecimals(tie, tiny).unscaled).toBe(10n ** 9999n + 1n);
  expect(addDecimals(tie, parseDecimal('-1E-2000000000')!).unscaled).toBe(10n ** 9999n);
  expect(divideDecimals(tiny, one)).toEqual({ unscaled: 0n, scale: 0 });
  expect(remainderOfDecimals(tiny, one)).toBe(tiny);
  expect(() => remainderOfDecimals(parseDecimal('1E+2000000000')!, one)).toThrow('Overflow');
  expect(() => multiplyDecimals(tiny, tiny)).toThrow('Underflow');
});

test.each<[NativeName, string, string]>([
  ['int', '-2147483648', '-2147483648'],
  ['tinyint', '5', '-5'],
  ['varint', '-128', '128'],
  ['double', '0', '-0.0'],
  ['decimal', '1.50', '-1.50'],
])('minus %s %s is %s', (name, text, wanted) => {
  expect(nativeText(name, negate(name as 'int', fromText(name, text))!)).toBe(wanted);
  expect(negate('int', fromHex(''))).toBeUndefined();
});
