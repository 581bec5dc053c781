import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  waitUntilObjectExists,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { streamBytes } from '../../lib/content.ts';
import { refusal } from '../../lib/sdk.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();
const MiB = 1 << 20;

test.each([
  0,
  1,
  15,
  1024,
  65_535,
  65_536,
  65_537,
  MiB - 1,
  MiB,
  MiB + 1,
  8 * MiB,
  8 * MiB + 1,
  17 * MiB + 3,
])('a body of %i bytes comes back byte for byte with its MD5 as ETag', async (length) => {
  const bucket = await suite.bucket();
  const body = streamBytes(length, length);
  const put = await suite.s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: body }));
  const md5 = `"${createHash('md5').update(body).digest('hex')}"`;
  expect(put.ETag).toBe(md5);
  const got = await suite.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'k' }));
  expect(got.ContentLength).toBe(length);
  expect(got.ETag).toBe(md5);
  expect(got.AcceptRanges).toBe('bytes');
  const bytes = Buffer.from((await got.Body?.transformToByteArray()) ?? []);
  expect(bytes.equals(body)).toBe(true);
  const head = await suite.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }));
  expect({ length: head.ContentLength, tag: head.ETag }).toEqual({ length, tag: md5 });
});

test('a body streamed in uneven pieces with a known length arrives whole', async () => {
  const bucket = await suite.bucket();
  const body = streamBytes('pieces', 3 * MiB + 77);
  const pieces: Buffer[] = [];
  // Pieces become chunks on the wire, and S3 wants all but the last to have 8 KiB or more.
  for (let at = 0, size = 8192; at < body.length; at += size, size = 8192 + ((size * 7) % 100_003)) {
    pieces.push(body.subarray(at, at + size));
  }
  const stream = Readable.from(pieces, { objectMode: false });
  await suite.s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: stream, ContentLength: body.length }),
  );
  const got = await suite.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'k' }));
  expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
});

test('an overwritten object is the new one only', async () => {
  const bucket = await suite.bucket();
  await suite.s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: 'k',
      Body: streamBytes('old', 300_000),
      Metadata: { old: 'yes' },
      ContentType: 'a/old',
    }),
  );
  await suite.s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: 'new' }));
  const got = await suite.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'k' }));
  expect(await got.Body?.transformToString()).toBe('new');
  expect(got.Metadata).toEqual({});
  expect(got.ContentType).toBe('application/octet-stream');
});

test('a deleted object is gone, and deleting it again succeeds', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'k', 'x');
  expect(
    (await suite.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'k' }))).$metadata.httpStatusCode,
  ).toBe(204);
  expect(await refusal(suite.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'k' })))).toEqual({
    code: 'NoSuchKey',
    status: 404,
  });
  expect(
    (await suite.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'k' }))).$metadata.httpStatusCode,
  ).toBe(204);
});

test('system headers come back as given', async () => {
  const bucket = await suite.bucket();
  const given = {
    ContentType: 'text/plain; charset="utf-8"',
    CacheControl: 'max-age=60, private',
    ContentDisposition: 'attachment; filename="a b.txt"',
    ContentEncoding: 'gzip',
    ContentLanguage: 'de-CH',
    Expires: new Date('2031-01-02T03:04:05Z'),
    WebsiteRedirectLocation: '/elsewhere',
  };
  await suite.s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: 'x', ...given }));
  for (const command of [
    new GetObjectCommand({ Bucket: bucket, Key: 'k' }),
    new HeadObjectCommand({ Bucket: bucket, Key: 'k' }),
  ]) {
    const reply = await suite.s3.send(command as HeadObjectCommand);
    expect(reply).toMatchObject({
      ContentType: given.ContentType,
      CacheControl: given.CacheControl,
      ContentDisposition: given.ContentDisposition,
      ContentEncoding: 'gzip',
      ContentLanguage: given.ContentLanguage,
      WebsiteRedirectLocation: '/elsewhere',
    });
    expect(new Date(reply.ExpiresString as string).getTime()).toBe(given.Expires.getTime());
  }
});

test('aws-chunked never becomes part of a stored Content-Encoding', async () => {
  const bucket = await suite.bucket();
  await suite.s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: 's',
      Body: Readable.from([Buffer.from('abc')]),
      ContentLength: 3,
      ContentEncoding: 'br',
    }),
  );
  expect((await suite.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 's' }))).ContentEncoding).toBe(
    'br',
  );
});

test('response-* parameters replace the headers of one answer', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'k', 'x');
  const got = await suite.s3.send(
    new GetObjectCommand({
      Bucket: bucket,
      Key: 'k',
      ResponseContentType: 'text/csv',
      ResponseContentDisposition: 'attachment; filename="ü.csv"',
      ResponseCacheControl: 'no-store',
      ResponseContentEncoding: 'identity',
      ResponseContentLanguage: 'fr',
    }),
  );
  expect(got).toMatchObject({
    ContentType: 'text/csv',
    CacheControl: 'no-store',
    ContentEncoding: 'identity',
    ContentLanguage: 'fr',
  });
  expect((await suite.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }))).ContentType).toBe(
    'application/octet-stream',
  );
});

test('Last-Modified is the time of the write in whole seconds', async () => {
  const bucket = await suite.bucket();
  const before = Math.floor(Date.now() / 1000) * 1000;
  await suite.put(bucket, 'k', 'x');
  const modified =
    (await suite.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }))).LastModified?.getTime() ?? 0;
  expect(modified % 1000).toBe(0);
  expect(modified).toBeGreaterThanOrEqual(before);
  expect(modified).toBeLessThanOrEqual(Date.now() + 1000);
});

test('the waiter of the SDK sees an object', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'k', 'x');
  const waited = await waitUntilObjectExists(
    { client: suite.s3, maxWaitTime: 20, minDelay: 1, maxDelay: 1 },
    { Bucket: bucket, Key: 'k' },
  );
  expect(waited.state).toBe('SUCCESS');
});

test('many objects written at once are each their own', async () => {
  const bucket = await suite.bucket();
  const keys = Array.from({ length: 200 }, (_unused, i) => `n/${i}`);
  await Promise.all(keys.map((key) => suite.put(bucket, key, streamBytes(key, 10 + key.length * 997))));
  await Promise.all(
    keys.map(async (key) => {
      const got = await suite.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const bytes = Buffer.from((await got.Body?.transformToByteArray()) ?? []);
      expect(bytes.equals(streamBytes(key, 10 + key.length * 997)), key).toBe(true);
    }),
  );
});
