import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isNullVersion, newVersionId, sequenceOf, versionIdOf, versionIdText } from '../engine/version-id.ts';

test('a version id leads to its sequence, also from its text', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      fc.uint8Array({ minLength: 8, maxLength: 8 }),
      (sequence, random) => {
        const id = newVersionId(sequence, random);
        expect(sequenceOf(id)).toBe(sequence);
        expect(Buffer.compare(versionIdOf(versionIdText(id))!, id)).toBe(0);
      },
    ),
  );
});

test('a version id is these bytes and this text', () => {
  const id = newVersionId(1_767_225_600_000, Buffer.from('0102030405060708', 'hex'));
  expect(Buffer.from(id).toString('hex')).toBe('0000019b76daa8000102030405060708');
  expect(versionIdText(id)).toBe('AAABm3baqAABAgMEBQYHCA');
});

test('the null version has a name and no bytes', () => {
  expect(isNullVersion(versionIdOf('null')!)).toBe(true);
  expect(versionIdText(versionIdOf('null')!)).toBe('null');
});

test.each([
  '',
  'NULL',
  'abc',
  'AAABm3baIAABAgMEBQYHCA==',
  // Other spellings of the same bytes, more and fewer bytes, sequences nobody gives out.
  'AAABm3baIAABAgMEBQYHCB',
  'AAABm3baIAABAgMEBQYHCAA',
  'AAABm3baIAABAgMEBQYH',
  'AAAAAAAAAAABAgMEBQYHCA',
  '_________________wECAw',
  'AAABm3ba IAABAgMEBQYHCA',
  'HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD',
])('%j is no version id', (text) => {
  expect(versionIdOf(text)).toBeUndefined();
});
