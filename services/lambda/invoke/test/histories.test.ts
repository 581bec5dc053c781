/** Random histories of calls, starts, answers, crashes, updates, provisioning and time, against a plain model of what may run. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExecutorUnavailable } from '../../executor/api.ts';
import type { ResolvedFunction } from '../../store/api.ts';
import { openWorld, requestOf, settled, targetOf, type World } from './support/world.ts';

const perAccount = 5;
const budgetMb = 1024;

/** Two that reserve something, two that share the rest; the last is too large to stand beside much. */
const shapes = [
  { name: 'a', memoryMb: 128, reserved: 2 },
  { name: 'b', memoryMb: 256, reserved: 1 },
  { name: 'c', memoryMb: 128, reserved: undefined },
  { name: 'd', memoryMb: 512, reserved: undefined },
] as const;

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('call' as const), of: fc.nat(3) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('answer' as const), pick: fc.nat(9) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('started' as const), pick: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('started and dies' as const), pick: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('start fails' as const), pick: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('start is refused' as const), pick: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('handler throws' as const), pick: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const), pick: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('caller leaves' as const), pick: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('update' as const), of: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('retire' as const), of: fc.nat(3) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('provision' as const), of: fc.nat(3), count: fc.nat(3) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('time' as const),
      ms: fc.constantFrom(300, 11_000, 700_000, 43_000_000),
    }),
  },
  // Without letting anything happen in between.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('burst' as const), of: fc.nat(3) }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

interface CallState {
  readonly of: string;
  readonly abort: AbortController;
  outcomes: string[];
}

class History {
  readonly world: World;
  readonly calls: CallState[] = [];
  readonly #revisions = [1, 1, 1, 1];
  readonly #seen = new Set<string>();

  constructor(startsAtOnce: number) {
    this.world = openWorld({ concurrencyPerAccount: perAccount, memoryBudgetMb: budgetMb, startsAtOnce });
    this.world.executor.isPrompt = false;
    this.world.executor.invoked = () => this.check();
    this.world.executor.began = () => expect(this.world.executor.memoryMb).toBeLessThanOrEqual(budgetMb);
  }

  targetAt(at: number): ResolvedFunction {
    const { name, memoryMb, reserved } = shapes[at]!;
    return targetOf({
      name,
      row: reserved === undefined ? {} : { reservedConcurrency: reserved },
      version: { memoryMb, revisionId: `r${this.#revisions[at]}` },
    });
  }

  async take(one: Step): Promise<void> {
    const { executor, invoker } = this.world;
    switch (one.kind) {
      case 'call':
        this.#call(one.of);
        break;
      case 'burst':
        for (let count = 0; count < 4; count += 1) {
          this.#call(one.of);
          // A refusal is heard of, and hardly anything else.
          for (let turn = 0; turn < 5; turn += 1) await undefined;
        }
        break;
      case 'answer':
        picked(executor.busy, one.pick)?.answer(1);
        break;
      case 'handler throws':
        picked(executor.busy, one.pick)?.finish({
          kind: 'failure',
          failure: { kind: 'handler', body: Buffer.from('{"errorType":"Error"}') },
          streamed: false,
        });
        break;
      case 'started':
        picked([...executor.starting], one.pick)?.succeed();
        break;
      case 'started and dies':
        picked([...executor.starting], one.pick)
          ?.succeed()
          .crash();
        break;
      case 'start fails':
        picked([...executor.starting], one.pick)?.fail({ kind: 'init', body: Buffer.from('{}') });
        break;
      case 'start is refused':
        picked([...executor.starting], one.pick)?.refuse(new ExecutorUnavailable('no processes'));
        break;
      case 'crash':
        picked([...executor.alive], one.pick)?.crash();
        break;
      case 'caller leaves':
        picked(
          this.calls.filter(({ outcomes }) => outcomes.length === 0),
          one.pick,
        )?.abort.abort();
        break;
      case 'update':
        this.#revisions[one.of]! += 1;
        break;
      case 'retire':
        invoker.retire(`id-${shapes[one.of]!.name}`, '$LATEST');
        break;
      case 'provision':
        invoker.provision(this.targetAt(one.of), one.count).catch((error: unknown) => {
          throw error;
        });
        break;
      case 'time':
        await this.world.advance(one.ms);
        break;
    }
    if (one.kind !== 'burst') await settled();
    this.check();
  }

