import { describe, expect, test } from 'vitest';
import type { FunctionFailure } from '../../executor/api.ts';
import { ExecutorUnavailable } from '../../executor/api.ts';
import {
  account,
  openWorld,
  otherAccount,
  region,
  requestOf,
  settled,
  targetOf,
  type World,
} from './support/world.ts';

const bodyOf = ({ payload }: { readonly payload: Uint8Array }): unknown =>
  JSON.parse(Buffer.from(payload).toString('utf8'));
const answering = (world: World): World => {
  world.executor.handler = () => ({ kind: 'answer', body: Buffer.from('"hello"') });
  return world;
};
const refusal = (work: Promise<unknown>): Promise<{ code?: string; details?: Record<string, string> }> =>
  work.then(
    () => ({}),
    (error: object) => error,
  );
const failing = (failure: FunctionFailure) => () => ({ kind: 'failure', failure, streamed: false }) as const;

describe('environments', () => {
  test('the first call starts one, the next is answered by the same', async () => {
    const world = answering(openWorld());
    expect(await world.invoker.invoke(requestOf())).toMatchObject({
      initMs: 100,
      executedVersion: '$LATEST',
    });
    expect(await world.invoker.invoke(requestOf())).toMatchObject({ initMs: undefined });
    expect(world.executor.started).toBe(1);
    expect(world.invoker.counts('id-hello')).toEqual({ busy: 0, warm: 1 });
    expect(world.invoker.counts('id-hello', '1')).toEqual({ busy: 0, warm: 0 });
  });

  test('the one that was used last is used next', async () => {
    const world = openWorld();
    const calls = [1, 2, 3].map(() => world.invoker.invoke(requestOf()));
    await settled();
    const [first, second, third] = world.executor.busy;
    for (const one of [first!, third!, second!]) {
      one.answer(1);
      await settled();
    }
    await Promise.all(calls);
    void world.invoker.invoke(requestOf());
    await settled();
    expect(world.executor.busy).toEqual([second]);
  });

  test('who waits for a start takes what becomes free before', async () => {
    const world = openWorld();
    const first = world.invoker.invoke(requestOf());
    await settled();
    world.executor.isPrompt = false;
    const second = world.invoker.invoke(requestOf());
    await settled();
    expect(world.executor.starting.size).toBe(1);
    const [environment] = world.executor.busy;
    environment!.answer('first');
    await first;
    await settled();
    environment!.answer('second');
    expect(bodyOf(await second)).toBe('second');
    for (const start of world.executor.starting) start.succeed();
    await settled();
    expect(world.invoker.counts('id-hello')).toEqual({ busy: 0, warm: 2 });
  });

  test('few start at once; whoever waits takes what is ready, and no start is begun for nobody', async () => {
    const world = openWorld({ startsAtOnce: 2 });
    world.executor.isPrompt = false;
    const calls = Array.from({ length: 8 }, () => world.invoker.invoke(requestOf()));
    await settled();
    expect(world.executor.starting.size).toBe(2);
    const [first] = world.executor.starting;
    first!.succeed();
    await settled();
    expect(world.executor.starting.size).toBe(2);
    for (let count = 0; count < 7; count += 1) {
      world.executor.busy[0]!.answer(count);
      await settled();
    }
    // One serves seven. The last still waits for one of the two that began.
    for (const start of world.executor.starting) start.succeed();
    await settled();
    for (const busy of world.executor.busy) busy.answer('last');
    await Promise.all(calls);
    expect(world.executor.started).toBe(3);
    expect(world.invoker.counts('id-hello')).toEqual({ busy: 0, warm: 3 });
  });

  test('a start that lasts long keeps no others from starting', async () => {
    const world = openWorld({ startsAtOnce: 1 });
    world.executor.isPrompt = false;
    const calls = [0, 1].map(() => world.invoker.invoke(requestOf()));
    await settled();
    expect(world.executor.starting.size).toBe(1);
    await world.advance(1000);
    expect(world.executor.starting.size).toBe(2);
    world.executor.handler = () => ({ kind: 'answer', body: Buffer.from('1') });
    for (const start of world.executor.starting) start.succeed();
    await Promise.all(calls);
  });

  test('an idle one stands still after a short while, not at once, and ends after ten minutes', async () => {
    const world = answering(openWorld());
    await world.invoker.invoke(requestOf());
    const [environment] = world.executor.alive;
    await world.advance(499);
    expect(environment!.isFrozen).toBe(false);
    await world.advance(1);
    expect(environment!.isFrozen).toBe(true);
    await world.invoker.invoke(requestOf());
    expect(environment!.isFrozen).toBe(false);
    await world.advance(599_999);
    expect(world.executor.alive.size).toBe(1);
    await world.advance(10_000);
    expect(world.executor.alive.size).toBe(0);
    expect(world.folders.held).toBe(0);
  });

  test('the longest idle makes room for another function; without room a call is throttled', async () => {
    const world = answering(openWorld({ memoryBudgetMb: 256 }));
    for (const name of ['a', 'b']) await world.invoker.invoke(requestOf(targetOf({ name })));
    await world.invoker.invoke(requestOf(targetOf({ name: 'a' })));
    await world.invoker.invoke(requestOf(targetOf({ name: 'c' })));
    expect([...world.executor.alive].map(({ spec }) => spec.functionName)).toEqual(['a', 'c']);
    world.executor.handler = undefined;
    void world.invoker.invoke(requestOf(targetOf({ name: 'a' })));
    void world.invoker.invoke(requestOf(targetOf({ name: 'c' })));
    await settled();
    expect(await refusal(world.invoker.invoke(requestOf(targetOf({ name: 'b' }))))).toMatchObject({
      code: 'TooManyRequestsException',
      details: { Reason: 'ConcurrentInvocationLimitExceeded' },
    });
    const large = targetOf({ name: 'large', version: { memoryMb: 512 } });
    expect(await refusal(world.invoker.invoke(requestOf(large)))).toMatchObject({ code: 'ServiceException' });
  });

  test('what an environment takes beside its function’s memory counts', async () => {
    const world = answering(openWorld({ memoryBudgetMb: 512 }));
    world.executor.extraMb = 144;
    for (const name of ['a', 'b']) await world.invoker.invoke(requestOf(targetOf({ name })));
    expect([...world.executor.alive].map(({ spec }) => spec.functionName)).toEqual(['b']);
    world.executor.extraMb = 400;
    expect(await refusal(world.invoker.invoke(requestOf(targetOf({ name: 'c' }))))).toMatchObject({
      code: 'ServiceException',
      message: expect.stringContaining('528 MB'),
    });
  });

  test('another configuration has environments of its own; those of the old one end when they answered', async () => {
    const world = openWorld();
    const old = world.invoker.invoke(requestOf());
    await settled();
    const [before] = world.executor.busy;
    const fresh = world.invoker.invoke(requestOf(targetOf({ version: { revisionId: 'r2' } })));
    await settled();
    expect(world.executor.busy).toHaveLength(2);
    before!.answer('old');
    expect(bodyOf(await old)).toBe('old');
    await settled();
    expect(world.executor.alive.has(before!)).toBe(false);
    for (const one of world.executor.busy) one.answer('new');
    expect(bodyOf(await fresh)).toBe('new');
    world.invoker.retire('id-hello', '$LATEST');
    await settled();
    expect(world.executor.alive.size).toBe(0);
  });

  test('one whose credentials would end during a call is replaced', async () => {
    const world = answering(openWorld());
    await world.invoker.provision(targetOf(), 1);
    const [first] = world.executor.alive;
    expect(first!.spec.credentials.accessKeyId).toMatch(/^ASIA/);
    await world.advance(12 * 3_600_000 - 303_000);
    expect([...world.executor.alive]).toEqual([first]);
    world.clock.ms += 1;
    await world.invoker.invoke(requestOf());
    await settled();
    expect([...world.executor.alive]).not.toContain(first);
  });

  test('that die while nobody calls are not called', async () => {
    const world = answering(openWorld());
    await world.invoker.invoke(requestOf());
    for (const one of world.executor.alive) one.crash();
    expect(world.invoker.counts('id-hello')).toEqual({ busy: 0, warm: 0 });
    expect((await world.invoker.invoke(requestOf())).initMs).toBe(100);
  });

  test('what is specified comes from the version, the role and the packages', async () => {
    const world = answering(openWorld());
    const layer = { account, sha256: 'layer', size: 1, unpackedSize: 1 };
    const target = targetOf({
      version: {
        variables: { A: 'b' },
        layers: [{ arn: 'arn:layer', package: layer }],
        logging: { format: 'JSON', group: 'my group', applicationLevel: 'WARN' },
      },
    });
    await world.invoker.invoke(requestOf(target));
    const [{ spec }] = world.executor.alive as unknown as [{ spec: Record<string, unknown> }];
    expect(spec).toMatchObject({
      account,
      region,
      functionId: 'id-hello',
      timeoutMs: 3000,
      codeFolder: 'folder of hash of code',
      layerFolders: ['folder of layer'],
      variables: { A: 'b' },
      logGroup: 'my group',
      logStream: `2026/11/23/[$LATEST]${spec.id as string}`,
      applicationLevel: 'WARN',
      isOnDemand: true,
      isTrusted: true,
    });
  });
});

