import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CqlType, NativeName } from '../api.ts';
import { listElements, mapEntries } from '../collections.ts';
import { compareValues } from '../compare.ts';
import { encodeDecimal, parseDecimal } from '../decimal.ts';
import { fromText } from '../literals.ts';
import { sortMap, sortSet } from '../sort.ts';
import { encodeVarint } from '../varint.ts';
import {
  arbitraryValue,
  decimal,
  fromHex,
  hex,
  native,
  typeAndValues,
  varint,
} from './support/arbitrary-values.ts';

/** Each smaller than the next. */
test.each<[NativeName, string[]]>([
  ['int', ['', '-2147483648', '-1', '0', '1', '2147483647']],
  ['bigint', ['', '-9223372036854775808', '-256', '-1', '0', '255', '9223372036854775807']],
  ['smallint', ['-32768', '-1', '0', '256']],
  ['tinyint', ['-128', '-1', '0', '127']],
  ['varint', ['', '-65537', '-65536', '-257', '-256', '-128', '-1', '0', '127', '128', '32768']],
  [
    'decimal',
    ['', '-1E+2000000000', '-10.5', '-10', '-1E-2000000000', '0', '1E-5', '0.1', '0.11', '1E+2000000000'],
  ],
  ['double', ['', '-Infinity', '-1.5', '-1', '-0.0', '0.0', '1e-300', 'Infinity', 'NaN']],
  ['float', ['', '-Infinity', '-1', '-0.0', '0.0', '1e-30', 'Infinity', 'NaN']],
  ['text', ['', '\0', 'a', 'a\0', 'ab', 'b', 'z', 'ä', '€', '😀']],
  ['boolean', ['false', 'true']],
  ['date', ['-5877641-06-23', '1969-12-31', '1970-01-01', '2020-02-29', '+5881580-07-11']],
  ['timestamp', ['', '1969-12-31', '1970-01-01', '2020-02-29 12:00']],
  ['time', ['00:00:00', '12:00:00', '23:59:59.999999999']],
  ['inet', ['', '1.2.3.4', '1.2.3.5', '2001:db8::1', '255.0.0.0']],
  [
    'uuid',
    [
      '',
      '00000001-0000-1000-8000-000000000000',
      '00000000-0001-1000-8000-000000000000',
      '00000000-0000-1001-0000-000000000000',
      '00000000-0000-4000-8000-000000000000',
    ],
  ],
  [
    'timeuuid',
    [
      '',
      '00000001-0000-1000-7fff-000000000000',
      '00000000-0001-1000-8000-000000000080',
      '00000000-0001-1000-8000-000000000000',
      '00000000-0001-1000-0000-000000000000',
    ],
  ],
])('%s', (name, texts) => {
  const values = texts.map((text) => fromText(name, text));
  const signs = values.map((left) =>
    values.map((right) => Math.sign(compareValues(native(name), left, right))),
  );
  expect(signs).toEqual(values.map((_, left) => values.map((_, right) => Math.sign(left - right))));
});

test('varints compare as numbers, also with superfluous bytes', () => {
  fc.assert(
    fc.property(varint, varint, fc.nat(3), (left, right, more) => {
      const padding = new Uint8Array(more).fill(left < 0n ? 0xff : 0);
      const padded = Buffer.concat([padding, encodeVarint(left)]);
      const sign = Math.sign(compareValues(native('varint'), padded, encodeVarint(right)));
      expect(sign).toBe(left < right ? -1 : left > right ? 1 : 0);
    }),
  );
});

test('decimals compare by value', () => {
  const small = fc.record({
    unscaled: fc.bigInt({ min: -2000n, max: 2000n }),
    scale: fc.integer({ min: -3, max: 3 }),
  });
  fc.assert(
    fc.property(fc.oneof(small, small, decimal), small, (left, right) => {
      if (Math.abs(left.scale) > 100) return;
      const scale = BigInt(Math.max(left.scale, right.scale));
      const [first, second] = [left, right].map(
        (one) => one.unscaled * 10n ** (scale - BigInt(one.scale)),
      ) as [bigint, bigint];
      const sign = Math.sign(compareValues(native('decimal'), encodeDecimal(left), encodeDecimal(right)));
      expect(sign).toBe(first < second ? -1 : first > second ? 1 : 0);
    }),
  );
  const equal = ['1', '1.0', '100E-2'].map((text) => encodeDecimal(parseDecimal(text)!));
  expect(compareValues(native('decimal'), equal[0]!, equal[1]!)).toBe(0);
  expect(compareValues(native('decimal'), equal[1]!, equal[2]!)).toBe(0);
});

test('the order of every type is an order', () => {
  const three = typeAndValues.chain(([type, left, right]) =>
    fc.tuple(fc.constant(type), fc.tuple(fc.constant(left), fc.constant(right), arbitraryValue(type))),
  );
  fc.assert(
    fc.property(three, ([type, values]) => {
      const sorted = values.toSorted((left, right) => compareValues(type, left, right));
      expect(compareValues(type, sorted[0]!, sorted[2]!)).toBeLessThanOrEqual(0);
      const [left, right] = values;
      expect(Math.sign(compareValues(type, left, right))).toBe(
        0 - Math.sign(compareValues(type, right, left)),
      );
      expect(compareValues(type, left, left)).toBe(0);
    }),
    { numRuns: 1000 },
  );
});

const pair: CqlType = { kind: 'tuple', elements: [native('int'), native('text')] };
test('null comes before everything in a tuple, and nulls at the end are as good as missing', () => {
  const one = '00000004 00000001';
  expect(compareValues(pair, fromHex(`${one} ffffffff`), fromHex(one))).toBe(0);
  expect(compareValues(pair, fromHex(one), fromHex(`${one} 00000000`))).toBeLessThan(0);
  expect(compareValues(pair, fromHex('ffffffff 00000000'), fromHex(one))).toBeLessThan(0);
});

test('a collection that begins another comes first', () => {
  const list: CqlType = { kind: 'list', element: native('int'), frozen: true };
  const shorter = fromHex('00000001 00000004 00000001');
  const longer = fromHex('00000002 00000004 00000001 00000004 80000000');
  expect(compareValues(list, shorter, longer)).toBeLessThan(0);
  expect(listElements(longer).map(hex)).toEqual(['00000001', '80000000']);
});

test('sets and maps have each key once, in order; the last stays', () => {
  const values = ['3', '1', '2', '1'].map((text) => fromText('int', text));
  expect(sortSet(native('int'), values).map(hex)).toEqual(['00000001', '00000002', '00000003']);
  const entries = ['2', '1', '1', '7', '2', '9'].map((text) => fromText('int', text));
  const sorted = sortMap(native('int'), entries);
  expect(sorted.map((value) => Number.parseInt(hex(value), 16))).toEqual([1, 7, 2, 9]);
  expect(mapEntries(fromHex('00000000'))).toEqual([]);
});
