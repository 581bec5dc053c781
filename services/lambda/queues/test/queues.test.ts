/** Queues themselves: made, found, listed, changed, shared, deleted. */
import {
  AddPermissionCommand,
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  RemovePermissionCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fifoHeadKey, fifoHeadsTable, messagesTable, onceIndex } from '../tables.ts';
import { account, arn, errorOf, openWorld, otherAccount, region, type World } from './support/world.ts';

let world: World;
let client: SQSClient;

beforeEach(async () => {
  world = await openWorld();
  client = world.client();
});
afterEach(() => world.close());

async function create(QueueName: string, Attributes: Record<string, string> = {}): Promise<string> {
  const made = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
  return made.QueueUrl!;
}

async function attributesOf(QueueUrl: string, AttributeNames: 'All'[] = ['All']) {
  const got = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
  return (got.Attributes ?? {}) as Record<string, string>;
}

const set = (QueueUrl: string, Attributes: Record<string, string>) =>
  client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));

it('makes queues with the attributes of AWS', async () => {
  const QueueUrl = await create('q', { VisibilityTimeout: '7' });
  expect(QueueUrl).toBe(`http://127.0.0.1:${world.port}/${account}/q`);
  const seconds = String(world.clock.ms / 1000);
  expect(await attributesOf(QueueUrl)).toEqual({
    QueueArn: arn('q'),
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesNotVisible: '0',
    ApproximateNumberOfMessagesDelayed: '0',
    CreatedTimestamp: seconds,
    LastModifiedTimestamp: seconds,
    VisibilityTimeout: '7',
    MaximumMessageSize: '1048576',
    MessageRetentionPeriod: '345600',
    DelaySeconds: '0',
    ReceiveMessageWaitTimeSeconds: '0',
    SqsManagedSseEnabled: 'true',
  });
  expect(await attributesOf(QueueUrl, [])).toEqual({});
  expect(await attributesOf(QueueUrl, ['QueueArn' as 'All'])).toEqual({ QueueArn: arn('q') });
});

it('answers with the codes of both protocols that a queue is not there', async () => {
  const missing = client.send(new GetQueueUrlCommand({ QueueName: 'q' }));
  const error = await missing.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(QueueDoesNotExist);
  expect(error).toMatchObject({
    Code: 'AWS.SimpleQueueService.NonExistentQueue',
    Type: 'Sender',
    $metadata: { httpStatusCode: 400 },
  });
  const sent = client.send(new SendMessageCommand({ QueueUrl: 'http://h/000000000000/q', MessageBody: 'm' }));
  expect(await errorOf(sent)).toMatch(/^QueueDoesNotExist: The specified queue does not exist\./);
});

it('finds a queue that is made again with the same attributes, and refuses others', async () => {
  const url = await create('q', { DelaySeconds: '1' });
  expect(await create('q')).toBe(url);
  expect(await create('q', { DelaySeconds: '1' })).toBe(url);
  expect(await errorOf(create('q', { DelaySeconds: '2' }))).toMatch(
    /^QueueNameExists: .*different value for attribute DelaySeconds/,
  );
  const both = await Promise.all([create('new'), create('new')]);
  expect(new Set(both).size).toBe(1);
});

it('refuses names that queues cannot have', async () => {
  for (const name of ['a b', 'a/b', 'x'.repeat(81), 'q.fifo'])
    expect(await errorOf(create(name)), name).toMatch(/^InvalidParameterValue: Can only include/);
  expect(await errorOf(create('q', { FifoQueue: 'true' }))).toMatch(/must end with \.fifo/);
});

it.each([
  ['VisibilityTimeout', '43201', 'InvalidAttributeValue'],
  ['MessageRetentionPeriod', '59', 'InvalidAttributeValue'],
  ['DelaySeconds', '901', 'InvalidAttributeValue'],
  ['ReceiveMessageWaitTimeSeconds', '21', 'InvalidAttributeValue'],
  ['MaximumMessageSize', '1048577', 'InvalidAttributeValue'],
  ['MaximumMessageSize', 'many', 'InvalidAttributeValue'],
  ['Policy', '{}', 'InvalidAttributeValue'],
  ['RedriveAllowPolicy', '{"redrivePermission":"byQueue"}', 'InvalidAttributeValue'],
  ['ContentBasedDeduplication', 'true', 'InvalidAttributeName'],
  ['FifoQueue', 'true', 'InvalidAttributeName'],
  ['Colour', 'red', 'InvalidAttributeName'],
  ['KmsMasterKeyId', 'alias/mine', 'UnsupportedOperation'],
  ['KmsDataKeyReusePeriodSeconds', '59', 'InvalidAttributeValue'],
])('refuses %s=%s', async (name, value, code) => {
  const url = await create('q');
  expect(await errorOf(set(url, { [name]: value }))).toMatch(new RegExp(`^${code}: `));
  expect((await attributesOf(url))[name]).not.toBe(value);
});

