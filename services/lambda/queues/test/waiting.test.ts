/** Receives that wait, by the clock that is given. */
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { arn, openWorld, type World } from './support/world.ts';

let world: World;
let client: SQSClient;
let QueueUrl: string;

beforeEach(async () => {
  world = await openWorld();
  client = world.client();
  const made = await client.send(new CreateQueueCommand({ QueueName: 'q' }));
  QueueUrl = made.QueueUrl!;
});
afterEach(() => world.close());

const message = (body: string) => ({ body, senderId: 'me' });
const wait = (waitMs = 20_000, signal?: AbortSignal) =>
  world.queues.receive(arn('q'), { max: 1, waitMs, ...(signal === undefined ? {} : { signal }) });

/** What a promise has become by now. */
async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
  return Promise.race([promise, Promise.resolve('waits')]);
}

it('answers a waiting call when a message is sent', async () => {
  const input = { QueueUrl, WaitTimeSeconds: 20 };
  const received = client.send(new ReceiveMessageCommand(input));
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'm' }));
  expect((await received).Messages!.map(({ Body }) => Body)).toEqual(['m']);
});

it('waits as long as the call or the queue says, and answers with nothing then', async () => {
  const received = wait(5000);
  expect(await stateOf(received)).toBe('waits');
  world.clock.ms += 4999;
  await world.queues.look();
  expect(await stateOf(received)).toBe('waits');
  world.clock.ms += 1;
  await world.queues.look();
  expect(await received).toEqual([]);
  const Attributes = { ReceiveMessageWaitTimeSeconds: '5' };
  await client.send(new CreateQueueCommand({ QueueName: 'patient', Attributes }));
  const patient = world.queues.receive(arn('patient'), { max: 1 });
  expect(await stateOf(patient)).toBe('waits');
  world.clock.ms += 5000;
  expect(await patient).toEqual([]);
});

it('gives each of those who wait another message', async () => {
  const waiting = Array.from({ length: 5 }, () => wait());
  await world.queues.send(arn('q'), ['a', 'b', 'c'].map(message));
  await world.queues.send(arn('q'), ['d', 'e'].map(message));
  const got = (await Promise.all(waiting)).flat().map(({ body }) => body);
  expect(got.sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
});

it('finds what becomes visible by the time, what is given back, and what another gateway sends', async () => {
  await world.queues.send(arn('q'), [{ ...message('late'), delayMs: 3000 }]);
  const late = wait();
  expect(await stateOf(late)).toBe('waits');
  world.clock.ms += 3000;
  const [first] = await late;
  expect(first!.body).toBe('late');
  const again = wait();
  expect(await stateOf(again)).toBe('waits');
  expect(await world.queues.returnTo(arn('q'), [first!.receipt], 0)).toEqual(['done']);
  expect((await again)[0]!.messageId).toBe(first!.messageId);
  const other = wait();
  expect(await stateOf(other)).toBe('waits');
  await world.beside().send(arn('q'), [message('from there')]);
  expect((await other)[0]!.body).toBe('from there');
});

it('takes no message for a caller who went away', async () => {
  const left = new AbortController();
  const received = wait(20_000, left.signal);
  expect(await stateOf(received)).toBe('waits');
  left.abort();
  expect(await received).toEqual([]);
  await world.queues.send(arn('q'), [message('m')]);
  expect((await wait(0))[0]!.system.ApproximateReceiveCount).toBe('1');
});

it('answers those who wait when it stops, and lets nobody wait any more', async () => {
  const received = wait();
  expect(await stateOf(received)).toBe('waits');
  await world.queues.stop();
  expect(await received).toEqual([]);
  expect(await wait()).toEqual([]);
});
