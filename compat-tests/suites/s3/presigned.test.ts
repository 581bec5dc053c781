import { request } from 'node:http';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { expect, test } from 'vitest';
import { xmlTexts } from '../../lib/s3-caller.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly code: string | undefined;
}

function call(method: string, url: string, body = '', headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method, headers: { 'content-length': String(Buffer.byteLength(body)), ...headers } },
      (reply) => {
        const pieces: Buffer[] = [];
        reply.on('data', (piece: Buffer) => pieces.push(piece));
        reply.once('error', reject);
        reply.once('end', () => {
          const text = Buffer.concat(pieces).toString();
          resolve({ status: reply.statusCode ?? 0, body: text, code: xmlTexts(text, 'Code')[0] });
        });
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

test('a presigned GET gives the object to whoever holds the link', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'a b+ü/k', 'shared');
  const url = await getSignedUrl(suite.s3, new GetObjectCommand({ Bucket: bucket, Key: 'a b+ü/k' }), {
    expiresIn: 60,
  });
  expect(await call('GET', url)).toMatchObject({ status: 200, body: 'shared' });
});

// The SDK puts the CRC32 of the empty body it saw while signing into the link; S3 pays no attention to it there.
test('a presigned PUT stores what is sent', async () => {
  const bucket = await suite.bucket();
  const url = await getSignedUrl(suite.s3, new PutObjectCommand({ Bucket: bucket, Key: 'k' }), {
    expiresIn: 60,
  });
  expect((await call('PUT', url, 'uploaded by link')).status).toBe(200);
  const reply = await suite.caller().ok({ method: 'GET', path: `/${bucket}/k` });
  expect(reply.body.toString()).toBe('uploaded by link');
});

test('metadata signed into a link counts as sent', async () => {
  const bucket = await suite.bucket();
  const command = new PutObjectCommand({ Bucket: bucket, Key: 'k', Metadata: { from: 'link' } });
  const url = await getSignedUrl(suite.s3, command, { expiresIn: 60 });
  expect((await call('PUT', url, 'x')).status).toBe(200);
  expect((await suite.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }))).Metadata).toEqual({
    from: 'link',
  });
});

test('response overrides are part of the link', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'k', 'x');
  const command = new GetObjectCommand({ Bucket: bucket, Key: 'k', ResponseContentType: 'text/csv' });
  const url = await getSignedUrl(suite.s3, command, { expiresIn: 60 });
  expect((await call('GET', url)).status).toBe(200);
  expect((await call('GET', url.replace('text%2Fcsv', 'text%2Fhtml'))).code).toBe('SignatureDoesNotMatch');
});

test('an expired link is refused', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'k', 'x');
  const url = await getSignedUrl(suite.s3, new GetObjectCommand({ Bucket: bucket, Key: 'k' }), {
    expiresIn: 60,
    signingDate: new Date(Date.now() - 120_000),
  });
  const answer = await call('GET', url);
  expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
  expect(answer.body).toContain('expired');
});

test('an old link within its long validity is taken', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'k', 'x');
  const url = await getSignedUrl(suite.s3, new GetObjectCommand({ Bucket: bucket, Key: 'k' }), {
    expiresIn: 7 * 86_400,
    signingDate: new Date(Date.now() - 6 * 86_400_000),
  });
  expect((await call('GET', url)).status).toBe(200);
});

test('a link for longer than seven days, of no length, or from the future is refused', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'k', 'x');
  const get = new GetObjectCommand({ Bucket: bucket, Key: 'k' });
  const url = await getSignedUrl(suite.s3, get, { expiresIn: 60 });
  const expiring = (value: string) => call('GET', url.replace('X-Amz-Expires=60', `X-Amz-Expires=${value}`));
  const code = 'AuthorizationQueryParametersError';
  for (const value of ['604801', '-1'])
    expect(await expiring(value), value).toMatchObject({ status: 403, code });
  expect(await expiring('soon')).toMatchObject({ status: 400, code });
  expect(await expiring('0')).toMatchObject({ status: 403, code: 'AccessDenied' });
  const later = await getSignedUrl(suite.s3, get, {
    expiresIn: 60,
    signingDate: new Date(Date.now() + 3_600_000),
  });
  expect((await call('GET', later)).status).toBe(403);
});

test('a link changed in any part is refused', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'k', 'x');
  await suite.put(bucket, 'secret', 'secret');
  const url = await getSignedUrl(suite.s3, new GetObjectCommand({ Bucket: bucket, Key: 'k' }), {
    expiresIn: 60,
  });
  expect((await call('GET', url)).status).toBe(200);
  const changed: [string, string][] = [
    ['the key', url.replace(`/${bucket}/k?`, `/${bucket}/secret?`)],
    ['the validity', url.replace('X-Amz-Expires=60', 'X-Amz-Expires=6000')],
    [
      'the signature',
      url.replace(/X-Amz-Signature=(.)/, (_all, c: string) => `X-Amz-Signature=${c === '0' ? '1' : '0'}`),
    ],
    ['the region', url.replace('us-east-1', 'us-east-2')],
    ['a parameter more', `${url}&versionId=null`],
  ];
  for (const [what, tampered] of changed) {
    expect(await call('GET', tampered), what).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
  }
  for (const method of ['PUT', 'DELETE'])
    expect((await call(method, url, '')).code, method).toBe('SignatureDoesNotMatch');
  expect((await call('GET', url.replace(/&X-Amz-Signature=[0-9a-f]+/, ''))).code).toBe(
    'AuthorizationQueryParametersError',
  );
});

test('a header that was not signed into the link may not carry x-amz-* data', async () => {
  const bucket = await suite.bucket();
  const url = await getSignedUrl(suite.s3, new PutObjectCommand({ Bucket: bucket, Key: 'k' }), {
    expiresIn: 60,
  });
  const answer = await call('PUT', url, 'x', { 'x-amz-meta-smuggled': 'yes' });
  expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
  expect((await suite.s3.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0);
});
