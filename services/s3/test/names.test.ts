import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isBucketName } from '../engine/bucket-name.ts';
import { parseCopySource } from '../engine/copy-source.ts';
import { contentEncoding, decodeWords, encodeWords, userMetadata } from '../engine/metadata.ts';
import { keyBytes } from '../engine/object-key.ts';
import { bucketRegion } from '../engine/region.ts';
import { parseTagging, tagMembers, tagSet } from '../engine/tagging.ts';

function code(run: () => unknown): unknown {
  try {
    run();
    return 'none';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test.each(['abc', 'a-b', 'a.b.c', '0abc9', 'a'.repeat(63), 'my-bucket.example.com', '1.2.3.4.5'])(
  '%s is a bucket name',
  (name) => {
    expect(isBucketName(name)).toBe(true);
  },
);

test.each([
  'ab',
  'a'.repeat(64),
  'Abc',
  'a_b',
  '-abc',
  'abc-',
  '.abc',
  'abc.',
  'a..b',
  'a.-b',
  'a-.b',
  '192.168.5.4',
  'xn--abc',
  'sthree-abc',
  'amzn-s3-demo-abc',
  'abc-s3alias',
  'abc--ol-s3',
  'abc.mrap',
  'abc--x-s3',
  'a b',
  'abc\n',
  'äbc',
  '',
])('%j is no bucket name', (name) => {
  expect(isBucketName(name)).toBe(false);
});

test('a key is at most 1,024 bytes of UTF-8', () => {
  expect(keyBytes('k'.repeat(1024)).length).toBe(1024);
  expect(keyBytes('é'.repeat(512)).length).toBe(1024);
  expect(code(() => keyBytes('k'.repeat(1025)))).toBe('KeyTooLongError');
  expect(code(() => keyBytes('€'.repeat(342)))).toBe('KeyTooLongError');
  expect(code(() => keyBytes(''))).toBe('InvalidArgument');
  expect(code(() => keyBytes('\ud800'))).toBe('InvalidArgument');
});

test('a copy source is percent-decoded, with or without the first slash', () => {
  const plain = { bucket: 'b', key: 'a b+c/é', versionId: undefined };
  expect(parseCopySource('/b/a%20b+c/%C3%A9')).toEqual(plain);
  expect(parseCopySource('b/a b+c/é')).toEqual(plain);
  expect(parseCopySource('b%2Fa%20b+c%2Fé')).toEqual(plain);
  expect(parseCopySource('/b/k?versionId=null')).toEqual({ bucket: 'b', key: 'k', versionId: 'null' });
  expect(parseCopySource('/b/k%3FversionId=x').key).toBe('k?versionId=x');
  for (const wrong of ['', '/', 'b', 'b/', '/b', '/b/', '//k', '/b/%zz']) {
    expect(code(() => parseCopySource(wrong))).toBe('InvalidArgument');
  }
});

test('any text survives the way out and back in as encoded words', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 120 }), (text) => {
      fc.pre(!text.includes('=?'));
      const sent = encodeWords(text);
      expect(/^[\x20-\x7e\t]*$/.test(sent)).toBe(true);
      for (const word of sent.split(' '))
        if (word.startsWith('=?')) expect(word.length).toBeLessThanOrEqual(75);
      expect(decodeWords(sent)).toBe(text);
    }),
    { numRuns: 500 },
  );
});

test('encoded words are read in both encodings', () => {
  expect(decodeWords('=?UTF-8?Q?a=C3=A4_b?= c')).toBe('aä b c');
  expect(decodeWords('x =?utf-8?b?w6Q=?= =?UTF-8?B?w6Q=?= y')).toBe('x ää y');
  expect(decodeWords('=?latin1?Q?=E4?=')).toBe('=?latin1?Q?=E4?=');
});

test('user metadata is lower case and at most 2 KB', () => {
  expect(userMetadata({ Name: 'x' })).toEqual([['name', 'x']]);
  expect(code(() => userMetadata({ a: 'x'.repeat(2047) }))).toBe('none');
  expect(code(() => userMetadata({ a: 'x'.repeat(2048) }))).toBe('MetadataTooLarge');
});

