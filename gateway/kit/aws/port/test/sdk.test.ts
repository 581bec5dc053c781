import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deriveSigningKey, emptySha256, sign } from '../../sigv4/index.ts';
import { account, type Fixture, iso, openFixture, send, signHead } from './fixture.ts';

let fixture: Fixture;
let client: S3Client;
beforeAll(async () => {
  fixture = await openFixture({ modules: { clock: { now: () => Date.now() } } });
  client = new S3Client({
    endpoint: `http://127.0.0.1:${fixture.tcpPort}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: account.accessKeyId, secretAccessKey: account.secretAccessKey },
    forcePathStyle: true,
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await fixture.close();
});

const stored = (key: string) => fixture.objects.get(`bucket/${key}`);

describe('the S3 client of the AWS SDK', () => {
  for (const key of ['plain', 'a b+c/ü/日本', "~!*'()", 'a//b', './..//x', 'per%2Fcent%zz', '?&=#;:@,$']) {
    test(`key ${key}`, async () => {
      await client.send(
        new PutObjectCommand({ Bucket: 'bucket', Key: key, Body: key, Metadata: { name: 'a  b' } }),
      );
      expect(stored(key)?.toString()).toBe(key);
      const found = await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: key }));
      expect(await found.Body?.transformToString()).toBe(key);
      expect(found.Metadata?.name).toBe('a  b');
    });
  }
  test('a stream of unknown chunking, with a checksum in its trailer, stored without framing', async () => {
    const body = Buffer.alloc(3_000_000, 'stream');
    const pieces = Array.from({ length: 30 }, (_, i) => body.subarray(i * 100_000, (i + 1) * 100_000));
    await client.send(
      new PutObjectCommand({
        Bucket: 'bucket',
        Key: 'stream',
        Body: Readable.from(pieces),
        ContentLength: body.length,
        ContentEncoding: 'gzip',
      }),
    );
    expect(stored('stream')?.equals(body)).toBe(true);
    expect(Object.keys(fixture.metadata.get('bucket/stream') ?? {})).toEqual(['x-amz-checksum-crc32']);
  });
  test('HEAD of what is missing', async () => {
    await expect(client.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'no' }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
  });
  test('presigned PUT and GET, with metadata moved into the query', async () => {
    const put = await getSignedUrl(
      client,
      new PutObjectCommand({ Bucket: 'bucket', Key: 'pre signed', Metadata: { color: 'blue' } }),
      { expiresIn: 60 },
    );
    expect(put).toContain('x-amz-meta-color=blue');
    const answer = await fetch(put, { method: 'PUT', body: 'presigned body' });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(stored('pre signed')?.toString()).toBe('presigned body');
    expect(fixture.metadata.get('bucket/pre signed')?.color).toBe('blue');
    const get = await getSignedUrl(client, new GetObjectCommand({ Bucket: 'bucket', Key: 'pre signed' }), {
      expiresIn: 60,
    });
    expect(await (await fetch(get)).text()).toBe('presigned body');
    const other = await fetch(get.replace('pre%20signed', 'stream'));
    expect(other.status).toBe(403);
  });
});

describe('signed chunks through the port', () => {
  const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
  const scope = { date: iso.slice(0, 8), region: 'us-east-1', service: 's3' };

  /** Body in signed chunks, made by the test's own arithmetic. */
  function chunked(seed: string, chunks: readonly Buffer[]): Buffer {
    const key = deriveSigningKey(account.secretAccessKey, scope);
    let previous = seed;
    const pieces: Buffer[] = [];
    for (const data of [...chunks, Buffer.alloc(0)]) {
      previous = sign(
        key,
        `AWS4-HMAC-SHA256-PAYLOAD\n${iso}\n${scope.date}/us-east-1/s3/aws4_request\n${previous}\n${emptySha256}\n${sha256(data)}`,
      );
      pieces.push(
        Buffer.from(`${data.length.toString(16)};chunk-signature=${previous}\r\n`),
        data,
        Buffer.from('\r\n'),
      );
    }
    return Buffer.concat(pieces);
  }

  test('are accepted when they continue the request’s signature, refused otherwise', async () => {
    const own = await openFixture();
    try {
      const chunks = [Buffer.alloc(70_000, 'a'), Buffer.alloc(10, 'b')];
      const signed = signHead({
        method: 'PUT',
        path: '/bucket/chunked',
        payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        headers: { 'content-encoding': 'aws-chunked', 'x-amz-decoded-content-length': '70010' },
      });
      const attempt = (seed: string) =>
        send(own.tcpPort, {
          method: 'PUT',
          target: '/bucket/chunked',
          headers: signed.headers,
          body: chunked(seed, chunks),
        });
      const refused = await attempt('0'.repeat(64));
      expect([refused.status, refused.text.includes('SignatureDoesNotMatch')]).toEqual([403, true]);
      expect(own.objects.size).toBe(0);
      expect((await attempt(signed.signature)).status).toBe(200);
      expect(own.objects.get('bucket/chunked')?.equals(Buffer.concat(chunks))).toBe(true);
    } finally {
      await own.close();
    }
  });
});
