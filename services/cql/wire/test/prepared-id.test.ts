import { expect, test } from 'vitest';
import { preparedId, preparedIdBytes } from '../prepared-id.ts';

test('the id is the MD5 of keyspace and text, as known from other MD5 programs', () => {
  // md5 of "ksSELECT 1" and of "".
  expect(preparedId('ks', 'SELECT 1').toString('hex')).toBe('00ec75d54329a81423983ca0b3add2ae');
  expect(preparedId(undefined, '').toString('hex')).toBe('d41d8cd98f00b204e9800998ecf8427e');
  expect(preparedId(undefined, 'x')).toHaveLength(preparedIdBytes);
});
