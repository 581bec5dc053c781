/** Messages of standard queues, by the SDK's own client. */
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { account, arn, errorOf, openWorld, type World } from './support/world.ts';

let world: World;
let client: SQSClient;
let QueueUrl: string;

beforeEach(async () => {
  world = await openWorld();
  client = world.client();
  QueueUrl = await create('q');
});
afterEach(() => world.close());

async function create(QueueName: string, Attributes: Record<string, string> = {}): Promise<string> {
  const made = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
  return made.QueueUrl!;
}

const send = (MessageBody: string) => client.send(new SendMessageCommand({ QueueUrl, MessageBody }));

async function receive(options: Partial<ReceiveMessageCommandInput> = {}): Promise<Message[]> {
  const got = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...options }));
  return got.Messages ?? [];
}

const bodies = (messages: readonly Message[]) => messages.map(({ Body }) => Body);

async function counts(): Promise<number[]> {
  const got = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  return ['', 'NotVisible', 'Delayed'].map((what) =>
    Number(got.Attributes?.[`ApproximateNumberOfMessages${what}` as keyof typeof got.Attributes]),
  );
}

it('gives a message with what was sent with it, and says who sent it and when', async () => {
  const attributes = {
    text: { DataType: 'String.of.mine', StringValue: 'value ü' },
    number: { DataType: 'Number', StringValue: '-12.5e3' },
    bytes: { DataType: 'Binary', BinaryValue: Buffer.of(0, 1, 255) },
  };
  const sent = await client.send(
    new SendMessageCommand({ QueueUrl, MessageBody: 'héllo\n', MessageAttributes: attributes }),
  );
  expect(sent.MessageId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const [message] = await receive({ MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] });
  expect(message).toMatchObject({
    MessageId: sent.MessageId,
    Body: 'héllo\n',
    MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
    Attributes: {
      SenderId: account,
      SentTimestamp: String(world.clock.ms),
      ApproximateReceiveCount: '1',
      ApproximateFirstReceiveTimestamp: String(world.clock.ms),
    },
  });
  expect(message!.MessageAttributes!.text).toEqual(attributes.text);
  expect(message!.MessageAttributes!.number).toEqual(attributes.number);
  expect(Buffer.from(message!.MessageAttributes!.bytes!.BinaryValue!)).toEqual(attributes.bytes.BinaryValue);
});

it('shows only attributes that are asked for', async () => {
  const text = { DataType: 'String', StringValue: 'v' };
  await client.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: 'm',
      MessageAttributes: { 'a.one': text, 'a.two': text, b: text },
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1' } },
    }),
  );
  const namesFor = async (MessageAttributeNames: string[]) => {
    const [message] = await receive({ MessageAttributeNames, VisibilityTimeout: 0 });
    return Object.keys(message!.MessageAttributes ?? {}).sort();
  };
  expect(await namesFor([])).toEqual([]);
  expect(await namesFor(['b'])).toEqual(['b']);
  expect(await namesFor(['a.*'])).toEqual(['a.one', 'a.two']);
  expect(await namesFor(['.*'])).toEqual(['a.one', 'a.two', 'b']);
  const [message] = await receive({ AttributeNames: ['AWSTraceHeader' as 'All'] });
  expect(message!.Attributes).toEqual({ AWSTraceHeader: 'Root=1' });
});

it('hides a received message for the visibility timeout, and gives it again after it', async () => {
  await send('m');
  expect(await receive()).toHaveLength(1);
  expect(await receive()).toEqual([]);
  expect(await counts()).toEqual([0, 1, 0]);
  world.clock.ms += 30_000;
  expect(await counts()).toEqual([1, 0, 0]);
  const [again] = await receive({ MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
  expect(again!.Attributes).toEqual({ ApproximateReceiveCount: '2' });
});

it('deletes a message by its newest receipt handle alone', async () => {
  await send('m');
  const [first] = await receive({ VisibilityTimeout: 0 });
  const [second] = await receive();
  const remove = (ReceiptHandle: string) =>
    client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  await remove(first!.ReceiptHandle!);
  expect(await counts()).toEqual([0, 1, 0]);
  world.clock.ms += 60_000;
  // After its time too, as nobody received it since.
  await remove(second!.ReceiptHandle!);
  expect(await counts()).toEqual([0, 0, 0]);
  await remove(second!.ReceiptHandle!);
});

it('refuses receipt handles that it did not give for this queue', async () => {
  await send('m');
  const [message] = await receive();
  const other = await create('other');
  const remove = (url: string, ReceiptHandle: string) =>
    errorOf(client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle })));
  expect(await remove(QueueUrl, 'nonsense')).toMatch(/^ReceiptHandleIsInvalid: /);
  expect(await remove(other, message!.ReceiptHandle!)).toMatch(/^ReceiptHandleIsInvalid: /);
  const forged = Buffer.from(message!.ReceiptHandle!, 'base64url');
  forged[forged.length - 1]! ^= 1;
  await remove(QueueUrl, forged.toString('base64url'));
  expect(await counts()).toEqual([0, 1, 0]);
});

