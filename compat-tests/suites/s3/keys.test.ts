import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { refusal } from '../../lib/sdk.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();

const oddKeys = [
  '/',
  '//',
  '/leading',
  'trailing/',
  'a//b',
  'a///b//',
  '.',
  '..',
  '../up',
  './here',
  'a/./b',
  'a/../b',
  'a/..',
  'plus+plus',
  'per%cent',
  'per%25cent',
  '%',
  '%zz',
  '%2F',
  'a%2Fb',
  ' ',
  ' leading space',
  'trailing space ',
  'two  spaces',
  'question?mark',
  'hash#mark',
  'amp&and=equals',
  'semi;colon:comma,at@dollar$',
  'quote\'double"back`tick',
  'brackets[]{}()<>|^~',
  'back\\slash',
  'star*bang!',
  'ünïcödé',
  '日本語/キー',
  'emoji-\u{1f4a9}',
  'astral-\u{10ffff}',
  'combining-e\u0301',
  'bidi-\u202e',
  'zero-width-\u200b',
  'bmp-last-\uffee',
  'tab\tinside',
  'line\nbreak',
  'carriage\rreturn',
  'bell\u0007',
  'delete\u007f',
  'c1-\u0085',
  'a'.repeat(1024),
  '\u00e9'.repeat(512),
  'acl',
  '?acl',
  'uploads',
  '-',
  '_hypergate/health/live',
  'CON',
  'name.',
];

test('objects under every odd key are written, read, listed, copied and deleted under exactly that key', async () => {
  const bucket = await suite.bucket('odd');
  for (const key of oddKeys) await suite.put(bucket, key, `body of ${key}`);
  for (const key of oddKeys) {
    const got = await suite.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    expect(await got.Body?.transformToString(), JSON.stringify(key)).toBe(`body of ${key}`);
    await suite.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
  }
  const byBytes = [...oddKeys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const listed = await suite.s3.send(new ListObjectsV2Command({ Bucket: bucket, EncodingType: 'url' }));
  expect((listed.Contents ?? []).map((entry) => decodeListed(entry.Key as string))).toEqual(byBytes);
  for (const key of oddKeys) {
    const source = `${bucket}/${encodeURIComponent(key)}`;
    await suite.s3.send(
      new CopyObjectCommand({ Bucket: bucket, Key: `${key.slice(0, 500)}-copy`, CopySource: source }),
    );
    const got = await suite.s3.send(
      new GetObjectCommand({ Bucket: bucket, Key: `${key.slice(0, 500)}-copy` }),
    );
    expect(await got.Body?.transformToString(), JSON.stringify(key)).toBe(`body of ${key}`);
  }
  for (const key of oddKeys) await suite.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  for (const key of oddKeys) {
    const gone = await refusal(suite.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key })));
    expect(gone.code, JSON.stringify(key)).toBe('NoSuchKey');
  }
});

test('keys without XML-forbidden characters are listed right without an encoding type', async () => {
  const bucket = await suite.bucket('plain');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the characters that XML 1.0 cannot carry are the point
  const keys = oddKeys.filter((key) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\r\n\t]/.test(key));
  for (const key of keys) await suite.put(bucket, key, 'x');
  const listed = await suite.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  expect(new Set((listed.Contents ?? []).map((entry) => entry.Key))).toEqual(new Set(keys));
});

test('every single ASCII character but NUL works as a key', async () => {
  const bucket = await suite.bucket('ascii');
  const keys = Array.from({ length: 127 }, (_unused, i) => `k${String.fromCharCode(i + 1)}e`);
  await Promise.all(keys.map((key) => suite.put(bucket, key, key)));
  await Promise.all(
    keys.map(async (key) => {
      const got = await suite.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      expect(await got.Body?.transformToString(), JSON.stringify(key)).toBe(key);
    }),
  );
});

test('1,024 bytes of key are taken and 1,025 are refused, counted in UTF-8', async () => {
  const bucket = await suite.bucket('long');
  const put = (key: string) => suite.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'x' }));
  await put(`${'\u65e5'.repeat(341)}x`);
  expect(await refusal(put(`${'\u65e5'.repeat(341)}xx`))).toEqual({ code: 'KeyTooLongError', status: 400 });
  expect(await refusal(put('a'.repeat(1025)))).toEqual({ code: 'KeyTooLongError', status: 400 });
});

test('keys that differ only in encoding, case or slashes are different objects', async () => {
  const bucket = await suite.bucket('apart');
  const keys = ['a/b', 'a//b', 'a%2Fb', 'A/b', 'a/b/', '/a/b', 'a+b', 'a b', 'a%20b', 'e\u0301', '\u00e9'];
  for (const key of keys) await suite.put(bucket, key, key);
  for (const key of keys) {
    const got = await suite.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    expect(await got.Body?.transformToString()).toBe(key);
  }
});

/** encoding-type=url is form encoding: `+` stands for a space. */
function decodeListed(text: string): string {
  return decodeURIComponent(text.replace(/\+/g, '%20'));
}
