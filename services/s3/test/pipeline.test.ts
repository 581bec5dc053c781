/** The service as clients meet it: the SDK's client over sockets, signatures, chunked bodies and trailers. */
import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeOf, statusOf } from './harness.ts';
import { MemoryTables } from './memory-tables.ts';
import { type S3Server, startServer, stranger } from './server.ts';

const tables = new MemoryTables();
let server: S3Server;
let s3: S3Client;
const Bucket = 'bucket';

beforeAll(async () => {
  server = await startServer(tables);
  s3 = server.client({ config: { requestStreamBufferSize: 65_536 } });
  await s3.send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  await server.close();
  expect(server.errors).toEqual([]);
});

async function bytesOf(Key: string, extra: object = {}): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...extra }));
  return Buffer.from(await Body!.transformToByteArray());
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

function send(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options;
    const request = httpRequest(url, { method, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(pieces).toString(),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

test('bodies of every size and form come back byte for byte', async () => {
  for (const size of [0, 1, 1024, 65_535, 65_536, 65_537, 1_000_000]) {
    const body = randomBytes(size);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'whole', Body: body }));
    expect((await bytesOf('whole')).equals(body)).toBe(true);
    // A stream goes out in chunks with a trailing checksum, which must not become part of the object.
    const stream = Readable.from(
      body.length === 0 ? [] : [body.subarray(0, size >> 1), body.subarray(size >> 1)],
    );
    await s3.send(new PutObjectCommand({ Bucket, Key: 'stream', Body: stream, ContentLength: size }));
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'stream', ChecksumMode: 'ENABLED' }));
    expect(Buffer.from(await got.Body!.transformToByteArray()).equals(body)).toBe(true);
    expect(got.ContentEncoding).toBeUndefined();
    expect(got.ChecksumCRC32).toBeDefined();
  }
});

test('the managed upload of the SDK', async () => {
  const body = randomBytes(12 * 1024 * 1024 + 5);
  const upload = new Upload({
    client: s3,
    params: { Bucket, Key: 'managed', Body: Readable.from(body), ContentType: 'x/y' },
    partSize: 5 * 1024 * 1024,
    queueSize: 3,
  });
  const done = await upload.done();
  expect(done.ETag).toMatch(/-3"$/);
  expect((await bytesOf('managed')).equals(body)).toBe(true);
  expect(
    (await bytesOf('managed', { Range: 'bytes=5242870-5242890' })).equals(
      body.subarray(5_242_870, 5_242_891),
    ),
  ).toBe(true);
});

test('presigned URLs', async () => {
  const put = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: 'signed', Metadata: { m: '1' } }), {
    expiresIn: 60,
  });
  expect((await send(put, { method: 'PUT', body: 'presigned' })).status).toBe(200);
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'signed' }));
  expect(head.Metadata).toEqual({ m: '1' });
  const get = await getSignedUrl(
    s3,
    new GetObjectCommand({ Bucket, Key: 'signed', ResponseContentType: 'text/x' }),
    { expiresIn: 60 },
  );
  const answer = await send(get);
  expect(answer.body).toBe('presigned');
  expect(answer.headers['content-type']).toBe('text/x');
});

test('keys with every kind of character', async () => {
  const keys = [
    'a//b',
    './x',
    'a/../b',
    ' sp ace ',
    'plus+',
    'per%cent',
    'ä€😀',
    '?q=1&b',
    '#frag',
    'q\'uote"',
  ];
  for (const Key of keys) {
    await s3.send(new PutObjectCommand({ Bucket, Key: `keys/${Key}`, Body: Key }));
    expect((await bytesOf(`keys/${Key}`)).toString()).toBe(Key);
  }
  const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'keys/', EncodingType: 'url' }));
  expect(listed.Contents?.map(({ Key }) => decodeURIComponent(Key!)).sort()).toEqual(
    keys.map((key) => `keys/${key}`).sort(),
  );
  const gone = await s3.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((key) => ({ Key: `keys/${key}` })) } }),
  );
  expect(gone.Errors).toBeUndefined();
  expect((await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'keys/' }))).KeyCount).toBe(0);
});

test('a key that XML cannot hold', async () => {
  const Key = 'control/\u0001\u000b';
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  expect((await bytesOf(Key)).toString()).toBe('x');
  const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'control/', EncodingType: 'url' }));
  expect(listed.Contents?.[0]?.Key).toBe('control/%01%0B');
  await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  expect((await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'control/' }))).KeyCount).toBe(0);
});