describe('provisioned concurrency', () => {
  test('is started ahead, kept beyond the idle limit and made again after a crash', async () => {
    const world = answering(openWorld());
    expect(await world.invoker.provision(targetOf(), 2)).toEqual({ ready: 2 });
    expect([...world.executor.alive].every(({ spec }) => !spec.isOnDemand)).toBe(true);
    expect((await world.invoker.invoke(requestOf())).initMs).toBeUndefined();
    await world.advance(700_000);
    expect(world.executor.alive.size).toBe(2);
    [...world.executor.alive][0]!.crash();
    await world.advance(10_000);
    expect(world.executor.alive.size).toBe(2);
    expect(await world.invoker.provision(targetOf(), 0)).toEqual({ ready: 0 });
    await world.advance(700_000);
    expect(world.executor.alive.size).toBe(0);
  });

  test('is as much as there is memory for', async () => {
    const world = openWorld({ memoryBudgetMb: 300 });
    expect(await world.invoker.provision(targetOf(), 5)).toEqual({ ready: 2 });
  });

  test('that fails to start is tried again a minute later, not at once', async () => {
    const world = openWorld();
    world.executor.isPrompt = false;
    const provisioned = world.invoker.provision(targetOf(), 1);
    await settled();
    for (const start of world.executor.starting) start.fail({ kind: 'init', body: Buffer.from('{}') });
    expect(await provisioned).toEqual({ ready: 0 });
    await world.advance(30_000);
    expect(world.executor.started).toBe(1);
    await world.advance(30_000);
    expect(world.executor.started).toBe(2);
  });
});

