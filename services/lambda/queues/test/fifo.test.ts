/** FIFO queues: order within groups, and messages that were sent before. */
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { arn, errorOf, openWorld, type World } from './support/world.ts';

let world: World;
let client: SQSClient;
let QueueUrl: string;

beforeEach(async () => {
  world = await openWorld();
  client = world.client();
  QueueUrl = await create('q.fifo', { ContentBasedDeduplication: 'true' });
});
afterEach(() => world.close());

async function create(QueueName: string, Attributes: Record<string, string> = {}): Promise<string> {
  const given = { FifoQueue: 'true', ...Attributes };
  return (await client.send(new CreateQueueCommand({ QueueName, Attributes: given }))).QueueUrl!;
}

const send = (MessageBody: string, MessageGroupId = 'g', MessageDeduplicationId?: string) =>
  client.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId, MessageDeduplicationId }));

async function receive(MaxNumberOfMessages = 10): Promise<Message[]> {
  const MessageSystemAttributeNames = ['All'] as ['All'];
  const input = { QueueUrl, MaxNumberOfMessages, MessageSystemAttributeNames };
  return (await client.send(new ReceiveMessageCommand(input))).Messages ?? [];
}

const remove = (message: Message) =>
  client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));

const bodies = (messages: readonly Message[]) => messages.map(({ Body }) => Body);

it('gives out messages of a group in their order, and none while an earlier one is held', async () => {
  const sent = [await send('1'), await send('2'), await send('other', 'h'), await send('3')];
  const numbers = sent.map(({ SequenceNumber }) => SequenceNumber!);
  expect(numbers.every((number) => /^\d{20}$/.test(number))).toBe(true);
  expect([...numbers].sort()).toEqual(numbers);
  const [first] = await receive(1);
  expect(first).toMatchObject({
    Body: '1',
    Attributes: { MessageGroupId: 'g', SequenceNumber: numbers[0] },
  });
  expect(bodies(await receive())).toEqual(['other']);
  expect(await receive()).toEqual([]);
  await remove(first!);
  expect(bodies(await receive())).toEqual(['2', '3']);
});

it('begins again with the first message when nobody deleted it in time', async () => {
  await send('1');
  await send('2');
  const [first] = await receive();
  world.clock.ms += 30_000;
  expect(await errorOf(remove(first!))).toMatch(/^InvalidParameterValue: .*receipt handle has expired/);
  expect(bodies(await receive())).toEqual(['1', '2']);
});

it('takes a message once within five minutes, deleted or not', async () => {
  const first = await send('same');
  const [message] = await receive();
  await remove(message!);
  world.clock.ms += 299_999;
  const again = await send('same');
  expect([again.MessageId, again.SequenceNumber]).toEqual([first.MessageId, first.SequenceNumber]);
  expect(await receive()).toEqual([]);
  world.clock.ms += 1;
  await send('same');
  expect(bodies(await receive())).toEqual(['same']);
});

it('tells messages apart by the id that is given, not by what is in them', async () => {
  await send('a', 'g', '1');
  await send('b', 'g', '1');
  await send('a', 'g', '2');
  expect(bodies(await receive())).toEqual(['a', 'a']);
  QueueUrl = await create('groups.fifo', {
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
  });
  await send('one', 'g', '1');
  await send('two', 'h', '1');
  expect(bodies(await receive())).toEqual(['one', 'two']);
});

it('forgets deduplication ids that are over with the sweep', async () => {
  await send('same');
  world.clock.ms += 300_000;
  await world.queues.sweep();
  await send('same');
  expect(bodies(await receive())).toEqual(['same', 'same']);
});

it('keeps a batch in order and takes what is twice in it once', async () => {
  const Entries = ['1', '2', '1', '3'].map((MessageBody, at) => ({
    Id: `e${at}`,
    MessageBody,
    MessageGroupId: 'g',
  }));
  const { Successful } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  expect(Successful).toHaveLength(4);
  expect(Successful![2]!.MessageId).toBe(Successful![0]!.MessageId);
  expect(bodies(await receive())).toEqual(['1', '2', '3']);
});

it('orders what many send at the same time', async () => {
  const all = await Promise.all(Array.from({ length: 40 }, (_, at) => send(`m${at}`)));
  expect(new Set(all.map(({ SequenceNumber }) => SequenceNumber)).size).toBe(40);
  const bySequence = all
    .map(({ SequenceNumber }, at) => [SequenceNumber!, `m${at}`] as const)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  const got: (string | undefined)[] = [];
  for (let page = await receive(); page.length > 0; page = await receive()) {
    got.push(...bodies(page));
    for (const message of page) await remove(message);
  }
  expect(got).toEqual(bySequence.map(([, body]) => body));
});

it('refuses messages that have no place in it', async () => {
  const refuse = (input: object) =>
    errorOf(
      client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'm', MessageGroupId: 'g', ...input })),
    );
  expect(await refuse({ MessageGroupId: undefined })).toMatch(/^MissingParameter: .*MessageGroupId/);
  expect(await refuse({ MessageGroupId: 'a b' })).toMatch(/^InvalidParameterValue: .*MessageGroupId/);
  expect(await refuse({ DelaySeconds: 1 })).toMatch(/not valid for this queue type/);
  QueueUrl = await create('explicit.fifo');
  expect(await refuse({})).toMatch(/MessageDeduplicationId provided explicitly/);
});

it('moves dead letters to a FIFO queue in their order, and goes on with the group', async () => {
  const dead = await create('dead.fifo');
  const redrive = { deadLetterTargetArn: arn('dead.fifo'), maxReceiveCount: 1 };
  const attributes = {
    ContentBasedDeduplication: 'true',
    RedrivePolicy: JSON.stringify(redrive),
    VisibilityTimeout: '1',
  };
  QueueUrl = await create('risky.fifo', attributes);
  await send('1');
  await send('2');
  expect(bodies(await receive())).toEqual(['1', '2']);
  await send('3');
  world.clock.ms += 1000;
  expect(bodies(await receive())).toEqual(['3']);
  QueueUrl = dead;
  expect(bodies(await receive())).toEqual(['1', '2']);
});
