import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  type DescribeLogStreamsCommandOutput,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  PutLogEventsCommand,
  PutLogGroupDeletionProtectionCommand,
  PutRetentionPolicyCommand,
  StartQueryCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LambdaBase } from '../../store/context.ts';
import { createLogStore, logDefinition } from '../index.ts';
import { logLimits } from '../limits.ts';
import { batchesOfGroup, doomedTable, groupKey, groupsTable } from '../rows.ts';
import { account, errorOf, openWorld, otherAccount, region, scope, type World } from './support/world.ts';

const start = (base: LambdaBase) => {
  const logs = createLogStore(base);
  return { logs, definition: logDefinition((work) => work(logs)), stop: () => logs.stop() };
};
type LogWorld = World<ReturnType<typeof start>>;

const group = '/aws/lambda/hello';
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

describe('FilterLogEvents', () => {
  beforeEach(async () => {
    await makeStreams('a-one', 'a-two', 'b');
    const { ms } = world.clock;
    await put(
      [
        { timestamp: ms, message: 'ERROR 1' },
        { timestamp: ms + 20, message: 'fine 4' },
      ],
      'a-one',
    );
    await put(
      [
        { timestamp: ms + 5, message: 'fine 2' },
        { timestamp: ms + 30, message: 'ERROR 5' },
      ],
      'a-two',
    );
    await put([{ timestamp: ms + 10, message: 'ERROR 3' }], 'b');
  });

  test('interleaves streams by time, and takes patterns, names, prefixes and times', async () => {
    expect(await filter()).toEqual(['ERROR 1', 'fine 2', 'ERROR 3', 'fine 4', 'ERROR 5']);
    expect(await filter({ filterPattern: 'ERROR' })).toEqual(['ERROR 1', 'ERROR 3', 'ERROR 5']);
    expect(await filter({ logStreamNames: ['b'] })).toEqual(['ERROR 3']);
    expect(await filter({ logStreamNames: ['b', 'a-one'] })).toEqual(['ERROR 1', 'ERROR 3', 'fine 4']);
    expect(await filter({ logStreamNamePrefix: 'a-', filterPattern: '-fine' })).toEqual([
      'ERROR 1',
      'ERROR 5',
    ]);
    const { ms } = world.clock;
    expect(await filter({ startTime: ms + 5, endTime: ms + 10 })).toEqual(['fine 2', 'ERROR 3']);
    expect(await filter({ startTime: ms + 10, endTime: ms })).toEqual([]);
  });

  test('pages by tokens, each event once', async () => {
    const seen: string[] = [];
    let nextToken: string | undefined;
    do {
      const answer = await client.send(
        new FilterLogEventsCommand({
          logGroupName: group,
          limit: 2,
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
      );
      seen.push(...answer.events!.map(({ message }) => message!));
      expect(new Set(answer.events!.map(({ eventId }) => eventId)).size).toBe(answer.events!.length);
      nextToken = answer.nextToken;
    } while (nextToken !== undefined);
    expect(seen).toEqual(['ERROR 1', 'fine 2', 'ERROR 3', 'fine 4', 'ERROR 5']);
  });

  test('takes a group by its ARN, and no other account can', async () => {
    const arn = `arn:aws:logs:${region}:${account}:log-group:${group}`;
    const byArn = new FilterLogEventsCommand({ logGroupIdentifier: arn, logStreamNames: ['b'] });
    expect((await client.send(byArn)).events).toHaveLength(1);
    const stranger = new CloudWatchLogsClient(world.clientOf(otherAccount));
    expect(await errorOf(stranger.send(byArn))).toBe(
      'ResourceNotFoundException: The specified log group does not exist.',
    );
    stranger.destroy();
  });

  test('shows nothing of a stream that was deleted and made again', async () => {
    await client.send(new DeleteLogStreamCommand({ logGroupName: group, logStreamName: 'b' }));
    await client.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName: 'b' }));
    expect(await filter({ filterPattern: 'ERROR' })).toEqual(['ERROR 1', 'ERROR 5']);
    expect(await world.base.domain.scan(doomedTable, Buffer.alloc(0), {})).toEqual([]);
  });
});

