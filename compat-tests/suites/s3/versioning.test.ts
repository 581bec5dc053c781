import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { refusal } from '../../lib/sdk.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();
const unknownId = 'AAABm3baIAABAgMEBQYHCA';

type Status = 'Enabled' | 'Suspended';

async function configure(Bucket: string, Status: Status): Promise<void> {
  await suite.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
}

async function versionedBucket(): Promise<string> {
  const bucket = await suite.bucket('versioned');
  await configure(bucket, 'Enabled');
  return bucket;
}

async function put(Bucket: string, Key: string, Body: string): Promise<string | undefined> {
  return (await suite.s3.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId;
}

const read = async (Bucket: string, Key: string, VersionId?: string): Promise<string> => {
  const got = await suite.s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  return (await got.Body?.transformToString()) ?? '';
};

async function remove(Bucket: string, Key: string, VersionId?: string) {
  const { DeleteMarker, VersionId: id } = await suite.s3.send(
    new DeleteObjectCommand({ Bucket, Key, VersionId }),
  );
  return { DeleteMarker, VersionId: id };
}

const list = (Bucket: string, extra: object = {}) =>
  suite.s3.send(new ListObjectVersionsCommand({ Bucket, ...extra }));

test('the state of a bucket: never asked for, enabled, suspended', async () => {
  const bucket = await suite.bucket();
  const status = async () => (await suite.s3.send(new GetBucketVersioningCommand({ Bucket: bucket }))).Status;
  expect(await status()).toBeUndefined();
  await configure(bucket, 'Enabled');
  expect(await status()).toBe('Enabled');
  await configure(bucket, 'Suspended');
  expect(await status()).toBe('Suspended');
});

test.each([
  ['no status', {}, 'IllegalVersioningConfigurationException', 400],
  ['an unknown status', { Status: 'enabled' }, 'MalformedXML', 400],
  ['deletion with MFA', { Status: 'Enabled', MFADelete: 'Enabled' }, 'AccessDenied', 403],
])('a configuration with %s is refused', async (_name, configuration, code, status) => {
  const bucket = await suite.bucket();
  const sent = suite.s3.send(
    new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: configuration as object }),
  );
  expect(await refusal(sent)).toEqual({ code, status });
  const answer = await suite.s3.send(new GetBucketVersioningCommand({ Bucket: bucket }));
  expect(answer.Status).toBeUndefined();
});

test('every write is a version that can be read, and the last is the current one', async () => {
  const bucket = await versionedBucket();
  const ids = [await put(bucket, 'k', 'one'), await put(bucket, 'k', 'two'), await put(bucket, 'k', 'three')];
  expect(new Set(ids).size).toBe(3);
  expect(await read(bucket, 'k')).toBe('three');
  expect(await Promise.all(ids.map((id) => read(bucket, 'k', id)))).toEqual(['one', 'two', 'three']);
  const head = await suite.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k', VersionId: ids[0] }));
  expect(head).toMatchObject({ ContentLength: 3, VersionId: ids[0] });
  const attributes = await suite.s3.send(
    new GetObjectAttributesCommand({
      Bucket: bucket,
      Key: 'k',
      VersionId: ids[1],
      ObjectAttributes: ['ObjectSize'],
    }),
  );
  expect(attributes).toMatchObject({ ObjectSize: 3, VersionId: ids[1] });
  expect((await list(bucket)).Versions?.map(({ VersionId }) => VersionId)).toEqual(ids.toReversed());
});

