/** The service over the real tables and an embedded node: what is stored, what is freed, and what a restart finds. */
import { randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { s3Limits } from '../limits.ts';
import { partKey, partsTable, uploadIdOf } from '../model/tables.ts';
import { Buckets } from '../store/buckets.ts';
import { codeOf } from './harness.ts';
import { openRealTables, type RealTables } from './real-tables.ts';
import { type S3Server, startServer } from './server.ts';

let real: RealTables;
let server: S3Server;
let s3: S3Client;
const Bucket = 'bucket';

beforeEach(async () => {
  real = await openRealTables();
  server = await startServer(real.tables);
  s3 = server.client();
  await s3.send(new CreateBucketCommand({ Bucket }));
});

afterEach(async () => {
  const { missing, different, superfluous, unknownDomains, unreadable } = await real.tables.compareIndex();
  expect([missing, different, superfluous, unknownDomains, unreadable]).toEqual([0, 0, 0, 0, 0]);
  await close();
  expect(server.errors).toEqual([]);
  expect(real.failures).toEqual([]);
});

async function close(): Promise<void> {
  await server.close();
  await real.close();
}

async function restart(): Promise<void> {
  await close();
  real = await openRealTables(real.state);
  server = await startServer(real.tables);
  s3 = server.client();
}

async function bytesOf(Key: string, extra: object = {}): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...extra }));
  return Buffer.from(await Body!.transformToByteArray());
}

/** Atoms that stand in the bucket's domain. */
async function atoms(): Promise<number> {
  const buckets = new Buckets(real.tables);
  await buckets.open();
  const bucket = (await buckets.find(Bucket))!;
  return (await real.node.domain(bucket.row.address))!.usage.atoms;
}

/** Sweeps run behind the answers: waits until so many atoms are left. */
async function leaves(count: number): Promise<void> {
  while ((await atoms()) > count) await new Promise((resolve) => setImmediate(resolve));
  expect(await atoms()).toBe(count);
}

test('objects of every kind survive a restart, and deleting them frees all they held', async () => {
  const bodies = new Map<string, Buffer>();
  for (const size of [0, 1, s3Limits.inlineBytesMax, s3Limits.inlineBytesMax + 1, 9_000_000]) {
    const body = randomBytes(size);
    bodies.set(`size-${size}`, body);
    await s3.send(new PutObjectCommand({ Bucket, Key: `size-${size}`, Body: body }));
  }
  await restart();
  for (const [key, body] of bodies) expect((await bytesOf(key)).equals(body)).toBe(true);
  const large = bodies.get('size-9000000')!;
  const range = await bytesOf('size-9000000', { Range: 'bytes=8388600-8388620' });
  expect(range.equals(large.subarray(8_388_600, 8_388_621))).toBe(true);
  const listed = await s3.send(new ListObjectsV2Command({ Bucket }));
  expect(listed.Contents?.map(({ Key, Size }) => [Key, Size])).toEqual(
    [...bodies].map(([key, body]) => [key, body.length]).sort(([a], [b]) => (a! < b! ? -1 : 1)),
  );
  for (const Key of bodies.keys()) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  expect(await atoms()).toBe(0);
  await s3.send(new DeleteBucketCommand({ Bucket }));
  expect((await s3.send(new ListBucketsCommand({}))).Buckets).toEqual([]);
  await s3.send(new CreateBucketCommand({ Bucket }));
  expect((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
});

test('an overwritten object frees its bytes', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: randomBytes(500_000) }));
  const once = await atoms();
  for (let i = 0; i < 3; i += 1) {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: randomBytes(500_000) }));
  }
  expect(await atoms()).toBe(once);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'small' }));
  expect(await atoms()).toBe(1);
});

test('an upload in parts is put together, read across parts, and leaves only its object', async () => {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'big' }));
  const body = randomBytes(s3Limits.partBytesMin * 2 + 1000);
  const Parts: { PartNumber: number; ETag: string }[] = [];
  for (let i = 0; i < 3; i += 1) {
    const PartNumber = i + 1;
    const Body = body.subarray(i * s3Limits.partBytesMin, (i + 1) * s3Limits.partBytesMin);
    const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key: 'big', UploadId, PartNumber, Body }));
    Parts.push({ PartNumber, ETag: ETag! });
  }
  await s3.send(new UploadPartCommand({ Bucket, Key: 'big', UploadId, PartNumber: 9, Body: 'not listed' }));
  await s3.send(
    new CompleteMultipartUploadCommand({ Bucket, Key: 'big', UploadId, MultipartUpload: { Parts } }),
  );
  expect((await bytesOf('big')).equals(body)).toBe(true);
  // The record, and for each part a chunk with the relation over it.
  await leaves(1 + 3 * 2);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'big' }));
  expect(await atoms()).toBe(0);
});

