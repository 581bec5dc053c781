/** What each operation tells a bucket's destinations. */
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  type Event,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { EventTicks, formEncoded, sequencer } from '../engine/event-record.ts';
import { findOverlap, type NotificationRule, ruleFor } from '../engine/notification.ts';
import { codeOf, type Harness, root, sourceAddress, startHarness } from './harness.ts';
import { MemoryTables } from './memory-tables.ts';
import { lambda, queue, RecordingTargets } from './support/recording-targets.ts';

const Bucket = 'bucket';
const everything = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*', 's3:ObjectTagging:*'];
let harness: Harness;
let targets: RecordingTargets;
let s3: S3Client;

beforeEach(async () => {
  targets = new RecordingTargets();
  harness = await startHarness(new MemoryTables(), targets);
  s3 = harness.client({ region: 'eu-west-1' });
  await s3.send(new CreateBucketCommand({ Bucket }));
});

async function notify(Events: string[], rules: { Name: string; Value: string }[] = []): Promise<void> {
  const configuration = {
    Id: 'rule',
    LambdaFunctionArn: lambda,
    Events: Events as Event[],
    Filter: { Key: { FilterRules: rules as { Name: 'prefix'; Value: string }[] } },
  };
  const NotificationConfiguration = { LambdaFunctionConfigurations: [configuration] };
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
}

const put = (Key: string, Body = 'body', extra: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, ...extra }));
const remove = (Key: string, VersionId?: string) =>
  s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
const version = (Status: 'Enabled' | 'Suspended') =>
  s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));

/** Writes one more object and waits for it: whatever was told before has come. */
async function told(): Promise<string[]> {
  await put('last');
  await expect.poll(() => targets.told).toContain('ObjectCreated:Put last');
  await expect.poll(() => pending()).toBe(0);
  return targets.told.filter((text) => text !== 'ObjectCreated:Put last');
}

function pending(): number {
  let count = 0;
  for (const { rows } of harness.tables.domains.values())
    for (const { table } of rows.values()) if (table.name === 's3.outbox') count += 1;
  return count;
}

/** Of the object of the event told of this key. */
const objectOf = (name: string) => targets.records.find(({ eventName }) => eventName === name)?.s3.object;

test('the record of a put is as AWS forms it', async () => {
  await notify(everything);
  await put('a b/ä+(1)~*.txt', 'body');
  await expect.poll(() => targets.deliveries.length).toBe(1);
  const [{ target, event, message }] = targets.deliveries as [(typeof targets.deliveries)[0]];
  expect(target).toBe(lambda);
  expect(event).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f]{64}$/),
    sourceArn: 'arn:aws:s3:::bucket',
    sourceAccount: root.accountId,
    principal: 's3.amazonaws.com',
  });
  expect(message).toEqual({
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: 'eu-west-1',
        eventTime: '2026-01-01T00:00:00.000Z',
        eventName: 'ObjectCreated:Put',
        userIdentity: { principalId: 'AWS:canonical-root' },
        requestParameters: { sourceIPAddress: sourceAddress },
        responseElements: { 'x-amz-request-id': 'REQUEST' },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'rule',
          bucket: {
            name: Bucket,
            ownerIdentity: { principalId: 'canonical-root' },
            arn: 'arn:aws:s3:::bucket',
          },
          object: {
            key: 'a+b/%C3%A4%2B%281%29%7E*.txt',
            size: 4,
            eTag: '841a2d689ad86bd1611447453c22c6fc',
            sequencer: expect.stringMatching(/^[0-9A-F]{18}$/),
          },
        },
      },
    ],
  });
});

test('a session of a role is named as STS names it', async () => {
  await notify(everything);
  const principal = { ...root, kind: 'role' as const, userId: 'owner', roleSessionId: 'AROA1:session' };
  await harness.client({ principal }).send(new PutObjectCommand({ Bucket, Key: 'k', Body: '' }));
  await expect.poll(() => targets.records[0]?.userIdentity).toEqual({ principalId: 'AWS:AROA1:session' });
});

