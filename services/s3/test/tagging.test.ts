import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectTaggingCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  type Tag,
} from '@aws-sdk/client-s3';
import { ConditionFailed } from '@hypergate/table';
import { beforeEach, expect, test } from 'vitest';
import { codeOf, type Harness, startHarness } from './harness.ts';

let harness: Harness;
let s3: S3Client;
const Bucket = 'bucket';

beforeEach(async () => {
  harness = await startHarness();
  s3 = harness.client();
  await s3.send(new CreateBucketCommand({ Bucket }));
});

const tagsOf = (...pairs: string[]): Tag[] =>
  pairs.map((pair) => ({ Key: pair.split('=')[0], Value: pair.split('=')[1] }));
const putTags = (TagSet: Tag[], Key = 'k') =>
  s3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet } }));
const getTags = async (Key = 'k') => (await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet;
const putBucketTags = (TagSet: Tag[], bucket = Bucket) =>
  s3.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet } }));
const getBucketTags = async (bucket = Bucket) =>
  (await s3.send(new GetBucketTaggingCommand({ Bucket: bucket }))).TagSet;

test.each([10, 300_000])('tags of an object of %i bytes change, and nothing else does', async (size) => {
  const Body = Buffer.alloc(size, 'x');
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body, Tagging: 'b=2&a=1', Metadata: { m: 'v' } }));
  const before = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  expect(before.TagCount).toBe(2);
  expect(await getTags()).toEqual(tagsOf('a=1', 'b=2'));
  harness.clock.ms += 100_000;
  await putTags(tagsOf('c=3'));
  expect(await getTags()).toEqual(tagsOf('c=3'));
  const after = await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  expect(after.TagCount).toBe(1);
  expect([after.LastModified, after.ETag, after.Metadata]).toEqual([
    before.LastModified,
    before.ETag,
    before.Metadata,
  ]);
  expect(Buffer.from(await after.Body!.transformToByteArray()).equals(Body)).toBe(true);
  const gone = await s3.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'k' }));
  expect(gone.$metadata.httpStatusCode).toBe(204);
  expect(await getTags()).toEqual([]);
  expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }))).TagCount).toBeUndefined();
  await putTags([]);
  const read = await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  expect(Buffer.from(await read.Body!.transformToByteArray()).equals(Body)).toBe(true);
});

test('refused tags leave those there are', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', Tagging: 'a=1' }));
  expect(await codeOf(putTags(tagsOf('a=1', 'a=2')))).toBe('InvalidTag');
  expect(await codeOf(putTags(tagsOf('aws:a=1')))).toBe('InvalidTag');
  expect(await codeOf(putTags(Array.from({ length: 11 }, (_, i) => ({ Key: `${i}`, Value: '' }))))).toBe(
    'BadRequest',
  );
  expect(await getTags()).toEqual(tagsOf('a=1'));
  expect(await codeOf(putTags(tagsOf('a=1'), 'missing'))).toBe('NoSuchKey');
  expect(await codeOf(getTags('missing'))).toBe('NoSuchKey');
  expect(await codeOf(s3.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'missing' })))).toBe('NoSuchKey');
  expect(
    await codeOf(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'y', Tagging: 'a=1&a=2' }))),
  ).toBe('InvalidArgument');
});

test('tags written while the object is replaced go to the object there is then', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: Buffer.alloc(100_000, 1) }));
  let replaced = false;
  harness.tables.beforeTransact = async () => {
    if (replaced) return;
    replaced = true;
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: Buffer.alloc(100_000, 2) }));
  };
  await putTags(tagsOf('a=1'));
  const read = await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  expect((await read.Body!.transformToByteArray())[0]).toBe(2);
  expect(await getTags()).toEqual(tagsOf('a=1'));
});