it('keeps the key that AWS manages as an attribute, until it is taken away', async () => {
  const url = await create('q', { KmsMasterKeyId: 'alias/aws/sqs' });
  expect(await attributesOf(url)).toMatchObject({
    KmsMasterKeyId: 'alias/aws/sqs',
    KmsDataKeyReusePeriodSeconds: '300',
    SqsManagedSseEnabled: 'false',
  });
  expect(await create('q', { KmsMasterKeyId: 'alias/aws/sqs' })).toBe(url);
  await set(url, { KmsDataKeyReusePeriodSeconds: '60' });
  expect((await attributesOf(url)).KmsDataKeyReusePeriodSeconds).toBe('60');
  await set(url, { KmsMasterKeyId: '' });
  const without = await attributesOf(url);
  expect(without.SqsManagedSseEnabled).toBe('true');
  expect(without).not.toHaveProperty('KmsMasterKeyId');
  expect(without).not.toHaveProperty('KmsDataKeyReusePeriodSeconds');
});

it('changes attributes, and takes policies away', async () => {
  const url = await create('q');
  const allow = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:*', Resource: '*' }],
  };
  world.clock.ms += 5000;
  await set(url, { Policy: JSON.stringify(allow), MessageRetentionPeriod: '60' });
  const changed = await attributesOf(url);
  expect(changed).toMatchObject({ Policy: JSON.stringify(allow), MessageRetentionPeriod: '60' });
  expect(Number(changed.LastModifiedTimestamp) - Number(changed.CreatedTimestamp)).toBe(5);
  await set(url, { Policy: '' });
  expect(await attributesOf(url)).not.toHaveProperty('Policy');
});

it('lets dead letters go to a queue of the same kind that allows it, and lists whose they are', async () => {
  const dead = await create('dead');
  await create('dead.fifo', { FifoQueue: 'true' });
  const url = await create('q');
  const redrive = (name: string, maxReceiveCount: unknown = 3) =>
    set(url, { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn(name), maxReceiveCount }) });
  expect(await errorOf(redrive('none'))).toMatch(
    /^InvalidParameterValue: .*Dead letter target does not exist/,
  );
  expect(await errorOf(redrive('dead.fifo'))).toMatch(/must not be a FIFO queue/);
  expect(await errorOf(redrive('dead', 1001))).toMatch(/maxReceiveCount/);
  await set(dead, { RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' });
  expect(await errorOf(redrive('dead'))).toMatch(/does not allow/);
  const allow = { redrivePermission: 'byQueue', sourceQueueArns: [arn('q')] };
  await set(dead, { RedriveAllowPolicy: JSON.stringify(allow) });
  await redrive('dead', '3');
  const sources = async () =>
    (await client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }))).queueUrls;
  expect(await sources()).toEqual([url]);
  await set(url, { RedrivePolicy: '' });
  expect(await sources()).toEqual([]);
});

it('lists queues of an account by prefix and in pages', async () => {
  for (const name of ['b1', 'a', 'b3', 'b2', 'c']) await create(name);
  await world.client(otherAccount).send(new CreateQueueCommand({ QueueName: 'b-other' }));
  const names = (urls: string[] | undefined) => urls?.map((url) => url.split('/').pop());
  const all = await client.send(new ListQueuesCommand({}));
  expect(names(all.QueueUrls)).toEqual(['a', 'b1', 'b2', 'b3', 'c']);
  const first = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'b', MaxResults: 2 }));
  expect(names(first.QueueUrls)).toEqual(['b1', 'b2']);
  const { NextToken } = first;
  const second = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'b', MaxResults: 2, NextToken }));
  expect([names(second.QueueUrls), second.NextToken]).toEqual([['b3'], undefined]);
  const none = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'z' }));
  expect(none.QueueUrls).toBeUndefined();
});

it('forgets a deleted queue with its messages, also if it is made again', async () => {
  const QueueUrl = await create('q');
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'old' }));
  await client.send(new DeleteQueueCommand({ QueueUrl }));
  expect(await errorOf(client.send(new DeleteQueueCommand({ QueueUrl })))).toMatch(/^QueueDoesNotExist: /);
  await create('q');
  expect((await client.send(new ReceiveMessageCommand({ QueueUrl }))).Messages).toBeUndefined();
});

