/** What is replaced, deleted, given up or cut off gives its space back. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { beforeEach, expect, test } from 'vitest';
import { adminUsage, collectNow, directoryBytes } from '../../lib/admin.ts';
import { streamBytes } from '../../lib/content.ts';
import { formatHead, RawConnection } from '../../lib/raw-http.ts';
import { refusal } from '../../lib/sdk.ts';
import { signRequest, unsignedPayload } from '../../lib/sigv4.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite({});
const MiB = 1 << 20;
/** Of the directory beside the objects: log segments, tables of the key-value store, frame padding. */
const restBytesMax = 40 * MiB;

let before = 0;
beforeEach(async () => {
  await collectNow(suite.target);
  before = directoryBytes(suite.target.dataDir);
});

const put = (bucket: string, key: string, bytes: number, seed = key) =>
  suite.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: streamBytes(seed, bytes) }));

/** Sweeps run behind the answers, so the end of one is waited for. */
async function expectSpaceBack(liveBytes = 0): Promise<void> {
  await expect
    .poll(async () => {
      await collectNow(suite.target);
      const { chunks } = await chunkUsage();
      return chunks - 2 * liveBytes;
    })
    .toBeLessThan(2 * MiB);
  expect(directoryBytes(suite.target.dataDir)).toBeLessThan(before + 2 * liveBytes + restBytesMax);
}

async function chunkUsage(): Promise<{ chunks: number; garbage: number }> {
  const { storage } = await adminUsage(suite.target);
  return { chunks: storage.chunkBytes, garbage: storage.garbageBytes };
}

test('overwritten objects', async () => {
  const bucket = await suite.bucket();
  for (let round = 0; round < 12; round += 1) await put(bucket, 'one', 6 * MiB, `${round}`);
  for (let round = 0; round < 4; round += 1) await put(bucket, 'two', 20 * MiB, `${round}`);
  await put(bucket, 'one', 10);
  await put(bucket, 'two', MiB);
  await expectSpaceBack(MiB);
  await suite.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'two' }));
});

test('deleted objects, one by one and in a batch, and their bucket', async () => {
  const bucket = await suite.bucket();
  const keys = Array.from({ length: 24 }, (_unused, index) => `k${index}`);
  for (const key of keys) await put(bucket, key, 3 * MiB + 17);
  for (const Key of keys.slice(0, 8)) await suite.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
  const Objects = keys.slice(8).map((Key) => ({ Key }));
  await suite.s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
  await suite.s3.send(new DeleteBucketCommand({ Bucket: bucket }));
  await expectSpaceBack();
  expect((await adminUsage(suite.target)).buckets.map(({ name }) => name)).not.toContain(bucket);
});

test('aborted uploads, replaced parts, and parts that a completion leaves out', async () => {
  const bucket = await suite.bucket();
  const begin = async (Key: string) =>
    (await suite.s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }))).UploadId as string;
  const part = async (Key: string, UploadId: string, PartNumber: number, round = 0) => {
    const Body = streamBytes(`${UploadId} ${PartNumber} ${round}`, 6 * MiB);
    const where = { Bucket: bucket, Key, UploadId, PartNumber };
    return {
      PartNumber,
      ETag: (await suite.s3.send(new UploadPartCommand({ ...where, Body }))).ETag as string,
    };
  };
  const aborted = await begin('aborted');
  for (const number of [1, 2, 3]) await part('aborted', aborted, number);
  for (const round of [1, 2, 3]) await part('aborted', aborted, 1, round);
  expect((await adminUsage(suite.target, { bucket })).buckets[0]).toMatchObject({
    uploads: 1,
    uploadBytes: 18 * MiB,
  });
  await suite.s3.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: 'aborted', UploadId: aborted }));
  const kept = await begin('kept');
  const first = await part('kept', kept, 1);
  await part('kept', kept, 2);
  const MultipartUpload = { Parts: [first] };
  await suite.s3.send(
    new CompleteMultipartUploadCommand({ Bucket: bucket, Key: 'kept', UploadId: kept, MultipartUpload }),
  );
  await expectSpaceBack(6 * MiB);
  await suite.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'kept' }));
});

test('uploads that are refused after their last byte', async () => {
  const bucket = await suite.bucket();
  const Body = streamBytes('refused', 20 * MiB);
  const wrong = { Bucket: bucket, Key: 'k', Body, ContentMD5: 'MDEyMzQ1Njc4OWFiY2RlZg==' };
  expect((await refusal(suite.s3.send(new PutObjectCommand(wrong)))).code).toBe('BadDigest');
  const small = { ...wrong, Body: Body.subarray(0, 2 * MiB) };
  expect((await refusal(suite.s3.send(new PutObjectCommand(small)))).code).toBe('BadDigest');
  // Both see that there is no object; one comes second.
  const conditional = { Bucket: bucket, Key: 'k', Body, IfNoneMatch: '*' };
  const ends = await Promise.allSettled(
    [1, 2, 3].map(() => suite.s3.send(new PutObjectCommand(conditional))),
  );
  expect(ends.filter(({ status }) => status === 'fulfilled').length).toBe(1);
  await suite.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'k' }));
  await expectSpaceBack();
});

test('uploads that are cut off', async () => {
  const bucket = await suite.bucket();
  const { host, port, identity } = suite.target;
  for (const bytes of [1, 3 * MiB, 17 * MiB]) {
    const path = `/${bucket}/cut`;
    const signed = signRequest(identity, {
      method: 'PUT',
      path,
      host: `${host}:${port}`,
      payloadHash: unsignedPayload,
    });
    const connection = await RawConnection.open(suite.target);
    const answer = connection.expectReply().catch(() => undefined);
    connection.socket.write(formatHead('PUT', path, { ...signed, 'content-length': String(30 * MiB) }));
    await new Promise<void>((resolve) => connection.socket.write(streamBytes('cut', bytes), () => resolve()));
    connection.socket.destroy();
    await answer;
  }
  await expectSpaceBack();
});

test('thousands of small objects', async () => {
  const bucket = await suite.bucket();
  const stateBytes = async () => (await adminUsage(suite.target)).storage.stateBytes;
  const empty = await stateBytes();
  const keys = Array.from({ length: 800 }, (_unused, index) => `small ${index}`);
  const callers = Array.from({ length: 8 }, () => suite.caller());
  await Promise.all(
    callers.map(async (caller, turn) => {
      for (let index = turn; index < keys.length; index += callers.length) {
        const path = `/${bucket}/${keys[index]}`;
        await caller.ok({ method: 'PUT', path, body: streamBytes(path, 30_000) });
      }
    }),
  );
  await collectNow(suite.target);
  const full = await stateBytes();
  expect(full - empty).toBeGreaterThan(keys.length * 30_000);
  for (let at = 0; at < keys.length; at += 500) {
    const Objects = keys.slice(at, at + 500).map((Key) => ({ Key }));
    await suite.s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
  }
  await expect
    .poll(async () => {
      await collectNow(suite.target);
      return stateBytes();
    })
    .toBeLessThan(empty + 12 * MiB);
});