it('changes how long a message is held, up to twelve hours after it was received', async () => {
  await send('m');
  const [message] = await receive();
  const change = (VisibilityTimeout: number) =>
    client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl,
        ReceiptHandle: message!.ReceiptHandle,
        VisibilityTimeout,
      }),
    );
  world.clock.ms += 20_000;
  await change(100);
  world.clock.ms += 99_000;
  expect(await receive()).toEqual([]);
  expect(await errorOf(change(43_200))).toMatch(
    /^InvalidParameterValue.*: .*beyond the limit \[43200 seconds\]/,
  );
  await change(0);
  expect(await errorOf(change(10))).toMatch(/^MessageNotInflight: /);
  expect(await receive()).toHaveLength(1);
  expect(await errorOf(change(10))).toMatch(
    /^InvalidParameterValue.*: .*not available for visibility timeout change/,
  );
});

it('delays messages as the queue or the message says', async () => {
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'late', DelaySeconds: 10 }));
  QueueUrl = await create('slow', { DelaySeconds: '5' });
  await send('by the queue');
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'at once', DelaySeconds: 0 }));
  expect(await counts()).toEqual([1, 0, 1]);
  expect(bodies(await receive())).toEqual(['at once']);
  world.clock.ms += 5000;
  expect(bodies(await receive())).toEqual(['by the queue']);
});

it('does with batches what it does with one, and tells of each entry', async () => {
  const sent = await client.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: [
        { Id: 'a', MessageBody: 'one' },
        { Id: 'b', MessageBody: '\u0001' },
        { Id: 'c', MessageBody: 'three' },
        { Id: 'd', MessageBody: 'four', DelaySeconds: 901 },
      ],
    }),
  );
  expect(sent.Successful!.map(({ Id }) => Id)).toEqual(['a', 'c']);
  expect(sent.Failed!.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault])).toEqual([
    ['b', 'InvalidMessageContents', true],
    ['d', 'InvalidParameterValue', true],
  ]);
  const messages = await receive();
  expect(bodies(messages)).toEqual(['one', 'three']);
  const [one, three] = messages.map(({ ReceiptHandle }) => ReceiptHandle!);
  const changed = await client.send(
    new ChangeMessageVisibilityBatchCommand({
      QueueUrl,
      Entries: [
        { Id: 'x', ReceiptHandle: one, VisibilityTimeout: 0 },
        { Id: 'y', ReceiptHandle: 'nonsense', VisibilityTimeout: 0 },
      ],
    }),
  );
  expect(changed.Successful).toEqual([{ Id: 'x' }]);
  expect(changed.Failed).toMatchObject([{ Id: 'y', Code: 'ReceiptHandleIsInvalid' }]);
  expect(bodies(await receive())).toEqual(['one']);
  const removed = await client.send(
    new DeleteMessageBatchCommand({
      QueueUrl,
      Entries: [
        { Id: 'x', ReceiptHandle: three },
        { Id: 'y', ReceiptHandle: three },
      ],
    }),
  );
  expect(removed.Successful).toEqual([{ Id: 'x' }, { Id: 'y' }]);
  expect(await counts()).toEqual([0, 1, 0]);
});

it('refuses batches that are none', async () => {
  const refuse = (Entries: { Id: string; MessageBody: string }[]) =>
    errorOf(client.send(new SendMessageBatchCommand({ QueueUrl, Entries })));
  const one = (Id: string, MessageBody = 'm') => ({ Id, MessageBody });
  expect(await refuse([])).toMatch(/^EmptyBatchRequest: /);
  expect(await refuse(Array.from({ length: 11 }, (_, at) => one(`e${at}`)))).toMatch(
    /^TooManyEntriesInBatchRequest: .* 10\. You have sent 11\./,
  );
  expect(await refuse([one('a'), one('a')])).toMatch(/^BatchEntryIdsNotDistinct: /);
  expect(await refuse([one('a b')])).toMatch(/^InvalidBatchEntryId: /);
  const half = 'x'.repeat(600_000);
  expect(await refuse([one('a', half), one('b', half)])).toMatch(/^BatchRequestTooLong: .* 1200000 bytes/);
  expect(await counts()).toEqual([0, 0, 0]);
});

