/** PutBucketNotificationConfiguration and GetBucketNotificationConfiguration with the SDK's client. */
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  type Event,
  GetBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  type QueueConfiguration,
  type S3Client,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from 'vitest';
import { codeOf, type Harness, startHarness } from './harness.ts';
import { MemoryTables } from './memory-tables.ts';
import { lambda, otherQueue, queue, RecordingTargets } from './support/recording-targets.ts';

const Bucket = 'bucket';
let harness: Harness;
let targets: RecordingTargets;
let s3: S3Client;

beforeEach(async () => {
  targets = new RecordingTargets();
  harness = await startHarness(new MemoryTables(), targets);
  s3 = harness.client();
  await s3.send(new CreateBucketCommand({ Bucket }));
});

function put(NotificationConfiguration: NotificationConfiguration, extra: object = {}): Promise<unknown> {
  return s3.send(
    new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration, ...extra }),
  );
}

async function shown(): Promise<NotificationConfiguration> {
  const { $metadata, ...configuration } = await s3.send(
    new GetBucketNotificationConfigurationCommand({ Bucket }),
  );
  return configuration;
}

/** Code and message of a refusal. */
async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'none';
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
}

const rule = (Events: string[], prefix?: string, suffix?: string, QueueArn = queue): QueueConfiguration => {
  const rules = [
    ...(prefix === undefined ? [] : [{ Name: 'prefix' as const, Value: prefix }]),
    ...(suffix === undefined ? [] : [{ Name: 'suffix' as const, Value: suffix }]),
  ];
  return {
    QueueArn,
    Events: Events as Event[],
    ...(rules.length === 0 ? {} : { Filter: { Key: { FilterRules: rules } } }),
  };
};

test('a configuration comes back as it was put, with ids for rules that had none', async () => {
  expect(await shown()).toEqual({});
  await put({
    QueueConfigurations: [{ Id: 'first', ...rule(['s3:ObjectCreated:Put', 's3:ObjectCreated:Copy']) }],
    LambdaFunctionConfigurations: [
      {
        LambdaFunctionArn: `${lambda}:live`,
        Events: ['s3:ObjectRemoved:*'],
        Filter: {
          Key: {
            FilterRules: [
              { Name: 'SUFFIX' as 'suffix', Value: '.jpg' },
              { Name: 'Prefix' as 'prefix', Value: 'ä/' },
            ],
          },
        },
      },
    ],
  });
  const found = await shown();
  expect(found).toEqual({
    QueueConfigurations: [
      { Id: 'first', QueueArn: queue, Events: ['s3:ObjectCreated:Put', 's3:ObjectCreated:Copy'] },
    ],
    LambdaFunctionConfigurations: [
      {
        Id: expect.stringMatching(/^[\w-]{48}$/),
        LambdaFunctionArn: `${lambda}:live`,
        Events: ['s3:ObjectRemoved:*'],
        Filter: {
          Key: {
            FilterRules: [
              { Name: 'Prefix', Value: 'ä/' },
              { Name: 'Suffix', Value: '.jpg' },
            ],
          },
        },
      },
    ],
  });
  expect(targets.asked).toEqual(
    [queue, `${lambda}:live`].map((target) => ({
      target,
      sourceArn: 'arn:aws:s3:::bucket',
      sourceAccount: '000000000000',
      principal: 's3.amazonaws.com',
    })),
  );
});

test('a configuration replaces the one before, survives a restart, and an empty one takes it away', async () => {
  await put({ QueueConfigurations: [rule(['s3:ObjectCreated:*'])] });
  await put({ QueueConfigurations: [{ Id: 'x', ...rule(['s3:ObjectRemoved:*']) }] });
  const expected = { QueueConfigurations: [{ Id: 'x', QueueArn: queue, Events: ['s3:ObjectRemoved:*'] }] };
  expect(await shown()).toEqual(expected);
  s3 = (await startHarness(harness.tables, targets)).client();
  expect(await shown()).toEqual(expected);
  await put({});
  expect(await shown()).toEqual({});
});