describe('groups and streams', () => {
  test('groups are listed in pages, by prefix and by part', async () => {
    for (const name of ['b/two', 'a', 'b/one', 'c'])
      await client.send(new CreateLogGroupCommand({ logGroupName: name }));
    const names = async (input: object) => {
      const answer = await client.send(new DescribeLogGroupsCommand(input));
      return [answer.logGroups?.map(({ logGroupName }) => logGroupName), answer.nextToken] as const;
    };
    const [first, token] = await names({ limit: 3 });
    expect(first).toEqual(['a', 'b/one', 'b/two']);
    expect(await names({ limit: 3, nextToken: token })).toEqual([['c'], undefined]);
    expect(await names({ logGroupNamePrefix: 'b/' })).toEqual([['b/one', 'b/two'], undefined]);
    expect(await names({ logGroupNamePattern: 'o' })).toEqual([['b/one', 'b/two'], undefined]);
    expect(await errorOf(names({ logGroupNamePrefix: 'b', nextToken: token }) as Promise<unknown>)).toBe(
      'InvalidParameterException: The specified nextToken is invalid.',
    );
    expect(await errorOf(client.send(new CreateLogGroupCommand({ logGroupName: 'a' })))).toBe(
      'ResourceAlreadyExistsException: The specified log group already exists',
    );
    expect(await errorOf(client.send(new CreateLogGroupCommand({ logGroupName: 'a b' })))).toContain(
      "Value 'a b' at 'logGroupName' failed to satisfy constraint",
    );
  });

  test('streams are listed by name or by their last event, both ways, in pages', async () => {
    await makeStreams('x', 'y', 'z');
    const { ms } = world.clock;
    await put([{ timestamp: ms + 3, message: '.' }], 'x');
    await put([{ timestamp: ms + 1, message: '.' }], 'y');
    await put([{ timestamp: ms + 2, message: '.' }], 'z');
    const names = async (input: object) => {
      const all: (string | undefined)[] = [];
      let nextToken: string | undefined;
      do {
        const answer: DescribeLogStreamsCommandOutput = await client.send(
          new DescribeLogStreamsCommand({
            logGroupName: group,
            limit: 2,
            ...input,
            ...(nextToken && { nextToken }),
          }),
        );
        all.push(...answer.logStreams!.map(({ logStreamName }) => logStreamName));
        nextToken = answer.nextToken;
      } while (nextToken !== undefined);
      return all.join('');
    };
    expect(await names({})).toBe('xyz');
    expect(await names({ descending: true })).toBe('zyx');
    expect(await names({ orderBy: 'LastEventTime' })).toBe('yzx');
    expect(await names({ orderBy: 'LastEventTime', descending: true })).toBe('xzy');
    expect(await names({ logStreamNamePrefix: 'y' })).toBe('y');
    expect(await names({ logStreamNamePrefix: 'y', descending: true })).toBe('y');
    expect(await errorOf(names({ orderBy: 'LastEventTime', logStreamNamePrefix: 'y' }))).toBe(
      'InvalidParameterException: Cannot order by LastEventTime with a logStreamNamePrefix.',
    );
    expect(
      await errorOf(client.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName: 'x' }))),
    ).toBe('ResourceAlreadyExistsException: The specified log stream already exists');
  });

  test('a protected group is not deleted', async () => {
    await client.send(new CreateLogGroupCommand({ logGroupName: group, deletionProtectionEnabled: true }));
    expect(await errorOf(client.send(new DeleteLogGroupCommand({ logGroupName: group })))).toContain(
      'ValidationException',
    );
    await client.send(
      new PutLogGroupDeletionProtectionCommand({
        logGroupIdentifier: group,
        deletionProtectionEnabled: false,
      }),
    );
    await client.send(new DeleteLogGroupCommand({ logGroupName: group }));
    expect((await client.send(new DescribeLogGroupsCommand({}))).logGroups).toEqual([]);
  });

  test('tags are put, listed and removed by ARN', async () => {
    await client.send(new CreateLogGroupCommand({ logGroupName: group, tags: { a: '1' } }));
    const resourceArn = `arn:aws:logs:${region}:${account}:log-group:${group}`;
    await client.send(new TagResourceCommand({ resourceArn, tags: { b: '2' } }));
    await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }));
    const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn }));
    expect(tags).toEqual({ b: '2' });
  });

  test('an operation that is not built is refused in the form of the API', async () => {
    const query = new StartQueryCommand({ startTime: 0, endTime: 1, queryString: 'fields @message' });
    expect(await errorOf(client.send(query))).toBe(
      'NotImplementedException: The operation StartQuery is not implemented.',
    );
  });

  test('a user reads only what its policies name', async () => {
    await makeStreams('one');
    const allowed = new CloudWatchLogsClient(
      world.clientOfUser('reader', [
        {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: ['logs:GetLogEvents', 'logs:FilterLogEvents'],
              Resource: `arn:aws:logs:${region}:${account}:log-group:${group}:*`,
            },
          ],
        },
      ]),
    );
    const read = (logGroupName: string) =>
      allowed.send(new GetLogEventsCommand({ logGroupName, logStreamName: 'one' }));
    expect(await errorOf(read(group))).toContain('no error');
    expect(await errorOf(allowed.send(new FilterLogEventsCommand({ logGroupName: group })))).toContain(
      'no error',
    );
    expect(await errorOf(read('/aws/lambda/other'))).toContain('AccessDeniedException');
    expect(await errorOf(allowed.send(new DeleteLogGroupCommand({ logGroupName: group })))).toContain(
      'AccessDeniedException',
    );
    allowed.destroy();
  });
});

