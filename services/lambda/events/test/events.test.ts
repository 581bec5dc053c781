/** Asynchronous invocations through real tables: retries, ends, restarts. */
import { ConditionFailed } from '@hypergate/table';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { invocationKey, invocationsTable } from '../../invoke/record-table.ts';
import { eventOnceKey, eventOnceTable } from '../event-table.ts';
import {
  account,
  eventOf,
  functionArn,
  type Gateway,
  openWorld,
  queueArn,
  region,
  scope,
  turn,
  type World,
} from './support/world.ts';

let world: World;
let gateway: Gateway;
beforeEach(async () => {
  world = await openWorld();
  await world.putFunction('hello');
  gateway = world.boot();
  await gateway.events.serving;
  await world.quiet();
});
afterEach(() => world.close());

const minute = 60_000;
const put = async (...[name, more]: Parameters<typeof eventOf>) => {
  const event = eventOf(name, more);
  await gateway.events.put(event);
  await world.quiet();
  return event;
};
const documents = async (queue: string): Promise<Record<string, unknown>[]> =>
  (await world.messages(queue)).map(({ body }) => JSON.parse(body) as Record<string, unknown>);

describe('runs', () => {
  test('an event is run at once, with its record, and leaves', async () => {
    const { requestId } = await put('hello', { payload: Buffer.from('{"a":1}') });
    const [call] = gateway.invoker.calls;
    expect(Buffer.from(call!.payload).toString()).toBe('{"a":1}');
    expect(call).toMatchObject({ requestId, keepsRecord: true });
    expect(await world.left()).toEqual([]);
    const record = await world.base.domain.get(invocationsTable, invocationKey(scope, requestId));
    expect(record?.row.outcome).toBe('answer');
  });

  test('a payload beyond what stands in a record comes whole', async () => {
    const payload = Buffer.from(JSON.stringify('x'.repeat(900_000)));
    await put('hello', { payload });
    expect(Buffer.from(gateway.invoker.calls[0]!.payload).equals(payload)).toBe(true);
  });

  test('a payload beyond the limit is refused', async () => {
    const payload = Buffer.alloc(1024 * 1024 + 1, 0x20);
    await expect(gateway.events.put(eventOf('hello', { payload }))).rejects.toMatchObject({
      code: 'RequestTooLargeException',
    });
  });

  test('errors of the function are retried after one and two minutes, under the same request id', async () => {
    gateway.invoker.fate = () => 'error';
    const { requestId } = await put('hello');
    expect(gateway.invoker.calls).toHaveLength(1);
    await world.advance(minute - 1);
    expect(gateway.invoker.calls).toHaveLength(1);
    await world.advance(1);
    expect(gateway.invoker.calls).toHaveLength(2);
    await world.advance(2 * minute - 1);
    expect(gateway.invoker.calls).toHaveLength(2);
    await world.advance(1);
    expect(gateway.invoker.calls.map((call) => call.requestId)).toEqual([requestId, requestId, requestId]);
    expect(await world.left()).toEqual([]);
  });

  test.each([0, 1])('MaximumRetryAttempts %d is so many retries', async (maximumRetryAttempts) => {
    await world.configure('hello', { maximumRetryAttempts });
    gateway.invoker.fate = () => 'error';
    await put('hello');
    for (let count = 0; count < 5; count += 1) await world.advance(2 * minute);
    expect(gateway.invoker.calls).toHaveLength(1 + maximumRetryAttempts);
  });

  test('throttles and faults of ours are no attempts, and are tried again after 1, 2, 4, … seconds', async () => {
    for (const fate of ['throttle', 'fault'] as const) {
      gateway.invoker.calls.length = 0;
      gateway.invoker.fate = () => fate;
      const startMs = world.clock.ms;
      const triedMs: number[] = [];
      await put('hello');
      for (let second = 0; second < 20; second += 1) {
        if (gateway.invoker.calls.length > triedMs.length) triedMs.push(world.clock.ms - startMs);
        await world.advance(1000);
      }
      expect(triedMs).toEqual([0, 1000, 3000, 7000, 15_000]);
      gateway.invoker.fate = () => 'answer';
      await world.advance(5 * minute);
      expect(await world.left()).toEqual([]);
    }
  });

  test('a function that is throttled does not hold others up', async () => {
    await world.putFunction('other');
    gateway.invoker.fate = ({ target }) => (target.function.name === 'hello' ? 'throttle' : 'answer');
    for (let count = 0; count < 20; count += 1) await put('hello');
    const tried = gateway.invoker.calls.length;
    expect(tried).toBe(1);
    await put('other');
    expect(gateway.invoker.calls.at(-1)!.target.function.name).toBe('other');
    expect(await world.left()).toHaveLength(20);
  });

  test('not more run at once than the limit of a function, and all run in the end', async () => {
    gateway.invoker.fate = () => 'hang';
    await Promise.all(Array.from({ length: 700 }, () => gateway.events.put(eventOf('hello'))));
    await world.quiet();
    expect(gateway.invoker.hanging.size).toBe(8);
    let most = 0;
    while (gateway.invoker.hanging.size > 0) {
      most = Math.max(most, gateway.invoker.hanging.size);
      gateway.invoker.release();
      await world.quiet();
    }
    expect(most).toBe(64);
    expect(new Set(gateway.invoker.calls.map(({ requestId }) => requestId)).size).toBe(700);
    expect(gateway.invoker.calls).toHaveLength(700);
    expect(await world.left()).toEqual([]);
  });

  test('an event of a function that is gone is dropped', async () => {
    await put('nobody');
    expect(gateway.invoker.calls).toEqual([]);
    expect(await world.left()).toEqual([]);
  });

  test('the same key is the same event for an hour, of one function', async () => {
    await world.putFunction('other');
    await Promise.all(
      Array.from({ length: 5 }, () => gateway.events.put(eventOf('hello', { idempotencyKey: 'k' }))),
    );
    await put('other', { idempotencyKey: 'k' });
    await world.advance(60 * minute - 1);
    await put('hello', { idempotencyKey: 'k' });
    expect(gateway.invoker.calls.map(({ target }) => target.function.name)).toEqual(['hello', 'other']);
    await world.advance(1);
    await put('hello', { idempotencyKey: 'k' });
    expect(gateway.invoker.calls).toHaveLength(3);
    await world.advance(61 * minute);
    const cursor = world.base.domain.cursorSecondary('lambda.event-once.until', Buffer.alloc(0), {});
    expect(await cursor.next(), `${eventOnceTable.name} is swept`).toBeUndefined();
  });
});

