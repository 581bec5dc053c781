/** Queues as targets of schedules, and as where occurrences go that are given up. */
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  GetScheduleCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { account, errorOf, openWorld, region, scope, type World } from '../../logs/test/support/world.ts';
import { defaults } from '../../queues/attributes.ts';
import type { LambdaBase } from '../../store/context.ts';
import { RecordingQueue, startScheduler } from './support/scheduler.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

let queue: RecordingQueue;
const start = (base: LambdaBase) => startScheduler(base, queue);
let world: World<ReturnType<typeof start>>;
let client: SchedulerClient;

beforeEach(async () => {
  queue = new RecordingQueue();
  world = await openWorld(start);
  client = new SchedulerClient(world.clientOf());
});
afterEach(async () => {
  client.destroy();
  await world.close();
});

const functionArn = `arn:aws:lambda:${region}:${account}:function:hello`;
const RoleArn = `arn:aws:iam::${account}:role/scheduler`;
const create = (ScheduleExpression: string, more: Partial<CreateScheduleCommandInput>) =>
  client.send(
    new CreateScheduleCommand({
      Name: 'one',
      ScheduleExpression,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: functionArn, RoleArn },
      ...more,
    }),
  );
const get = (Name = 'one') => client.send(new GetScheduleCommand({ Name }));

/** Lets time pass in steps, and the runner look after each. */
async function pass(ms: number, stepMs = minuteMs): Promise<void> {
  for (let left = ms; left > 0; left -= stepMs) {
    world.clock.ms += Math.min(stepMs, left);
    await world.running.scheduler.tick();
  }
}

const arnOf = (name: string) => `arn:aws:sqs:${region}:${account}:${name}`;
const putQueue = (name: string) =>
  world.running.queues.store.create({
    ...scope,
    ...defaults,
    name,
    id: name.padEnd(32, '0'),
    createdMs: world.clock.ms,
    modifiedMs: world.clock.ms,
    isFifo: name.endsWith('.fifo'),
    tags: {},
  });

const sent = () =>
  queue.letters.map(({ queueArn, body, groupId }) => [queueArn.split(':').at(-1), body.toString(), groupId]);

test('a queue gets what the schedule says, once for each occurrence', async () => {
  await putQueue('plain');
  const Target = { Arn: arnOf('plain'), RoleArn, Input: 'at <aws.scheduler.scheduled-time>' };
  await create('rate(1 hour)', { Target });
  await world.running.scheduler.tick();
  world = await world.crash();
  await world.running.scheduler.tick();
  expect(sent()).toEqual([['plain', 'at 2026-11-23T12:00:00Z', undefined]]);
  await pass(hourMs);
  expect(sent().slice(1)).toEqual([['plain', 'at 2026-11-23T13:00:00Z', undefined]]);
});

test('a queue without an input gets the event that a function would get; a FIFO queue its group', async () => {
  await putQueue('line.fifo');
  const Target = { Arn: arnOf('line.fifo'), RoleArn, SqsParameters: { MessageGroupId: 'g' } };
  await create('rate(1 hour)', { Target });
  expect((await get()).Target).toMatchObject(Target);
  await world.running.scheduler.tick();
  const [[name, body, groupId] = []] = sent();
  expect([name, groupId]).toEqual(['line.fifo', 'g']);
  expect(JSON.parse(body!)).toMatchObject({
    source: 'aws.scheduler',
    resources: [`arn:aws:scheduler:${region}:${account}:schedule/default/one`],
  });
});

test.each([
  [{ Arn: arnOf('line.fifo') }, 'A FIFO queue as a target needs SqsParameters with a MessageGroupId.'],
  [
    { Arn: arnOf('q').replace(account, '222222222222') },
    'Queues have to be in the account and the region of their schedule.',
  ],
  [
    { Arn: functionArn, SqsParameters: { MessageGroupId: 'g' } },
    'SqsParameters only apply to a target that is a queue.',
  ],
  [
    { Arn: functionArn, DeadLetterConfig: { Arn: arnOf('d').replace(account, '222222222222') } },
    'Queues have to be in the account and the region of their schedule.',
  ],
  [
    { Arn: functionArn, DeadLetterConfig: { Arn: arnOf('d.fifo') } },
    'The DeadLetterConfig must name a standard queue of Amazon SQS.',
  ],
])('%o is refused', async (target, message) => {
  expect(await errorOf(create('rate(1 hour)', { Target: { RoleArn, ...target } }))).toBe(
    `ValidationException: ${message}`,
  );
});

test('a queue that is not there is told of at once, with the request that was not made', async () => {
  const DeadLetterConfig = { Arn: arnOf('letters') };
  const Target = { Arn: arnOf('nowhere'), RoleArn, Input: 'hello', DeadLetterConfig };
  await create('at(2026-11-23T12:30:00)', { Target, ActionAfterCompletion: 'DELETE' });
  await pass(31 * minuteMs, 30_000);
  const [letter, ...more] = queue.letters;
  expect(more).toEqual([]);
  expect(JSON.parse(letter!.body.toString())).toEqual({
    MessageBody: 'hello',
    QueueUrl: `https://sqs.${region}.amazonaws.com/${account}/nowhere`,
  });
  expect(letter!.attributes.ERROR_CODE!.stringValue).toBe('QueueDoesNotExist');
  expect(letter!.attributes.TARGET_ARN!.stringValue).toBe(arnOf('nowhere'));
  expect(await errorOf(get())).toContain('ResourceNotFoundException');
});