test('a deletion leaves a marker, and removing the marker brings the object back', async () => {
  const bucket = await versionedBucket();
  const id = await put(bucket, 'k', 'one');
  const marker = await remove(bucket, 'k');
  expect(marker.DeleteMarker).toBe(true);
  expect(await refusal(read(bucket, 'k'))).toEqual({ code: 'NoSuchKey', status: 404 });
  expect(await read(bucket, 'k', id)).toBe('one');
  expect((await suite.s3.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0);
  const listed = await list(bucket);
  expect(listed.DeleteMarkers).toMatchObject([{ VersionId: marker.VersionId, IsLatest: true }]);
  expect(listed.Versions).toMatchObject([{ VersionId: id, IsLatest: false }]);
  expect(await remove(bucket, 'k', marker.VersionId)).toEqual(marker);
  expect(await read(bucket, 'k')).toBe('one');
  expect(await remove(bucket, 'k', id)).toEqual({ DeleteMarker: undefined, VersionId: id });
  expect(await refusal(read(bucket, 'k', id))).toEqual({ code: 'NoSuchVersion', status: 404 });
  expect((await remove(bucket, 'never', undefined)).DeleteMarker).toBe(true);
});

test('what a delete marker is answered with', async () => {
  const bucket = await versionedBucket();
  await put(bucket, 'k', 'one');
  const { VersionId: id } = await remove(bucket, 'k');
  const caller = suite.caller();
  for (const method of ['GET', 'HEAD']) {
    const current = await caller.send({ method, path: `/${bucket}/k` });
    expect([current.status, current.headers.get('x-amz-delete-marker')]).toEqual([404, 'true']);
    expect(current.headers.get('x-amz-version-id')).toBe(id);
    const named = await caller.send({ method, path: `/${bucket}/k`, query: { versionId: id! } });
    expect([named.status, named.headers.get('x-amz-delete-marker')]).toEqual([405, 'true']);
    expect(named.headers.get('allow')).toBe('DELETE');
    expect(Date.parse(named.headers.get('last-modified')!)).toBeGreaterThan(0);
  }
  const tags = new GetObjectTaggingCommand({ Bucket: bucket, Key: 'k' });
  expect(await refusal(suite.s3.send(tags))).toEqual({ code: 'MethodNotAllowed', status: 405 });
  const copy = (CopySource: string) =>
    suite.s3.send(new CopyObjectCommand({ Bucket: bucket, Key: 'c', CopySource }));
  expect(await refusal(copy(`${bucket}/k`))).toEqual({ code: 'NoSuchKey', status: 404 });
  expect((await refusal(copy(`${bucket}/k?versionId=${id}`))).code).toBe('InvalidRequest');
});

test('versions that do not exist and names that are none', async () => {
  const bucket = await versionedBucket();
  await put(bucket, 'k', 'one');
  for (const key of ['k', 'other']) {
    expect(await refusal(read(bucket, key, unknownId))).toEqual({ code: 'NoSuchVersion', status: 404 });
    expect(await refusal(read(bucket, key, 'nonsense'))).toEqual({ code: 'InvalidArgument', status: 400 });
    expect(await remove(bucket, key, unknownId)).toEqual({ DeleteMarker: undefined, VersionId: unknownId });
    expect((await refusal(remove(bucket, key, 'nonsense'))).code).toBe('InvalidArgument');
  }
  expect((await refusal(read(bucket, 'k', 'null'))).status).toBe(404);
  expect((await list(bucket)).Versions?.length).toBe(1);
});

test('a suspended bucket writes and deletes the null version and keeps the others', async () => {
  const bucket = await suite.bucket();
  await put(bucket, 'k', 'before');
  await configure(bucket, 'Enabled');
  const id = await put(bucket, 'k', 'enabled');
  expect(await read(bucket, 'k', 'null')).toBe('before');
  await configure(bucket, 'Suspended');
  expect(await put(bucket, 'k', 'suspended')).toBeUndefined();
  expect(await read(bucket, 'k', 'null')).toBe('suspended');
  expect(await read(bucket, 'k', id)).toBe('enabled');
  expect((await list(bucket)).Versions).toMatchObject([
    { VersionId: 'null', IsLatest: true },
    { VersionId: id, IsLatest: false },
  ]);
  expect(await remove(bucket, 'k')).toEqual({ DeleteMarker: true, VersionId: 'null' });
  expect((await list(bucket)).Versions).toMatchObject([{ VersionId: id, IsLatest: false }]);
  expect(await remove(bucket, 'k', 'null')).toEqual({ DeleteMarker: true, VersionId: 'null' });
  expect(await read(bucket, 'k')).toBe('enabled');
});

test('copies and parts come from the version that is named, and say so', async () => {
  const bucket = await versionedBucket();
  const old = await put(bucket, 'k', 'old');
  const now = await put(bucket, 'k', 'new');
  const source = `${bucket}/k?versionId=${old}`;
  const copied = await suite.s3.send(new CopyObjectCommand({ Bucket: bucket, Key: 'c', CopySource: source }));
  expect(copied.CopySourceVersionId).toBe(old);
  expect(await read(bucket, 'c', copied.VersionId)).toBe('old');
  // The way back to an earlier version: a copy of it onto its own key.
  const back = await suite.s3.send(new CopyObjectCommand({ Bucket: bucket, Key: 'k', CopySource: source }));
  expect(await read(bucket, 'k')).toBe('old');
  expect((await list(bucket, { Prefix: 'k' })).Versions?.map(({ VersionId }) => VersionId)).toEqual([
    back.VersionId,
    now,
    old,
  ]);
  const { UploadId } = await suite.s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: 'm' }));
  const upload = { Bucket: bucket, Key: 'm', UploadId };
  const part = await suite.s3.send(
    new UploadPartCopyCommand({ ...upload, PartNumber: 1, CopySource: `${bucket}/k?versionId=${now}` }),
  );
  const Parts = [{ PartNumber: 1, ETag: part.CopyPartResult?.ETag }];
  const done = await suite.s3.send(
    new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }),
  );
  expect(done.VersionId).toMatch(/^[\w-]{22}$/);
  expect(await read(bucket, 'm', done.VersionId)).toBe('new');
});

