import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import {
  type ChecksumAlgorithm,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { streamBytes } from '../../lib/content.ts';
import { RawConnection } from '../../lib/raw-http.ts';
import { xmlTexts } from '../../lib/s3-caller.ts';
import { refusal } from '../../lib/sdk.ts';
import { signRequest } from '../../lib/sigv4.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();

function crc32Of(body: Buffer): string {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(crc32(body));
  return out.toString('base64');
}

/** A PUT in the unsigned trailer form, as current SDKs send it over TLS, with whatever trailer a test wants. */
async function putWithTrailer(
  bucket: string,
  body: Buffer,
  trailer: string,
  value: string,
  decodedLength = body.length,
) {
  const path = `/${bucket}/k`;
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += 65_536) {
    const piece = body.subarray(at, at + 65_536);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  const encoded = Buffer.concat([...pieces, Buffer.from(`0\r\n${trailer}:${value}\r\n\r\n`)]);
  const host = `${suite.target.host}:${suite.target.port}`;
  const headers = signRequest(suite.target.identity, {
    method: 'PUT',
    path,
    host,
    payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    headers: {
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': String(decodedLength),
      'x-amz-trailer': trailer,
      'content-length': String(encoded.length),
    },
  });
  const connection = await RawConnection.open(suite.target);
  try {
    return await connection.request('PUT', path, headers, encoded);
  } finally {
    connection.close();
  }
}

test('a streamed body with a trailing checksum is stored without its framing', async () => {
  const bucket = await suite.bucket();
  const body = streamBytes('trailer', 1_234_567);
  const stream = Readable.from([body.subarray(0, 500_000), body.subarray(500_000)], { objectMode: false });
  await suite.s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: stream, ContentLength: body.length }),
  );
  const head = await suite.s3.send(
    new HeadObjectCommand({ Bucket: bucket, Key: 'k', ChecksumMode: 'ENABLED' }),
  );
  expect(head.ContentLength).toBe(body.length);
  expect(head.ContentEncoding ?? '').not.toContain('aws-chunked');
  expect(head.ChecksumCRC32).toBe(crc32Of(body));
  const got = await suite.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'k' }));
  expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
});

test.each<ChecksumAlgorithm>(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'])(
  '%s is checked, kept, and shown when asked for',
  async (algorithm) => {
    const bucket = await suite.bucket();
    const body = streamBytes(algorithm, 100_000);
    const put = await suite.s3.send(
      new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: body, ChecksumAlgorithm: algorithm }),
    );
    const field = `Checksum${algorithm}` as 'ChecksumCRC32';
    expect(put[field]).toBeTruthy();
    const shown = await suite.s3.send(
      new HeadObjectCommand({ Bucket: bucket, Key: 'k', ChecksumMode: 'ENABLED' }),
    );
    expect(shown[field]).toBe(put[field]);
    const hidden = await suite.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }));
    expect(hidden[field]).toBeUndefined();
    // The SDK checks the sum over what it reads and throws when they differ.
    const got = await suite.s3.send(
      new GetObjectCommand({ Bucket: bucket, Key: 'k', ChecksumMode: 'ENABLED' }),
    );
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
  },
);

test('the sums are the real ones', async () => {
  const bucket = await suite.bucket();
  const body = Buffer.from('123456789');
  const known: [ChecksumAlgorithm, string][] = [
    ['CRC32', Buffer.from('cbf43926', 'hex').toString('base64')],
    ['CRC32C', Buffer.from('e3069283', 'hex').toString('base64')],
    ['CRC64NVME', Buffer.from('ae8b14860a799888', 'hex').toString('base64')],
    ['SHA1', createHash('sha1').update(body).digest('base64')],
    ['SHA256', createHash('sha256').update(body).digest('base64')],
  ];
  for (const [algorithm, value] of known) {
    const put = await suite.s3.send(
      new PutObjectCommand({ Bucket: bucket, Key: algorithm, Body: body, ChecksumAlgorithm: algorithm }),
    );
    expect(put[`Checksum${algorithm}` as 'ChecksumCRC32'], algorithm).toBe(value);
  }
});

