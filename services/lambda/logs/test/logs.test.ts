import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LambdaBase } from '../../store/context.ts';
import { createLogStore, logDefinition } from '../index.ts';
import { account, errorOf, openWorld, region, scope, type World } from './support/world.ts';

const start = (base: LambdaBase) => {
  const logs = createLogStore(base);
  return { logs, definition: logDefinition((work) => work(logs)), stop: () => logs.stop() };
};
type LogWorld = World<ReturnType<typeof start>>;

const group = '/aws/lambda/hello';
const place = { ...scope, group, stream: 'one' };
let world: LogWorld;
let client: CloudWatchLogsClient;

beforeEach(async () => {
  world = await openWorld(start);
  client = new CloudWatchLogsClient(world.clientOf());
});
afterEach(async () => {
  client.destroy();
  await world.close();
});

const lines = (count: number, fromMs = world.clock.ms) =>
  Array.from({ length: count }, (_, i) => ({ timeMs: fromMs + i, message: `line ${i}` }));

const put = (events: readonly { timestamp: number; message: string }[], stream = 'one') =>
  client.send(
    new PutLogEventsCommand({ logGroupName: group, logStreamName: stream, logEvents: [...events] }),
  );

const filter = async (input: Partial<ConstructorParameters<typeof FilterLogEventsCommand>[0]> = {}) =>
  (await client.send(new FilterLogEventsCommand({ logGroupName: group, ...input }))).events?.map(
    ({ message }) => message,
  );

async function makeStreams(...names: string[]): Promise<void> {
  await client.send(new CreateLogGroupCommand({ logGroupName: group }));
  for (const logStreamName of names)
    await client.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName }));
}

describe('what functions log', () => {
  test('is there at once for whoever reads, with group and stream, in the order of calls', async () => {
    const { logs } = world.running;
    logs.append(place, lines(3));
    // Earlier by some milliseconds: another clock, and still behind.
    logs.append(place, [{ timeMs: world.clock.ms - 5, message: 'last' }]);
    const { events } = await client.send(
      new GetLogEventsCommand({ logGroupName: group, logStreamName: 'one', startFromHead: true }),
    );
    expect(events?.map(({ message }) => message)).toEqual(['line 0', 'line 1', 'line 2', 'last']);
    expect(events?.map(({ ingestionTime }) => ingestionTime)).toEqual(Array(4).fill(world.clock.ms));
    const { logGroups } = await client.send(new DescribeLogGroupsCommand({}));
    expect(logGroups).toMatchObject([
      { logGroupName: group, arn: `arn:aws:logs:${region}:${account}:log-group:${group}:*` },
    ]);
  });

  test('outlives a crash once it was flushed', async () => {
    const { logs } = world.running;
    logs.append(place, lines(500));
    await logs.flush();
    world = await world.crash();
    client.destroy();
    client = new CloudWatchLogsClient(world.clientOf());
    expect(await filter()).toHaveLength(500);
    world.running.logs.append(place, [{ timeMs: world.clock.ms + 10_000, message: 'after' }]);
    expect((await filter())?.at(-1)).toBe('after');
  });

  test('goes to a new group when the group was deleted meanwhile', async () => {
    const { logs } = world.running;
    logs.append(place, lines(2));
    await logs.flush();
    await client.send(new DeleteLogGroupCommand({ logGroupName: group }));
    logs.append(place, [{ timeMs: world.clock.ms, message: 'new' }]);
    expect(await filter()).toEqual(['new']);
  });

  test('is written by two gateways to one stream without losing any', async () => {
    const other = createLogStore(world.base);
    for (let i = 0; i < 10; i++) {
      world.running.logs.append(place, [{ timeMs: world.clock.ms + i, message: `a${i}` }]);
      other.append(place, [{ timeMs: world.clock.ms + i, message: `b${i}` }]);
      await Promise.all([world.running.logs.flush(), other.flush()]);
    }
    expect((await filter())?.sort()).toEqual(
      ['a', 'b'].flatMap((letter) => Array.from({ length: 10 }, (_, i) => `${letter}${i}`)),
    );
    await other.stop();
  });
});