test('a bucket takes its configuration with it', async () => {
  await put({ QueueConfigurations: [rule(['s3:ObjectCreated:*'])] });
  await s3.send(new DeleteBucketCommand({ Bucket }));
  await s3.send(new CreateBucketCommand({ Bucket }));
  expect(await shown()).toEqual({});
});

test('each queue gets a test message, functions get none, and neither does who skips the check', async () => {
  await put({
    QueueConfigurations: [rule(['s3:ObjectCreated:Put']), rule(['s3:ObjectCreated:Copy'])],
    LambdaFunctionConfigurations: [{ LambdaFunctionArn: lambda, Events: ['s3:ObjectRemoved:*'] }],
  });
  await expect.poll(() => targets.deliveries.length).toBe(1);
  expect(targets.deliveries[0]).toMatchObject({
    target: queue,
    event: { sourceArn: 'arn:aws:s3:::bucket', sourceAccount: '000000000000', principal: 's3.amazonaws.com' },
    message: {
      Service: 'Amazon S3',
      Event: 's3:TestEvent',
      Time: '2026-01-01T00:00:00.000Z',
      Bucket,
      RequestId: 'REQUEST',
    },
  });
  targets.verdicts.set(otherQueue, 'absent');
  const asked = targets.asked.length;
  const configuration = {
    QueueConfigurations: [rule(['s3:ObjectCreated:*'], undefined, undefined, otherQueue)],
  };
  await put(configuration, { SkipDestinationValidation: true });
  expect(targets.asked.length).toBe(asked);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '' }));
  await expect.poll(() => targets.deliveries.length).toBe(2);
  expect(targets.told).toEqual(['ObjectCreated:Put k']);
});

test('destinations that are absent or refuse are refused, and nothing changes', async () => {
  const sentence = 'InvalidArgument: Unable to validate the following destination configurations';
  for (const verdict of ['absent', 'forbidden'] as const) {
    targets.verdicts.set(otherQueue, verdict);
    const QueueConfigurations = [rule(['s3:ObjectCreated:*'], undefined, undefined, otherQueue)];
    expect(await refusal(put({ QueueConfigurations }))).toBe(sentence);
  }
  const topic = { TopicArn: 'arn:aws:sns:us-east-1:000000000000:t', Events: ['s3:ObjectCreated:*' as const] };
  expect(await refusal(put({ TopicConfigurations: [topic] }))).toBe(sentence);
  const fifo = rule(['s3:ObjectCreated:*'], undefined, undefined, `${queue}.fifo`);
  expect(await refusal(put({ QueueConfigurations: [fifo] }))).toBe(sentence);
  const none = (await startHarness(harness.tables)).client();
  for (const SkipDestinationValidation of [true, false]) {
    const NotificationConfiguration = { QueueConfigurations: [rule(['s3:ObjectCreated:*'])] };
    const command = { Bucket, NotificationConfiguration, SkipDestinationValidation };
    expect(await refusal(none.send(new PutBucketNotificationConfigurationCommand(command)))).toBe(sentence);
  }
  expect(await shown()).toEqual({});
  expect(targets.deliveries).toEqual([]);
});