test.each(['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'])(
  'a wrong %s header is refused and leaves nothing',
  async (name) => {
    const bucket = await suite.bucket();
    const bytes = { crc32: 4, crc32c: 4, crc64nvme: 8, sha1: 20, sha256: 32 }[name] as number;
    const headers = { [`x-amz-checksum-${name}`]: Buffer.alloc(bytes, 1).toString('base64') };
    for (const body of [Buffer.from('small'), Buffer.alloc(1_500_000, 3)]) {
      const reply = await suite.caller().send({ method: 'PUT', path: `/${bucket}/k`, body, headers });
      expect(reply.status).toBe(400);
      expect(xmlTexts(reply.body, 'Code')).toEqual(['BadDigest']);
    }
    const short = { [`x-amz-checksum-${name}`]: 'AA==' };
    const malformed = await suite
      .caller()
      .send({ method: 'PUT', path: `/${bucket}/k`, body: Buffer.from('x'), headers: short });
    expect(malformed.status).toBe(400);
    expect((await suite.s3.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0);
  },
);

test('a right trailer is taken; a wrong one, an unannounced one and a wrong length are refused and leave nothing', async () => {
  const bucket = await suite.bucket();
  const body = streamBytes('trailers', 200_000);
  const good = crc32Of(body);
  expect((await putWithTrailer(bucket, body, 'x-amz-checksum-crc32', 'AAAAAA==')).status).toBe(400);
  expect((await putWithTrailer(bucket, body, 'x-amz-checksum-crc32', '')).status).toBe(400);
  expect((await putWithTrailer(bucket, body, 'x-amz-checksum-crc32', good, body.length - 1)).status).toBe(
    400,
  );
  expect((await putWithTrailer(bucket, body, 'x-amz-checksum-crc32', good, body.length + 1)).status).toBe(
    400,
  );
  expect((await suite.s3.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0);
  expect((await putWithTrailer(bucket, body, 'x-amz-checksum-crc32', good)).status).toBe(200);
  const stored = await suite.caller().ok({ method: 'GET', path: `/${bucket}/k` });
  expect(stored.body.equals(body)).toBe(true);
});

test('a wrong part checksum is refused and the part is not kept', async () => {
  const bucket = await suite.bucket();
  const where = { Bucket: bucket, Key: 'k' };
  const upload = (await suite.s3.send(new CreateMultipartUploadCommand(where))).UploadId as string;
  const part = suite.s3.send(
    new UploadPartCommand({
      ...where,
      UploadId: upload,
      PartNumber: 1,
      Body: 'x',
      ChecksumCRC32: 'AAAAAA==',
    }),
  );
  expect(await refusal(part)).toEqual({ code: 'BadDigest', status: 400 });
});

test('a multipart object has a composite checksum of the algorithm it was begun with', async () => {
  const bucket = await suite.bucket();
  const where = { Bucket: bucket, Key: 'k' };
  const begun = await suite.s3.send(
    new CreateMultipartUploadCommand({ ...where, ChecksumAlgorithm: 'SHA256' }),
  );
  const bodies = [streamBytes('c1', 5 << 20), streamBytes('c2', 1000)];
  const parts = [];
  for (const [i, Body] of bodies.entries()) {
    const sent = await suite.s3.send(
      new UploadPartCommand({
        ...where,
        UploadId: begun.UploadId as string,
        PartNumber: i + 1,
        Body,
        ChecksumAlgorithm: 'SHA256',
      }),
    );
    parts.push({
      PartNumber: i + 1,
      ETag: sent.ETag as string,
      ChecksumSHA256: sent.ChecksumSHA256 as string,
    });
  }
  const done = await suite.s3.send(
    new CompleteMultipartUploadCommand({
      ...where,
      UploadId: begun.UploadId as string,
      MultipartUpload: { Parts: parts },
    }),
  );
  const digests = bodies.map((body) => createHash('sha256').update(body).digest());
  expect(done.ChecksumSHA256).toBe(
    `${createHash('sha256').update(Buffer.concat(digests)).digest('base64')}-2`,
  );
});

test('a copy keeps the checksum of its source', async () => {
  const bucket = await suite.bucket();
  await suite.s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: 'a', Body: 'copied', ChecksumAlgorithm: 'SHA1' }),
  );
  await suite
    .caller()
    .ok({ method: 'PUT', path: `/${bucket}/b`, headers: { 'x-amz-copy-source': `/${bucket}/a` } });
  const head = await suite.s3.send(
    new HeadObjectCommand({ Bucket: bucket, Key: 'b', ChecksumMode: 'ENABLED' }),
  );
  expect(head.ChecksumSHA1).toBe(createHash('sha1').update('copied').digest('base64'));
});
