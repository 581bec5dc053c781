/** The service behind its port, over the real tables: a crash between a commit and its delivery, and bodies of every kind. */
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  PutBucketNotificationConfigurationCommand,
  type PutBucketNotificationConfigurationCommandInput,
  PutObjectCommand,
} from '@aws-sdk/client-s3';

import type { TableStore } from '@hypergate/table';
import { expect, test } from 'vitest';
import { noBytes } from '../engine/bytes.ts';
import { outboxTable } from '../model/outbox.ts';
import { registryAddress } from '../store/buckets.ts';
import { openRealTables } from './real-tables.ts';
import { account, startServer } from './server.ts';
import { queue, RecordingTargets } from './support/recording-targets.ts';

const Bucket = 'bucket';
const configuration: PutBucketNotificationConfigurationCommandInput = {
  Bucket,
  NotificationConfiguration: {
    QueueConfigurations: [
      { Id: 'all', QueueArn: queue, Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'] },
    ],
  },
  SkipDestinationValidation: true,
};

async function pending(tables: TableStore): Promise<number> {
  const registry = await tables.openDomain(registryAddress);
  return (await registry.scan(outboxTable, noBytes, {})).length;
}

test('events whose delivery a crash prevented come after the restart, also of a bucket that is gone', async () => {
  const first = await openRealTables();
  const deaf = new RecordingTargets();
  // Nothing is ever delivered, as if the process ended right behind each commit.
  deaf.before = () => {
    throw new Error('not reached');
  };
  const server = await startServer(first.tables, deaf);
  const s3 = server.client();
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketNotificationConfigurationCommand(configuration));
  const sizes = [0, 10, 70_000, 9 * 1024 * 1024];
  for (const size of sizes) {
    await s3.send(new PutObjectCommand({ Bucket, Key: `size ${size}`, Body: Buffer.alloc(size, 'x') }));
  }
  await s3.send(new PutObjectCommand({ Bucket, Key: 'size 10', Body: 'again' }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'size 10' }));
  const others = [{ Key: 'size 0' }, { Key: 'size 70000' }, { Key: `size ${sizes[3]}` }];
  await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: others } }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
  expect(await pending(first.tables)).toBe(9);
  await server.close();
  await first.close();

  const second = await openRealTables(first.state);
  const targets = new RecordingTargets();
  const next = await startServer(second.tables, targets);
  await expect.poll(() => pending(second.tables)).toBe(0);
  expect(targets.told.filter((text) => text.endsWith('size+10'))).toEqual([
    'ObjectCreated:Put size+10',
    'ObjectCreated:Put size+10',
    'ObjectRemoved:Delete size+10',
  ]);
  expect(targets.told.toSorted()).toEqual(
    [
      ...sizes.flatMap((size) => [`ObjectCreated:Put size+${size}`, `ObjectRemoved:Delete size+${size}`]),
      'ObjectCreated:Put size+10',
    ].sort(),
  );
  const [record] = targets.records;
  expect(record.requestParameters).toEqual({ sourceIPAddress: '127.0.0.1' });
  expect(record.userIdentity).toEqual({ principalId: `AWS:${account.userId}` });
  expect(record.responseElements['x-amz-request-id']).toMatch(/^[0-9A-F]{16}$/);
  await next.close();
  const { missing, different, superfluous } = await second.tables.compareIndex();
  expect([missing, different, superfluous]).toEqual([0, 0, 0]);
  await second.close();
  expect([...server.errors, ...next.errors, ...first.failures, ...second.failures]).toEqual([]);
});

test('emptying everything leaves no event', async () => {
  const real = await openRealTables();
  const targets = new RecordingTargets();
  targets.before = () => {
    throw new Error('not now');
  };
  const server = await startServer(real.tables, targets);
  const s3 = server.client();
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketNotificationConfigurationCommand(configuration));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  expect(await pending(real.tables)).toBe(1);
  await server.service.reset();
  expect(await pending(real.tables)).toBe(0);
  await server.close();
  await real.close();
});

test('writers that race for one object are told of in the order in which they won', async () => {
  const real = await openRealTables();
  const targets = new RecordingTargets();
  const server = await startServer(real.tables, targets);
  const s3 = server.client();
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketNotificationConfigurationCommand(configuration));
  const bodies = Array.from({ length: 30 }, (_, i) => 'x'.repeat(i + 1));
  await Promise.all(bodies.map((Body) => s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body }))));
  await expect.poll(() => pending(real.tables)).toBe(0);
  const objects = targets.records.map(({ s3: { object } }) => object);
  expect(objects.map(({ size }) => size).sort((a, b) => a - b)).toEqual(bodies.map(({ length }) => length));
  const sequencers = objects.map(({ sequencer }) => sequencer);
  expect(sequencers).toEqual([...new Set(sequencers)].sort());
  const head = await s3.send(
    new DeleteObjectCommand({ Bucket, Key: 'k', IfMatch: `"${objects.at(-1).eTag}"` }),
  );
  expect(head.$metadata.httpStatusCode).toBe(204);
  await server.close();
  await real.close();
});
