import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { decodeToken, encodeToken } from '../wire/continuation-token.ts';
import { httpDate, isoDate } from '../wire/dates.ts';
import { encodeListObjectsV2 } from '../wire/list-objects.ts';
import { urlEncode } from '../wire/url-encoding.ts';
import { escapeXml } from '../wire/xml.ts';

test('only letters, digits and - _ . * / stay in encoding-type=url', () => {
  let kept = '';
  for (let code = 0; code < 128; code += 1) {
    const text = String.fromCharCode(code);
    if (urlEncode(text) === text) kept += text;
    else expect(urlEncode(text)).toBe(`%${code.toString(16).toUpperCase().padStart(2, '0')}`);
  }
  expect(kept).toBe('*-./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz');
  expect(urlEncode('test_file(3).png')).toBe('test_file%283%29.png');
  expect(urlEncode('asdf+b ä')).toBe('asdf%2Bb%20%C3%A4');
});

test('encoded names decode to what they were', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(decodeURIComponent(urlEncode(text))).toBe(text);
    }),
  );
});

test('XML text keeps every character it can hold', () => {
  expect(escapeXml('a<b>&"\r\n\t\u0001')).toBe('a&lt;b&gt;&amp;&quot;&#xD;&#xA;&#x9;&#x1;');
  expect(escapeXml('plain ä')).toBe('plain ä');
});

test('a token gives its key back, and nothing else is a token', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 1024 }), (key) => {
      expect(Buffer.from(decodeToken(encodeToken(key))!).equals(key)).toBe(true);
    }),
  );
  for (const wrong of ['', 'A', 'AQ', 'not a token', 'AgAA', 'AQA='])
    expect(decodeToken(wrong)).toBeUndefined();
});

test('dates show whole seconds', () => {
  const ms = Date.UTC(2009, 9, 12, 17, 50, 30, 999);
  expect(isoDate(ms)).toBe('2009-10-12T17:50:30.000Z');
  expect(httpDate(ms)).toBe('Mon, 12 Oct 2009 17:50:30 GMT');
  expect(httpDate(0)).toBe('Thu, 01 Jan 1970 00:00:00 GMT');
});

test('dates of listings are those of the platform, without parts of a second', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) })), (times) => {
      for (const ms of times)
        expect(isoDate(ms)).toBe(`${new Date(ms).toISOString().slice(0, -'.000Z'.length)}.000Z`);
    }),
  );
});

test('a listing is well-formed XML with the names as they are', () => {
  const body = encodeListObjectsV2({
    bucket: 'b',
    prefix: '<',
    delimiter: '/',
    maxKeys: 3,
    urlEncoded: false,
    truncated: true,
    objects: [
      {
        key: 'a&b',
        size: 1,
        modifiedMs: 0,
        etag: 'x',
        storageClass: 'STANDARD',
        checksumAlgorithm: 'CRC32',
        checksumType: 'FULL_OBJECT',
        owner: undefined,
      },
    ],
    commonPrefixes: ['ä/'],
    continuationToken: undefined,
    nextContinuationToken: 'T',
    startAfter: undefined,
  });
  const parsed = new XMLParser().parse(body).ListBucketResult;
  expect(parsed).toMatchObject({
    Name: 'b',
    Prefix: '<',
    KeyCount: 2,
    IsTruncated: true,
    Contents: { Key: 'a&b', ETag: '"x"', ChecksumAlgorithm: 'CRC32' },
    CommonPrefixes: { Prefix: 'ä/' },
  });
});
