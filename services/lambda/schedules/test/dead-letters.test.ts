/** Dead letters of schedules tell of what was given up, once, and do not hold up what comes later. */
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { account, errorOf, openWorld, region, scope, type World } from '../../logs/test/support/world.ts';
import type { LambdaBase } from '../../store/context.ts';
import { RecordingQueue, startScheduler } from './support/scheduler.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const functionArn = `arn:aws:lambda:${region}:${account}:function:hello`;
const RoleArn = `arn:aws:iam::${account}:role/scheduler`;

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

const create = (ScheduleExpression: string, more: Pick<CreateScheduleCommandInput, 'Target'>) =>
  client.send(
    new CreateScheduleCommand({
      Name: 'one',
      ScheduleExpression,
      FlexibleTimeWindow: { Mode: 'OFF' },
      ...more,
    }),
  );

/** Lets time pass in steps, and the runner look after each. */
async function pass(ms: number, stepMs = minuteMs): Promise<void> {
  for (let left = ms; left > 0; left -= stepMs) {
    world.clock.ms += Math.min(stepMs, left);
    await world.running.scheduler.tick();
  }
}

const Arn = `arn:aws:sqs:${region}:${account}:letters`;
const failing = (more: object = {}) => ({ Arn: functionArn, RoleArn, DeadLetterConfig: { Arn }, ...more });
const texts = () =>
  queue.letters.map(({ attributes }) =>
    Object.fromEntries(Object.entries(attributes).map(([name, { stringValue }]) => [name, stringValue])),
  );

test('tell of an occurrence whose attempts are used up, as AWS tells it', async () => {
  const begin = new Date(world.clock.ms).toISOString().replace('.000', '');
  await create('rate(1 hour)', {
    Target: failing({ Input: '{"a":1}', RetryPolicy: { MaximumRetryAttempts: 1 } }),
  });
  queue.failures = 2;
  await pass(10_000, 1000);
  expect(queue.letters).toHaveLength(1);
  expect(queue.letters[0]).toMatchObject({ scope, queueArn: Arn });
  expect(JSON.parse(queue.letters[0]!.body.toString())).toEqual({
    FunctionName: 'hello',
    InvocationType: 'Event',
    Payload: '{"a":1}',
  });
  expect(texts()).toEqual([
    {
      ERROR_CODE: 'AWS.Scheduler.InternalServerError',
      ERROR_MESSAGE: 'Unexpected error occurred while processing the request',
      EXECUTION_ID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
      IS_PAYLOAD_TRUNCATED: 'false',
      RETRY_ATTEMPTS: '1',
      SCHEDULED_TIME: begin,
      SCHEDULE_ARN: `arn:aws:scheduler:${region}:${account}:schedule/default/one`,
      TARGET_ARN: functionArn,
    },
  ]);
  await pass(hourMs);
  expect(queue.events).toHaveLength(1);
});

test('tell at once of a function that is gone, and later occurrences go their way', async () => {
  await create('rate(1 hour)', { Target: failing({ Arn: functionArn.replace('hello', 'gone') }) });
  await pass(2 * hourMs, 10 * minuteMs);
  expect(texts()).toHaveLength(3);
  const { EXHAUSTED_RETRY_CONDITION: exhausted, ...first } = texts()[0]!;
  expect(exhausted).toBeUndefined();
  expect(first).toMatchObject({ ERROR_CODE: 'ResourceNotFoundException', RETRY_ATTEMPTS: '0' });
  expect(queue.calls).toBe(0);
});

test('tell of what became too old while nobody ran', async () => {
  const RetryPolicy = { MaximumEventAgeInSeconds: 3600 };
  await create('at(2026-11-23T12:30:00)', { Target: failing({ RetryPolicy }) });
  world.clock.ms += 5 * hourMs;
  world = await world.crash();
  await world.running.scheduler.tick();
  await pass(hourMs);
  expect(texts()).toMatchObject([
    { EXHAUSTED_RETRY_CONDITION: 'MaximumEventAgeInSeconds', SCHEDULED_TIME: '2026-11-23T12:30:00Z' },
  ]);
  expect(queue.events).toEqual([]);
});

test("go to the schedule's own account only", async () => {
  const other = Arn.replace(account, '999999999999');
  const Target = failing({ DeadLetterConfig: { Arn: other } });
  expect(await errorOf(create('rate(1 hour)', { Target }))).toContain('ValidationException');
});
