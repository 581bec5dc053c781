import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketLocationCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutObjectCommand,
  waitUntilBucketExists,
  waitUntilBucketNotExists,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { freshBucketName, refusal } from '../../lib/sdk.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();

test('a created bucket exists, is listed with its date, and is gone once deleted', async () => {
  const name = freshBucketName();
  const before = Date.now();
  const created = await suite.s3.send(new CreateBucketCommand({ Bucket: name }));
  expect(created.Location).toBe(`/${name}`);
  await suite.s3.send(new HeadBucketCommand({ Bucket: name }));
  const listed = (await suite.s3.send(new ListBucketsCommand({}))).Buckets ?? [];
  const entry = listed.find((bucket) => bucket.Name === name);
  expect(entry?.CreationDate?.getTime()).toBeGreaterThanOrEqual(Math.floor(before / 1000) * 1000 - 1000);
  await suite.s3.send(new DeleteBucketCommand({ Bucket: name }));
  expect(await refusal(suite.s3.send(new HeadBucketCommand({ Bucket: name })))).toMatchObject({
    status: 404,
  });
  expect((await suite.s3.send(new ListBucketsCommand({}))).Buckets?.map((b) => b.Name)).not.toContain(name);
});

test('the waiters of the SDK see a bucket come and go', async () => {
  const name = freshBucketName();
  const waiter = { client: suite.s3, maxWaitTime: 600, minDelay: 1, maxDelay: 1 };
  await suite.s3.send(new CreateBucketCommand({ Bucket: name }));
  expect((await waitUntilBucketExists(waiter, { Bucket: name })).state).toBe('SUCCESS');
  await suite.s3.send(new DeleteBucketCommand({ Bucket: name }));
  expect((await waitUntilBucketNotExists(waiter, { Bucket: name })).state).toBe('SUCCESS');
});

test('buckets are listed in name order and by prefix, page after page', async () => {
  const about = freshBucketName('paged');
  const names = ['c', 'a', 'd', 'b', 'e'].map((letter) => `${about}-${letter}`);
  for (const name of names) await suite.s3.send(new CreateBucketCommand({ Bucket: name }));
  const seen: string[] = [];
  let token: string | undefined;
  do {
    const page = await suite.s3.send(
      new ListBucketsCommand({
        Prefix: `${about}-`,
        MaxBuckets: 2,
        ...(token === undefined ? {} : { ContinuationToken: token }),
      }),
    );
    expect(page.Buckets?.length).toBeLessThanOrEqual(2);
    seen.push(...(page.Buckets ?? []).map((bucket) => bucket.Name as string));
    token = page.ContinuationToken;
  } while (token !== undefined && seen.length < 100);
  expect(seen).toEqual([...names].sort());
});

test('the location of a bucket is the region it was created for', async () => {
  const plain = await suite.bucket();
  expect(
    (await suite.s3.send(new GetBucketLocationCommand({ Bucket: plain }))).LocationConstraint,
  ).toBeUndefined();
  const name = freshBucketName('eu');
  const frankfurt = suite.client({ region: 'eu-central-1' });
  await frankfurt.send(
    new CreateBucketCommand({
      Bucket: name,
      CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
    }),
  );
  expect((await frankfurt.send(new GetBucketLocationCommand({ Bucket: name }))).LocationConstraint).toBe(
    'eu-central-1',
  );
  expect((await frankfurt.send(new HeadBucketCommand({ Bucket: name }))).BucketRegion).toBe('eu-central-1');
});

test('creating an own bucket again succeeds in us-east-1 and keeps its objects', async () => {
  const name = await suite.bucket();
  await suite.put(name, 'kept', 'x');
  await suite.s3.send(new CreateBucketCommand({ Bucket: name }));
  expect(await refusal(suite.s3.send(new DeleteBucketCommand({ Bucket: name })))).toEqual({
    code: 'BucketNotEmpty',
    status: 409,
  });
});

test('creating an own bucket again in another region is refused', async () => {
  const name = freshBucketName('again');
  const frankfurt = suite.client({ region: 'eu-central-1' });
  const create = () =>
    frankfurt.send(
      new CreateBucketCommand({
        Bucket: name,
        CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
      }),
    );
  await create();
  expect(await refusal(create())).toEqual({ code: 'BucketAlreadyOwnedByYou', status: 409 });
});

test('a bucket with objects is not deleted', async () => {
  const name = await suite.bucket();
  await suite.s3.send(new PutObjectCommand({ Bucket: name, Key: 'only', Body: 'x' }));
  expect(await refusal(suite.s3.send(new DeleteBucketCommand({ Bucket: name })))).toEqual({
    code: 'BucketNotEmpty',
    status: 409,
  });
});

test('one of 16 simultaneous creations in another region wins', async () => {
  const name = freshBucketName('race');
  const client = suite.client({ region: 'eu-west-1' });
  const results = await Promise.allSettled(
    Array.from({ length: 16 }, () =>
      client.send(
        new CreateBucketCommand({
          Bucket: name,
          CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
        }),
      ),
    ),
  );
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
});

test.each([
  ['ab', 'two characters'],
  ['a'.repeat(64), '64 characters'],
  ['Upper-Case', 'capitals'],
  ['under_score', 'an underscore'],
  ['-dash-first', 'a leading dash'],
  ['dash-last-', 'a trailing dash'],
  ['two..dots', 'adjacent dots'],
  ['192.168.5.4', 'the form of an address'],
  ['xn--prefix', 'a reserved prefix'],
  ['name-s3alias', 'a reserved suffix'],
])('the bucket name %s is refused: it has %s', async (name) => {
  expect(await refusal(suite.s3.send(new CreateBucketCommand({ Bucket: name })))).toEqual({
    code: 'InvalidBucketName',
    status: 400,
  });
});

test.each(['abc', 'a'.repeat(63), 'with.dots.inside', '1-digit-first', 'a-9.b'])(
  'the bucket name %s is taken',
  async (name) => {
    await suite.s3.send(new CreateBucketCommand({ Bucket: name }));
    await suite.s3.send(new HeadBucketCommand({ Bucket: name }));
    await suite.s3.send(new DeleteBucketCommand({ Bucket: name }));
  },
);

test('a deleted bucket can be created again and is empty then', async () => {
  const name = await suite.bucket();
  await suite.put(name, 'old', 'old');
  const caller = suite.caller();
  await caller.ok({ method: 'DELETE', path: `/${name}/old` }, 204);
  await caller.ok({ method: 'DELETE', path: `/${name}` }, 204);
  await caller.ok({ method: 'PUT', path: `/${name}` });
  await caller.ok({ method: 'GET', path: `/${name}/old` }, 404);
});