test('large versions replace one another and each keeps its bytes', async () => {
  const bucket = await versionedBucket();
  const bodies = [Buffer.alloc(300_000, 1), Buffer.alloc(9_000_000, 2), Buffer.alloc(10, 3)];
  const ids: (string | undefined)[] = [];
  for (const Body of bodies) {
    ids.push((await suite.s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body }))).VersionId);
  }
  const { UploadId } = await suite.s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: 'k' }));
  const upload = { Bucket: bucket, Key: 'k', UploadId };
  const Body = Buffer.alloc(6_000_000, 4);
  const part = await suite.s3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body }));
  const Parts = [{ PartNumber: 1, ETag: part.ETag }];
  await suite.s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
  await suite.s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: 'last' }));
  for (const [i, body] of bodies.entries()) {
    const got = await suite.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'k', VersionId: ids[i] }));
    expect(Buffer.from(await got.Body!.transformToByteArray()).equals(body)).toBe(true);
  }
  const ranged = await suite.s3.send(
    new GetObjectCommand({ Bucket: bucket, Key: 'k', VersionId: ids[1], Range: 'bytes=8999990-' }),
  );
  expect(ranged.ContentRange).toBe('bytes 8999990-8999999/9000000');
});

test('a batch deletes versions and markers, makes markers, and says which', async () => {
  const bucket = await versionedBucket();
  const ids = [await put(bucket, 'k', '1'), await put(bucket, 'k', '2'), await put(bucket, 'k', '3')];
  const marker = await remove(bucket, 'm');
  const Objects = [
    { Key: 'k', VersionId: ids[2] },
    { Key: 'k', VersionId: ids[0] },
    { Key: 'm', VersionId: marker.VersionId },
    { Key: 'fresh' },
    { Key: 'k', VersionId: 'nonsense' },
    { Key: 'gone', VersionId: unknownId },
  ];
  const done = await suite.s3.send(
    new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects }, BypassGovernanceRetention: true }),
  );
  expect(done.Deleted).toMatchObject([
    { Key: 'k', VersionId: ids[2] },
    { Key: 'k', VersionId: ids[0] },
    {
      Key: 'm',
      VersionId: marker.VersionId,
      DeleteMarker: true,
      DeleteMarkerVersionId: marker.VersionId,
    },
    { Key: 'fresh', DeleteMarker: true },
    { Key: 'gone', VersionId: unknownId },
  ]);
  expect(done.Errors).toMatchObject([{ Key: 'k', VersionId: 'nonsense', Code: 'NoSuchVersion' }]);
  expect(await read(bucket, 'k')).toBe('2');
  const quiet = { Objects: [{ Key: 'k' }], Quiet: true };
  const silent = await suite.s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: quiet }));
  expect(silent.Deleted).toBeUndefined();
  expect((await list(bucket, { Prefix: 'k' })).DeleteMarkers?.length).toBe(1);
});

