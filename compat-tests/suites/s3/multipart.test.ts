import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { expect, test } from 'vitest';
import { streamBytes } from '../../lib/content.ts';
import { refusal } from '../../lib/sdk.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();
const MiB = 1 << 20;

async function begin(bucket: string, key = 'k', extra: object = {}): Promise<string> {
  const made = await suite.s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ...extra }));
  return made.UploadId as string;
}

async function part(
  bucket: string,
  uploadId: string,
  number: number,
  body: Uint8Array,
  key = 'k',
): Promise<CompletedPart> {
  const sent = await suite.s3.send(
    new UploadPartCommand({ Bucket: bucket, Key: key, UploadId: uploadId, PartNumber: number, Body: body }),
  );
  return { PartNumber: number, ETag: sent.ETag as string };
}

function complete(bucket: string, uploadId: string, parts: CompletedPart[], key = 'k') {
  return suite.s3.send(
    new CompleteMultipartUploadCommand({
      Bucket: bucket,
      Key: key,
      UploadId: uploadId,
      MultipartUpload: { Parts: parts },
    }),
  );
}

async function read(bucket: string, key = 'k'): Promise<Buffer> {
  const got = await suite.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Buffer.from((await got.Body?.transformToByteArray()) ?? []);
}

test('parts uploaded in any order make one object with the composite ETag and the metadata of the beginning', async () => {
  const bucket = await suite.bucket();
  const bodies = [streamBytes('p1', 5 * MiB), streamBytes('p2', 6 * MiB + 1), streamBytes('p3', 11)];
  const upload = await begin(bucket, 'k', { Metadata: { from: 'create' }, ContentType: 'text/x-parts' });
  const third = await part(bucket, upload, 30, bodies[2] as Buffer);
  const first = await part(bucket, upload, 1, bodies[0] as Buffer);
  const second = await part(bucket, upload, 7, bodies[1] as Buffer);
  expect((await suite.s3.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0);
  const done = await complete(bucket, upload, [first, second, third]);
  const digests = bodies.map((body) => createHash('md5').update(body).digest());
  const tag = `"${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-3"`;
  expect(done).toMatchObject({ ETag: tag, Bucket: bucket, Key: 'k' });
  expect(done.Location).toContain(bucket);
  const head = await suite.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }));
  expect(head).toMatchObject({
    ETag: tag,
    ContentLength: 11 * MiB + 12,
    ContentType: 'text/x-parts',
    Metadata: { from: 'create' },
  });
  const whole = Buffer.concat(bodies);
  expect((await read(bucket)).equals(whole)).toBe(true);
  const across = await suite.s3.send(
    new GetObjectCommand({ Bucket: bucket, Key: 'k', Range: `bytes=${5 * MiB - 3}-${5 * MiB + 2}` }),
  );
  expect(Buffer.from((await across.Body?.transformToByteArray()) ?? [])).toEqual(
    whole.subarray(5 * MiB - 3, 5 * MiB + 3),
  );
});

test('a part sent again replaces the earlier one', async () => {
  const bucket = await suite.bucket();
  const upload = await begin(bucket);
  await part(bucket, upload, 1, Buffer.from('wrong'));
  const good = await part(bucket, upload, 1, Buffer.from('right'));
  await complete(bucket, upload, [good]);
  expect((await read(bucket)).toString()).toBe('right');
});

test('an aborted upload leaves nothing and is unknown afterwards', async () => {
  const bucket = await suite.bucket();
  const upload = await begin(bucket);
  const sent = await part(bucket, upload, 1, streamBytes('aborted', 5 * MiB));
  const where = { Bucket: bucket, Key: 'k', UploadId: upload };
  expect((await suite.s3.send(new AbortMultipartUploadCommand(where))).$metadata.httpStatusCode).toBe(204);
  expect(await refusal(suite.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' })))).toMatchObject({
    status: 404,
  });
  const unknown = { code: 'NoSuchUpload', status: 404 };
  expect(await refusal(suite.s3.send(new ListPartsCommand(where)))).toEqual(unknown);
  expect(await refusal(part(bucket, upload, 2, Buffer.from('late')))).toEqual(unknown);
  expect(await refusal(complete(bucket, upload, [sent]))).toEqual(unknown);
});