test('what is no configuration is refused in the words of S3', async () => {
  const queues = (...QueueConfigurations: object[]) =>
    refusal(put({ QueueConfigurations: QueueConfigurations as QueueConfiguration[] }));
  const created = ['s3:ObjectCreated:*'];
  expect(await refusal(put({ EventBridgeConfiguration: {} }))).toBe(
    'NotImplemented: EventBridgeConfiguration is not implemented.',
  );
  for (const event of ['s3:ObjectCreated', 's3:ObjectCreated:put', 's3:*', 's3:TestEvent', '']) {
    expect(await queues(rule([event]))).toContain('InvalidArgument: The event');
  }
  expect(await queues({ QueueArn: queue, Events: [] })).toContain('MalformedXML');
  for (const arn of ['queue', lambda, 'arn:aws:sqs:us-east-1:1:q', `${queue}/x`]) {
    expect(await queues(rule(created, undefined, undefined, arn))).toBe(
      'InvalidArgument: The ARN is not well formed',
    );
  }
  const filtered = (...FilterRules: object[]) =>
    queues({ ...rule(created), Filter: { Key: { FilterRules } } });
  expect(await filtered({ Name: 'infix', Value: 'x' })).toBe(
    'InvalidArgument: filter rule name must be either prefix or suffix',
  );
  expect(await filtered({ Name: 'prefix', Value: 'x' }, { Name: 'Prefix', Value: 'y' })).toBe(
    'InvalidArgument: Cannot specify more than one prefix rule in a filter.',
  );
  expect(await filtered({ Name: 'prefix', Value: 'ä'.repeat(513) })).toContain('cannot exceed 1024 bytes');
  expect(await filtered({ Name: 'prefix' })).toContain('MalformedXML');
  expect(
    await queues(
      { Id: 'a', ...rule(['s3:ObjectCreated:Put']) },
      { Id: 'a', ...rule(['s3:ObjectRemoved:*']) },
    ),
  ).toContain('Same ID used for multiple configurations');
  expect(await queues({ Id: 'i'.repeat(256), ...rule(created) })).toContain('longer than 255');
  const many = Array.from({ length: 101 }, (_, i) => rule(created, `${i}/`));
  expect(await queues(...many)).toContain('at most 100');
  expect(await queues(...many.slice(1))).toBe('none');
});

test('the owner that a caller expects is checked', async () => {
  const NotificationConfiguration = { QueueConfigurations: [rule(['s3:ObjectCreated:*'])] };
  expect(await codeOf(put(NotificationConfiguration, { ExpectedBucketOwner: '999999999999' }))).toBe(
    'AccessDenied',
  );
  const get = { Bucket, ExpectedBucketOwner: '999999999999' };
  expect(await codeOf(s3.send(new GetBucketNotificationConfigurationCommand(get)))).toBe('AccessDenied');
  const missing = { Bucket: 'missing', NotificationConfiguration };
  expect(await codeOf(s3.send(new PutBucketNotificationConfigurationCommand(missing)))).toBe('NoSuchBucket');
});

describe('overlapping rules', () => {
  const overlap =
    'InvalidArgument: Configurations overlap. Configurations on the same bucket cannot share a common event type.';
  const ambiguous =
    'InvalidArgument: Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.';
  const all = ['s3:ObjectCreated:*'];
  const puts = ['s3:ObjectCreated:Put'];

  test.each([
    ['one event twice', rule(all), rule(all), overlap],
    ['a kind and one of it', rule(puts), rule(['s3:ObjectRemoved:*', ...all]), overlap],
    ['two of a kind', rule(puts), rule(['s3:ObjectCreated:Copy']), 'none'],
    ['two kinds', rule(all), rule(['s3:ObjectRemoved:*']), 'none'],
    ['a prefix and any', rule(all, 'a'), rule(puts), ambiguous],
    ['a prefix of a prefix', rule(all, 'a'), rule(puts, 'a/b'), ambiguous],
    ['two prefixes', rule(all, 'a'), rule(all, 'b'), 'none'],
    ['a suffix of a suffix', rule(all, undefined, '.jpg'), rule(all, undefined, 'x.jpg'), ambiguous],
    ['two suffixes', rule(all, 'a', '.jpg'), rule(all, 'a', '.png'), 'none'],
    ['two prefixes and one suffix', rule(all, 'a', '.jpg'), rule(all, 'b', '.jpg'), 'none'],
    ['a prefix and a suffix', rule(all, 'a'), rule(all, undefined, '.jpg'), ambiguous],
  ])('%s', async (_what, first, second, expected) => {
    expect(await refusal(put({ QueueConfigurations: [first, second] }))).toBe(expected);
    const { QueueArn, ...of } = second;
    const LambdaFunctionConfigurations = [{ LambdaFunctionArn: lambda, ...of }];
    expect(await refusal(put({ QueueConfigurations: [first], LambdaFunctionConfigurations }))).toBe(expected);
  });
});
