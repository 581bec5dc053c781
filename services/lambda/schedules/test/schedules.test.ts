import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  type ListSchedulesCommandInput,
  ListTagsForResourceCommand,
  SchedulerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lambdaError } from '../../engine/errors.ts';
import { account, errorOf, openWorld, region, scope, type World } from '../../logs/test/support/world.ts';
import type { LambdaBase } from '../../store/context.ts';
import { createScheduler } from '../index.ts';
import { groupKey, scheduleGroupsTable, scheduleKey, schedulesByTime, schedulesTable } from '../rows.ts';
import { functions, RecordingQueue, startScheduler } from './support/scheduler.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

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

async function crash(): Promise<void> {
  world = await world.crash();
  client.destroy();
  client = new SchedulerClient(world.clientOf());
}

const functionArn = `arn:aws:lambda:${region}:${account}:function:hello`;
const RoleArn = `arn:aws:iam::${account}:role/scheduler`;
const inputOf = (
  ScheduleExpression: string,
  more: Partial<CreateScheduleCommandInput> = {},
): CreateScheduleCommandInput => ({
  Name: 'one',
  ScheduleExpression,
  FlexibleTimeWindow: { Mode: 'OFF' },
  Target: { Arn: functionArn, RoleArn },
  ...more,
});
const create = (expression: string, more: Partial<CreateScheduleCommandInput> = {}) =>
  client.send(new CreateScheduleCommand(inputOf(expression, more)));
const get = (Name = 'one') => client.send(new GetScheduleCommand({ Name }));

/** Lets time pass in steps, and the runner look after each. */
async function pass(ms: number, stepMs = minuteMs): Promise<void> {
  for (let left = ms; left > 0; left -= stepMs) {
    world.clock.ms += Math.min(stepMs, left);
    await world.running.scheduler.tick();
  }
}
const firedAt = () =>
  queue.events.map(({ payload }) =>
    Date.parse((JSON.parse(Buffer.from(payload).toString()) as { time: string }).time),
  );