describe('a clock that is set back', () => {
  const hour = 60 * minute;

  test('does not hold up what was put off or accepted before', async () => {
    gateway.invoker.fate = () => 'error';
    await put('hello');
    expect(gateway.invoker.calls).toHaveLength(1);
    gateway.invoker.fate = () => 'answer';
    world.clock.ms -= 24 * hour;
    gateway = await again();
    await put('hello');
    await world.advance(1000);
    expect(await world.left()).toEqual([]);
  });

  test('does not keep a function throttled', async () => {
    gateway.invoker.fate = () => 'throttle';
    await put('hello');
    gateway.invoker.fate = () => 'answer';
    world.clock.ms -= 24 * hour;
    gateway.timers.runDue();
    await put('hello');
    await world.quiet();
    expect(await world.left()).toEqual([]);
  });

  /** Timers of this world go by the same clock; those of a process go on. */
  async function again(): Promise<Gateway> {
    const { invoker } = gateway;
    await gateway.events.stop(new AbortController().signal);
    const next = world.boot('first', invoker);
    await next.events.serving;
    await world.quiet();
    return next;
  }
});

describe('what is written with an event', () => {
  const once = { untilMs: 2 ** 47 };
  const beside = (name: string) => ({
    kind: 'put' as const,
    domain: world.base.domain,
    table: eventOnceTable,
    key: eventOnceKey('beside', name),
    row: once,
    condition: 'absent' as const,
  });
  const message = () => ({
    scope,
    queueArn: queueArn('letters'),
    body: Buffer.from('{"a":1}'),
    attributes: { CODE: { dataType: 'String', stringValue: 'c' } },
    traceId: 'Root=1-2-3',
  });

  test('is there with it, or neither is', async () => {
    await world.putQueue('letters');
    await gateway.events.put(eventOf('hello'), [beside('a')]);
    await expect(gateway.events.put(eventOf('hello'), [beside('a')])).rejects.toBeInstanceOf(ConditionFailed);
    await gateway.events.tell(message(), [beside('b')]);
    await expect(gateway.events.tell(message(), [beside('b')])).rejects.toBeInstanceOf(ConditionFailed);
    await world.quiet();
    expect(gateway.invoker.calls).toHaveLength(1);
    expect(await world.messages('letters')).toMatchObject([
      {
        body: '{"a":1}',
        attributes: { CODE: { stringValue: 'c' } },
        system: { AWSTraceHeader: 'Root=1-2-3' },
      },
    ]);
    expect(await world.left()).toEqual([]);
  });

  test('keeps its group in a FIFO queue', async () => {
    await world.putQueue('line.fifo');
    await gateway.events.tell({ ...message(), queueArn: queueArn('line.fifo'), groupId: 'g' });
    await world.quiet();
    expect(await world.messages('line.fifo')).toMatchObject([{ system: { MessageGroupId: 'g' } }]);
  });

  test('is also written when the event was accepted before under its key', async () => {
    await put('hello', { idempotencyKey: 'k' });
    await gateway.events.put(eventOf('hello', { idempotencyKey: 'k' }), [beside('c')]);
    await world.quiet();
    expect(gateway.invoker.calls).toHaveLength(1);
    const { key } = beside('c');
    expect((await world.base.domain.get(eventOnceTable, key))?.row).toEqual(once);
  });
});

