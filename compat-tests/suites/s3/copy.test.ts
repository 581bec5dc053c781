import { CopyObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { streamBytes } from '../../lib/content.ts';
import { refusal } from '../../lib/sdk.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();

async function source() {
  const bucket = await suite.bucket();
  await suite.s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: 'from',
      Body: 'body',
      ContentType: 'text/x-old',
      CacheControl: 'no-cache',
      Metadata: { old: '1' },
    }),
  );
  return bucket;
}

test('a copy has the bytes, the headers and the metadata of its source', async () => {
  const bucket = await source();
  const copied = await suite.s3.send(
    new CopyObjectCommand({ Bucket: bucket, Key: 'to', CopySource: `${bucket}/from` }),
  );
  const head = await suite.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'to' }));
  expect(copied.CopyObjectResult?.ETag).toBe(head.ETag);
  expect(copied.CopyObjectResult?.LastModified).toBeInstanceOf(Date);
  expect(head).toMatchObject({
    ContentType: 'text/x-old',
    CacheControl: 'no-cache',
    Metadata: { old: '1' },
    ContentLength: 4,
  });
});

test('REPLACE takes the metadata of the request only', async () => {
  const bucket = await source();
  await suite.s3.send(
    new CopyObjectCommand({
      Bucket: bucket,
      Key: 'to',
      CopySource: `${bucket}/from`,
      MetadataDirective: 'REPLACE',
      ContentType: 'text/x-new',
      Metadata: { fresh: '2' },
    }),
  );
  const head = await suite.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'to' }));
  expect(head).toMatchObject({ ContentType: 'text/x-new', Metadata: { fresh: '2' } });
  expect(head.CacheControl).toBeUndefined();
});

test('an object is copied onto itself only when something changes', async () => {
  const bucket = await source();
  const same = { Bucket: bucket, Key: 'from', CopySource: `${bucket}/from` };
  expect(await refusal(suite.s3.send(new CopyObjectCommand(same)))).toEqual({
    code: 'InvalidRequest',
    status: 400,
  });
  await suite.s3.send(
    new CopyObjectCommand({ ...same, MetadataDirective: 'REPLACE', Metadata: { touched: 'yes' } }),
  );
  const got = await suite.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'from' }));
  expect(got.Metadata).toEqual({ touched: 'yes' });
  expect(await got.Body?.transformToString()).toBe('body');
});

test('a large object is copied to another bucket and outlives its source', async () => {
  const from = await suite.bucket();
  const to = await suite.bucket();
  const body = streamBytes('copied', 9_000_001);
  await suite.put(from, 'k', body);
  await suite.s3.send(new CopyObjectCommand({ Bucket: to, Key: 'k', CopySource: `/${from}/k` }));
  const caller = suite.caller();
  await caller.ok({ method: 'DELETE', path: `/${from}/k` }, 204);
  await caller.ok({ method: 'DELETE', path: `/${from}` }, 204);
  const got = await suite.s3.send(new GetObjectCommand({ Bucket: to, Key: 'k' }));
  expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
});

test('overwriting the source later does not change the copy', async () => {
  const bucket = await suite.bucket();
  const body = streamBytes('first', 500_000);
  await suite.put(bucket, 'a', body);
  await suite.s3.send(new CopyObjectCommand({ Bucket: bucket, Key: 'b', CopySource: `${bucket}/a` }));
  await suite.put(bucket, 'a', streamBytes('second', 500_000));
  const got = await suite.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'b' }));
  expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
});

test.each([
  ['a missing key', (bucket: string) => `${bucket}/absent`, 'NoSuchKey', 404],
  ['a missing bucket', () => 'no-such-bucket-anywhere/k', 'NoSuchBucket', 404],
  ['no key at all', (bucket: string) => bucket, 'InvalidArgument', 400],
])('copying from %s is refused', async (_name, from, code, status) => {
  const bucket = await suite.bucket();
  const copy = suite.s3.send(new CopyObjectCommand({ Bucket: bucket, Key: 'to', CopySource: from(bucket) }));
  expect(await refusal(copy)).toEqual({ code, status });
  expect(await refusal(suite.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'to' })))).toMatchObject({
    status: 404,
  });
});
