/** Gateways over one store in memory, with functions and queues in real tables; time is the test's. */
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { MemoryState, openMemoryNode } from '@hypergate/node/embedded';
import { MemoryStore } from '@hypergate/node/store';
import { openTables } from '@hypergate/table';
import { pino } from 'pino';
import { account, accounts, ManualTimers, region, targetOf } from '../../../invoke/test/support/world.ts';
import type { FunctionRow, VersionRow } from '../../../model/function-rows.ts';
import {
  domainAddress,
  functionKey,
  functionsTable,
  versionKey,
  versionsTable,
} from '../../../model/tables.ts';
import { createQueues, type QueueService } from '../../../queues/index.ts';
import type { QueueRow } from '../../../queues/tables.ts';
import type { LambdaBase } from '../../../store/context.ts';
import { type EventInvokeRow, eventInvokeKey, eventInvokeTable } from '../../../store/event-invoke.ts';
import { PlainFunctions } from '../../../test/support/plain-functions.ts';
import type { EventInvocation } from '../../api.ts';
import { type EventRow, eventsTable } from '../../event-table.ts';
import { createEventQueue, type DurableEventQueue } from '../../index.ts';
import { ModelInvoker } from './model-invoker.ts';

export { account, region };
export const scope = { account, region };
export const queueArn = (name: string): string => `arn:aws:sqs:${region}:${account}:${name}`;
export const functionArn = (name: string): string => `arn:aws:lambda:${region}:${account}:function:${name}`;

const keystore = createKeystore(Buffer.alloc(32, 0x45));
const writerKey = ed25519SigningKey(keystore.writerSeed());

/** What a process has: its timers stand still when it is killed. */
export interface Gateway {
  readonly events: DurableEventQueue;
  readonly invoker: ModelInvoker;
  readonly timers: ManualTimers;
  readonly killed: AbortController;
}

export interface Received {
  readonly body: string;
  readonly attributes: Readonly<Record<string, { readonly stringValue?: string }>>;
}

export type World = Awaited<ReturnType<typeof openWorld>>;