describe('GetLogEvents', () => {
  const page = (input: Partial<ConstructorParameters<typeof GetLogEventsCommand>[0]>) =>
    client.send(new GetLogEventsCommand({ logGroupName: group, logStreamName: 'one', ...input }));
  const texts = (answer: Awaited<ReturnType<typeof page>>) => answer.events?.map(({ message }) => message);

  test('pages forward and back, and gives the same token at both ends', async () => {
    world.running.logs.append(place, lines(7));
    const first = await page({ startFromHead: true, limit: 3 });
    expect(texts(first)).toEqual(['line 0', 'line 1', 'line 2']);
    const second = await page({ nextToken: first.nextForwardToken!, limit: 3 });
    expect(texts(second)).toEqual(['line 3', 'line 4', 'line 5']);
    const third = await page({ nextToken: second.nextForwardToken!, limit: 3 });
    expect(texts(third)).toEqual(['line 6']);
    const end = await page({ nextToken: third.nextForwardToken! });
    expect(texts(end)).toEqual([]);
    expect(end.nextForwardToken).toBe(third.nextForwardToken);
    const back = await page({ nextToken: third.nextBackwardToken!, limit: 4 });
    expect(texts(back)).toEqual(['line 2', 'line 3', 'line 4', 'line 5']);
    const head = await page({ nextToken: back.nextBackwardToken!, limit: 9 });
    expect(texts(head)).toEqual(['line 0', 'line 1']);
    const before = await page({ nextToken: head.nextBackwardToken! });
    expect(texts(before)).toEqual([]);
    expect(before.nextBackwardToken).toBe(head.nextBackwardToken);
    expect(texts(await page({ nextToken: before.nextForwardToken!, limit: 1 }))).toEqual(['line 0']);
    world.running.logs.append(place, [{ timeMs: world.clock.ms + 100, message: 'later' }]);
    expect(texts(await page({ nextToken: end.nextForwardToken! }))).toEqual(['later']);
  });

  test('gives the newest without startFromHead, and honours times', async () => {
    world.running.logs.append(place, lines(10));
    expect(texts(await page({ limit: 2 }))).toEqual(['line 8', 'line 9']);
    const { ms } = world.clock;
    const some = await page({ startTime: ms + 2, endTime: ms + 5 });
    expect(texts(some)).toEqual(['line 2', 'line 3', 'line 4']);
  });

  test('waits at the end of an empty stream for what comes', async () => {
    await makeStreams('one');
    const empty = await page({});
    expect(texts(empty)).toEqual([]);
    await put([{ timestamp: world.clock.ms, message: 'first' }]);
    expect(texts(await page({ nextToken: empty.nextForwardToken! }))).toEqual(['first']);
  });

  test('ends a page at a megabyte', async () => {
    const message = 'x'.repeat(200_000);
    world.running.logs.append(
      place,
      Array.from({ length: 12 }, (_, i) => ({ timeMs: world.clock.ms + i, message })),
    );
    let token: string | undefined;
    const sizes: number[] = [];
    for (;;) {
      const answer = await page(token === undefined ? { startFromHead: true } : { nextToken: token });
      if (answer.nextForwardToken === token) break;
      sizes.push(answer.events!.length);
      token = answer.nextForwardToken;
    }
    expect(sizes).toEqual([5, 5, 2]);
  });

  test('refuses tokens that are none, and names what is not there', async () => {
    await makeStreams('one');
    expect(await errorOf(page({ nextToken: 'f/1/s' }))).toBe(
      'InvalidParameterException: The specified nextToken is invalid.',
    );
    expect(await errorOf(page({ logStreamName: 'none' }))).toBe(
      'ResourceNotFoundException: The specified log stream does not exist.',
    );
    expect(await errorOf(page({ logGroupName: 'none' }))).toBe(
      'ResourceNotFoundException: The specified log group does not exist.',
    );
  });
});

describe('PutLogEvents', () => {
  beforeEach(() => makeStreams('one', 'two'));

  test('is durable when it is answered', async () => {
    await put([{ timestamp: world.clock.ms, message: 'kept ✓' }]);
    world = await world.crash();
    client.destroy();
    client = new CloudWatchLogsClient(world.clientOf());
    expect(await filter()).toEqual(['kept ✓']);
  });

  test('keeps to the limits of AWS', async () => {
    const { ms } = world.clock;
    const one = { timestamp: ms, message: 'x' };
    expect(await errorOf(put(Array(10_001).fill(one)))).toContain(
      'failed to satisfy constraint: Member must have length less than or equal to 10000',
    );
    expect(await errorOf(put([]))).toContain('have length greater than or equal to 1');
    const half = { timestamp: ms, message: 'x'.repeat(512 * 1024 - 26) };
    expect(await errorOf(put([half, half]))).toContain('no error');
    expect(await errorOf(put([half, half, one]))).toBe(
      'InvalidParameterException: Upload too large: 1048603 bytes exceeds limit of 1048576',
    );
    expect(await errorOf(put([one, { timestamp: ms - 1, message: 'y' }]))).toBe(
      'InvalidParameterException: Log events in a single PutLogEvents request must be in chronological order.',
    );
    expect(await errorOf(put([{ timestamp: ms - 24 * 3_600_000 - 1, message: 'y' }, one]))).toBe(
      'InvalidParameterException: The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    );
    expect(await errorOf(put([one], 'three'))).toBe(
      'ResourceNotFoundException: The specified log stream does not exist.',
    );
  });

  test('keeps an event of nearly a megabyte', async () => {
    const message = 'y'.repeat(1024 * 1024 - 26);
    await put([{ timestamp: world.clock.ms, message }]);
    expect((await filter())?.[0]).toBe(message);
  });

  test('leaves out what is too old, expired or too new, and says so', async () => {
    const { ms } = world.clock;
    const hour = 3_600_000;
    await client.send(new PutRetentionPolicyCommand({ logGroupName: group, retentionInDays: 1 }));
    const expired = await put([
      { timestamp: ms - 25 * hour, message: 'expired' },
      { timestamp: ms - 2 * hour, message: 'kept' },
    ]);
    expect(expired.rejectedLogEventsInfo).toEqual({ expiredLogEventEndIndex: 1 });
    const tooNew = await put([
      { timestamp: ms, message: 'now' },
      { timestamp: ms + 3 * hour, message: 'too new' },
    ]);
    expect(tooNew.rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 1 });
    const tooOld = await put([{ timestamp: ms - 15 * 24 * hour, message: 'old' }]);
    expect(tooOld.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1, expiredLogEventEndIndex: 1 });
    expect(await filter()).toEqual(['kept', 'now']);
  });
});
