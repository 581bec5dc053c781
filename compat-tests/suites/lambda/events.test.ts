/** What calls functions by itself: events, notifications of buckets, queues, schedules; and where their failures go. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudWatchLogsClient,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  AddPermissionCommand,
  CreateEventSourceMappingCommand,
  PutFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, expect, test } from 'vitest';
import { defaultIdentity } from '../../lib/gateway.ts';
import { workerRole } from '../../lib/lambda-functions.ts';
import { lambdaSuite } from './suite.ts';

const suite = lambdaSuite();

interface Clients {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly logs: CloudWatchLogsClient;
  readonly scheduler: SchedulerClient;
}

let made: Clients | undefined;
function clients(): Clients {
  const { accessKeyId, secretAccessKey, region } = defaultIdentity;
  const options = { endpoint: suite.target.endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  made ??= {
    s3: new S3Client({ ...options, forcePathStyle: true }),
    sqs: new SQSClient(options),
    logs: new CloudWatchLogsClient(options),
    scheduler: new SchedulerClient(options),
  };
  return made;
}
afterAll(() => {
  for (const client of Object.values(made ?? {})) client.destroy();
});

async function until<Value>(look: () => Promise<Value | undefined>, what: string): Promise<Value> {
  for (const limit = performance.now() + 60_000; ; await sleep(50)) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > limit) throw new Error(`${what} did not come in time`);
  }
}

/** Lines of a function's log that have the text. */
async function said(name: string, text: string): Promise<string[]> {
  const { events = [] } = await clients()
    .logs.send(
      new FilterLogEventsCommand({
        logGroupName: `/aws/lambda/${name}`,
        filterPattern: JSON.stringify(text),
      }),
    )
    .catch((error: Error) => {
      if (error.name === 'ResourceNotFoundException') return { events: [] };
      throw error;
    });
  return events.map(({ message = '' }) => message);
}

const hasSaid = (name: string, text: string, times = 1) =>
  until(async () => {
    const lines = await said(name, text);
    return lines.length >= times ? lines : undefined;
  }, `"${text}" in the log of ${name}`);

async function queue(
  QueueName: string,
  Attributes: Record<string, string> = {},
): Promise<{ readonly url: string; readonly arn: string }> {
  const { sqs } = clients();
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  const found = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
  );
  return { url, arn: found.Attributes?.QueueArn ?? '' };
}

const nextMessage = (url: string) =>
  until(async () => {
    const { Messages = [] } = await clients().sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 5 }),
    );
    return Messages[0]?.Body;
  }, 'a message');

const talks =
  'export const handler = async (event) => { console.log("got " + JSON.stringify(event)); return event; };';

test('an event is accepted and runs; logs are read by group, stream and pattern', async () => {
  await suite.make('listens', talks);
  const { status, value } = await suite.invoke('listens', { word: 'later' }, { InvocationType: 'Event' });
  expect([status, value]).toEqual([202, undefined]);
  const [line] = await hasSaid('listens', 'later');
  expect(line).toContain('got {"word":"later"}');
  const { logs } = clients();
  const logGroupName = '/aws/lambda/listens';
  const { logStreams = [] } = await logs.send(new DescribeLogStreamsCommand({ logGroupName }));
  expect(logStreams).toHaveLength(1);
  const { logStreamName = '' } = logStreams[0]!;
  const { events = [] } = await logs.send(
    new GetLogEventsCommand({ logGroupName, logStreamName, startFromHead: true }),
  );
  expect(events[0]?.message).toMatch(/^INIT_START Runtime Version: /);
  expect(events.some(({ message = '' }) => message.startsWith('REPORT RequestId: '))).toBe(true);
});

test('what fails for good is told to a queue, and what succeeds to a function', async () => {
  await suite.make('heir', talks);
  await suite.make(
    'fragile',
    'export const handler = async ({ fails }) => { if (fails) throw new Error("broken"); return "whole"; };',
  );
  const { url, arn } = await queue('failures');
  await suite.lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: 'fragile',
      MaximumRetryAttempts: 0,
      DestinationConfig: {
        OnFailure: { Destination: arn },
        OnSuccess: { Destination: 'arn:aws:lambda:us-east-1:000000000000:function:heir' },
      },
    }),
  );
  await suite.invoke('fragile', { fails: true }, { InvocationType: 'Event' });
  expect(JSON.parse(await nextMessage(url))).toMatchObject({
    version: '1.0',
    requestContext: {
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:fragile:$LATEST',
      condition: 'RetriesExhausted',
      approximateInvokeCount: 1,
    },
    requestPayload: { fails: true },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorType: 'Error', errorMessage: 'broken' },
  });
  await suite.invoke('fragile', {}, { InvocationType: 'Event' });
  const [line = ''] = await hasSaid('heir', '"condition":"Success"');
  expect(line).toContain('"responsePayload":"whole"');
});