test('an unfinished upload over an existing key changes nothing until it completes', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'k', 'old');
  const upload = await begin(bucket);
  const sent = await part(bucket, upload, 1, Buffer.from('new'));
  expect((await read(bucket)).toString()).toBe('old');
  await complete(bucket, upload, [sent]);
  expect((await read(bucket)).toString()).toBe('new');
});

test('completing again with the same parts answers the same', async () => {
  const bucket = await suite.bucket();
  const upload = await begin(bucket);
  const parts = [await part(bucket, upload, 1, Buffer.from('once'))];
  const first = await complete(bucket, upload, parts);
  const again = await complete(bucket, upload, parts);
  expect(again.ETag).toBe(first.ETag);
});

test('completion is refused for wrong order, unknown parts, wrong tags, small parts and no parts, and can be corrected', async () => {
  const bucket = await suite.bucket();
  const upload = await begin(bucket);
  const small = await part(bucket, upload, 1, Buffer.from('small'));
  const last = await part(bucket, upload, 2, Buffer.from('last'));
  const cases: [CompletedPart[], string][] = [
    [[last, small], 'InvalidPartOrder'],
    [[small, small], 'InvalidPartOrder'],
    [[{ PartNumber: 3, ETag: small.ETag as string }], 'InvalidPart'],
    [[{ PartNumber: 1, ETag: last.ETag as string }], 'InvalidPart'],
    [[small, last], 'EntityTooSmall'],
    [[], 'MalformedXML'],
  ];
  for (const [parts, code] of cases) {
    expect(await refusal(complete(bucket, upload, parts)), code).toEqual({ code, status: 400 });
  }
  await complete(bucket, upload, [last]);
  expect((await read(bucket)).toString()).toBe('last');
});

test.each([0, 10_001, -1])('the part number %i is refused', async (number) => {
  const bucket = await suite.bucket();
  const upload = await begin(bucket);
  expect(await refusal(part(bucket, upload, number, Buffer.from('x')))).toEqual({
    code: 'InvalidArgument',
    status: 400,
  });
});

test('part number 10,000 is taken', async () => {
  const bucket = await suite.bucket();
  const upload = await begin(bucket);
  await complete(bucket, upload, [await part(bucket, upload, 10_000, Buffer.from('x'))]);
  expect((await read(bucket)).toString()).toBe('x');
});

test('a part can be a copied range of an object', async () => {
  const bucket = await suite.bucket();
  const body = streamBytes('copied part', 6 * MiB);
  await suite.put(bucket, 'source', body);
  const upload = await begin(bucket);
  const copy = (number: number, range?: string) =>
    suite.s3.send(
      new UploadPartCopyCommand({
        Bucket: bucket,
        Key: 'k',
        UploadId: upload,
        PartNumber: number,
        CopySource: `${bucket}/source`,
        ...(range === undefined ? {} : { CopySourceRange: range }),
      }),
    );
  const whole = await copy(1);
  const slice = await copy(2, 'bytes=100-299');
  await complete(bucket, upload, [
    { PartNumber: 1, ETag: whole.CopyPartResult?.ETag as string },
    { PartNumber: 2, ETag: slice.CopyPartResult?.ETag as string },
  ]);
  expect((await read(bucket)).equals(Buffer.concat([body, body.subarray(100, 300)]))).toBe(true);
});

test('lib-storage uploads a stream of unknown length in parallel parts', async () => {
  const bucket = await suite.bucket();
  const body = streamBytes('lib-storage', 23 * MiB + 5);
  const pieces = Array.from({ length: Math.ceil(body.length / 700_001) }, (_unused, i) =>
    body.subarray(i * 700_001, (i + 1) * 700_001),
  );
  const upload = new Upload({
    client: suite.s3,
    params: { Bucket: bucket, Key: 'k', Body: Readable.from(pieces, { objectMode: false }) },
    queueSize: 4,
    partSize: 5 * MiB,
  });
  await upload.done();
  expect((await read(bucket)).equals(body)).toBe(true);
  expect((await suite.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }))).ETag).toMatch(/-5"$/);
});

test('an upload abandoned by lib-storage is aborted and invisible', async () => {
  const bucket = await suite.bucket();
  const upload = new Upload({
    client: suite.s3,
    params: { Bucket: bucket, Key: 'k', Body: streamBytes('abandoned', 20 * MiB) },
    queueSize: 1,
    partSize: 5 * MiB,
  });
  upload.on('httpUploadProgress', () => void upload.abort());
  await expect(upload.done()).rejects.toThrow(/abort/i);
  expect((await suite.s3.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0);
});
