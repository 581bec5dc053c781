import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { refusal } from '../../lib/sdk.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();
const other = '"00000000000000000000000000000000"';
const past = new Date('2015-01-01T00:00:00Z');

async function object(versioned = false) {
  const Bucket = await suite.bucket();
  if (versioned) {
    const VersioningConfiguration = { Status: 'Enabled' as const };
    await suite.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  }
  const { ETag, VersionId } = await suite.s3.send(
    new PutObjectCommand({ Bucket, Key: 'k', Body: 'content' }),
  );
  const { LastModified } = await suite.s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  return { Bucket, tag: ETag!, modified: LastModified!, VersionId };
}

type Made = Awaited<ReturnType<typeof object>>;

async function outcome(made: Made, conditions: object, Key = 'k'): Promise<number | string> {
  const sent = suite.s3.send(new DeleteObjectCommand({ Bucket: made.Bucket, Key, ...conditions }));
  const failure = await sent.then(
    () => undefined,
    () => refusal(sent),
  );
  return failure?.code ?? (await sent).$metadata.httpStatusCode!;
}

const cases: [string, (made: Made) => object, number | string][] = [
  ['the object’s tag', ({ tag }) => ({ IfMatch: tag }), 204],
  ['the tag without quotes', ({ tag }) => ({ IfMatch: tag.replaceAll('"', '') }), 204],
  ['any tag', () => ({ IfMatch: '*' }), 204],
  ['another tag', () => ({ IfMatch: other }), 'PreconditionFailed'],
  ['the date', ({ modified }) => ({ IfMatchLastModifiedTime: modified }), 204],
  ['another date', () => ({ IfMatchLastModifiedTime: past }), 'PreconditionFailed'],
  ['the size', () => ({ IfMatchSize: 7 }), 204],
  ['another size', () => ({ IfMatchSize: 8 }), 'PreconditionFailed'],
  ['the tag and another size', ({ tag }) => ({ IfMatch: tag, IfMatchSize: 8 }), 'PreconditionFailed'],
];

test.each(cases)('a deletion that asks for %s', async (_name, conditions, expected) => {
  const made = await object();
  expect(await outcome(made, conditions(made))).toBe(expected);
  const head = suite.s3.send(new HeadObjectCommand({ Bucket: made.Bucket, Key: 'k' }));
  if (expected === 204) expect((await refusal(head)).status).toBe(404);
  else expect((await head).ContentLength).toBe(7);
});

test('If-Match asks for an object; date and size only say which', async () => {
  const made = await object();
  expect(await outcome(made, { IfMatch: '*' }, 'none')).toBe('NoSuchKey');
  expect(await outcome(made, { IfMatch: made.tag }, 'none')).toBe('NoSuchKey');
  expect(await outcome(made, { IfMatchSize: 1 }, 'none')).toBe(204);
  expect(await outcome(made, { IfMatchLastModifiedTime: past }, 'none')).toBe(204);
});

test('a delete marker is no object to be matched', async () => {
  const made = await object(true);
  expect(await outcome(made, { IfMatch: made.tag })).toBe(204);
  expect(await outcome(made, { IfMatch: made.tag })).toBe('NoSuchKey');
  expect(await outcome(made, { IfMatch: '*' })).toBe('NoSuchKey');
  expect(await outcome(made, { IfMatchSize: 7 })).toBe('PreconditionFailed');
});

test('a version that is named is the one the conditions are about', async () => {
  const made = await object(true);
  await suite.put(made.Bucket, 'k', 'newer content');
  const { VersionId } = made;
  expect(await outcome(made, { VersionId, IfMatch: other })).toBe('PreconditionFailed');
  expect(await outcome(made, { VersionId, IfMatchSize: 13 })).toBe('PreconditionFailed');
  expect(await outcome(made, { VersionId, IfMatch: made.tag, IfMatchSize: 7 })).toBe(204);
  expect(await outcome(made, { VersionId, IfMatch: made.tag })).toBe(204);
});

test('each entry of a batch has conditions of its own', async () => {
  const { Bucket, tag } = await object();
  for (const key of ['tag', 'date', 'size']) await suite.put(Bucket, key, key);
  const Objects = [
    { Key: 'k', ETag: tag },
    { Key: 'tag', ETag: other },
    { Key: 'date', LastModifiedTime: past },
    { Key: 'size', Size: 3 },
    { Key: 'size', Size: 4 },
    { Key: 'none', ETag: '*' },
  ];
  const done = await suite.s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  expect(done.Errors?.map(({ Key, Code }) => [Key, Code])).toEqual([
    ['tag', 'PreconditionFailed'],
    ['date', 'PreconditionFailed'],
    ['size', 'PreconditionFailed'],
    ['none', 'NoSuchKey'],
  ]);
  expect(done.Deleted?.map(({ Key }) => Key)).toEqual(['k', 'size']);
});

test('of simultaneous deletions of one version exactly one finds it', async () => {
  for (const versioned of [false, true]) {
    const made = await object(versioned);
    const outcomes = await Promise.all(
      Array.from({ length: 24 }, () => outcome(made, { IfMatch: made.tag })),
    );
    expect(outcomes.filter((one) => one === 204).length, String(outcomes)).toBe(1);
    expect(new Set(outcomes)).toEqual(new Set([204, 'NoSuchKey']));
  }
});
