/** What stands beside a function in the same gateway, by the addresses that it has outside: queues, other functions' URLs, Redis. */
import { AddPermissionCommand, CreateFunctionUrlConfigCommand } from '@aws-sdk/client-lambda';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { freePort } from '@hypergate/node/sim/ports';
import { afterAll, expect, test } from 'vitest';
import { defaultIdentity, only } from '../../lib/gateway.ts';
import { lambdaSuite } from './suite.ts';

const redisPort = await freePort();
const suite = lambdaSuite({
  env: { ...only('lambda', 's3', 'sts', 'redis'), HYPERGATE_REDIS_PORT: String(redisPort) },
});

let sqs: SQSClient | undefined;
afterAll(() => sqs?.destroy());

test('a queue is sent to by the URL that it has outside', async () => {
  const { accessKeyId, secretAccessKey, region } = defaultIdentity;
  const credentials = { accessKeyId, secretAccessKey };
  sqs = new SQSClient({ endpoint: suite.target.endpoint, region, credentials });
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'work' }));
  expect(QueueUrl).toContain(`:${suite.target.port}/`);
  await suite.make(
    'sender',
    `import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
     const sqs = new SQSClient({ maxAttempts: 1 });
     export const handler = async () =>
       (await sqs.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE_URL, MessageBody: 'x' }))).MessageId.length;`,
    { Environment: { Variables: { QUEUE_URL: QueueUrl } } },
  );
  expect(await suite.invoke('sender', {})).toMatchObject({ value: 36, error: undefined });
});

test('a function calls the URL of another one', async () => {
  await suite.make('called', 'export const handler = async ({ rawPath }) => rawPath;');
  const FunctionName = 'called';
  const { FunctionUrl = '' } = await suite.lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE' }),
  );
  await suite.lambda.send(
    new AddPermissionCommand({
      FunctionName,
      StatementId: 'everybody',
      Action: 'lambda:InvokeFunctionUrl',
      Principal: '*',
      FunctionUrlAuthType: 'NONE',
    }),
  );
  await suite.make('calls', 'export const handler = async (url) => (await fetch(url + "there")).text();');
  expect((await suite.invoke('calls', FunctionUrl)).value).toBe('/there');
});

test('a function of the root account speaks to Redis, call after call on one connection', async () => {
  await suite.make(
    'counts',
    `import { connect } from 'node:net';
     let socket;
     export const handler = async (port) => {
       socket ??= connect({ port, host: '127.0.0.1' });
       socket.write('INCR calls\\r\\n');
       const [answer] = await new Promise((resolve, reject) => {
         socket.once('data', (bytes) => resolve([bytes.toString()]));
         socket.once('error', reject);
       });
       return answer;
     };`,
  );
  expect((await suite.invoke('counts', redisPort)).value).toBe(':1\r\n');
  expect((await suite.invoke('counts', redisPort)).value).toBe(':2\r\n');
});