it('empties everything at a reset', async () => {
  await create('q');
  await create('q.fifo', { FifoQueue: 'true' });
  await world.queues.send(arn('q'), [{ body: 'm', senderId: 'me', onceKey: 'k' }]);
  await world.queues.send(arn('q.fifo'), [{ body: 'm', senderId: 'me', groupId: 'g', deduplicationId: 'd' }]);
  const { domain } = world.base;
  const rows = await Promise.all(['q', 'q.fifo'].map((name) => world.queues.store.find(arn(name))));
  await world.queues.reset();
  expect((await client.send(new ListQueuesCommand({}))).QueueUrls).toBeUndefined();
  for (const found of rows) {
    const partition = Buffer.from(found!.row.id, 'hex');
    expect(await domain.scan(messagesTable, partition, {})).toEqual([]);
    expect(await domain.cursorSecondary(onceIndex, partition, {}).next()).toBeUndefined();
    expect(await domain.get(fifoHeadsTable, fifoHeadKey(found!.row.id))).toBeUndefined();
  }
});

it('keeps tags', async () => {
  const made = await client.send(new CreateQueueCommand({ QueueName: 'q', tags: { a: '1', b: '2' } }));
  const { QueueUrl } = made;
  await client.send(new TagQueueCommand({ QueueUrl, Tags: { b: '3', c: '' } }));
  await client.send(new UntagQueueCommand({ QueueUrl, TagKeys: ['a', 'z'] }));
  expect((await client.send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ b: '3', c: '' });
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`t${at}`, '']));
  expect(await errorOf(client.send(new TagQueueCommand({ QueueUrl, Tags: many })))).toMatch(/Too many tags/);
  const reserved = client.send(new TagQueueCommand({ QueueUrl, Tags: { 'aws:x': '' } }));
  expect(await errorOf(reserved)).toMatch(/reserved/);
});

it('lets another account in by a permission, for its actions only, until it is removed', async () => {
  const QueueUrl = await create('q');
  const stranger = world.client(otherAccount);
  const send = () => errorOf(stranger.send(new SendMessageCommand({ QueueUrl, MessageBody: 'm' })));
  expect(await send()).toMatch(/^AccessDenied/);
  const Label = 'mine';
  const grant = { QueueUrl, Label, AWSAccountIds: [otherAccount], Actions: ['SendMessage'] };
  await client.send(new AddPermissionCommand(grant));
  expect(await errorOf(client.send(new AddPermissionCommand(grant)))).toMatch(/Already exists/);
  expect(await send()).toMatch(/^no error/);
  expect(await errorOf(stranger.send(new ReceiveMessageCommand({ QueueUrl })))).toMatch(/^AccessDenied/);
  await client.send(new RemovePermissionCommand({ QueueUrl, Label }));
  expect(await send()).toMatch(/^AccessDenied/);
  expect(await errorOf(client.send(new RemovePermissionCommand({ QueueUrl, Label })))).toMatch(
    /can't find label/,
  );
  expect(await attributesOf(QueueUrl)).not.toHaveProperty('Policy');
});

it('asks the policies of users', async () => {
  const QueueUrl = await create('q');
  const Statement = [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arn('q') }];
  const user = world.user('sender', [{ Version: '2012-10-17', Statement }]);
  await user.send(new SendMessageCommand({ QueueUrl, MessageBody: 'm' }));
  expect(await errorOf(user.send(new ReceiveMessageCommand({ QueueUrl })))).toMatch(/^AccessDenied/);
  const got = await client.send(
    new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['SenderId'] }),
  );
  expect(got.Messages![0]!.Attributes).toEqual({ SenderId: 'id-of-sender' });
});

it('refuses tasks that move messages', async () => {
  const task = client.send(new StartMessageMoveTaskCommand({ SourceArn: arn('q') }));
  expect(await errorOf(task)).toMatch(/^UnsupportedOperation: /);
});

it('tells others in the gateway what a queue is and who may use it', async () => {
  await create('q', { VisibilityTimeout: '7' });
  const { queues } = world;
  expect(await queues.find(arn('q'))).toEqual({
    arn: arn('q'),
    account,
    region,
    name: 'q',
    isFifo: false,
    visibilityMs: 7000,
  });
  expect(await queues.find(arn('none'))).toBeUndefined();
  expect(await queues.find('arn:aws:sns:r:000000000000:q')).toBeUndefined();
  expect(await queues.accessOf(arn('q'))).toEqual({ arn: arn('q'), ownerAccountId: account });
  expect(await queues.accessOf('nonsense')).toEqual({ arn: 'nonsense' });
});