  #call(at: number): void {
    const target = this.targetAt(at);
    const { name, reserved } = shapes[at]!;
    this.#seen.add(name);
    const open = this.calls.filter(({ outcomes }) => outcomes.length === 0);
    const own = open.filter(({ of }) => of === name).length;
    const shared = open.filter(({ of }) => of === 'c' || of === 'd').length;
    const reservedAll = shapes.reduce(
      (sum, one) => sum + (this.#seen.has(one.name) ? (one.reserved ?? 0) : 0),
      0,
    );
    const expected =
      reserved !== undefined && own >= reserved
        ? 'ReservedFunctionConcurrentInvocationLimitExceeded'
        : open.length >= perAccount || (reserved === undefined && shared >= perAccount - reservedAll)
          ? 'ConcurrentInvocationLimitExceeded'
          : undefined;
    const call: CallState = { of: name, abort: new AbortController(), outcomes: [] };
    this.calls.push(call);
    // What is refused for its concurrency never reaches a pool.
    const startsBefore = this.world.executor.started;
    this.world.invoker.invoke(requestOf(target, { signal: call.abort.signal })).then(
      (result) => {
        call.outcomes.push(result.failure?.kind ?? 'answer');
        if (expected !== undefined) call.outcomes.push(`ran, though ${expected}`);
      },
      (error: unknown) => {
        const reason = (error as { details?: { Reason?: string } }).details?.Reason;
        call.outcomes.push(reason ?? (error as Error).name);
        if (expected !== undefined && reason !== expected) call.outcomes.push(`not ${expected}`);
        if (reason === 'ReservedFunctionConcurrentInvocationLimitExceeded' && expected !== reason)
          call.outcomes.push('refused without reason');
      },
    );
    if (expected !== undefined) expect(this.world.executor.started).toBe(startsBefore);
  }

  check(): void {
    const { executor, invoker } = this.world;
    expect(executor.memoryMb).toBeLessThanOrEqual(budgetMb);
    expect(executor.busy.length).toBeLessThanOrEqual(perAccount);
    for (const { name, reserved } of shapes) {
      const busy = executor.busy.filter(({ spec }) => spec.functionName === name).length;
      expect(busy).toBeLessThanOrEqual(reserved ?? perAccount);
      expect(invoker.counts(`id-${name}`).busy).toBeGreaterThanOrEqual(busy);
    }
    for (const { outcomes } of this.calls) expect(outcomes.length).toBeLessThanOrEqual(1);
  }

  /** Everything that began comes to its end. */
  async finish(isCut: boolean): Promise<void> {
    const { invoker, executor, folders, timers, tables } = this.world;
    const cut = new AbortController();
    const stopped = invoker.stop(cut.signal);
    if (isCut) cut.abort();
    let hasStopped = false;
    stopped.then(
      () => {
        hasStopped = true;
      },
      () => undefined,
    );
    for (let turn = 0; turn < 100 && !hasStopped; turn += 1) {
      for (const start of executor.starting) start.succeed();
      for (const busy of executor.busy) busy.answer(1);
      await settled();
    }
    expect(hasStopped, 'it stops').toBe(true);
    await stopped;
    await settled();
    for (const { outcomes } of this.calls) expect(outcomes).toHaveLength(1);
    expect(executor.alive.size).toBe(0);
    expect(executor.starting.size).toBe(0);
    expect(folders.held).toBe(0);
    expect(timers.armed.size).toBe(0);
    const came = this.calls.filter(({ outcomes: [one] }) =>
      ['answer', 'handler', 'exit', 'init'].includes(one!),
    );
    expect(tables.rows.size).toBe(came.length);
    await expect(invoker.invoke(requestOf())).rejects.toMatchObject({ code: 'ServiceException' });
  }
}

function picked<One>(list: readonly One[], pick: number): One | undefined {
  return list[pick % Math.max(1, list.length)];
}

test.each([1, 2, 100])(
  'never more runs than may, every call has one outcome, and nothing is left behind: %i starts at once',
  async (startsAtOnce) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, isCut) => {
        const history = new History(startsAtOnce);
        for (const one of steps) await history.take(one);
        await history.finish(isCut);
      }),
      { numRuns: 300 },
    );
  },
);