describe('ends', () => {
  beforeEach(async () => {
    await world.putQueue('good');
    await world.putQueue('bad');
    await world.putQueue('dead');
    await world.putFunction('hello', { deadLetterTargetArn: queueArn('dead') });
    await world.configure('hello', { onSuccess: queueArn('good'), onFailure: queueArn('bad') });
  });

  test('a success is told to its destination', async () => {
    gateway.invoker.answer = () => Buffer.from('{"big":12345678901234567890}');
    const { requestId } = await put('hello', { payload: Buffer.from('{"n": 1.50}') });
    const [told] = await world.messages('good');
    expect(told?.body).toBe(
      `{"version":"1.0","timestamp":"2026-11-23T00:00:00.000Z","requestContext":{"requestId":"${requestId}","functionArn":"${functionArn('hello')}:$LATEST","condition":"Success","approximateInvokeCount":1},"requestPayload":{"n": 1.50},"responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload":{"big":12345678901234567890}}`,
    );
    expect(await world.messages('dead')).toEqual([]);
    expect(await world.messages('bad')).toEqual([]);
    expect(await world.left()).toEqual([]);
  });

  test('a failure is told to its destination, and the event goes to the dead-letter queue', async () => {
    gateway.invoker.fate = () => 'error';
    const { requestId } = await put('hello', { payload: Buffer.from('{"n":1}') });
    await world.advance(minute);
    expect(await documents('bad')).toEqual([]);
    await world.advance(2 * minute);
    expect(await documents('bad')).toEqual([
      {
        version: '1.0',
        timestamp: '2026-11-23T00:03:00.000Z',
        requestContext: {
          requestId,
          functionArn: `${functionArn('hello')}:$LATEST`,
          condition: 'RetriesExhausted',
          approximateInvokeCount: 3,
        },
        requestPayload: { n: 1 },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        responsePayload: { errorType: 'Error', errorMessage: 'no such luck' },
      },
    ]);
    const [dead] = await world.messages('dead');
    expect(dead).toMatchObject({
      body: '{"n":1}',
      attributes: {
        RequestID: { dataType: 'String', stringValue: requestId },
        ErrorCode: { dataType: 'Number', stringValue: '200' },
        ErrorMessage: { dataType: 'String', stringValue: 'no such luck' },
      },
    });
    expect(await documents('good')).toEqual([]);
  });

  test('an event that is too old is given up, when it is too old', async () => {
    await world.configure('hello', { maximumEventAgeSeconds: 60, onFailure: queueArn('bad') });
    gateway.invoker.fate = () => 'throttle';
    await put('hello');
    for (let second = 0; second < 59; second += 1) await world.advance(1000);
    expect(await documents('bad')).toEqual([]);
    await world.advance(1000);
    const [document] = await documents('bad');
    expect(document).toMatchObject({
      requestContext: { condition: 'EventAgeExceeded', approximateInvokeCount: 0 },
    });
    expect(document).not.toHaveProperty('responsePayload');
    expect(await world.left()).toEqual([]);
  });

  test('an error whose retry would be too late comes to its end when the event is too old', async () => {
    await world.configure('hello', { maximumEventAgeSeconds: 90, onFailure: queueArn('bad') });
    gateway.invoker.fate = () => 'error';
    await put('hello');
    await world.advance(minute);
    await world.advance(minute / 2);
    expect(gateway.invoker.calls).toHaveLength(2);
    expect(await documents('bad')).toMatchObject([
      { requestContext: { condition: 'EventAgeExceeded', approximateInvokeCount: 2 } },
    ]);
  });

  test('events of a function with a reserved concurrency of zero go where failures go, at once', async () => {
    await world.putFunction('hello', { deadLetterTargetArn: queueArn('dead') }, { reservedConcurrency: 0 });
    await put('hello');
    expect(gateway.invoker.calls).toEqual([]);
    expect(await documents('bad')).toHaveLength(1);
    expect(await world.messages('dead')).toHaveLength(1);
  });

  test('a loop of functions is not tried again', async () => {
    gateway.invoker.fate = () => 'loop';
    await put('hello');
    expect(gateway.invoker.calls).toHaveLength(1);
    expect(await world.left()).toEqual([]);
    expect(await world.messages('dead')).toMatchObject([
      { attributes: { ErrorCode: { stringValue: '400' } } },
    ]);
  });

  test('a function as a destination gets the document as its event', async () => {
    await world.putFunction('next');
    await world.configure('hello', { onSuccess: functionArn('next') });
    const { requestId } = await put('hello');
    const next = gateway.invoker.calls[1]!;
    expect(next.target.function.name).toBe('next');
    expect(JSON.parse(Buffer.from(next.payload).toString())).toMatchObject({ requestContext: { requestId } });
    expect(next.requestId).not.toBe(requestId);
  });

  test('a destination that is gone, or takes no such message, is given up, and nothing else', async () => {
    await world.configure('hello', { onSuccess: `arn:aws:sqs:${region}:${account}:nowhere` });
    await put('hello');
    expect(await world.left()).toEqual([]);
    await world.configure('hello', { onSuccess: queueArn('good') });
    gateway.invoker.answer = () => Buffer.from(JSON.stringify('x'.repeat(1_100_000)));
    await put('hello');
    expect(await world.left()).toEqual([]);
    expect(await documents('good')).toEqual([]);
    gateway.invoker.answer = () => Buffer.from('"\ufffe\\u0000 is text"');
    await put('hello');
    expect(await documents('good')).toMatchObject([{ responsePayload: '\ufffe\u0000 is text' }]);
  });
});

