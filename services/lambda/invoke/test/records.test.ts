import { hash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { invocationKey, invocationSubject, invocationsTable, invocationWrite } from '../index.ts';
import { invokeLimits } from '../limits.ts';
import { type MemoryTables, openMemoryTables } from './support/store.ts';
import { account, openWorld, region, requestOf, settled, targetOf, type World } from './support/world.ts';

const scope = { account, region };
const sha256 = (bytes: string | Uint8Array): string => hash('sha256', bytes, 'base64');

describe('a record', () => {
  let store: MemoryTables;
  let world: World;
  beforeEach(async () => {
    store = await openMemoryTables();
    const { tables, domain } = store;
    world = openWorld({}, { tables, domain });
    world.executor.handler = () => ({ kind: 'answer', body: Buffer.from('"answer"') });
  });
  afterEach(() => store.close());
  const read = (requestId: string) => store.domain.get(invocationsTable, invocationKey(scope, requestId));

  test('of an answered call is kept soon, and holds hashes instead of payloads', async () => {
    const request = requestOf(undefined, { payload: Buffer.from('"question"') });
    await world.invoker.invoke(request);
    await world.advance(invokeLimits.recordDelayMs);
    await expect.poll(() => read(request.requestId)).toBeDefined();
    const { row } = (await read(request.requestId))!;
    expect(row).toEqual({
      ...scope,
      requestId: request.requestId,
      functionArn: `arn:aws:lambda:${region}:${account}:function:hello`,
      functionId: 'id-hello',
      version: '$LATEST',
      codeSha256: 'hash of code',
      startedMs: world.clock.ms - invokeLimits.recordDelayMs,
      durationMs: 0,
      billedMs: 100,
      initMs: 100,
      memoryUsedMb: 41,
      outcome: 'answer',
      payloadSha256: sha256('"question"'),
      answerSha256: sha256('"answer"'),
      answerBytes: 8,
    });
  });

  test('of a failure is of the error that the caller got; of a stream, of all its pieces', async () => {
    world.executor.handler = () => ({ kind: 'failure', failure: { kind: 'memory' }, streamed: false });
    const failed = await world.invoker.invoke(requestOf());
    expect(failed.record).toMatchObject({ outcome: 'memory', answerSha256: sha256(failed.payload) });
    world.executor.handler = undefined;
    const pieces: string[] = [];
    const stream = {
      begin: () => undefined,
      write: async (piece: Uint8Array) => void pieces.push(Buffer.from(piece).toString()),
    };
    const streaming = world.invoker.invoke(requestOf(undefined, { stream }));
    await settled();
    const [environment] = world.executor.busy;
    environment!.invocation!.stream!.begin('text/plain', undefined);
    for (const piece of ['one', 'two']) await environment!.invocation!.stream!.write(Buffer.from(piece));
    environment!.finish({ kind: 'streamed', bytes: 6 });
    expect(await streaming).toMatchObject({ streamedBytes: 6, payload: new Uint8Array(0) });
    expect((await streaming).record).toMatchObject({
      outcome: 'streamed',
      answerSha256: sha256('onetwo'),
      answerBytes: 6,
    });
    expect(pieces).toEqual(['one', 'two']);
  });

  test('that the caller keeps in its own transaction is written by nobody else', async () => {
    const request = requestOf(undefined, { keepsRecord: true });
    const { record } = await world.invoker.invoke(request);
    await world.invoker.flush();
    expect(await read(request.requestId)).toBeUndefined();
    await store.tables.transact([invocationWrite(store.domain, record)]);
    expect((await read(request.requestId))?.row).toEqual(record);
  });

  test('can be proven', async () => {
    const request = requestOf();
    const { record } = await world.invoker.invoke(request);
    await world.invoker.flush();
    const subject = invocationSubject(store.domain, scope, request.requestId);
    const { rows } = await store.tables.prove([subject], {});
    expect(rows).toEqual([record]);
  });

  test('goes when it is old, and not before', async () => {
    const old = requestOf();
    await world.invoker.invoke(old);
    await world.invoker.flush();
    await world.advance(invokeLimits.recordsKeptMs - 60_000);
    const young = requestOf();
    await world.invoker.invoke(young);
    await world.invoker.flush();
    expect(await read(old.requestId)).toBeDefined();
    await world.advance(120_000);
    await expect.poll(() => read(old.requestId)).toBeUndefined();
    expect(await read(young.requestId)).toBeDefined();
  });

  test('goes with all that are as old, however many they are', async () => {
    const { record } = await world.invoker.invoke(requestOf());
    const many = invokeLimits.recordsSweptAtOnce * 5;
    for (let at = 0; at < many; at += invokeLimits.recordsSweptAtOnce)
      await store.tables.transact(
        Array.from({ length: invokeLimits.recordsSweptAtOnce }, (_, i) =>
          invocationWrite(store.domain, { ...record, requestId: `request-${at + i}` }),
        ),
      );
    await world.advance(invokeLimits.recordsKeptMs + 60_000);
    const cursor = () => store.domain.cursorSecondary('lambda.invocations.time', Buffer.alloc(0), {});
    await expect.poll(async () => cursor().next()).toBeUndefined();
  });

  test('is kept before the invoker has stopped', async () => {
    const request = requestOf();
    await world.invoker.invoke(request);
    await world.invoker.stop(new AbortController().signal);
    expect(await read(request.requestId)).toBeDefined();
  });
});

describe('records that cannot be written', () => {
  test('wait, and are written once that goes again', async () => {
    const world = openWorld();
    world.executor.handler = () => ({ kind: 'answer', body: Buffer.from('1') });
    world.tables.failure = new Error('the disk is full');
    for (let count = 0; count < 3; count += 1) await world.invoker.invoke(requestOf());
    await world.advance(invokeLimits.recordDelayMs);
    await expect(world.invoker.flush()).rejects.toThrow('the disk is full');
    world.tables.failure = undefined;
    await world.advance(invokeLimits.recordRetryMs);
    expect(world.tables.rows.size).toBe(3);
  });

  test('end the service before they take all memory', async () => {
    const world = openWorld();
    world.executor.handler = () => ({ kind: 'answer', body: Buffer.from('1') });
    world.tables.failure = new Error('the disk is full');
    const target = targetOf();
    for (let count = 0; count < invokeLimits.recordsWaitingMax; count += 1)
      await world.invoker.invoke(requestOf(target));
    await expect(world.invoker.invoke(requestOf(target))).rejects.toMatchObject({ code: 'ServiceException' });
    world.tables.failure = undefined;
    await world.invoker.flush();
    expect(world.tables.rows.size).toBe(invokeLimits.recordsWaitingMax);
    await world.invoker.invoke(requestOf(target));
  });
});