export async function openWorld() {
  await using opened = new AsyncDisposableStack();
  const clock = { ms: Date.UTC(2026, 10, 23) };
  const nodeTimers = new ManualTimers(clock);
  const { node } = await openMemoryNode({
    state: new MemoryState(),
    writerKey,
    clock: { monotonic: () => clock.ms, timer: (ms, work) => nodeTimers.later(ms, work) },
  });
  opened.defer(() => node.close());
  const random = createPooledRandom();
  const failures: unknown[] = [];
  const tables = await openTables(
    {},
    {
      node,
      indexStore: new MemoryStore(),
      keys: keystore,
      writerKey: writerKey.publicKey,
      random,
      onFailure: (error) => failures.push(error),
    },
  );
  opened.defer(async () => {
    await tables.close();
    if (failures.length > 0) throw new Error('the index failed', { cause: failures[0] });
  });
  const base: LambdaBase = {
    tables,
    domain: await tables.ensureDomain(domainAddress),
    clock: { now: () => clock.ms },
    random,
    logger: pino({ level: 'silent' }),
    settings: {
      region,
      rootAccountId: account,
      accounts,
      s3Domains: [],
      lifecycleDayMs: 1,
      dataDir: '/data',
    },
  };
  const functions = new PlainFunctions(base);
  const queues: QueueService = createQueues(base);
  opened.defer(() => queues.stop());
  const alive = new Set<Gateway>();
  opened.defer(async () => {
    for (const { events } of alive) await events.stop(AbortSignal.abort());
  });

  /** @param holder of another gateway than the first */
  const boot = (holder = 'first', invoker = new ModelInvoker()): Gateway => {
    const timers = new ManualTimers(clock);
    const killed = new AbortController();
    const events = createEventQueue({
      base,
      node: {
        async lease(options) {
          const signals = [killed.signal, ...(options.signal === undefined ? [] : [options.signal])];
          const lease = await node.lease({ ...options, signal: AbortSignal.any(signals) });
          killed.signal.addEventListener('abort', () => lease.abandon(), { once: true });
          return lease;
        },
      },
      functions,
      queues,
      invoker,
      timers,
      holder: Buffer.from(holder),
    });
    const gateway = { events, invoker, timers, killed };
    alive.add(gateway);
    events.start();
    return gateway;
  };

  const world = {
    base,
    node,
    clock,
    functions,
    queues,
    boot,
    /** As SIGKILL, but for what it is doing: what comes of that comes too late. */
    kill(gateway: Gateway): void {
      gateway.killed.abort();
      gateway.timers.armed.clear();
      alive.delete(gateway);
    },
    /** All that can be done now is done; what hangs, hangs. */
    async quiet(): Promise<void> {
      for (let still = 0; still < 3; still += 1) {
        await turn();
        for (const { events, invoker } of alive) if (events.underWay > invoker.hanging.size) still = -1;
      }
    },
    async advance(ms: number): Promise<void> {
      clock.ms += ms;
      nodeTimers.runDue();
      for (const { timers } of alive) timers.runDue();
      await world.quiet();
    },
    /** As `advance`, also while something waits for a time to come. */
    async pass(ms: number): Promise<void> {
      clock.ms += ms;
      nodeTimers.runDue();
      for (const { timers } of alive) timers.runDue();
      for (let turns = 0; turns < 20; turns += 1) await turn();
    },
    async putFunction(name: string, version: Partial<VersionRow> = {}, row: Partial<FunctionRow> = {}) {
      const made = targetOf({ name, row, version });
      const { domain } = base;
      await tables.transact([
        { kind: 'put', domain, table: functionsTable, key: functionKey(scope, name), row: made.function },
        {
          kind: 'put',
          domain,
          table: versionsTable,
          key: versionKey(made.function.id, made.version.version),
          row: made.version,
        },
      ]);
    },
    async configure(name: string, config: Partial<EventInvokeRow>): Promise<void> {
      const functionId = `id-${name}`;
      const row: EventInvokeRow = {
        ...scope,
        functionName: name,
        functionId,
        qualifier: '$LATEST',
        modifiedMs: 0,
        ...config,
      };
      const key = eventInvokeKey(functionId);
      await tables.transact([{ kind: 'put', domain: base.domain, table: eventInvokeTable, key, row }]);
    },
    async putQueue(name: string, more: Partial<QueueRow> = {}): Promise<void> {
      await queues.store.create({
        ...scope,
        name,
        id: Buffer.from(name.padEnd(16, '-').slice(0, 16)).toString('hex'),
        createdMs: 0,
        modifiedMs: 0,
        isFifo: name.endsWith('.fifo'),
        visibilitySeconds: 30,
        retentionSeconds: 1_209_600,
        delaySeconds: 0,
        waitSeconds: 0,
        messageBytesMax: 1024 * 1024,
        managedEncryption: false,
        contentBasedDeduplication: false,
        deduplicationScope: 'queue',
        throughputLimit: 'perQueue',
        tags: {},
        ...more,
      });
    },
    /** Takes them out. */
    async messages(name: string): Promise<Received[]> {
      const found: Received[] = [];
      for (;;) {
        const some = await queues.receive(queueArn(name), { max: 10, waitMs: 0 });
        if (some.length === 0) return found;
        found.push(...some);
        await queues.remove(
          queueArn(name),
          some.map(({ receipt }) => receipt),
        );
      }
    },
    /** Events that are not over. */
    async left(): Promise<EventRow[]> {
      const rows: EventRow[] = [];
      for (const { sort } of await base.domain.scan(eventsTable, Buffer.alloc(0), {})) {
        const found = await base.domain.get(eventsTable, { partition: Buffer.alloc(0), sort });
        if (found !== undefined) rows.push(found.row);
      }
      return rows;
    },
    close: () => closing.disposeAsync(),
  };
  const closing = opened.move();
  return world;
}

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let requests = 0;

export function eventOf(functionName: string, more: Partial<EventInvocation> = {}): EventInvocation {
  requests += 1;
  return {
    scope,
    functionName,
    qualifier: undefined,
    requestId: `00000000-0000-4000-8000-${String(requests).padStart(12, '0')}`,
    payload: Buffer.from(`{"number":${requests}}`),
    traceId: 'Root=1-5759e988-bd862e3fe1be46a994272793',
    ...more,
  };
}