test('a bucket tells a function of new objects', async () => {
  const { FunctionArn = '' } = await suite.make('watches', talks);
  const { s3 } = clients();
  await s3.send(new CreateBucketCommand({ Bucket: 'watched' }));
  const configure = () =>
    s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: 'watched',
        NotificationConfiguration: {
          LambdaFunctionConfigurations: [
            {
              LambdaFunctionArn: FunctionArn,
              Events: ['s3:ObjectCreated:*'],
              Filter: { Key: { FilterRules: [{ Name: 'suffix', Value: '.txt' }] } },
            },
          ],
        },
      }),
    );
  await expect(configure()).rejects.toThrow('Unable to validate the following destination configurations');
  await suite.lambda.send(
    new AddPermissionCommand({
      FunctionName: 'watches',
      StatementId: 's3',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
      SourceArn: 'arn:aws:s3:::watched',
    }),
  );
  await configure();
  await s3.send(new PutObjectCommand({ Bucket: 'watched', Key: 'a.bin', Body: 'x' }));
  await s3.send(new PutObjectCommand({ Bucket: 'watched', Key: 'b.txt', Body: 'xyz' }));
  const [line = ''] = await hasSaid('watches', 'ObjectCreated');
  const event = JSON.parse(line.slice(line.indexOf('got ') + 4)) as { Records: unknown[] };
  expect(event.Records).toMatchObject([
    {
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: 'watched' }, object: { key: 'b.txt', size: 3 } },
    },
  ]);
  expect(await said('watches', 'a.bin')).toEqual([]);
});

test('messages of a queue come in batches, and those that failed come again', async () => {
  const { url, arn } = await queue('jobs');
  await suite.make(
    'works',
    `const seen = new Set();
     export const handler = async ({ Records }) => {
       const failed = Records.filter(({ body }) => body.startsWith('bad') && !seen.has(body));
       for (const { body } of Records) { console.log('job ' + body); seen.add(body); }
       return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
     };`,
  );
  await clients().sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: url,
      Entries: ['one', 'two', 'bad'].map((MessageBody, i) => ({ Id: String(i), MessageBody })),
    }),
  );
  await suite.lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: 'works',
      EventSourceArn: arn,
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    }),
  );
  for (const body of ['one', 'two', 'bad']) await hasSaid('works', `job ${body}`);
  await clients().sqs.send(
    new SendMessageBatchCommand({ QueueUrl: url, Entries: [{ Id: 'a', MessageBody: 'bad again' }] }),
  );
  await hasSaid('works', 'job bad again');
});

test('functions that write to what calls them are stopped: a bucket, a queue', async () => {
  const { s3, sqs } = clients();
  const [stopped, dead] = [await queue('stopped'), await queue('circle-dead')];
  const { FunctionArn = '' } = await suite.make(
    'grows',
    `import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
     const s3 = new S3Client({ forcePathStyle: true });
     export const handler = ({ Records: [{ s3: { bucket, object } }] }) =>
       s3.send(new PutObjectCommand({ Bucket: bucket.name, Key: object.key + 'x', Body: '' })).then(() => 'put');`,
    { DeadLetterConfig: { TargetArn: stopped.arn } },
  );
  await suite.lambda.send(
    new AddPermissionCommand({
      FunctionName: 'grows',
      StatementId: 's3',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
    }),
  );
  await s3.send(new CreateBucketCommand({ Bucket: 'growing' }));
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: 'growing',
      NotificationConfiguration: {
        LambdaFunctionConfigurations: [{ LambdaFunctionArn: FunctionArn, Events: ['s3:ObjectCreated:*'] }],
      },
    }),
  );
  const circle = await queue('circle', {
    VisibilityTimeout: '16',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 }),
  });
  await suite.make(
    'circles',
    `import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
     const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
     export const handler = async () => {
       console.log('around');
       await sqs.send(new SendMessageCommand({ QueueUrl: '${circle.url}', MessageBody: 'again' }));
     };`,
    { Timeout: 15 },
  );
  await suite.lambda.send(
    new CreateEventSourceMappingCommand({ FunctionName: 'circles', EventSourceArn: circle.arn }),
  );
  await s3.send(new PutObjectCommand({ Bucket: 'growing', Key: 'x', Body: '' }));
  await sqs.send(new SendMessageCommand({ QueueUrl: circle.url, MessageBody: 'first' }));
  await nextMessage(stopped.url);
  const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket: 'growing' }));
  expect(KeyCount).toBe(1 + 16);
  await nextMessage(dead.url);
  await hasSaid('circles', 'around', 16);
  expect(await said('circles', 'around')).toHaveLength(16);
});

test('a schedule fires, and goes on after the gateway was killed', async () => {
  await suite.make('ticks', talks);
  const inAMoment = new Date(Date.now() + 2000).toISOString().slice(0, 19);
  const later = new Date(Date.now() + 9000).toISOString().slice(0, 19);
  for (const [Name, time] of [
    ['soon', inAMoment],
    ['later', later],
  ] as const)
    await clients().scheduler.send(
      new CreateScheduleCommand({
        Name,
        ScheduleExpression: `at(${time})`,
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: 'arn:aws:lambda:us-east-1:000000000000:function:ticks',
          RoleArn: workerRole,
          Input: JSON.stringify({ schedule: Name }),
        },
      }),
    );
  await hasSaid('ticks', '"schedule":"soon"');
  await suite.again((target) => target.kill());
  for (const client of Object.values(made ?? {})) client.destroy();
  made = undefined;
  await hasSaid('ticks', '"schedule":"later"');
  expect(await said('ticks', '"schedule":"soon"')).toHaveLength(1);
  expect(await said('ticks', '"schedule":"later"')).toHaveLength(1);
});
