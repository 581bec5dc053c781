/** Mappings over real queues: batches, filters, partial failures, and mappings that change. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ModelInvoker } from '../../events/test/support/model-invoker.ts';
import {
  account,
  openWorld,
  queueArn,
  region,
  scope,
  turn,
  type World,
} from '../../events/test/support/world.ts';
import { ManualTimers } from '../../invoke/test/support/world.ts';
import type { MappingRow, MappingSettings } from '../../model/mapping-settings.ts';
import { mappingKey, mappingsTable, putMapping } from '../../store/mappings.ts';
import { createSources, type Sources } from '../index.ts';
import { mappingRow } from './support/mapping.ts';

let world: World;
let invoker: ModelInvoker;
let timers: ManualTimers;
let sources: Sources;
let modified = 0;

beforeEach(async () => {
  world = await openWorld();
  await world.putFunction('hello');
  await world.putQueue('q');
  invoker = new ModelInvoker();
  timers = new ManualTimers(world.clock);
  const { base, functions, queues } = world;
  sources = createSources({ base, functions, queues, invoker, timers });
});
afterEach(async () => {
  await sources.stop(AbortSignal.abort());
  await world.close();
});

async function map(settings: Partial<MappingSettings> = {}, more: Partial<MappingRow> = {}): Promise<void> {
  modified += 1;
  const row = mappingRow(settings, { modifiedMs: modified, ...more });
  await world.base.tables.transact([putMapping(world.base, row, 'any')]);
  await sources.flush();
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await turn();
}

async function advance(ms: number): Promise<void> {
  world.clock.ms += ms;
  timers.runDue();
  await world.queues.look();
  for (let turns = 0; turns < 20; turns += 1) await turn();
}

const send = (...bodies: string[]) =>
  world.queues.send(
    queueArn('q'),
    bodies.map((body) => ({ body, senderId: 'sender' })),
  );
const counts = () => world.queues.counts({ account, region, name: 'q' });
const isEmpty = async () => {
  const { visible, inFlight, delayed } = await counts();
  return visible + inFlight + delayed === 0;
};
const isHeld = (count: number) => async () => (await counts()).inFlight === count;
type Shown = { readonly messageId: string; readonly body: string } & Record<string, unknown>;
const recordsOf = (at: number): Shown[] =>
  (JSON.parse(Buffer.from(invoker.calls[at]!.payload).toString()) as { Records: Shown[] }).Records;
const bodies = () => invoker.calls.flatMap((_, at) => recordsOf(at).map(({ body }) => body));
const lastResult = async () =>
  (await world.base.domain.get(mappingsTable, mappingKey(scope, 'mapping')))?.row.lastResult;

test('a function gets messages as SQS gives them, and what succeeded is removed', async () => {
  await world.queues.send(queueArn('q'), [
    {
      body: 'Test message.',
      senderId: 'sender',
      attributes: {
        text: { dataType: 'String', stringValue: 'a' },
        bytes: { dataType: 'Binary', binaryValue: Buffer.from('b') },
      },
    },
  ]);
  await map();
  await until(isEmpty);
  expect(recordsOf(0)).toEqual([
    {
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      receiptHandle: expect.any(String),
      body: 'Test message.',
      attributes: expect.objectContaining({ SenderId: 'sender', ApproximateReceiveCount: '1' }),
      messageAttributes: {
        text: { stringValue: 'a', stringListValues: [], binaryListValues: [], dataType: 'String' },
        bytes: { binaryValue: 'Yg==', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
      },
      md5OfMessageAttributes: expect.any(String),
      // Of the developer guide's own example.
      md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
      eventSource: 'aws:sqs',
      eventSourceARN: queueArn('q'),
      awsRegion: region,
    },
  ]);
  await until(async () => (await lastResult()) === 'OK');
});

test('what a function failed with is visible again after its time, and not before', async () => {
  invoker.fate = () => 'error';
  await send('a');
  await map();
  await until(async () => (await lastResult()) === 'PROBLEM: Function call failed');
  invoker.fate = () => 'answer';
  await advance(29_999);
  expect(invoker.calls).toHaveLength(1);
  await advance(1);
  await until(isEmpty);
  expect(recordsOf(1)[0]!.attributes).toMatchObject({ ApproximateReceiveCount: '2' });
});

test('a throttle leaves messages where they are', async () => {
  invoker.fate = () => 'throttle';
  await send('a');
  await map();
  await until(async () => (await lastResult())?.startsWith('PROBLEM') === true);
  invoker.fate = () => 'answer';
  await advance(30_000);
  await until(isEmpty);
  expect(invoker.calls).toHaveLength(2);
});

test('of a batch with failures that are reported the others are removed', async () => {
  const [, second] = await send('a', 'b', 'c');
  invoker.answer = () =>
    Buffer.from(JSON.stringify({ batchItemFailures: [{ itemIdentifier: second!.messageId }] }));
  await map({ reportsItemFailures: true });
  await until(async () => (await lastResult()) === 'OK');
  invoker.answer = () => Buffer.from('{"batchItemFailures":[]}');
  await advance(30_000);
  await until(isEmpty);
  expect(bodies().sort()).toEqual(['a', 'b', 'b', 'c']);
});

test.each([
  '[]]',
  '{"batchItemFailures":1}',
  '{"batchItemFailures":[{"itemIdentifier":""}]}',
  '{"batchItemFailures":[{"itemIdentifier":null}]}',
  '{"batchItemFailures":[{"other":"x"}]}',
  '{"batchItemFailures":[{"itemIdentifier":"none of them"}]}',
])('an answer that says %s is a failure of the whole batch', async (answer) => {
  await send('a', 'b');
  invoker.answer = () => Buffer.from(answer);
  await map({ reportsItemFailures: true });
  await until(async () => (await lastResult()) === 'PROBLEM: Function call failed');
  expect(await isHeld(2)()).toBe(true);
});

test.each(['', 'null', '{}', '{"batchItemFailures":null}', '{"batchItemFailures":[]}', '"text"'])(
  'an answer that says %j is a success of the whole batch',
  async (answer) => {
    await send('a', 'b');
    invoker.answer = () => Buffer.from(answer);
    await map({ reportsItemFailures: true });
    await until(isEmpty);
    expect(bodies().sort()).toEqual(['a', 'b']);
  },
);

test('messages that no filter lets pass are removed unseen', async () => {
  await send('{"a":1}', '{"a":2}', 'text');
  await map({ filters: ['{"body":{"a":[2]}}'] });
  await until(isEmpty);
  expect(bodies()).toEqual(['{"a":2}']);
});

test('with a filter that cannot be meant nothing is read, and the mapping says so', async () => {
  await send('a');
  await map({ filters: ['{"body":{"a":[{"nonsense":1}]}}'] });
  await until(async () => (await lastResult())?.startsWith('PROBLEM: The filter') === true);
  expect(sources.size).toBe(0);
  expect(await isEmpty()).toBe(false);
});

test('a batch waits for its window, unless it is full', async () => {
  await map({ batchSize: 12, batchingWindowSeconds: 5 });
  await send('a');
  await until(isHeld(1));
  await advance(4000);
  await send('b');
  await until(isHeld(2));
  await advance(999);
  expect(invoker.calls).toEqual([]);
  await advance(1);
  await until(() => invoker.calls.length === 1);
  expect(bodies()).toEqual(['a', 'b']);
  await send(...Array.from({ length: 10 }, (_, at) => `c${at}`));
  await send('d', 'e');
  await until(() => invoker.calls.length === 2);
  expect(recordsOf(1)).toHaveLength(12);
});

test('an event never has more than what a function takes', async () => {
  const text = 'x'.repeat(1_000_000);
  for (let count = 0; count < 8; count += 1) await send(text);
  await map();
  await until(isEmpty);
  for (const { payload } of invoker.calls) expect(payload.length).toBeLessThan(6 * 1024 * 1024);
  expect(bodies()).toHaveLength(8);
});

test('MaximumConcurrency bounds what the function has at once', async () => {
  invoker.fate = () => 'hang';
  await send('a', 'b', 'c', 'd');
  await map({ batchSize: 1, maximumConcurrency: 2 });
  await until(() => invoker.hanging.size === 2);
  await advance(100);
  expect(invoker.calls).toHaveLength(2);
  invoker.release();
  await until(() => invoker.hanging.size === 2);
  invoker.release();
  await until(isEmpty);
});

test('a mapping that is disabled, and one that is gone, reads nothing more', async () => {
  await map();
  expect(sources.size).toBe(1);
  await map({ enabled: false });
  expect(sources.size).toBe(0);
  await send('a');
  await advance(5000);
  expect(invoker.calls).toEqual([]);
  await map();
  await until(isEmpty);
  const { domain, tables } = world.base;
  await tables.transact([
    { kind: 'remove', domain, table: mappingsTable, key: mappingKey(scope, 'mapping') },
  ]);
  await advance(1000);
  await until(() => sources.size === 0);
});

test('messages that wait for their batch are given back when it stops', async () => {
  await map({ batchSize: 20, batchingWindowSeconds: 60 });
  await send('a', 'b');
  await until(isHeld(2));
  await sources.stop(new AbortController().signal);
  expect((await world.messages('q')).map(({ body }) => body).sort()).toEqual(['a', 'b']);
});

test('stopping waits for what the function has', async () => {
  invoker.fate = () => 'hang';
  await send('a');
  await map();
  await until(() => invoker.hanging.size === 1);
  const stopped = sources.stop(new AbortController().signal);
  invoker.release();
  await stopped;
  expect(await isEmpty()).toBe(true);
});