it('takes messages up to a mebibyte, and up to what the queue says', async () => {
  const body = 'ü'.repeat(512 * 1024);
  await send(body);
  expect(bodies(await receive())).toEqual([body]);
  expect(await errorOf(send(`${body}x`))).toMatch(/^InvalidParameterValue.*: .*shorter than 1048576 bytes/);
  QueueUrl = await create('small', { MaximumMessageSize: '1024' });
  await send('x'.repeat(1024));
  const attributes = { a: { DataType: 'String', StringValue: 'v' } };
  const input = { QueueUrl, MessageBody: 'x'.repeat(1024), MessageAttributes: attributes };
  expect(await errorOf(client.send(new SendMessageCommand(input)))).toMatch(/shorter than 1024 bytes/);
});

it('refuses what no message may have', async () => {
  const refuse = (input: Partial<ConstructorParameters<typeof SendMessageCommand>[0]>) =>
    errorOf(client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'm', ...input })));
  expect(await refuse({ MessageBody: '' })).toMatch(/^MissingParameter: .*MessageBody/);
  expect(await refuse({ MessageBody: 'a\u0000' })).toMatch(/^InvalidMessageContents: /);
  expect(await refuse({ MessageBody: '\ufffe' })).toMatch(/^InvalidMessageContents: /);
  expect(await refuse({ MessageDeduplicationId: 'd' })).toMatch(
    /^InvalidParameterValue.*not valid for this queue type/,
  );
  expect(await refuse({ MessageAttributes: { a: { DataType: 'Text', StringValue: 'v' } } })).toMatch(
    /message attribute type/,
  );
  expect(await refuse({ MessageAttributes: { 'aws.a': { DataType: 'String', StringValue: 'v' } } })).toMatch(
    /name 'aws.a'/,
  );
  expect(await refuse({ MessageAttributes: { n: { DataType: 'Number', StringValue: 'v' } } })).toMatch(
    /to a number/,
  );
  expect(await counts()).toEqual([0, 0, 0]);
});

it('removes all messages at a purge, those too that are held or delayed', async () => {
  await send('held');
  await receive();
  await send('there');
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'late', DelaySeconds: 10 }));
  await client.send(new PurgeQueueCommand({ QueueUrl }));
  expect(await counts()).toEqual([0, 0, 0]);
  world.clock.ms += 1;
  await send('after');
  expect(bodies(await receive())).toEqual(['after']);
});

it('does not give out what is older than the retention, and removes it with the sweep', async () => {
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'old' }));
  world.clock.ms += 345_600_000;
  await send('young');
  expect(await counts()).toEqual([2, 0, 0]);
  expect(bodies(await receive())).toEqual(['young']);
  world.clock.ms += 345_600_000;
  await send('youngest');
  await world.queues.sweep();
  expect(await counts()).toEqual([1, 0, 0]);
});

it('moves a message to the dead-letter queue after it was received too often', async () => {
  const dead = await create('dead');
  const redrive = JSON.stringify({ deadLetterTargetArn: arn('dead'), maxReceiveCount: 2 });
  QueueUrl = await create('risky', { RedrivePolicy: redrive });
  const { MessageId } = await send('poison');
  await send('other');
  for (let time = 0; time < 2; time += 1) {
    expect(bodies(await receive({ VisibilityTimeout: 0, MaxNumberOfMessages: 1 }))).toEqual(['poison']);
  }
  expect(bodies(await receive())).toEqual(['other']);
  QueueUrl = dead;
  const [letter] = await receive({ MessageSystemAttributeNames: ['All'] });
  expect(letter).toMatchObject({
    MessageId,
    Body: 'poison',
    Attributes: { DeadLetterQueueSourceArn: arn('risky'), ApproximateReceiveCount: '3' },
  });
});

it('keeps messages whose dead-letter queue is gone', async () => {
  const dead = await create('dead');
  const redrive = JSON.stringify({ deadLetterTargetArn: arn('dead'), maxReceiveCount: 1 });
  QueueUrl = await create('risky', { RedrivePolicy: redrive });
  await send('m');
  await client.send(new DeleteQueueCommand({ QueueUrl: dead }));
  for (let time = 0; time < 3; time += 1) expect(await receive({ VisibilityTimeout: 0 })).toHaveLength(1);
});

it('keeps the trace of the request that sent it, as SDKs inside of functions send it', async () => {
  const trace = 'Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=0a1b2c3d:3';
  client.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers['X-Amzn-Trace-Id'] = trace;
      return next(args);
    },
    { step: 'build' },
  );
  const sent = await send('a');
  expect(sent.MD5OfMessageSystemAttributes).toBeUndefined();
  const [message] = await receive({ AttributeNames: ['AWSTraceHeader' as 'All'] });
  expect(message!.Attributes).toEqual({ AWSTraceHeader: trace });
});
