import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NativeName, Value } from '../../types/api.ts';
import {
  bytesOfFloat32,
  bytesOfFloat64,
  bytesOfInt8,
  bytesOfInt32,
  bytesOfInt64,
  float64At,
  int32At,
  int64At,
} from '../../types/binary.ts';
import { encodeDecimal, parseDecimal } from '../../types/decimal.ts';
import { nativeText } from '../../types/to-text.ts';
import { aggregateFunctions } from '../native/aggregates.ts';

const all = aggregateFunctions();

function aggregate(
  name: string,
  type: NativeName,
  values: readonly (Value | undefined)[],
): Value | undefined {
  const found = all.find(
    (each) =>
      each.name === name && each.argumentTypes.every((of) => of.kind === 'native' && of.name === type),
  );
  const state = found!.start();
  for (const value of values) state.add([value]);
  return state.result();
}

const int32 = fc.oneof(fc.integer(), fc.constantFrom(2 ** 31 - 1, -(2 ** 31)));
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(2n ** 63n - 1n),
);

test('sums of ints wrap around, averages do not', () => {
  fc.assert(
    fc.property(fc.array(int32, { maxLength: 20 }), (numbers) => {
      const values = numbers.map(bytesOfInt32);
      const exact = numbers.reduce((sum, each) => sum + BigInt(each), 0n);
      expect(int32At(aggregate('sum', 'int', values)!, 0)).toBe(Number(BigInt.asIntN(32, exact)));
      const count = BigInt(Math.max(numbers.length, 1));
      expect(int32At(aggregate('avg', 'int', values)!, 0)).toBe(Number(exact / count));
    }),
  );
});

test('averages of bigints are right even if their sum is no bigint', () => {
  fc.assert(
    fc.property(fc.array(int64, { minLength: 1, maxLength: 20 }), (numbers) => {
      const exact = numbers.reduce((sum, each) => sum + each, 0n);
      const values = numbers.map(bytesOfInt64);
      expect(int64At(aggregate('sum', 'bigint', values)!, 0)).toBe(BigInt.asIntN(64, exact));
      expect(int64At(aggregate('avg', 'bigint', values)!, 0)).toBe(exact / BigInt(numbers.length));
    }),
  );
});

test('min and max are the least and the greatest, without nulls', () => {
  fc.assert(
    fc.property(fc.array(fc.option(int32), { maxLength: 20 }), (numbers) => {
      const values = numbers.map((each) => (each === null ? undefined : bytesOfInt32(each)));
      const present = numbers.filter((each) => each !== null);
      const shown = (value: Value | undefined) => (value === undefined ? undefined : int32At(value, 0));
      expect(shown(aggregate('min', 'int', values))).toBe(
        present.length > 0 ? Math.min(...present) : undefined,
      );
      expect(shown(aggregate('max', 'int', values))).toBe(
        present.length > 0 ? Math.max(...present) : undefined,
      );
      expect(int64At(aggregate('count', 'int', values)!, 0)).toBe(BigInt(present.length));
    }),
  );
});

const double = (value: Value | undefined) => float64At(value!, 0);

test.each([
  [[0.1, 0.2, 0.3, 0.4], 1, 0.25],
  [[1e308, 1e308, -1e308], Number.POSITIVE_INFINITY, 1e308 / 3],
  [[1e308, 1e308, 1e308], Number.POSITIVE_INFINITY, 1e308],
  [[1, Number.POSITIVE_INFINITY], Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  [[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], Number.NaN, Number.NaN],
  [[Number.NaN, 1], Number.NaN, Number.NaN],
  [[1, 1e100, 1, -1e100], 0, 0],
])('of the doubles %j the sum is %d and the average %d', (numbers, sum, average) => {
  const values = numbers.map(bytesOfFloat64);
  expect(double(aggregate('sum', 'double', values))).toBe(sum);
  const computed = double(aggregate('avg', 'double', values));
  if (Number.isFinite(average)) expect(computed / (average || 1)).toBeCloseTo(average === 0 ? 0 : 1, 10);
  else expect(computed).toBe(average);
});

test('floats are added as doubles', () => {
  const values = Array.from({ length: 1000 }, () => bytesOfFloat32(0.1));
  expect(nativeText('float', aggregate('sum', 'float', values)!)).toBe('100.0');
});

test.each([
  [['1', '2', '2'], '5', '1'],
  [['1.0', '2.00', '3'], '6.00', '2.00'],
  [['0.5', '1.0'], '1.5', '0.7'],
  [['1', '-2'], '-1', '-1'],
  [[], '0', '0'],
])('of the decimals %j the sum is %s and the average %s', (texts, sum, average) => {
  const values = texts.map((text) => encodeDecimal(parseDecimal(text)!));
  expect(nativeText('decimal', aggregate('sum', 'decimal', values)!)).toBe(sum);
  expect(nativeText('decimal', aggregate('avg', 'decimal', values)!)).toBe(average);
});

test('empty values are not added', () => {
  expect(nativeText('tinyint', aggregate('sum', 'tinyint', [new Uint8Array(0), bytesOfInt8(3)])!)).toBe('3');
  expect(nativeText('varint', aggregate('avg', 'varint', [])!)).toBe('0');
});