test('an abort frees its parts', async () => {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'big' }));
  for (const PartNumber of [1, 2]) {
    await s3.send(
      new UploadPartCommand({ Bucket, Key: 'big', UploadId, PartNumber, Body: randomBytes(200_000) }),
    );
  }
  await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'big', UploadId }));
  await leaves(0);
});

test('10,000 parts are completed in one transaction that fits', async () => {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'big' }));
  const id = uploadIdOf(UploadId!)!;
  const buckets = new Buckets(real.tables);
  await buckets.open();
  const { domain } = (await buckets.find(Bucket))!;
  const md5 = Buffer.alloc(16, 0xab);
  const ETag = `"${md5.toString('hex')}"`;
  const value = Buffer.alloc(8, 0xcd);
  // Records only: nobody could upload 50 GB in a test, and completing touches no bytes.
  for (let from = 1; from <= s3Limits.partsMax; from += 1000) {
    await real.tables.transact(
      Array.from({ length: 1000 }, (_, i) => ({
        domain,
        kind: 'put' as const,
        table: partsTable,
        key: partKey(id, from + i),
        row: {
          modifiedMs: 1,
          md5,
          checksum: { algorithm: 'CRC64NVME', type: 'FULL_OBJECT', value, parts: 0 },
          blob: { id: randomBytes(16), length: s3Limits.partBytesMin, chunkBytes: 8 * 1024 * 1024 },
        },
      })),
    );
  }
  const Parts = Array.from({ length: s3Limits.partsMax }, (_, i) => ({ PartNumber: i + 1, ETag }));
  const done = await s3.send(
    new CompleteMultipartUploadCommand({ Bucket, Key: 'big', UploadId, MultipartUpload: { Parts } }),
  );
  expect(done.ETag).toMatch(/-10000"$/);
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'big', PartNumber: 10_000 }));
  expect(head).toMatchObject({ PartsCount: 10_000, ContentLength: s3Limits.partBytesMin });
  await leaves(1);
});

test('concurrent conditional writes have one winner', async () => {
  for (const size of [10, 100_000]) {
    const Key = `race-${size}`;
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, (_, i) =>
        codeOf(s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(size, i), IfNoneMatch: '*' }))),
      ),
    );
    expect(outcomes.filter((code) => code === 'none').length).toBe(1);
    expect((await bytesOf(Key)).equals(Buffer.alloc(size, outcomes.indexOf('none')))).toBe(true);
  }
});

test('an object that is replaced while it is read is read to its end', async () => {
  const body = randomBytes(20_000_000);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: body }));
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  // The reader has its headers, and back-pressure keeps most of the body on the other side.
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'new' }));
  expect(Buffer.from(await Body!.transformToByteArray()).equals(body)).toBe(true);
  expect((await bytesOf('k')).toString()).toBe('new');
  await leaves(1);
});

test('a bucket with uploads under way goes, and so do its parts', async () => {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'big' }));
  await s3.send(
    new UploadPartCommand({ Bucket, Key: 'big', UploadId, PartNumber: 1, Body: randomBytes(200_000) }),
  );
  await s3.send(new DeleteBucketCommand({ Bucket }));
  expect(await codeOf(s3.send(new ListObjectsV2Command({ Bucket })))).toBe('NoSuchBucket');
});

test('writes race with the removal of their bucket: the object is there, or the bucket is gone', async () => {
  for (let round = 0; round < 10; round += 1) {
    const name = `race-${round}`;
    await s3.send(new CreateBucketCommand({ Bucket: name }));
    const [put, removed] = await Promise.all([
      codeOf(s3.send(new PutObjectCommand({ Bucket: name, Key: 'k', Body: 'x' }))),
      codeOf(s3.send(new DeleteBucketCommand({ Bucket: name }))),
    ]);
    const get = await codeOf(s3.send(new GetObjectCommand({ Bucket: name, Key: 'k' })));
    if (removed === 'none') expect([put, get]).toEqual(['NoSuchBucket', 'NoSuchBucket']);
    else expect([put, removed, get]).toEqual(['none', 'BucketNotEmpty', 'none']);
  }
});
