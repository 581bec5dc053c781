/** Where a listing of versions goes on when what its markers name has changed, and reads of what moves meanwhile. */
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { beforeEach, expect, test } from 'vitest';
import { utf8 } from '../engine/bytes.ts';
import { versionIdOf } from '../engine/version-id.ts';
import { Buckets } from '../store/buckets.ts';
import { type Edit, editVersion } from '../store/edit-version.ts';
import { findVersion } from '../store/find-version.ts';
import { KeyTurns } from '../store/key-turns.ts';
import { codeOf, type Harness, startHarness } from './harness.ts';
import type { MemoryDomain } from './memory-tables.ts';

let harness: Harness;
let s3: S3Client;
const Bucket = 'bucket';

beforeEach(async () => {
  harness = await startHarness();
  s3 = harness.client();
  await s3.send(new CreateBucketCommand({ Bucket }));
});

async function state(Status: 'Enabled' | 'Suspended'): Promise<void> {
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
}

async function put(Key: string, Body = 'x'): Promise<string> {
  return (await s3.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId ?? 'null';
}

async function remove(Key: string, VersionId: string): Promise<void> {
  await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
}

async function after(KeyMarker: string, VersionIdMarker: string): Promise<(string | undefined)[]> {
  const page = await s3.send(new ListObjectVersionsCommand({ Bucket, KeyMarker, VersionIdMarker }));
  return (page.Versions ?? []).map(({ VersionId, IsLatest }) => `${VersionId}${IsLatest ? ' latest' : ''}`);
}

test('a listing goes on behind a version that is gone', async () => {
  await state('Enabled');
  const [a, b, c, d] = [await put('k'), await put('k'), await put('k'), await put('k')];
  expect(await after('k', c)).toEqual([b, a]);
  await remove('k', c);
  expect(await after('k', c)).toEqual([b, a]);
  await remove('k', d);
  expect(await after('k', d)).toEqual([`${b} latest`, a]);
  expect(await after('k', c)).toEqual([`${b} latest`, a]);
  await remove('k', b);
  await remove('k', a);
  expect(await after('k', d)).toEqual([]);
});

test('a listing goes on behind the null version, and from the start of the key when it is gone', async () => {
  await put('k');
  await state('Enabled');
  const [a, b] = [await put('k'), await put('k')];
  expect(await after('k', 'null')).toEqual([]);
  expect(await after('k', a)).toEqual(['null']);
  await state('Suspended');
  await put('k');
  expect(await after('k', 'null')).toEqual([b, a]);
  await remove('k', 'null');
  expect(await after('k', 'null')).toEqual([`${b} latest`, a]);
});

test('a version that becomes the current one while it is looked for is found', async () => {
  await state('Enabled');
  const a = await put('k', 'first');
  const b = await put('k', 'second');
  const buckets = new Buckets(harness.tables);
  await buckets.open();
  const bucket = (await buckets.find(Bucket))!;
  const domain = bucket.domain as MemoryDomain;
  const get = domain.get.bind(domain);
  let reads = 0;
  domain.get = async (table, key) => {
    reads += 1;
    const found = await get(table, key);
    // The head was read and was the second version; the first is promoted before it is looked for.
    if (reads === 1) await remove('k', b);
    return found;
  };
  const row = await findVersion(bucket, utf8('k'), versionIdOf(a));
  domain.get = get;
  expect(row?.size).toBe(5);
});

test('a conditional write below a delete marker finds no object', async () => {
  await state('Enabled');
  await put('k');
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  const write = (extra: object) => s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'y', ...extra }));
  expect(await codeOf(write({ IfMatch: '"9dd4e461268c8034f5c8564e155c67a6"' }))).toBe('NoSuchKey');
  expect(await codeOf(write({ IfNoneMatch: '*' }))).toBe('none');
  expect(await codeOf(write({ IfNoneMatch: '*' }))).toBe('PreconditionFailed');
});

test('versioning that is enabled under a copy onto itself does not make two versions of one body', async () => {
  const body = Buffer.alloc(200_000, 1);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: body }));
  const { tables } = harness;
  tables.beforeTransact = async () => {
    tables.beforeTransact = async () => undefined;
    await state('Enabled');
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: body, Metadata: { other: 'version' } }));
  };
  const copy = new CopyObjectCommand({
    Bucket,
    Key: 'k',
    CopySource: `${Bucket}/k`,
    MetadataDirective: 'REPLACE',
  });
  expect(await codeOf(s3.send(copy))).toBe('OperationAborted');
  const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  expect(Versions?.length).toBe(2);
  for (const { Key, VersionId } of Versions ?? []) {
    const got = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
    expect(Buffer.from(await got.Body!.transformToByteArray()).equals(body)).toBe(true);
    await remove(Key!, VersionId!);
  }
});

test('an edited version keeps its id, its place and its bytes', async () => {
  await put('k', 'first');
  await state('Enabled');
  const b = await put('k', 'second');
  const buckets = new Buckets(harness.tables);
  await buckets.open();
  const bucket = (await buckets.find(Bucket))!;
  const turns = new KeyTurns();
  const context = { tables: harness.tables, buckets, turns } as never;
  for (const [name, tag] of [
    [undefined, 'current'],
    ['null', 'old'],
    [b, 'named'],
  ] as const) {
    const named = name === undefined ? undefined : versionIdOf(name);
    const edit: Edit = (row) => ({ ...row!, tags: [['t', tag]], sequence: 1 });
    await editVersion(context, bucket, utf8('k'), named, edit, undefined);
    expect((await findVersion(bucket, utf8('k'), named))?.tags).toEqual([['t', tag]]);
  }
  const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  expect(Versions?.map(({ VersionId }) => VersionId)).toEqual([b, 'null']);
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId: 'null' }));
  expect(await got.Body?.transformToString()).toBe('first');
});

test('turns at a key come in the order they were asked for', async () => {
  const turns = new KeyTurns();
  const order: number[] = [];
  const take = async (number: number): Promise<void> => {
    const end = await turns.take('k');
    order.push(number);
    await Promise.resolve();
    end();
  };
  await Promise.all([take(1), take(2), take(3)]);
  await take(4);
  expect(order).toEqual([1, 2, 3, 4]);
});