test('hundreds of versions of one key, written at once, go in one batch', async () => {
  const bucket = await versionedBucket();
  for (let i = 0; i < 3; i += 1) {
    await Promise.all(Array.from({ length: 100 }, () => put(bucket, 'k', 'x')));
  }
  const { Versions } = await list(bucket);
  expect(Versions?.length).toBe(300);
  const Objects = Versions!.map(({ Key, VersionId }) => ({ Key: Key!, VersionId }));
  const done = await suite.s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
  expect([done.Deleted?.length, done.Errors]).toEqual([300, undefined]);
  expect((await list(bucket)).Versions).toBeUndefined();
});

test('pages of versions: keys, markers, folds and sizes', async () => {
  const bucket = await versionedBucket();
  for (const key of ['a/1', 'a/2', 'b', 'b', 'c/1', 'd d']) await put(bucket, key, key);
  await remove(bucket, 'b');
  await remove(bucket, 'c/1');
  const first = await list(bucket, { Delimiter: '/', MaxKeys: 2 });
  expect(first).toMatchObject({ IsTruncated: true, NextKeyMarker: 'b', MaxKeys: 2, Delimiter: '/' });
  expect(first.CommonPrefixes).toEqual([{ Prefix: 'a/' }]);
  expect(first.DeleteMarkers).toMatchObject([{ Key: 'b', IsLatest: true }]);
  const second = await list(bucket, {
    Delimiter: '/',
    MaxKeys: 3,
    KeyMarker: first.NextKeyMarker,
    VersionIdMarker: first.NextVersionIdMarker,
  });
  expect(second.Versions?.map(({ Key, IsLatest }) => [Key, IsLatest])).toEqual([
    ['b', false],
    ['b', false],
  ]);
  expect(second.CommonPrefixes).toEqual([{ Prefix: 'c/' }]);
  expect(second).toMatchObject({ IsTruncated: true, NextKeyMarker: 'c/' });
  expect(second.NextVersionIdMarker).toBeUndefined();
  const third = await list(bucket, { Delimiter: '/', KeyMarker: 'c/', EncodingType: 'url' });
  expect(third.Versions).toMatchObject([
    { Key: expect.stringMatching(/^d(%20|\+)d$/), Size: 3, IsLatest: true },
  ]);
  expect(third.Versions?.[0]?.Owner?.ID).toMatch(/./);
  expect(third.IsTruncated).toBe(false);
  expect(await list(bucket, { MaxKeys: 0 })).toMatchObject({ IsTruncated: false, MaxKeys: 0 });
  expect((await list(bucket, { KeyMarker: 'b' })).Versions?.map(({ Key }) => Key)).toEqual(['c/1', 'd d']);
  expect((await refusal(list(bucket, { VersionIdMarker: unknownId }))).code).toBe('InvalidArgument');
  expect((await refusal(list(bucket, { KeyMarker: 'b', VersionIdMarker: '?' }))).code).toBe(
    'InvalidArgument',
  );
});

test('a bucket goes only when its last version and marker are gone', async () => {
  const bucket = await versionedBucket();
  const id = await put(bucket, 'k', 'x');
  const marker = await remove(bucket, 'k');
  const drop = () => suite.s3.send(new DeleteBucketCommand({ Bucket: bucket }));
  expect(await refusal(drop())).toEqual({ code: 'BucketNotEmpty', status: 409 });
  await remove(bucket, 'k', id);
  expect(await refusal(drop())).toEqual({ code: 'BucketNotEmpty', status: 409 });
  await remove(bucket, 'k', marker.VersionId);
  await drop();
});
