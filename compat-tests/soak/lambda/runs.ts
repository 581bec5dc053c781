/** What became of events: a run leaves an object in a bucket, and what was given up is told to a queue. */
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { defaultIdentity } from '../../lib/gateway.ts';
import type { Target } from '../../lib/target.ts';

export const runsBucket = 'runs';
export const failedQueue = 'failed';

/**
 * Writes ID/REQUEST/TIME-RANDOM when it runs: of an event its id, of an object its key, of messages their bodies, one after the other.
 */
export const handlerSource = `
import { randomUUID } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
const s3 = new S3Client({ forcePathStyle: true, maxAttempts: 1 });
export const handler = async ({ id, Records = [{ body: id }] }, { awsRequestId }) => {
  for (const record of Records) {
    const name = record.s3?.object.key ?? record.body;
    const Key = [name, awsRequestId, Date.now() + '-' + randomUUID()].join('/');
    await s3.send(new PutObjectCommand({ Bucket: '${runsBucket}', Key, Body: '' }));
  }
};
`;

interface Offered {
  readonly id?: string;
  readonly Records?: readonly { readonly s3?: { readonly object: { readonly key: string } } }[];
}

export interface Run {
  readonly id: string;
  readonly requestId: string;
  /** By the clock of the machine. */
  readonly atMs: number;
}

export interface Witnesses {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  destroy(): void;
}

export function witnessesOf({ endpoint }: Target): Witnesses {
  const { accessKeyId, secretAccessKey, region } = defaultIdentity;
  const options = { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  const [s3, sqs] = [new S3Client({ ...options, forcePathStyle: true }), new SQSClient(options)];
  return {
    s3,
    sqs,
    destroy() {
      s3.destroy();
      sqs.destroy();
    },
  };
}

export async function allRuns(s3: S3Client): Promise<Run[]> {
  const runs: Run[] = [];
  let StartAfter: string | undefined;
  for (;;) {
    const { Contents = [], IsTruncated } = await s3.send(
      new ListObjectsV2Command({ Bucket: runsBucket, ...(StartAfter === undefined ? {} : { StartAfter }) }),
    );
    for (const { Key = '' } of Contents) {
      const [id = '', requestId = '', last = ''] = Key.split('/');
      runs.push({ id, requestId, atMs: Number(last.slice(0, last.indexOf('-'))) });
      StartAfter = Key;
    }
    if (IsTruncated !== true) return runs;
  }
}

/** Ids of the events that were given up, taken out of the queue. */
export async function takeFailed(sqs: SQSClient, queueUrl: string): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return ids;
    for (const { Body = '', ReceiptHandle } of Messages) {
      const { requestPayload } = JSON.parse(Body) as { requestPayload: Offered };
      const { id, Records = [] } = requestPayload;
      if (id !== undefined) ids.push(id);
      for (const { s3 } of Records) if (s3 !== undefined) ids.push(s3.object.key);
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
    }
  }
}