describe('restarts and several gateways', () => {
  test('what ran when the gateway was killed is run again at once, and no attempt is counted', async () => {
    await world.putQueue('bad');
    await world.configure('hello', { maximumRetryAttempts: 0, onFailure: queueArn('bad') });
    gateway.invoker.fate = () => 'hang';
    const { requestId } = await put('hello');
    world.kill(gateway);
    const next = world.boot();
    next.invoker.fate = () => 'error';
    await next.events.serving;
    await world.quiet();
    expect(next.invoker.calls.map((call) => call.requestId)).toEqual([requestId]);
    expect(await documents('bad')).toMatchObject([{ requestContext: { approximateInvokeCount: 1 } }]);
    // It was only slow: what it says now is nobody's.
    gateway.invoker.release();
    await world.advance(1000);
    expect(await documents('bad')).toEqual([]);
    expect(await world.left()).toEqual([]);
  });

  test('retries keep their time across a restart', async () => {
    gateway.invoker.fate = () => 'error';
    await put('hello');
    await world.advance(minute / 2);
    await gateway.events.stop(AbortSignal.abort());
    world.kill(gateway);
    const next = world.boot('second');
    await next.events.serving;
    await world.advance(minute / 2 - 1);
    expect(next.invoker.calls).toEqual([]);
    await world.advance(1);
    expect(next.invoker.calls).toHaveLength(1);
  });

  test('what one gateway accepts the other runs, once', async () => {
    const second = world.boot('second');
    for (let count = 0; count < 10; count += 1) await second.events.put(eventOf('hello'));
    expect(second.events.isServing).toBe(false);
    await world.advance(1000);
    expect(gateway.invoker.calls).toHaveLength(10);
    expect(second.invoker.calls).toEqual([]);
    expect(await world.left()).toEqual([]);
  });

  test('a gateway that stops lets the other carry on at once; one that dies, after the time of its lease', async () => {
    const second = world.boot('second');
    const third = world.boot('third');
    await gateway.events.stop(AbortSignal.abort());
    world.kill(gateway);
    await Promise.race([second.events.serving, third.events.serving]);
    const [serving, waiting] = second.events.isServing ? [second, third] : [third, second];
    serving.invoker.fate = () => 'hang';
    await waiting.events.put(eventOf('hello'));
    await world.advance(1000);
    expect(serving.invoker.hanging.size).toBe(1);
    world.kill(serving);
    await world.advance(11_000);
    await waiting.events.serving;
    await world.quiet();
    expect(waiting.invoker.calls).toHaveLength(1);
    expect(await world.left()).toEqual([]);
  });

  test('stopping waits for what runs, and what came of it is written', async () => {
    gateway.invoker.fate = () => 'hang';
    await put('hello');
    const stopped = gateway.events.stop(new AbortController().signal);
    await expect(gateway.events.put(eventOf('hello'))).rejects.toMatchObject({ code: 'ServiceException' });
    gateway.invoker.release();
    await stopped;
    expect(await world.left()).toEqual([]);
  });

  test('what came of an invocation is written when the store takes it again, without another run', async () => {
    const { tables } = world.base;
    const real = tables.transact.bind(tables);
    gateway.invoker.fate = () => 'hang';
    await put('hello');
    let tries = 0;
    tables.transact = async () => {
      tries += 1;
      throw new Error('the disk is full');
    };
    gateway.invoker.release();
    for (let expected = 1; expected <= 3; expected += 1) {
      while (tries < expected) await turn();
      await turn();
      world.clock.ms += 5000;
      gateway.timers.runDue();
    }
    tables.transact = real;
    while (gateway.events.underWay > 0) {
      world.clock.ms += 5000;
      gateway.timers.runDue();
      await turn();
    }
    expect(gateway.invoker.calls).toHaveLength(1);
    expect(await world.left()).toEqual([]);
  });
});

test('a lease that is lost and taken again, as by a machine that slept, runs nothing twice', async () => {
  const { invoker, events } = gateway;
  invoker.fate = () => 'hang';
  await put('hello');
  const before = invoker.calls.length;
  await world.advance(10 * minute);
  await events.serving;
  await world.quiet();
  expect(invoker.calls).toHaveLength(before);
  invoker.release();
  await world.quiet();
  expect(invoker.calls).toHaveLength(1);
  expect(await world.left()).toEqual([]);
});
