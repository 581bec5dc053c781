/** Digests of attributes, against texts that were laid out by hand after the Developer Guide's algorithm. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { md5OfAttributes, md5OfBody } from '../md5.ts';

const md5 = (hex: string) =>
  createHash('md5')
    .update(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
    .digest('hex');

it('is the MD5 of the body as UTF-8', () => {
  expect(md5OfBody('This is a test message')).toBe('fafb00f5732ab283681e124bf8747ed1');
  expect(md5OfBody('ü')).toBe(md5('c3bc'));
});

it('has lengths before names, types and values, and tells text from bytes', () => {
  const attributes = {
    b: { dataType: 'Binary', binaryValue: Buffer.of(0xff) },
    a: { dataType: 'String', stringValue: 'xy' },
  };
  const expected = md5(
    '00000001 61  00000006 537472696e67  01  00000002 7879' +
      '00000001 62  00000006 42696e617279  02  00000001 ff',
  );
  expect(md5OfAttributes(attributes)).toBe(expected);
});

it('gives the digest that other implementations of the API are tested with', () => {
  const attributes = { timestamp: { dataType: 'Number', stringValue: '1493147359900' } };
  expect(md5OfAttributes(attributes)).toBe('235c5c510d26fb653d073faed50ae77c');
});

it('is none without attributes', () => {
  expect(md5OfAttributes({})).toBeUndefined();
  expect(md5OfAttributes(undefined)).toBeUndefined();
});