test('a bucket has tags until they are deleted or it is', async () => {
  expect(await codeOf(getBucketTags())).toBe('NoSuchTagSet');
  expect((await putBucketTags(tagsOf('b=2', 'a=1'))).$metadata.httpStatusCode).toBe(204);
  expect(await getBucketTags()).toEqual(tagsOf('a=1', 'b=2'));
  await putBucketTags(tagsOf('c=3'));
  expect(await getBucketTags()).toEqual(tagsOf('c=3'));
  expect(await codeOf(putBucketTags(tagsOf('a=1', 'a=1')))).toBe('InvalidTag');
  await s3.send(new DeleteBucketTaggingCommand({ Bucket }));
  await s3.send(new DeleteBucketTaggingCommand({ Bucket }));
  expect(await codeOf(getBucketTags())).toBe('NoSuchTagSet');
  await putBucketTags(tagsOf('d=4'));
  await s3.send(new DeleteBucketCommand({ Bucket }));
  expect(await codeOf(putBucketTags(tagsOf('e=5')))).toBe('NoSuchBucket');
  await s3.send(new CreateBucketCommand({ Bucket }));
  expect(await codeOf(getBucketTags())).toBe('NoSuchTagSet');
});

test('a bucket may begin with tags and with an ownership', async () => {
  await s3.send(
    new CreateBucketCommand({
      Bucket: 'other',
      ObjectOwnership: 'ObjectWriter',
      CreateBucketConfiguration: { Tags: tagsOf('a=1') },
    }),
  );
  expect(await getBucketTags('other')).toEqual(tagsOf('a=1'));
  expect(await ownership('other')).toBe('ObjectWriter');
  expect(
    await codeOf(s3.send(new CreateBucketCommand({ Bucket: 'third', ObjectOwnership: 'Nobody' as never }))),
  ).toBe('InvalidArgument');
});

async function ownership(bucket = Bucket): Promise<string | undefined> {
  const { OwnershipControls } = await s3.send(new GetBucketOwnershipControlsCommand({ Bucket: bucket }));
  return OwnershipControls?.Rules?.[0]?.ObjectOwnership;
}

test('ownership controls are kept, shown, and deleted', async () => {
  const put = (...rules: string[]) =>
    s3.send(
      new PutBucketOwnershipControlsCommand({
        Bucket,
        OwnershipControls: { Rules: rules.map((rule) => ({ ObjectOwnership: rule as never })) },
      }),
    );
  expect(await ownership()).toBe('BucketOwnerEnforced');
  for (const value of ['BucketOwnerPreferred', 'ObjectWriter', 'BucketOwnerEnforced']) {
    await put(value);
    expect(await ownership()).toBe(value);
  }
  expect(await codeOf(put('Nobody'))).toBe('MalformedXML');
  expect(await codeOf(put())).toBe('MalformedXML');
  expect(await codeOf(put('ObjectWriter', 'ObjectWriter'))).toBe('MalformedXML');
  await s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket }));
  expect(await codeOf(ownership())).toBe('OwnershipControlsNotFoundError');
});

test('tags that come while the bucket is deleted are in time or too late, and never left to the next bucket', async () => {
  for (const when of ['before the removal', 'before the tags']) {
    const bucket = when.replaceAll(' ', '-');
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    let raced = false;
    harness.tables.beforeTransact = async (writes) => {
      const removing = writes.some(({ kind }) => kind === 'remove-domain');
      if (raced || removing !== (when === 'before the removal')) return;
      raced = true;
      if (removing) await putBucketTags(tagsOf('a=1'), bucket);
      else await s3.send(new DeleteBucketCommand({ Bucket: bucket }));
    };
    if (when === 'before the removal') {
      await s3.send(new DeleteBucketCommand({ Bucket: bucket }));
    } else {
      expect(await codeOf(putBucketTags(tagsOf('a=1'), bucket))).toBe('NoSuchBucket');
    }
    expect(raced).toBe(true);
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    expect(await codeOf(getBucketTags(bucket))).toBe('NoSuchTagSet');
  }
});

test('the largest set of tags that is allowed is kept', async () => {
  const tags = Array.from({ length: 50 }, (_, i) => ({
    Key: `${i}`.padEnd(128, '\ud55c'),
    Value: '\uae00'.repeat(256),
  }));
  await putBucketTags(tags);
  expect((await getBucketTags())?.length).toBe(50);
});

test('a creation that lost to a bucket which is gone again is made anew, not just answered', async () => {
  let lost = false;
  harness.tables.beforeTransact = async () => {
    if (lost) return;
    lost = true;
    throw new ConditionFailed(0);
  };
  await s3.send(
    new CreateBucketCommand({ Bucket: 'again', CreateBucketConfiguration: { Tags: tagsOf('a=1') } }),
  );
  expect(lost).toBe(true);
  expect(await getBucketTags('again')).toEqual(tagsOf('a=1'));
});