test('buckets as hosts', async () => {
  const virtual = server.client({
    config: {
      endpoint: `http://s3.localhost:${server.port}`,
      forcePathStyle: false,
      requestHandler: undefined as never,
    },
  });
  // Resolving is not what is tested: the request goes to loopback with the host that the client chose.
  const get = await getSignedUrl(virtual, new GetObjectCommand({ Bucket, Key: 'signed' }), { expiresIn: 60 });
  const { host, pathname, search } = new URL(get);
  expect(host).toBe(`${Bucket}.s3.localhost:${server.port}`);
  const answer = await send(`${server.endpoint}${pathname}${search}`, { headers: { host } });
  expect(answer.body).toBe('presigned');
});

test('nobody and strangers are refused', async () => {
  expect((await send(`${server.endpoint}/${Bucket}/signed`)).status).toBe(403);
  expect((await send(`${server.endpoint}/${Bucket}`)).status).toBe(403);
  const foreign = server.client({ account: stranger });
  expect(await codeOf(foreign.send(new GetObjectCommand({ Bucket, Key: 'signed' })))).toBe('AccessDenied');
  expect(await codeOf(foreign.send(new PutObjectCommand({ Bucket, Key: 'signed', Body: 'x' })))).toBe(
    'AccessDenied',
  );
});

test('errors carry bucket and key, and heads carry none', async () => {
  const get = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'mis<sing' }), { expiresIn: 60 });
  const answer = await send(get);
  expect(answer.status).toBe(404);
  expect(answer.body).toContain('<Code>NoSuchKey</Code>');
  expect(answer.body).toContain('<Key>mis&lt;sing</Key>');
  expect(await statusOf(s3.send(new HeadObjectCommand({ Bucket, Key: 'missing' })))).toBe(404);
  const { ETag } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'signed' }));
  const same = await statusOf(s3.send(new GetObjectCommand({ Bucket, Key: 'signed', IfNoneMatch: ETag })));
  expect(same).toBe(304);
});

test('a client that goes away, or sends too little, leaves nothing', async () => {
  const before = tables.digest();
  const put = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: 'cut' }), { expiresIn: 60 });
  const { pathname, search } = new URL(put);
  for (const sent of [10, 150_000]) {
    await new Promise<void>((resolve, reject) => {
      const socket = connect(server.port, '127.0.0.1', () => {
        socket.write(
          `PUT ${pathname}${search} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Length: 300000\r\n\r\n`,
        );
        socket.write(Buffer.alloc(sent), () => socket.destroy());
      });
      socket.on('error', reject);
      socket.on('close', () => resolve());
    });
  }
  // The next request is answered behind the ones that were cut.
  expect(await statusOf(s3.send(new HeadObjectCommand({ Bucket, Key: 'cut' })))).toBe(404);
  expect(tables.digest()).toBe(before);
});

test('a body that is not what was signed is refused and leaves nothing', async () => {
  const before = tables.digest();
  const { host } = new URL(server.endpoint);
  const wrong = createHash('sha256').update('another').digest('hex');
  // Signed for another body.
  const client = server.client({ config: { requestChecksumCalculation: 'WHEN_REQUIRED' } });
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { headers: Record<string, string> };
      request.headers['x-amz-content-sha256'] = wrong;
      request.headers.host = host;
      return next(args);
    },
    { step: 'build', priority: 'low' },
  );
  expect(await codeOf(client.send(new PutObjectCommand({ Bucket, Key: 'bad', Body: 'this' })))).toBe(
    'XAmzContentSHA256Mismatch',
  );
  const body = Buffer.alloc(200_000, 'x');
  expect(await codeOf(client.send(new PutObjectCommand({ Bucket, Key: 'bad', Body: body })))).toBe(
    'XAmzContentSHA256Mismatch',
  );
  expect(tables.digest()).toBe(before);
});

test('concurrent conditional writes over many connections have one winner', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 24 }, (_, i) =>
      codeOf(s3.send(new PutObjectCommand({ Bucket, Key: 'race', Body: `${i}`, IfNoneMatch: '*' }))),
    ),
  );
  expect(outcomes.filter((code) => code === 'none').length).toBe(1);
  expect((await bytesOf('race')).toString()).toBe(String(outcomes.indexOf('none')));
});