test('aws-chunked is no part of the content encoding', () => {
  expect(contentEncoding('aws-chunked')).toBeUndefined();
  expect(contentEncoding('gzip, aws-chunked')).toBe('gzip');
  expect(contentEncoding('aws-chunked,gzip,br')).toBe('gzip,br');
  expect(contentEncoding('gzip')).toBe('gzip');
});

test('tags come as a URL query', () => {
  expect(parseTagging('a=1&b=x+y%2B%40&c')).toEqual([
    ['a', '1'],
    ['b', 'x y+@'],
    ['c', ''],
  ]);
  expect(parseTagging(undefined)).toEqual([]);
  expect(code(() => parseTagging('a=1&a=2'))).toBe('InvalidArgument');
  expect(code(() => parseTagging('=1'))).toBe('InvalidTag');
  expect(code(() => parseTagging('a=%zz'))).toBe('InvalidArgument');
  expect(code(() => parseTagging(Array.from({ length: 11 }, (_, i) => `k${i}=`).join('&')))).toBe(
    'BadRequest',
  );
});

test('tags have limits of number, length and characters, and those of the system are not given', () => {
  const set = (...pairs: [string, string][]) => pairs.map(([Key, Value]) => ({ Key, Value }));
  expect(tagSet(set(['b', '2'], ['ä €'.slice(0, 2), 'x/y=z']), 'object')).toEqual([
    ['b', '2'],
    ['ä ', 'x/y=z'],
  ]);
  expect(tagSet(undefined, 'object')).toEqual([]);
  expect(tagSet(set(['k'.repeat(128), 'v'.repeat(256)]), 'object').length).toBe(1);
  expect(code(() => tagSet(set(['k'.repeat(129), '']), 'object'))).toBe('InvalidTag');
  expect(code(() => tagSet(set(['k', 'v'.repeat(257)]), 'object'))).toBe('InvalidTag');
  expect(code(() => tagSet(set(['', 'v']), 'object'))).toBe('InvalidTag');
  expect(code(() => tagSet(set(['k&', 'v']), 'object'))).toBe('InvalidTag');
  expect(code(() => tagSet(set(['k', 'a<b']), 'object'))).toBe('InvalidTag');
  expect(code(() => tagSet(set(['aws:k', 'v']), 'bucket'))).toBe('InvalidTag');
  expect(code(() => tagSet(set(['k', '1'], ['k', '2']), 'bucket'))).toBe('InvalidTag');
  expect(code(() => tagSet([{ Key: 'k' }], 'bucket'))).toBe('MalformedXML');
  const many = (count: number) =>
    set(...Array.from({ length: count }, (_, i): [string, string] => [`k${i}`, '']));
  expect(tagSet(many(10), 'object').length).toBe(10);
  expect(code(() => tagSet(many(11), 'object'))).toBe('BadRequest');
  expect(tagSet(many(50), 'bucket').length).toBe(50);
  expect(code(() => tagSet(many(51), 'bucket'))).toBe('BadRequest');
  expect(tagMembers(tagSet(set(['b', ''], ['a', '']), 'object')).map(({ Key }) => Key)).toEqual(['a', 'b']);
});

test('a bucket is where its constraint says, if the endpoint allows it', () => {
  expect(bucketRegion(undefined, 'eu-west-1')).toBe('eu-west-1');
  expect(bucketRegion('eu-west-1', 'us-east-1')).toBe('eu-west-1');
  expect(bucketRegion('EU', 'us-east-1')).toBe('eu-west-1');
  expect(code(() => bucketRegion('eu-west-1', 'us-west-2'))).toBe('IllegalLocationConstraintException');
  expect(code(() => bucketRegion('us-east-1', 'us-east-1'))).toBe('InvalidLocationConstraint');
  expect(code(() => bucketRegion('nowhere!', 'us-east-1'))).toBe('InvalidLocationConstraint');
});
