import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodePartitionKey, encodePartitionKey, partitionKeyBytesMax } from '../partition-key.ts';
import { fromHex, hex } from './support/arbitrary-values.ts';

test('one column is its value, several have lengths and a zero', () => {
  expect(hex(encodePartitionKey([fromHex('0102')]))).toBe('0102');
  expect(hex(encodePartitionKey([fromHex('0102'), fromHex(''), fromHex('ff')]))).toBe(
    '0002 0102 00 0000 00 0001 ff 00'.replaceAll(' ', ''),
  );
});

test('the parts of a key come back', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array(), { minLength: 1, maxLength: 4 }), (values) => {
      const parts = decodePartitionKey(encodePartitionKey(values), values.length);
      expect(parts.map(hex)).toEqual(values.map(hex));
    }),
  );
});

test('a key that is too long is refused', () => {
  expect(() => encodePartitionKey([new Uint8Array(partitionKeyBytesMax + 1)])).toThrow(
    'Key length of 65536 is longer than maximum of 65535',
  );
});

test.each(['00', '0001', '000101', '0005010200'])('a key that is cut short is refused: %s', (key) => {
  expect(() => decodePartitionKey(fromHex(key), 2)).toThrow();
});