describe('the API', () => {
  test('a schedule is made, shown, changed, listed and deleted', async () => {
    const { ScheduleArn } = await create('cron(0 9 ? * MON-FRI *)', {
      ScheduleExpressionTimezone: 'Europe/Berlin',
      Description: 'mornings',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 },
      Target: {
        Arn: functionArn,
        RoleArn,
        Input: '{"a":1}',
        RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 120 },
        DeadLetterConfig: { Arn: `arn:aws:sqs:${region}:${account}:letters` },
      },
    });
    expect(ScheduleArn).toBe(`arn:aws:scheduler:${region}:${account}:schedule/default/one`);
    expect(await get()).toMatchObject({
      Arn: ScheduleArn,
      GroupName: 'default',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      State: 'ENABLED',
      ActionAfterCompletion: 'NONE',
      CreationDate: new Date(world.clock.ms),
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 },
      Target: {
        Input: '{"a":1}',
        RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 120 },
        DeadLetterConfig: { Arn: `arn:aws:sqs:${region}:${account}:letters` },
      },
    });
    await client.send(new UpdateScheduleCommand(inputOf('rate(1 hour)', { State: 'DISABLED' })));
    const changed = await get();
    expect(changed).toMatchObject({ ScheduleExpression: 'rate(1 hour)', State: 'DISABLED' });
    expect(changed.Description).toBeUndefined();
    const { Schedules } = await client.send(new ListSchedulesCommand({ State: 'DISABLED' }));
    expect(Schedules).toMatchObject([{ Name: 'one', GroupName: 'default', Target: { Arn: functionArn } }]);
    await client.send(new DeleteScheduleCommand({ Name: 'one' }));
    expect(await errorOf(get())).toBe('ResourceNotFoundException: Schedule one does not exist.');
  });

  test('what exists, is missing or is malformed is refused in the words of the API', async () => {
    await create('rate(1 day)');
    expect(await errorOf(create('rate(1 day)'))).toBe('ConflictException: Schedule one already exists.');
    expect(await errorOf(create('rate(1 day)', { GroupName: 'none' }))).toBe(
      'ResourceNotFoundException: Schedule group none does not exist.',
    );
    const two = { Name: 'two' };
    expect(await errorOf(create('every day', two))).toBe(
      'ValidationException: Invalid Schedule Expression every day.',
    );
    expect(await errorOf(create('rate(1 day)', { ...two, ScheduleExpressionTimezone: 'Mars' }))).toBe(
      'ValidationException: Invalid Schedule Expression Timezone Mars.',
    );
    const target = (Arn: string, Input?: string) => ({ ...two, Target: { Arn, RoleArn, Input } });
    expect(await errorOf(create('rate(1 day)', target('arn:aws:sns:eu-central-1:000000000000:t')))).toBe(
      'ValidationException: Provided Arn is not in correct format: targets of schedules are functions of Lambda, arn:aws:scheduler:::aws-sdk:lambda:invoke, and queues of Amazon SQS.',
    );
    const foreign = `arn:aws:lambda:${region}:222222222222:function:hello`;
    const notHere =
      'ValidationException: The target has to be in the account and the region of its schedule.';
    expect(await errorOf(create('rate(1 day)', target(foreign)))).toBe(notHere);
    const invoke = 'arn:aws:scheduler:::aws-sdk:lambda:invoke';
    expect(
      await errorOf(create('rate(1 day)', target(invoke, JSON.stringify({ FunctionName: foreign })))),
    ).toBe(notHere);
    expect(await errorOf(create('rate(1 day)', target(invoke, '{}')))).toContain('FunctionName is required');
    expect(await errorOf(create('rate(1 day)', target(functionArn, 'no json')))).toContain('has to be JSON');
    expect(await errorOf(create('rate(1 day)', { Name: 'a b' }))).toContain(
      "Value 'a b' at 'name' failed to satisfy constraint",
    );
    expect(
      await errorOf(create('rate(1 day)', { ...two, FlexibleTimeWindow: { Mode: 'FLEXIBLE' } })),
    ).toContain('MaximumWindowInMinutes must be provided');
    expect(await errorOf(create('rate(1 day)', { ...two, EndDate: new Date(world.clock.ms - 1) }))).toContain(
      'ValidationException: The EndDate',
    );
  });

  test('a call that is repeated with its token is answered as the first was', async () => {
    const ClientToken = 'token-1';
    const first = await create('rate(1 day)', { ClientToken });
    expect((await create('rate(1 day)', { ClientToken })).ScheduleArn).toBe(first.ScheduleArn);
    await crash();
    expect((await create('rate(1 day)', { ClientToken })).ScheduleArn).toBe(first.ScheduleArn);
    expect(await errorOf(create('rate(2 days)', { ClientToken }))).toBe(
      'ConflictException: The ClientToken was used for another request.',
    );
    const gone = { Name: 'one', ClientToken: 'token-2' };
    await client.send(new DeleteScheduleCommand(gone));
    expect(await errorOf(client.send(new DeleteScheduleCommand(gone)))).toBe('no error: {}');
    world.clock.ms += 9 * hourMs;
    await world.running.scheduler.tick();
    expect(await errorOf(client.send(new DeleteScheduleCommand(gone)))).toContain(
      'ResourceNotFoundException',
    );
  });

  test('groups hold schedules, have tags, and take their schedules with them', async () => {
    const { ScheduleGroupArn } = await client.send(
      new CreateScheduleGroupCommand({ Name: 'team', Tags: [{ Key: 'a', Value: '1' }] }),
    );
    const ResourceArn = ScheduleGroupArn!;
    expect(ResourceArn).toBe(`arn:aws:scheduler:${region}:${account}:schedule-group/team`);
    await client.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'b', Value: '2' }] }));
    await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['a'] }));
    expect((await client.send(new ListTagsForResourceCommand({ ResourceArn }))).Tags).toEqual([
      { Key: 'b', Value: '2' },
    ]);
    for (const Name of ['x', 'y', 'z']) await create('rate(1 day)', { Name, GroupName: 'team' });
    await create('rate(1 day)', { Name: 'x' });
    const list = (input: ListSchedulesCommandInput) => client.send(new ListSchedulesCommand(input));
    const first = await list({ GroupName: 'team', MaxResults: 2 });
    expect(first.Schedules?.map(({ Name }) => Name)).toEqual(['x', 'y']);
    const second = await list({ GroupName: 'team', MaxResults: 2, NextToken: first.NextToken! });
    expect(second.Schedules?.map(({ Name }) => Name)).toEqual(['z']);
    expect(second.NextToken).toBeUndefined();
    expect((await list({ NamePrefix: 'x' })).Schedules?.map(({ GroupName }) => GroupName)).toEqual([
      'default',
      'team',
    ]);
    const groups = await client.send(new ListScheduleGroupsCommand({}));
    expect(groups.ScheduleGroups?.map(({ Name }) => Name)).toEqual(['default', 'team']);
    await client.send(new DeleteScheduleGroupCommand({ Name: 'team' }));
    expect(await errorOf(client.send(new GetScheduleGroupCommand({ Name: 'team' })))).toBe(
      'ResourceNotFoundException: Schedule group team does not exist.',
    );
    expect((await list({})).Schedules?.map(({ Name }) => Name)).toEqual(['x']);
    expect(await errorOf(client.send(new DeleteScheduleGroupCommand({ Name: 'default' })))).toContain(
      'ValidationException',
    );
  });
});

