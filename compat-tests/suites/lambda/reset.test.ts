/** Developer mode: a reset takes everything, and the service goes on. */

import { ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { CreateQueueCommand, ListQueuesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { adminUsage } from '../../lib/admin.ts';
import { defaultIdentity } from '../../lib/gateway.ts';
import { lambdaSuite } from './suite.ts';

const suite = lambdaSuite({ env: { HYPERGATE_DEV: 'on' } });

test('a reset takes functions, queues and logs of all accounts, and what is made again is new', async () => {
  const { accessKeyId, secretAccessKey, region } = defaultIdentity;
  const credentials = { accessKeyId, secretAccessKey };
  const sqs = new SQSClient({ endpoint: suite.target.endpoint, region, credentials });
  await suite.make('before', 'export const handler = async () => "before";', { Publish: true });
  await suite.invoke('before', {});
  await suite.invoke('before', {}, { InvocationType: 'Event' });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'before' }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(200_000) }));
  const reset = await fetch(`${suite.target.endpoint}/_hypergate/reset`, { method: 'POST' });
  expect(reset.status).toBe(200);
  expect((await suite.lambda.send(new ListFunctionsCommand())).Functions).toEqual([]);
  expect((await sqs.send(new ListQueuesCommand())).QueueUrls ?? []).toEqual([]);
  sqs.destroy();
  expect(JSON.stringify(await adminUsage(suite.target))).not.toContain('before');
  await suite.make('before', 'export const handler = async () => "after";');
  expect((await suite.invoke('before', {})).value).toBe('after');
});