describe('retention', () => {
  const batches = async () => {
    const found = await world.base.domain.get(groupsTable, groupKey(scope, group));
    const id = Buffer.from(found!.row.id, 'hex');
    let count = 0;
    const cursor = world.base.domain.cursorSecondary(batchesOfGroup, id, {});
    while ((await cursor.next()) !== undefined) count++;
    return count;
  };

  test('expired events are not shown, and the sweep removes them', async () => {
    const day = 24 * 3_600_000;
    await makeStreams('one');
    await put([{ timestamp: world.clock.ms, message: 'old' }]);
    world.clock.ms += 2 * day;
    await put([{ timestamp: world.clock.ms, message: 'new' }]);
    expect(await filter()).toEqual(['old', 'new']);
    await client.send(new PutRetentionPolicyCommand({ logGroupName: group, retentionInDays: 1 }));
    expect(await filter()).toEqual(['new']);
    expect(await batches()).toBe(2);
    await world.running.logs.sweep();
    expect(await batches()).toBe(1);
    await client.send(new DeleteRetentionPolicyCommand({ logGroupName: group }));
    expect(await filter()).toEqual(['new']);
    const { logGroups } = await client.send(new DescribeLogGroupsCommand({}));
    expect(logGroups).toMatchObject([{ storedBytes: 3 + logLimits.eventOverheadBytes }]);
    expect(
      await errorOf(client.send(new PutRetentionPolicyCommand({ logGroupName: group, retentionInDays: 2 }))),
    ).toContain(
      "Value '2' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set",
    );
  });

  test('what a deletion left when the process died is removed by the next', async () => {
    await makeStreams('one', 'two');
    await put([{ timestamp: world.clock.ms, message: 'gone' }]);
    const { domain, tables } = world.base;
    const { row } = (await domain.get(groupsTable, groupKey(scope, group)))!;
    // As DeleteLogGroup begins.
    await tables.transact([
      { kind: 'remove', domain, table: groupsTable, key: groupKey(scope, group) },
      {
        kind: 'put',
        domain,
        table: doomedTable,
        key: { partition: Buffer.alloc(0), sort: Buffer.from(row.id, 'hex') },
        row: { kind: 'group', id: row.id },
      },
    ]);
    world = await world.crash();
    client.destroy();
    client = new CloudWatchLogsClient(world.clientOf());
    await world.running.logs.sweep();
    const left = world.base.domain.cursorSecondary(batchesOfGroup, Buffer.from(row.id, 'hex'), {});
    expect(await left.next()).toBeUndefined();
    expect(await world.base.domain.scan(doomedTable, Buffer.alloc(0), {})).toEqual([]);
  });
});
