/** Doubles as texts. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { doubleText } from '../model/number-text.ts';

test.each([
  [0, '0'],
  [-0, '-0'],
  [1, '1'],
  [-17, '-17'],
  [3.14, '3.14'],
  [0.1, '0.1'],
  [1 / 3, '0.3333333333333333'],
  [Number.POSITIVE_INFINITY, 'inf'],
  [Number.NEGATIVE_INFINITY, '-inf'],
  [Number.NaN, 'nan'],
  [1e17, '100000000000000000'],
  [2 ** 53 + 2, '9007199254740994'],
  [2 ** 60, '1152921504606846976'],
  [-(2 ** 62), '-4611686018427387904'],
  [1e20, '1e+20'],
  [1.5e300, '1.5e+300'],
  [-1.5e-8, '-1.5e-8'],
  [1e-5, '0.00001'],
  [1e-7, '1e-7'],
  [0.000123456, '1.23456e-4'],
  [0.00123456789, '0.00123456789'],
  [1708123456.789123, '1708123456.789123'],
  [123456789.1234567, '1.234567891234567e+8'],
  [Number.MAX_VALUE, '1.7976931348623157e+308'],
  [Number.MIN_VALUE, '5e-324'],
  [2.2250738585072014e-308, '2.2250738585072014e-308'],
])('%d is shown as %s', (value, text) => {
  expect(doubleText(value)).toBe(text);
});

test('every text reads back as the same double', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(Number(doubleText(value))).toBe(value);
    }),
    { numRuns: 5000 },
  );
});

test('whole numbers of 62 bits have no exponent', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (whole) => {
      const value = Number(whole);
      expect(doubleText(value)).toBe(Object.is(value, 0) ? '0' : String(BigInt(value)));
    }),
  );
});
