import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { RawConnection } from '../../lib/raw-http.ts';
import { refusal } from '../../lib/sdk.ts';
import { s3Suite } from './suite.ts';
import { signUtf8Put } from './utf8-header.ts';

const suite = s3Suite();

test('user metadata comes back with names in lower case and values as given', async () => {
  const bucket = await suite.bucket();
  const given = {
    simple: 'value',
    'with-dash': 'a-b',
    'x.dots_and_more': 'ok',
    punctuation: `!#$%&'*+-./:;<=>?@[]^_{|}~"\\`,
    spaces: 'inner  two spaces',
    equals: 'a=b; c="d"',
    digits: '0123456789',
  };
  await suite.s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: 'x', Metadata: given }));
  const head = await suite.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }));
  // Header values lose runs of spaces in the signature's canonical form only, never as stored.
  expect(head.Metadata).toEqual(given);
  const got = await suite.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'k' }));
  expect(got.Metadata).toEqual(given);
});

test('capitals in metadata names fold to lower case', async () => {
  const bucket = await suite.bucket();
  await suite.s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: 'x', Metadata: { 'CamelCase-Name': 'V' } }),
  );
  expect((await suite.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }))).Metadata).toEqual({
    'camelcase-name': 'V',
  });
});

test('UTF-8 metadata sent as raw header bytes comes back as an encoded word of the same text', async () => {
  const bucket = await suite.bucket();
  const text = 'Grüße – 日本';
  const caller = suite.caller();
  // Header bytes: UTF-8. The signature covers those bytes, so the raw client sends and signs the same latin1 view of them.
  const raw = Buffer.from(text, 'utf8').toString('latin1');
  const connection = await RawConnection.open(suite.target);
  const reply = await connection.request(
    'PUT',
    `/${bucket}/k`,
    signUtf8Put(suite.target, `/${bucket}/k`, raw),
  );
  connection.close();
  expect(reply.status, reply.body.toString()).toBe(200);
  const head = await caller.ok({ method: 'HEAD', path: `/${bucket}/k` });
  const shown = head.headers.get('x-amz-meta-text') ?? '';
  expect(decodeWords(shown)).toBe(text);
});

test('user metadata up to 2 KiB is taken and more is refused', async () => {
  const bucket = await suite.bucket();
  const put = (bytes: number) =>
    suite.s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: 'k',
        Body: 'x',
        Metadata: { name: 'v'.repeat(bytes - 4) },
      }),
    );
  await put(2048);
  expect(await refusal(put(2049))).toEqual({ code: 'MetadataTooLarge', status: 400 });
});

/** RFC 2047 encoded words (B and Q), or plain text that is UTF-8 in latin1 clothing. */
function decodeWords(text: string): string {
  if (!text.startsWith('=?')) return Buffer.from(text, 'latin1').toString('utf8');
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?UTF-8\?([BQ])\?([^?]*)\?=/gi, (_all, kind: string, data: string) => {
      if (kind.toUpperCase() === 'B') return Buffer.from(data, 'base64').toString('latin1');
      return data
        .replace(/_/g, ' ')
        .replace(/=([0-9A-F]{2})/gi, (_hex, h: string) => String.fromCharCode(Number.parseInt(h, 16)));
    })
    .replace(/[\s\S]*/, (bytes) => Buffer.from(bytes, 'latin1').toString('utf8'));
}
