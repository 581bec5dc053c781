import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeList, encodeMap, listElements, mapEntries } from '../../../types/collections.ts';
import { typeAndValue } from '../../../types/test/support/arbitrary-values.ts';
import { literalText } from '../../../types/to-text.ts';
import { normalizerOf } from '../normalize.ts';
import { bytes, textOf, typeOf } from './support.ts';

const int = (value: number) => bytes(String(value), 'int');
const ints = fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 12 });

test('a set has each element once, in order, also within other values', () => {
  fc.assert(
    fc.property(ints, (numbers) => {
      const sent = encodeList(numbers.map(int));
      const sorted = [...new Set(numbers)].sort((a, b) => a - b);
      const expected = encodeList(sorted.map(int));
      expect(textOf('?', 'set<int>', [sent])).toBe(literalText(typeOf('set<int>'), expected));
      const nested = normalizerOf(typeOf('list<frozen<set<int>>>'))!(encodeList([sent, sent]));
      expect(listElements(nested)).toEqual([expected, expected].map((each) => new Uint8Array(each)));
    }),
  );
});

test('a map has the last value of each key, in the order of keys', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.nat(99)), { maxLength: 12 }),
      (pairs) => {
        const sent = encodeMap(pairs.flatMap(([key, value]) => [int(key), int(value)]));
        const model = [...new Map(pairs)].sort((a, b) => a[0] - b[0]);
        const expected = `{${model.map(([key, value]) => `${key}: ${value}`).join(', ')}}`;
        expect(textOf('?', 'map<int, int>', [sent])).toBe(expected);
      },
    ),
  );
});

test('values that are in order stay the very same bytes', () => {
  const value = encodeMap([int(1), encodeList([int(1), int(2)]), int(2), encodeList([])]);
  expect(normalizerOf(typeOf('map<int, frozen<set<int>>>'))!(value)).toBe(value);
  expect(mapEntries(value)).toHaveLength(4);
});

test.each(['int', 'list<int>', 'frozen<tuple<int, text>>', 'vector<float, 2>', 'address'])(
  'values of %s need nothing of the kind',
  (type) => {
    expect(normalizerOf(typeOf(type))).toBeUndefined();
  },
);

test('what was normalised stays as it is', () => {
  fc.assert(
    fc.property(typeAndValue, ([type, value]) => {
      const normalize = normalizerOf(type);
      if (normalize === undefined) return;
      const once = normalize(value);
      expect(normalize(once)).toBe(once);
    }),
  );
});