describe('the runner', () => {
  test('fires a rate at once and then in its rhythm, with an event that says of what', async () => {
    const begin = world.clock.ms;
    await create('rate(5 minutes)');
    await pass(11 * minuteMs);
    expect(firedAt()).toEqual([begin, begin + 5 * minuteMs, begin + 10 * minuteMs]);
    const [event] = queue.events;
    expect(event).toMatchObject({ scope, functionName: 'hello', qualifier: undefined });
    expect(JSON.parse(Buffer.from(event!.payload).toString())).toMatchObject({
      'detail-type': 'Scheduled Event',
      source: 'aws.scheduler',
      time: new Date(begin).toISOString().replace('.000', ''),
      resources: [`arn:aws:scheduler:${region}:${account}:schedule/default/one`],
    });
    expect(event?.requestId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('fires by the clock of a time zone, between start and end', async () => {
    const { ms } = world.clock;
    await create('cron(30 9 * * ? *)', {
      ScheduleExpressionTimezone: 'America/New_York',
      StartDate: new Date(ms + dayMs),
      EndDate: new Date(ms + 3 * dayMs),
    });
    await pass(5 * dayMs, 10 * minuteMs);
    expect(firedAt().map((one) => new Date(one).toISOString())).toEqual([
      '2026-11-24T14:30:00.000Z',
      '2026-11-25T14:30:00.000Z',
    ]);
  });

  test('gives functions the input of the schedule, with what it asks for filled in', async () => {
    const Input =
      '{"arn":"<aws.scheduler.schedule-arn>","at":"<aws.scheduler.scheduled-time>","n":<aws.scheduler.attempt-number>}';
    await create('at(2026-11-23T12:30:00)', { Target: { Arn: `${functionArn}:live`, RoleArn, Input } });
    await create('at(2026-11-23T12:30:00)', {
      Name: 'two',
      Target: {
        Arn: 'arn:aws:scheduler:::aws-sdk:lambda:invoke',
        RoleArn,
        Input: JSON.stringify({ FunctionName: 'other', InvocationType: 'Event', Payload: '{"b":2}' }),
      },
    });
    await pass(hourMs);
    const calls = queue.events.map(({ functionName, qualifier, payload }) => [
      functionName,
      qualifier,
      JSON.parse(Buffer.from(payload).toString()),
    ]);
    expect(calls.toSorted()).toEqual([
      [
        'hello',
        'live',
        {
          arn: `arn:aws:scheduler:${region}:${account}:schedule/default/one`,
          at: '2026-11-23T12:30:00Z',
          n: 1,
        },
      ],
      ['other', undefined, { b: 2 }],
    ]);
  });

  test('deletes a schedule after its last occurrence when it is asked to, and keeps it otherwise', async () => {
    await create('at(2026-11-23T12:30:00)', { ActionAfterCompletion: 'DELETE' });
    await create('at(2026-11-23T12:30:00)', { Name: 'two' });
    await pass(hourMs);
    expect(queue.events).toHaveLength(2);
    expect(await errorOf(get())).toContain('ResourceNotFoundException');
    expect((await get('two')).State).toBe('ENABLED');
  });

  test('does nothing for a schedule that is disabled, and goes on when it is enabled', async () => {
    await create('rate(1 hour)', { State: 'DISABLED' });
    await pass(3 * hourMs + 30 * minuteMs, 10 * minuteMs);
    expect(queue.events).toEqual([]);
    await client.send(new UpdateScheduleCommand(inputOf('rate(1 hour)')));
    await pass(hourMs, 10 * minuteMs);
    expect(queue.events).toHaveLength(1);
  });

  test('fires each occurrence in its window', async () => {
    const begin = world.clock.ms;
    await create('rate(30 minutes)', {
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 60 },
    });
    const times: number[] = [];
    queue.onPut = () => times.push(world.clock.ms);
    await pass(4 * hourMs);
    const due = firedAt();
    expect(due.length).toBeGreaterThanOrEqual(6);
    expect(due).toEqual(due.map((_, i) => begin + i * 30 * minuteMs));
    for (const [i, at] of times.entries()) {
      expect(at).toBeGreaterThanOrEqual(due[i]!);
      expect(at).toBeLessThanOrEqual(due[i]! + 61 * minuteMs);
    }
  });

  test('tries again as the policy allows, and then gives the occurrence up', async () => {
    const begin = world.clock.ms;
    const Target = { Arn: functionArn, RoleArn, RetryPolicy: { MaximumRetryAttempts: 2 } };
    await create('rate(1 hour)', { Target });
    queue.failures = 2;
    await pass(10_000, 1000);
    expect(queue.calls).toBe(3);
    expect(firedAt()).toEqual([begin]);
    queue.failures = 3;
    await pass(hourMs + 5 * minuteMs, 1000 * 30);
    expect(queue.calls).toBe(6);
    expect(firedAt()).toEqual([begin]);
    await pass(hourMs, 1000 * 30);
    expect(firedAt()).toEqual([begin, begin + 2 * hourMs]);
  });
});

describe('restarts and several gateways', () => {
  test('what was due while nothing ran is done once, and then the rhythm goes on', async () => {
    const begin = world.clock.ms;
    await create('rate(10 minutes)');
    await pass(minuteMs);
    world.clock.ms = begin + 5 * hourMs + minuteMs;
    await crash();
    await world.running.scheduler.tick();
    await pass(10 * minuteMs);
    expect(firedAt()).toEqual([begin, begin + 5 * hourMs, begin + 5 * hourMs + 10 * minuteMs]);
  });

  test('a one-time schedule that was missed is done, unless it is older than its policy allows', async () => {
    await create('at(2026-11-23T12:30:00)');
    const RetryPolicy = { MaximumEventAgeInSeconds: 3600 };
    await create('at(2026-11-23T12:30:00)', {
      Name: 'two',
      Target: { Arn: `${functionArn}-two`, RoleArn, RetryPolicy },
    });
    world.clock.ms += 5 * hourMs;
    await crash();
    await world.running.scheduler.tick();
    expect(queue.events.map(({ functionName }) => functionName)).toEqual(['hello']);
    await pass(hourMs);
    expect(queue.calls).toBe(1);
  });

  test('what is fired and not recorded is not fired: after a crash, however long nobody runs, it comes once', async () => {
    await create('at(2026-11-23T12:30:00)');
    world.clock.ms += hourMs;
    queue.before = async () => {
      throw lambdaError('ServiceException', 'the process is gone');
    };
    await world.running.scheduler.tick();
    expect(queue.events).toEqual([]);
    queue.before = async () => undefined;
    await crash();
    await pass(5 * hourMs, 10 * minuteMs);
    expect(queue.events).toHaveLength(1);
  });

  test('two gateways that look at the same time make one event of each occurrence', async () => {
    const { queues } = world.running;
    const other = createScheduler({ base: world.base, functions, events: queue, queues });
    const begin = world.clock.ms;
    for (let i = 0; i < 5; i++) await create('rate(1 minute)', { Name: `s${i}` });
    for (let i = 0; i < 5; i++) {
      await Promise.all([world.running.scheduler.tick(), other.tick()]);
      world.clock.ms += minuteMs;
    }
    const expected = Array.from({ length: 25 }, (_, i) => begin + Math.floor(i / 5) * minuteMs);
    expect(firedAt().sort()).toEqual(expected);
    await other.stop();
  });

  test('a change that comes while a firing is recorded stands', async () => {
    await create('rate(1 hour)');
    const { domain } = world.base;
    const key = scheduleKey(scope, 'default', 'one');
    let changed: Promise<unknown> | undefined;
    queue.before = async () => {
      changed ??= client.send(new UpdateScheduleCommand(inputOf('rate(7 days)')));
      await changed;
    };
    await world.running.scheduler.tick();
    expect((await domain.get(schedulesTable, key))!.row.expression).toBe('rate(7 days)');
    await pass(2 * hourMs, 10 * minuteMs);
    expect(queue.events).toHaveLength(1);
  });

  test('the runner fires by itself once it is started, and rests when it is stopped', async () => {
    const fired = Promise.withResolvers<void>();
    queue.onPut = () => fired.resolve();
    await create('rate(1 hour)');
    world.running.scheduler.start();
    await fired.promise;
    await world.running.scheduler.stop();
    world.clock.ms += 2 * hourMs;
    expect(queue.events).toHaveLength(1);
    const due = world.base.domain.cursorSecondary(schedulesByTime, Buffer.alloc(0), {});
    expect(await due.next()).toBeDefined();
  });

  test('a group whose deletion was cut short is gone after the next start', async () => {
    await client.send(new CreateScheduleGroupCommand({ Name: 'team' }));
    await create('rate(1 hour)', { GroupName: 'team' });
    const { domain, tables } = world.base;
    const key = groupKey(scope, 'team');
    const { row } = (await domain.get(scheduleGroupsTable, key))!;
    const marked = { ...row, state: 'DELETING' as const };
    await tables.transact([{ kind: 'put', domain, table: scheduleGroupsTable, key, row: marked }]);
    expect(await errorOf(create('rate(1 hour)', { Name: 'two', GroupName: 'team' }))).toBe(
      'ConflictException: Schedule group team is being deleted.',
    );
    await crash();
    await world.running.scheduler.tick();
    expect((await client.send(new ListSchedulesCommand({}))).Schedules).toEqual([]);
    expect(await errorOf(client.send(new GetScheduleGroupCommand({ Name: 'team' })))).toContain(
      'ResourceNotFoundException',
    );
  });
});
