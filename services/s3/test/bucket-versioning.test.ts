/** The state of a bucket: who sees a change of it when, what it costs those who never asked for versions, what it survives. */
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { Buckets } from '../store/buckets.ts';
import { codeOf, startHarness } from './harness.ts';
import type { MemoryDomain } from './memory-tables.ts';
import { openRealTables } from './real-tables.ts';
import { startServer } from './server.ts';

const Bucket = 'bucket';

function enable(s3: S3Client): Promise<unknown> {
  return s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
}

test('a put where there are no versions reads one record and writes one', async () => {
  const { tables, client } = await startHarness();
  const s3 = client();
  await s3.send(new CreateBucketCommand({ Bucket }));
  const domain = [...tables.domains.values()].at(-1)! as MemoryDomain;
  const seen: string[] = [];
  const get = domain.get.bind(domain);
  domain.get = (table, key) => {
    seen.push(`read ${table.name}`);
    return get(table, key);
  };
  const cursor = domain.cursor.bind(domain);
  domain.cursor = (table, partition, options) => {
    seen.push(`walk ${table.name}`);
    return cursor(table, partition, options);
  };
  tables.beforeTransact = async (writes) => {
    for (const write of writes) seen.push(`${write.kind} ${'table' in write ? write.table.name : ''}`);
  };
  for (let i = 0; i < 2; i += 1) {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'small' }));
    expect(seen.splice(0)).toEqual(['read s3.objects', 'put s3.objects']);
  }
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  expect(seen.splice(0)).toEqual(['read s3.objects', 'remove s3.objects']);
});

test('a bucket read before a change is not taken for the bucket after it', async () => {
  const { tables, client } = await startHarness();
  await client().send(new CreateBucketCommand({ Bucket }));
  const buckets = new Buckets(tables);
  await buckets.open();
  const before = (await buckets.find(Bucket))!;
  await buckets.open();
  const { registry } = buckets;
  const get = registry.get.bind(registry);
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  // The read of a load under way has happened and its answer waits.
  registry.get = async (table, key) => {
    const found = await get(table, key);
    await held;
    return found;
  };
  const loading = buckets.find(Bucket);
  registry.get = get;
  expect(await buckets.update(before, (row) => ({ ...row, versioning: 'enabled' }))).toBe('updated');
  const after = buckets.find(Bucket);
  release();
  expect((await loading)?.row.versioning).toBe('off');
  expect((await after)?.row.versioning).toBe('enabled');
  expect((await buckets.find(Bucket))?.row.versioning).toBe('enabled');
});

test('changes of the state at once are each made, one after the other', async () => {
  const { client, tables } = await startHarness();
  const s3 = client();
  await s3.send(new CreateBucketCommand({ Bucket }));
  const states = ['Enabled', 'Suspended', 'Enabled', 'Suspended'] as const;
  const codes = await Promise.all(
    states.map((Status) =>
      codeOf(s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))),
    ),
  );
  expect(codes).toEqual(['none', 'none', 'none', 'none']);
  const buckets = new Buckets(tables);
  await buckets.open();
  expect(['enabled', 'suspended']).toContain((await buckets.find(Bucket))?.row.versioning);
  expect(
    await codeOf(
      s3.send(
        new PutBucketVersioningCommand({ Bucket: 'other', VersioningConfiguration: { Status: 'Enabled' } }),
      ),
    ),
  ).toBe('NoSuchBucket');
});

test('versions survive a restart, and a reset leaves none', async () => {
  const first = await openRealTables();
  let server = await startServer(first.tables);
  let s3 = server.client();
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'before' }));
  await enable(s3);
  const Body = Buffer.alloc(300_000, 7);
  const large = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body }));
  const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  await server.close();
  await first.close();

  const second = await openRealTables(first.state);
  server = await startServer(second.tables);
  s3 = server.client();
  const listed = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  expect(listed.DeleteMarkers?.map(({ VersionId }) => VersionId)).toEqual([marker.VersionId]);
  expect(listed.Versions?.map(({ VersionId }) => VersionId)).toEqual([large.VersionId, 'null']);
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId: large.VersionId }));
  expect(Buffer.from(await got.Body!.transformToByteArray()).equals(Body)).toBe(true);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: marker.VersionId }));
  const current = await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  expect(current.ContentLength).toBe(300_000);
  await current.Body!.transformToByteArray();
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'other' }));
  await server.service.reset();
  expect((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
  expect([server.errors, second.failures]).toEqual([[], []]);
  await server.close();
  await second.close();
});
