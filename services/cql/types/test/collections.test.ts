import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NativeName, VectorType } from '../api.ts';
import {
  encodeList,
  encodeMap,
  encodeTuple,
  encodeVector,
  listElements,
  mapEntries,
  tupleElements,
  vectorElements,
} from '../collections.ts';
import { fromText } from '../literals.ts';
import { putUnsignedVint, unsignedVintAt, unsignedVintLength, vintLengthAt } from '../vint.ts';
import { fromHex, hex, native } from './support/arbitrary-values.ts';

const vectorOf = (name: NativeName, dimension: number): VectorType => ({
  kind: 'vector',
  element: native(name),
  dimension,
});

// As cassandra-driver 4.10 encodes them.
test.each<[NativeName, string, string, string]>([
  ['smallint', '1', '2', '020001020002'],
  ['tinyint', '1', '2', '01010102'],
  ['int', '1', '2', '0000000100000002'],
  ['text', 'a', 'bc', '0161026263'],
  ['time', '00:00:01', '00:00:01', '08000000003b9aca0008000000003b9aca00'],
  ['date', '2020-01-01', '2020-01-01', '04800047560480004756'],
  ['boolean', 'true', 'false', '0100'],
])('a vector of %s', (name, first, second, wanted) => {
  const elements = [fromText(name, first), fromText(name, second)];
  const encoded = encodeVector(vectorOf(name, 2), elements);
  expect(hex(encoded)).toBe(wanted);
  expect(vectorElements(vectorOf(name, 2), encoded).map(hex)).toEqual(elements.map(hex));
});

test('a vector has as many elements as its type says', () => {
  expect(() => encodeVector(vectorOf('int', 2), [fromHex('00000001')])).toThrow(
    'Required 2 elements, but saw 1',
  );
  expect(() => encodeVector(vectorOf('int', 1), [fromHex('01')])).toThrow('Expected 4 bytes for an element');
});

test('lists and maps have counts and lengths, tuples lengths only', () => {
  const [one, none] = [fromHex('01'), fromHex('')];
  expect(hex(encodeList([one, none]))).toBe('00000002000000010100000000');
  expect(hex(encodeMap([one, none]))).toBe('00000001000000010100000000');
  expect(hex(encodeTuple([one, undefined, none]))).toBe('0000000101ffffffff00000000');
});

test('elements come back as views of the same memory', () => {
  const bytes = fc.uint8Array({ maxLength: 5 });
  fc.assert(
    fc.property(fc.array(fc.tuple(bytes, fc.option(bytes, { nil: undefined }))), (pairs) => {
      const present = pairs.map(([value]) => value);
      const list = encodeList(present);
      expect(listElements(list).map(hex)).toEqual(present.map(hex));
      for (const element of listElements(list)) expect(element.buffer).toBe(list.buffer);
      expect(mapEntries(encodeMap([...present, ...present])).map(hex)).toEqual(
        [...present, ...present].map(hex),
      );
      const optional = pairs.map(([, value]) => value);
      expect(tupleElements(encodeTuple(optional), optional.length).map(hex)).toEqual(optional.map(hex));
    }),
  );
});

test('integers of one to nine bytes come back, and say how long they are', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      fc.integer({ min: 0, max: 64 }),
      (random, shift) => {
        const value = random >> BigInt(shift);
        const bytes = new Uint8Array(unsignedVintLength(value));
        expect(putUnsignedVint(bytes, 0, value)).toBe(bytes.length);
        expect(vintLengthAt(bytes, 0)).toBe(bytes.length);
        expect(unsignedVintAt(bytes, 0, bytes.length)).toBe(value);
        expect(unsignedVintAt(bytes, 0, bytes.length - 1)).toBeUndefined();
      },
    ),
  );
});