describe('concurrency', () => {
  test('a function with nothing reserved for it is throttled', async () => {
    const world = answering(openWorld());
    const target = targetOf({ row: { reservedConcurrency: 0 } });
    expect(await refusal(world.invoker.invoke(requestOf(target)))).toMatchObject({
      code: 'TooManyRequestsException',
      status: 429,
      message: 'Rate Exceeded.',
      details: { Type: 'User', Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' },
      headers: { 'Retry-After': '1' },
    });
    expect(world.executor.started).toBe(0);
  });

  test('what others reserve is not for all, until they are gone', async () => {
    const world = openWorld({ concurrencyPerAccount: 3 });
    const reserving = targetOf({ name: 'reserving', row: { reservedConcurrency: 2 } });
    void world.invoker.invoke(requestOf(reserving));
    void world.invoker.invoke(requestOf());
    await settled();
    const refused = await refusal(world.invoker.invoke(requestOf()));
    expect(refused.details).toMatchObject({ Reason: 'ConcurrentInvocationLimitExceeded' });
    for (const one of world.executor.busy) one.answer(1);
    await settled();
    world.invoker.retire('id-reserving');
    for (let count = 0; count < 3; count += 1) void world.invoker.invoke(requestOf());
    await settled();
    expect(world.executor.busy).toHaveLength(3);
  });

  test('accounts do not take places from each other', async () => {
    const world = openWorld({ concurrencyPerAccount: 1 });
    void world.invoker.invoke(requestOf());
    void world.invoker.invoke(requestOf(targetOf({ name: 'theirs', row: { account: otherAccount } })));
    void world.invoker.invoke(requestOf(targetOf({ name: 'there', row: { region: 'us-east-1' } })));
    await settled();
    expect(world.executor.busy.map(({ spec }) => spec.functionName)).toEqual(['hello', 'theirs', 'there']);
    const nobody = targetOf({ name: 'nobody', row: { account: '999999999999' } });
    expect(await refusal(world.invoker.invoke(requestOf(nobody)))).toMatchObject({
      code: 'ServiceException',
    });
  });
});

describe('stopping', () => {
  test('ends what starts in spite of it, and tells whoever waits', async () => {
    const world = openWorld();
    world.executor.isPrompt = false;
    world.executor.heedsAbort = false;
    const call = refusal(world.invoker.invoke(requestOf()));
    await settled();
    const stopped = world.invoker.stop(AbortSignal.abort());
    for (const start of world.executor.starting) start.succeed();
    await stopped;
    expect(await call).toMatchObject({ code: 'ServiceException', message: 'The gateway is about to stop.' });
    expect(world.executor.alive.size).toBe(0);
    expect(world.folders.held).toBe(0);
  });

  test('waits for what runs', async () => {
    const world = openWorld();
    const call = world.invoker.invoke(requestOf());
    await settled();
    const stopped = world.invoker.stop(new AbortController().signal);
    await settled();
    world.executor.busy[0]!.answer('done');
    await stopped;
    expect(bodyOf(await call)).toBe('done');
    expect(world.executor.alive.size).toBe(0);
  });
});

describe('outcomes', () => {
  const id = '00000000-0000-4000-8000-00000000beef';
  const timedOut = `RequestId: ${id} Error: Task timed out after 3.00 seconds`;
  test.each<[FunctionFailure, unknown]>([
    [{ kind: 'timeout' }, { errorType: 'Sandbox.Timedout', errorMessage: timedOut }],
    [
      { kind: 'memory' },
      {
        errorType: 'Runtime.ExitError',
        errorMessage: `RequestId: ${id} Error: Runtime exited with error: signal: killed`,
      },
    ],
    [
      { kind: 'exit', code: 1, signal: undefined },
      {
        errorType: 'Runtime.ExitError',
        errorMessage: `RequestId: ${id} Error: Runtime exited with error: exit status 1`,
      },
    ],
    [
      { kind: 'exit', code: 0, signal: undefined },
      {
        errorType: 'Runtime.ExitError',
        errorMessage: `RequestId: ${id} Error: Runtime exited without providing a reason`,
      },
    ],
    [
      { kind: 'too-large', bytes: 7_000_000 },
      {
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: 'Response payload size exceeded maximum allowed payload size (6291456 bytes).',
      },
    ],
    [{ kind: 'handler', body: Buffer.from('{"errorType":"Error"}') }, { errorType: 'Error' }],
  ])('a failure is told as Lambda tells it: %j', async (failure, body) => {
    const world = openWorld();
    world.executor.handler = failing(failure);
    const result = await world.invoker.invoke(requestOf(undefined, { requestId: id }));
    expect(result.failure).toBe(failure);
    expect(bodyOf(result)).toEqual(body);
    await settled();
    expect(world.executor.alive.size).toBe(failure.kind === 'handler' ? 1 : 0);
  });

  test('a function that cannot be loaded answers with why, and is loaded again by the next call', async () => {
    const world = openWorld();
    world.executor.isPrompt = false;
    const body = Buffer.from('{"errorType":"Runtime.ImportModuleError","errorMessage":"no such module"}');
    const call = world.invoker.invoke(requestOf(undefined, { wantsLog: true }));
    await settled();
    for (const start of world.executor.starting) {
      start.events.log({ timeMs: 1, message: 'Uncaught Exception' });
      start.fail({ kind: 'init', body });
    }
    const result = await call;
    expect(result).toMatchObject({ failure: { kind: 'init' }, payload: body });
    expect(Buffer.from(result.logTail).toString()).toMatch(
      /^Uncaught Exception\nINIT_REPORT .*Error Type: Runtime.ImportModuleError\nSTART .*\nEND .*\nREPORT .*Status: error\tError Type: Runtime.ImportModuleError/s,
    );
    expect(world.folders.held).toBe(0);
    void world.invoker.invoke(requestOf());
    await settled();
    expect(world.executor.started).toBe(2);
  });

  test('one that dies as it has started is an exit, and gives its folders back', async () => {
    const world = openWorld();
    world.executor.isPrompt = false;
    const call = world.invoker.invoke(requestOf());
    await settled();
    for (const start of world.executor.starting) start.succeed().crash();
    expect(await call).toMatchObject({ failure: { kind: 'exit' } });
    expect(world.folders.held).toBe(0);
    expect(world.invoker.counts('id-hello')).toEqual({ busy: 0, warm: 0 });
  });

  test('what is no fault of the function is an error of the service', async () => {
    const world = openWorld();
    world.executor.isPrompt = false;
    const call = refusal(world.invoker.invoke(requestOf()));
    await settled();
    for (const start of world.executor.starting) start.refuse(new ExecutorUnavailable('no processes'));
    expect(await call).toMatchObject({ code: 'ServiceException', status: 500 });
    world.folders.failure = new Error('no such package');
    await expect(world.invoker.invoke(requestOf())).rejects.toThrow('no such package');
    expect(world.folders.held).toBe(0);
  });

  test('functions of those who are not trusted are refused where they cannot be kept apart', async () => {
    const world = answering(openWorld({ trusts: () => false }));
    world.executor.isolation = {
      ...world.executor.isolation,
      isForUntrusted: false,
      missing: ['No namespaces.'],
    };
    expect(await refusal(world.invoker.invoke(requestOf()))).toMatchObject({ code: 'AccessDeniedException' });
    const python = targetOf({ name: 'python', version: { runtime: 'python3.13' } });
    expect(await refusal(world.invoker.invoke(requestOf(python)))).toMatchObject({
      code: 'InvalidRuntimeException',
    });
    expect(world.executor.started).toBe(0);
  });

  test('a caller who leaves ends only its waiting', async () => {
    const world = openWorld();
    world.executor.isPrompt = false;
    const waiting = new AbortController();
    const left = refusal(world.invoker.invoke(requestOf(undefined, { signal: waiting.signal })));
    await settled();
    waiting.abort();
    expect(await left).toMatchObject({ code: 'ServiceException' });
    for (const start of world.executor.starting) start.succeed();
    await settled();
    const running = new AbortController();
    const call = world.invoker.invoke(requestOf(undefined, { signal: running.signal }));
    await settled();
    running.abort();
    await settled();
    world.executor.busy[0]!.answer('done');
    expect(bodyOf(await call)).toBe('done');
  });

  test('durations are those of the handler; a cold start is billed with its start, a timeout to its deadline', async () => {
    const world = openWorld();
    const call = world.invoker.invoke(requestOf());
    await settled();
    world.elapsed.ms += 12.3;
    world.executor.busy[0]!.answer(1);
    expect(await call).toMatchObject({ durationMs: 12.3, billedMs: 113, initMs: 100, memoryUsedMb: 41 });
    const late = world.invoker.invoke(requestOf());
    await settled();
    expect(world.executor.busy[0]!.invocation!.deadlineMs).toBe(world.clock.ms + 3000);
    world.elapsed.ms += 3050;
    world.executor.busy[0]!.finish({ kind: 'failure', failure: { kind: 'timeout' }, streamed: false });
    expect(await late).toMatchObject({ durationMs: 3000, billedMs: 3000 });
  });
});
