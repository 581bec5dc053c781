import {
  CreateBucketCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
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

async function put(...keys: string[]): Promise<void> {
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
}

const v1 = (extra: object) => s3.send(new ListObjectsCommand({ Bucket, ...extra }));
const v2 = (extra: object) => s3.send(new ListObjectsV2Command({ Bucket, ...extra }));
const versions = (extra: object) => s3.send(new ListObjectVersionsCommand({ Bucket, ...extra }));

function keysOf(answer: { Contents?: { Key?: string | undefined }[] | undefined }): (string | undefined)[] {
  return answer.Contents?.map(({ Key }) => Key) ?? [];
}

function foldsOf(answer: {
  CommonPrefixes?: { Prefix?: string | undefined }[] | undefined;
}): (string | undefined)[] {
  return answer.CommonPrefixes?.map(({ Prefix }) => Prefix) ?? [];
}

test('folds, prefixes and markers of V1', async () => {
  await put('asdf', 'boo/bar', 'boo/baz/xyzzy', 'cquux/thud', 'cquux/bla');
  let page = await v1({ Delimiter: '/', MaxKeys: 1 });
  expect(page).toMatchObject({ IsTruncated: true, NextMarker: 'asdf' });
  page = await v1({ Delimiter: '/', MaxKeys: 1, Marker: page.NextMarker });
  expect(foldsOf(page)).toEqual(['boo/']);
  expect(page).toMatchObject({
    IsTruncated: true,
    NextMarker: 'boo/',
    Marker: 'asdf',
    MaxKeys: 1,
    Delimiter: '/',
  });
  page = await v1({ Delimiter: '/', MaxKeys: 1, Marker: page.NextMarker });
  expect(foldsOf(page)).toEqual(['cquux/']);
  expect(page.IsTruncated).toBe(false);
  page = await v1({ Delimiter: '/', Prefix: 'boo/' });
  expect([keysOf(page), foldsOf(page)]).toEqual([['boo/bar'], ['boo/baz/']]);
  expect((await v1({ MaxKeys: 1 })).NextMarker).toBeUndefined();
});

test('tokens, start-after, key count and owners of V2', async () => {
  await put('a', 'b', 'c', 'd');
  const first = await v2({ MaxKeys: 2 });
  expect(first).toMatchObject({ KeyCount: 2, MaxKeys: 2, IsTruncated: true });
  const next = await v2({ MaxKeys: 2, ContinuationToken: first.NextContinuationToken, StartAfter: 'z' });
  expect(keysOf(next)).toEqual(['c', 'd']);
  expect(next).toMatchObject({
    IsTruncated: false,
    ContinuationToken: first.NextContinuationToken,
    StartAfter: 'z',
  });
  expect(next.NextContinuationToken).toBeUndefined();
  expect(keysOf(await v2({ StartAfter: 'b' }))).toEqual(['c', 'd']);
  expect((await v2({})).Contents?.[0]?.Owner).toBeUndefined();
  expect((await v2({ FetchOwner: true })).Contents?.[0]?.Owner).toEqual({
    ID: 'canonical-root',
    DisplayName: 'root',
  });
  expect(await v2({ ContinuationToken: '', StartAfter: 'a' })).toMatchObject({ ContinuationToken: '' });
  expect(await codeOf(v2({ ContinuationToken: '!' }))).toBe('InvalidArgument');
  expect(await codeOf(v2({ MaxKeys: -1 }))).toBe('InvalidArgument');
  expect(await codeOf(v2({ EncodingType: 'wrong' }))).toBe('InvalidArgument');
  expect(await v2({ MaxKeys: 0 })).toMatchObject({ KeyCount: 0, IsTruncated: false, MaxKeys: 0 });
  expect((await v2({ MaxKeys: 5000 })).MaxKeys).toBe(1000);
});

test('an entry shows what a head shows', async () => {
  await put('k');
  const [entry] = (await v2({})).Contents!;
  expect(entry).toMatchObject({
    Key: 'k',
    Size: 1,
    ETag: '"8ce4b16b22b58894aa86c421e8759df3"',
    StorageClass: 'STANDARD',
    ChecksumAlgorithm: ['CRC32'],
    ChecksumType: 'FULL_OBJECT',
    LastModified: new Date(harness.clock.ms),
  });
});

test('keys in URL encoding', async () => {
  await put('asdf+b', 'foo+1/bar', 'foo/bar/xyzzy', 'quux ab/thud', '\u0001 ä');
  const page = await v1({ Delimiter: '/', EncodingType: 'url' });
  expect(keysOf(page)).toEqual(['%01%20%C3%A4', 'asdf%2Bb']);
  expect(foldsOf(page)).toEqual(['foo%2B1/', 'foo/', 'quux%20ab/']);
  expect(page.EncodingType).toBe('url');
});

test('versions of a bucket without versioning', async () => {
  await put('a', 'b/c', 'd');
  const first = await versions({ MaxKeys: 1 });
  expect(first.Versions).toMatchObject([{ Key: 'a', VersionId: 'null', IsLatest: true, Size: 1 }]);
  expect(first).toMatchObject({ IsTruncated: true, NextKeyMarker: 'a', NextVersionIdMarker: 'null' });
  const rest = await versions({ KeyMarker: 'a', VersionIdMarker: 'null', Delimiter: '/' });
  expect(rest.Versions?.map(({ Key }) => Key)).toEqual(['d']);
  expect(foldsOf(rest)).toEqual(['b/']);
  expect(await codeOf(versions({ VersionIdMarker: 'null' }))).toBe('InvalidArgument');
});

test('all keys come once and in order through pages of any size', async () => {
  const unit = fc.constantFrom('a', 'b', '/', '&', '<', ' ', '+', '%', 'é', '€', '\u{1f600}', '\uffef');
  const keys = fc.sample(fc.string({ unit, minLength: 1, maxLength: 6 }), { numRuns: 60, seed: 7 });
  const distinct = [...new Set(keys)].filter((key) => !/(^|\/)\.\.?($|\/)/.test(key));
  await put(...distinct);
  const sorted = distinct.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const MaxKeys of [1, 7, 1000]) {
    const shown: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await v2({ MaxKeys, ContinuationToken });
      shown.push(...keysOf(page));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    expect(shown).toEqual(sorted);
  }
});