test('every operation that makes or removes an object in a bucket without versions', async () => {
  await notify(everything);
  await put('put');
  await put('put', 'again');
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/put` }));
  const CopySource = `${Bucket}/put`;
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'put', CopySource, MetadataDirective: 'REPLACE' }));
  const upload = { Bucket, Key: 'parts' };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(upload));
  const part = await s3.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'part' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: part.ETag }] };
  const complete = new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload });
  await s3.send(complete);
  // A repeat is answered and makes nothing.
  await s3.send(complete);
  await remove('copy');
  await remove('copy');
  const Delete = { Objects: [{ Key: 'put' }, { Key: 'parts' }, { Key: 'none' }] };
  await s3.send(new DeleteObjectsCommand({ Bucket, Delete }));
  expect((await told()).sort()).toEqual([
    'ObjectCreated:CompleteMultipartUpload parts',
    'ObjectCreated:Copy copy',
    'ObjectCreated:Copy put',
    'ObjectCreated:Put put',
    'ObjectCreated:Put put',
    'ObjectRemoved:Delete copy',
    'ObjectRemoved:Delete parts',
    'ObjectRemoved:Delete put',
  ]);
  const whole = objectOf('ObjectCreated:CompleteMultipartUpload');
  expect([whole.size, whole.eTag]).toEqual([4, expect.stringMatching(/^[0-9a-f]{32}-1$/)]);
  expect(objectOf('ObjectRemoved:Delete')).toEqual({ key: 'copy', sequencer: expect.any(String) });
});

test('versions have their ids, and a deletion makes a marker or takes a version away', async () => {
  await notify(everything);
  await version('Enabled');
  const first = await put('k');
  const marker = await remove('k');
  await remove('k', first.VersionId);
  await remove('k', first.VersionId);
  await remove('k', marker.VersionId);
  await version('Suspended');
  await put('k');
  await expect.poll(() => targets.records.length).toBe(5);
  const seen = targets.records.map(({ eventName, s3: { object } }) => [
    eventName,
    object.versionId,
    object.eTag,
  ]);
  expect(seen).toEqual([
    ['ObjectCreated:Put', first.VersionId, '841a2d689ad86bd1611447453c22c6fc'],
    ['ObjectRemoved:DeleteMarkerCreated', marker.VersionId, 'd41d8cd98f00b204e9800998ecf8427e'],
    ['ObjectRemoved:Delete', first.VersionId, undefined],
    ['ObjectRemoved:Delete', marker.VersionId, undefined],
    ['ObjectCreated:Put', 'null', '841a2d689ad86bd1611447453c22c6fc'],
  ]);
  const sequencers = targets.records.map(({ s3: { object } }) => object.sequencer);
  expect(sequencers).toEqual([...new Set(sequencers)].sort());
});

test('tags that change are told of, also those of an older version', async () => {
  await notify(everything);
  await version('Enabled');
  const { VersionId } = await put('k');
  await put('k');
  const Tagging = { TagSet: [{ Key: 'a', Value: 'b' }] };
  await s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging }));
  await s3.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'k', VersionId }));
  expect((await told()).slice(2)).toEqual(['ObjectTagging:Put k', 'ObjectTagging:Delete k']);
  const deleted = targets.records.find(({ eventName }) => eventName === 'ObjectTagging:Delete');
  expect(deleted.eventVersion).toBe('2.3');
  expect(deleted.s3.object).toEqual({
    key: 'k',
    eTag: '841a2d689ad86bd1611447453c22c6fc',
    versionId: VersionId,
  });
});

test('what was refused is told to nobody', async () => {
  await notify(everything);
  await put('k');
  expect(await codeOf(put('k', 'x', { IfNoneMatch: '*' }))).toBe('PreconditionFailed');
  expect(await codeOf(put('k', 'x', { IfMatch: '"0"' }))).toBe('PreconditionFailed');
  expect(await codeOf(put('k', 'x', { ContentMD5: Buffer.alloc(16).toString('base64') }))).toBe('BadDigest');
  expect(await codeOf(s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', IfMatch: '"0"' })))).toBe(
    'PreconditionFailed',
  );
  const CopySource = `${Bucket}/none`;
  expect(await codeOf(s3.send(new CopyObjectCommand({ Bucket, Key: 'k', CopySource })))).toBe('NoSuchKey');
  const Delete = { Objects: [{ Key: 'k', ETag: '"0"' }] };
  await s3.send(new DeleteObjectsCommand({ Bucket, Delete }));
  const stranger = harness.client({ principal: { ...root, accountId: '1' } });
  expect(await codeOf(stranger.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '' })))).toBe(
    'AccessDenied',
  );
  harness.tables.beforeTransact = async () => {
    throw new Error('the store is gone');
  };
  await put('k', 'x').catch(() => undefined);
  harness.tables.beforeTransact = async () => undefined;
  expect(await told()).toEqual(['ObjectCreated:Put k']);
});

test('only what a rule names and its filter lets through is told, to the destination of the rule', async () => {
  const rule = (Id: string, Events: Event[], prefix: string, suffix: string) => ({
    Id,
    Events,
    Filter: {
      Key: {
        FilterRules: [
          { Name: 'prefix' as const, Value: prefix },
          { Name: 'suffix' as const, Value: suffix },
        ],
      },
    },
  });
  const NotificationConfiguration = {
    QueueConfigurations: [
      { QueueArn: queue, ...rule('jpg', ['s3:ObjectCreated:*'], 'in/', '.jpg') },
      { QueueArn: queue, ...rule('space', ['s3:ObjectCreated:*'], 'my+in/', '') },
      { QueueArn: queue, ...rule('removed', ['s3:ObjectRemoved:Delete'], '', '') },
    ],
    LambdaFunctionConfigurations: [
      { LambdaFunctionArn: lambda, ...rule('png', ['s3:ObjectCreated:Put'], 'in/', '.png') },
    ],
  };
  const configuration = { Bucket, NotificationConfiguration, SkipDestinationValidation: true };
  await s3.send(new PutBucketNotificationConfigurationCommand(configuration));
  for (const key of ['in/a.jpg', 'in/a.png', 'in/a.gif', 'out/a.jpg', 'in', 'my in/x', 'last/x.jpg'])
    await put(key);
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'in/b.png', CopySource: `${Bucket}/in` }));
  await remove('out/a.jpg');
  await expect.poll(() => targets.deliveries.length).toBe(4);
  const seen = targets.deliveries.map(({ target, message: { Records } }) =>
    [target === queue, Records[0].s3.configurationId, Records[0].s3.object.key].join(' '),
  );
  expect(seen.sort()).toEqual([
    'false png in/a.png',
    'true jpg in/a.jpg',
    'true removed out/a.jpg',
    'true space my+in/x',
  ]);
  expect(pending()).toBe(0);
});

test('nothing more is written for buckets that notify nobody, before and after they did', async () => {
  const tablesOfPut = async (): Promise<string[]> => {
    const lists: string[][] = [];
    harness.tables.beforeTransact = async (writes) =>
      void lists.push(writes.map((write) => ('table' in write ? write.table.name : write.kind)));
    await put('k');
    harness.tables.beforeTransact = async () => undefined;
    return lists[0]!;
  };
  expect(await tablesOfPut()).toEqual(['s3.objects']);
  await notify(everything);
  expect(await tablesOfPut()).toEqual(['s3.objects', 's3.outbox']);
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} }));
  expect(await tablesOfPut()).toEqual(['s3.objects']);
});

test('numbers of events grow, whatever the clock does, and go on above those that were used', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { minLength: 2 }), (times) => {
      const ticks = new EventTicks();
      ticks.passed(2048 * 3);
      const numbers = times.map(([now, least]) => ticks.next(now, least));
      const texts = numbers.map(sequencer);
      expect(texts).toEqual([...new Set(texts)].sort());
      expect(numbers[0]).toBeGreaterThan(2048 * 3);
      times.forEach(([now, least], i) => {
        expect(numbers[i]).toBeGreaterThanOrEqual(Math.max(now, least) * 2048);
      });
    }),
  );
});

test('a form decodes a key as events show it to the key', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (key) => {
      expect(new URLSearchParams(`k=${formEncoded(key)}`).get('k')).toBe(key);
    }),
    { numRuns: 50 },
  );
});

/** Letters alone, so that a key and the key as events show it are the same. */
const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 });
const rules = fc.array(
  fc.record({
    id: fc.constant('r'),
    destination: fc.constant('queue' as const),
    arn: fc.constant(queue),
    events: fc.subarray(['s3:ObjectCreated:*', 's3:ObjectCreated:Put', 's3:ObjectRemoved:Delete'], {
      minLength: 1,
    }),
    prefix: fc.option(letters, { nil: undefined }),
    suffix: fc.option(letters, { nil: undefined }),
  }) satisfies fc.Arbitrary<NotificationRule>,
  { maxLength: 3 },
);

test('rules that do not overlap leave at most one for an event, and it is found', () => {
  fc.assert(
    fc.property(
      rules,
      fc.constantFrom('ObjectCreated:Put' as const, 'ObjectRemoved:Delete' as const),
      fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 }),
      (list, event, key) => {
        const fitting = list.filter(
          ({ events, prefix, suffix }) =>
            (events.includes(`s3:${event}`) ||
              (event === 'ObjectCreated:Put' && events.includes('s3:ObjectCreated:*'))) &&
            key.startsWith(prefix ?? '') &&
            key.endsWith(suffix ?? ''),
        );
        expect(ruleFor(list, event, key)).toBe(fitting[0]);
        if (findOverlap(list) === undefined) expect(fitting.length).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 1000 },
  );
});

test('the trace of the request goes with the event, and one that is too long does not', async () => {
  await notify(['s3:ObjectCreated:*']);
  let trace = 'Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=0a1b2c3d:3';
  s3.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers['X-Amzn-Trace-Id'] = trace;
      return next(args);
    },
    { step: 'build' },
  );
  await put('one');
  await expect.poll(() => targets.deliveries.length).toBe(1);
  expect(targets.deliveries[0]!.event.traceId).toBe(trace);
  trace = 'x'.repeat(1025);
  await put('two');
  await expect.poll(() => targets.deliveries.length).toBe(2);
  expect(targets.deliveries[1]!.event.traceId).toBeUndefined();
});
