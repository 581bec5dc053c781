import { createHash } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectTaggingCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { xmlTexts } from '../../lib/s3-caller.ts';
import { refusal } from '../../lib/sdk.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();
const one = [{ Key: 'project', Value: 'gate' }];
const document = (key: string) =>
  Buffer.from(`<Tagging><TagSet><Tag><Key>${key}</Key><Value>v</Value></Tag></TagSet></Tagging>`);

test('tags of an object are replaced as a set, counted, and leave the object as it is', async () => {
  const Bucket = await suite.bucket();
  const tag = await suite.put(Bucket, 'k', 'content');
  const before = await suite.s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  await suite.s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet: one } }));
  const TagSet = [
    { Key: 'a', Value: '' },
    { Key: 'ö /=', Value: '+-@.:_' },
  ];
  await suite.s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet } }));
  expect((await suite.s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }))).TagSet).toEqual(TagSet);
  const got = await suite.s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  expect(await got.Body?.transformToString()).toBe('content');
  expect(got).toMatchObject({ TagCount: 2, ETag: tag, LastModified: before.LastModified });
  await suite.s3.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'k' }));
  expect((await suite.s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }))).TagSet).toEqual([]);
});

test('too many, too long, twice the same and reserved tags have the codes of S3', async () => {
  const Bucket = await suite.bucket();
  await suite.put(Bucket, 'k', 'x');
  const put = (TagSet: { Key: string; Value: string }[]) =>
    refusal(suite.s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet } })));
  const invalid = { code: 'InvalidTag', status: 400 };
  const many = Array.from({ length: 11 }, (_, i) => ({ Key: `k${i}`, Value: 'v' }));
  expect(await put(many)).toEqual({ code: 'BadRequest', status: 400 });
  expect(await put([{ Key: 'k'.repeat(129), Value: '' }])).toEqual(invalid);
  expect(await put([{ Key: 'k', Value: 'v'.repeat(257) }])).toEqual(invalid);
  expect(await put([...one, ...one])).toEqual(invalid);
  expect(await put([{ Key: 'aws:k', Value: '' }])).toEqual(invalid);
});

test('tags of a bucket need a digest of their document, old or new, and it must be right', async () => {
  const Bucket = await suite.bucket();
  const caller = suite.caller();
  const put = async (headers: Record<string, string>) => {
    const reply = await caller.send({
      method: 'PUT',
      path: `/${Bucket}`,
      query: { tagging: '' },
      headers,
      body: document('a'),
    });
    return reply.status === 204 ? 204 : xmlTexts(reply.body.toString(), 'Code')[0];
  };
  expect(await put({})).toBe('InvalidRequest');
  expect(await put({ 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' })).toBe('BadDigest');
  expect(await put({ 'x-amz-checksum-crc32': 'AAAAAA==' })).toBe('BadDigest');
  expect(await refusal(suite.s3.send(new GetBucketTaggingCommand({ Bucket })))).toEqual({
    code: 'NoSuchTagSet',
    status: 404,
  });
  expect(await put({ 'content-md5': digest('md5') })).toBe(204);
  expect(await put({ 'x-amz-checksum-sha256': digest('sha256') })).toBe(204);
});

function digest(algorithm: string): string {
  return createHash(algorithm).update(document('a')).digest('base64');
}

test('an object may be tagged without a digest, but not with a wrong one', async () => {
  const Bucket = await suite.bucket();
  await suite.put(Bucket, 'k', 'x');
  const call = { method: 'PUT', path: `/${Bucket}/k`, query: { tagging: '' } };
  await suite.caller().ok({ ...call, body: document('a') });
  const wrong = await suite.caller().send({
    ...call,
    headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' },
    body: document('b'),
  });
  expect(xmlTexts(wrong.body.toString(), 'Code')).toEqual(['BadDigest']);
  const { TagSet } = await suite.s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }));
  expect(TagSet).toEqual([{ Key: 'a', Value: 'v' }]);
});

test('tags of a bucket go with it, also when they come while it is deleted', async () => {
  for (let round = 0; round < 10; round += 1) {
    const Bucket = await suite.bucket();
    const tag = () => suite.s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: one } }));
    await tag();
    const [tagged] = await Promise.allSettled([tag(), suite.s3.send(new DeleteBucketCommand({ Bucket }))]);
    if (tagged?.status === 'rejected') expect(tagged.reason).toMatchObject({ name: 'NoSuchBucket' });
    await suite.s3.send(new CreateBucketCommand({ Bucket }));
    expect(await refusal(suite.s3.send(new GetBucketTaggingCommand({ Bucket })))).toMatchObject({
      code: 'NoSuchTagSet',
    });
    await suite.s3.send(new DeleteBucketTaggingCommand({ Bucket }));
  }
});

test('tags given with an upload are those that are read', async () => {
  const Bucket = await suite.bucket();
  await suite.s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', Tagging: 'foo=bar&bar' }));
  expect((await suite.s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }))).TagSet).toEqual([
    { Key: 'bar', Value: '' },
    { Key: 'foo', Value: 'bar' },
  ]);
});
