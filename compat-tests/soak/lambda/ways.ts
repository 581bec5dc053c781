/**
 * The ways by which a function is called and nobody waits: asynchronous invocations, notifications of a bucket, messages of a standard queue
 * and of a FIFO queue. What was answered has to run.
 */
import {
  AddPermissionCommand,
  CreateEventSourceMappingCommand,
  PutFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { defaultIdentity } from '../../lib/gateway.ts';
import { LambdaCaller } from '../../lib/lambda-caller.ts';
import { createFunctionCommand, lambdaClient } from '../../lib/lambda-functions.ts';
import type { Target } from '../../lib/target.ts';
import { failedQueue, handlerSource, runsBucket, type Witnesses } from './runs.ts';

const functionName = 'records-runs';
const inbox = 'inbox';
/** Of functions and of queues: messages of a batch that was cut short come again after it. */
const timeoutSeconds = 20;

export const ways = ['event', 'object', 'message', 'ordered'] as const;
export type Way = (typeof ways)[number];

/** Callers of each, with one request at a time. */
export const callersOf: Readonly<Record<Way, number>> = { event: 4, object: 2, message: 2, ordered: 2 };

export interface Queues {
  readonly message: string;
  readonly ordered: string;
  readonly failed: string;
}

/** The function, its bucket and its queues. @returns their URLs */
export async function prepareWays(target: Target, { s3, sqs }: Witnesses): Promise<Queues> {
  for (const Bucket of [runsBucket, inbox]) await s3.send(new CreateBucketCommand({ Bucket }));
  const VisibilityTimeout = String(timeoutSeconds);
  const failed = await queue(sqs, failedQueue, {});
  const message = await queue(sqs, 'messages', { VisibilityTimeout });
  const fifo = { FifoQueue: 'true', ContentBasedDeduplication: 'true', VisibilityTimeout };
  const ordered = await queue(sqs, 'ordered.fifo', fifo);
  const lambda = lambdaClient(target);
  const made = await lambda.send(
    createFunctionCommand(functionName, handlerSource, { Timeout: timeoutSeconds, MemorySize: 256 }),
  );
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: functionName,
      DestinationConfig: { OnFailure: { Destination: failed.arn } },
    }),
  );
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: functionName,
      StatementId: 's3',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
    }),
  );
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: inbox,
      NotificationConfiguration: {
        LambdaFunctionConfigurations: [
          { LambdaFunctionArn: made.FunctionArn, Events: ['s3:ObjectCreated:*'] },
        ],
      },
    }),
  );
  for (const { arn } of [message, ordered])
    await lambda.send(
      new CreateEventSourceMappingCommand({ FunctionName: functionName, EventSourceArn: arn, BatchSize: 5 }),
    );
  lambda.destroy();
  return { message: message.url, ordered: ordered.url, failed: failed.url };
}

async function queue(sqs: SQSClient, QueueName: string, Attributes: Record<string, string>) {
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  const asked = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] });
  return { url, arn: (await sqs.send(asked)).Attributes?.QueueArn ?? '' };
}

/** One caller of a gateway; asks for each thing once. */
export interface Caller {
  /** @throws when it was not answered well */
  offer(id: string): Promise<void>;
  close(): void;
}

/** @param group of FIFO messages: one caller has it, so that what it sends is in order */
export function callerOf(way: Way, target: Target, queues: Queues, group: string): Caller {
  if (way === 'event') return eventCaller(target);
  const { accessKeyId, secretAccessKey, region } = defaultIdentity;
  const { endpoint } = target;
  const options = { endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 };
  if (way === 'object') {
    const s3 = new S3Client({ ...options, forcePathStyle: true });
    return {
      async offer(Key) {
        await s3.send(new PutObjectCommand({ Bucket: inbox, Key, Body: 'x' }));
      },
      close: () => s3.destroy(),
    };
  }
  const sqs = new SQSClient(options);
  const place = { QueueUrl: queues[way], ...(way === 'ordered' ? { MessageGroupId: group } : {}) };
  return {
    async offer(MessageBody) {
      await sqs.send(new SendMessageCommand({ ...place, MessageBody }));
    },
    close: () => sqs.destroy(),
  };
}

function eventCaller(target: Target): Caller {
  const caller = new LambdaCaller(target);
  return {
    async offer(id) {
      const { status } = await caller.invoke(functionName, Buffer.from(JSON.stringify({ id })), 'Event');
      if (status !== 202) throw new Error(`the event was answered with ${status}`);
    },
    close: () => caller.close(),
  };
}
