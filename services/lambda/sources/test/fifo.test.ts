/** FIFO queues as sources: the order of each group, whatever fails, is cut short or does not fit. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ModelInvoker } from '../../events/test/support/model-invoker.ts';
import { openWorld, queueArn, turn, type World } from '../../events/test/support/world.ts';
import type { InvokeRequest } from '../../invoke/api.ts';
import { lineageName } from '../../invoke/lineage.ts';
import { ManualTimers } from '../../invoke/test/support/world.ts';
import type { MappingSettings } from '../../model/mapping-settings.ts';
import type { OutgoingMessage } from '../../queues/api.ts';
import { putMapping } from '../../store/mappings.ts';
import { createSources, type Sources } from '../index.ts';
import { mappingRow } from './support/mapping.ts';

interface Shown {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const arn = queueArn('q.fifo');
let world: World;
let invoker: ModelInvoker;
let timers: ManualTimers;
let gateways: Sources[];

beforeEach(() => open());
afterEach(() => close());

async function open(): Promise<void> {
  world = await openWorld();
  await world.putFunction('hello');
  await world.putQueue('q.fifo');
  invoker = new ModelInvoker();
  timers = new ManualTimers(world.clock);
  gateways = [];
}

async function close(): Promise<void> {
  for (const one of gateways) await one.stop(AbortSignal.abort());
  await world.close();
}

/** A gateway that polls. */
async function begin(settings: Partial<MappingSettings> = {}): Promise<Sources> {
  const row = mappingRow(settings, { sourceArn: arn });
  await world.base.tables.transact([putMapping(world.base, row, 'any')]);
  const { base, functions, queues } = world;
  const sources = createSources({ base, functions, queues, invoker, timers });
  gateways.push(sources);
  await sources.flush();
  return sources;
}

const send = (group: string, bodies: readonly string[], more: Partial<OutgoingMessage> = {}) =>
  world.queues.send(
    arn,
    bodies.map((body, at) => ({
      body,
      senderId: 'sender',
      groupId: group,
      deduplicationId: `${group}-${body.slice(0, 20)}-${at}`,
      ...more,
    })),
  );

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await turn();
}

async function advance(ms: number): Promise<void> {
  world.clock.ms += ms;
  timers.runDue();
  await world.queues.look();
  for (let turns = 0; turns < 20; turns += 1) await turn();
}

const recordsOf = ({ payload }: Pick<InvokeRequest, 'payload'>): readonly Shown[] =>
  (JSON.parse(Buffer.from(payload).toString()) as { Records: Shown[] }).Records;
const seen = () =>
  invoker.calls.flatMap((call) =>
    recordsOf(call).map(({ body, attributes }) => `${attributes.MessageGroupId}${body.slice(0, 1)}`),
  );
const ofGroup = (group: string) => seen().filter((one) => one.startsWith(group));
const isEmpty = async () => {
  const { visible, inFlight } = await world.queues.counts({ ...mappingRow(), name: 'q.fifo' });
  return visible + inFlight === 0;
};

test('while a batch is with the function nothing of its groups is, and other groups are', async () => {
  invoker.fate = () => 'hang';
  await send('g', ['1', '2']);
  await begin({ batchSize: 1, maximumConcurrency: 3 });
  await until(() => invoker.hanging.size === 1);
  await send('h', ['1']);
  await until(() => invoker.hanging.size === 2);
  expect(seen()).toEqual(['g1', 'h1']);
  invoker.fate = () => 'answer';
  invoker.release();
  await until(isEmpty);
  expect(ofGroup('g')).toEqual(['g1', 'g2']);
});

test('a batch that fails comes again before what is behind it', async () => {
  invoker.fate = () => 'error';
  await send('g', ['1', '2', '3']);
  await begin({ batchSize: 2 });
  await until(() => invoker.calls.length === 1);
  await advance(29_000);
  expect(seen()).toEqual(['g1', 'g2']);
  invoker.fate = () => 'answer';
  await advance(1000);
  await until(isEmpty);
  expect(seen()).toEqual(['g1', 'g2', 'g1', 'g2', 'g3']);
  expect(recordsOf(invoker.calls[1]!)[0]!.attributes.ApproximateReceiveCount).toBe('2');
});

test('what is reported as failed comes again, before what was not reported yet', async () => {
  invoker.answer = ({ payload }) => {
    const batchItemFailures = recordsOf({ payload })
      .filter(({ body }) => body !== '1')
      .map(({ messageId: itemIdentifier }) => ({ itemIdentifier }));
    return Buffer.from(JSON.stringify({ batchItemFailures }));
  };
  await send('g', ['1', '2', '3', '4']);
  await begin({ batchSize: 3, reportsItemFailures: true });
  await until(() => invoker.calls.length === 1);
  invoker.answer = () => Buffer.from('{}');
  await advance(30_000);
  await until(isEmpty);
  expect(seen()).toEqual(['g1', 'g2', 'g3', 'g2', 'g3', 'g4']);
});

test('what is too much for one event comes in the next, and not at all when the one before failed', async () => {
  const text = 'x'.repeat(1_000_000);
  for (let at = 1; at <= 8; at += 1) await send('g', [`${at}${text}`]);
  invoker.fate = () => 'hang';
  await begin();
  await until(() => invoker.hanging.size === 1);
  await advance(1000);
  expect(invoker.calls).toHaveLength(1);
  invoker.fate = () => 'answer';
  invoker.release('error');
  await advance(1000);
  expect(invoker.calls).toHaveLength(1);
  await advance(29_000);
  await until(isEmpty);
  const first = ['g1', 'g2', 'g3', 'g4', 'g5', 'g6'].slice(0, recordsOf(invoker.calls[0]!).length);
  expect(first.length).toBeGreaterThan(3);
  expect(seen()).toEqual([...first, 'g1', 'g2', 'g3', 'g4', 'g5', 'g6', 'g7', 'g8']);
});

test('behind a message that is a loop nothing of its group comes', async () => {
  const traceHeader = `Root=1-2-3;Lineage=${lineageName('id-hello')}:16`;
  await send('g', ['1'], { traceHeader });
  await send('g', ['2']);
  await send('h', ['1']);
  await begin();
  await until(() => invoker.calls.length === 1);
  await advance(1000);
  expect(seen()).toEqual(['h1']);
});

test('a message that a function ran for and that could not be deleted comes again, before those behind it', async () => {
  invoker.fate = () => 'hang';
  await send('g', ['1', '2']);
  const sources = await begin({ batchSize: 1 });
  await until(() => invoker.hanging.size === 1);
  // As if it was killed: nothing comes of what runs.
  await sources.stop(AbortSignal.abort());
  invoker.fate = () => 'answer';
  await begin({ batchSize: 1 });
  await advance(1000);
  expect(seen()).toEqual(['g1']);
  await advance(29_000);
  await until(isEmpty);
  expect(seen()).toEqual(['g1', 'g1', 'g2']);
});

test('in every history of failures, throttles and stops groups keep their order and nothing is lost', async () => {
  await close();
  const fate = fc.constantFrom('answer' as const, 'error' as const, 'throttle' as const, 'part' as const);
  const history = fc.record({
    groups: fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 14 }),
    fates: fc.array(fate, { maxLength: 8 }),
    stopsAt: fc.array(fc.nat({ max: 12 }), { maxLength: 2 }),
    batchSize: fc.integer({ min: 1, max: 10 }),
  });
  await fc.assert(
    fc.asyncProperty(history, async ({ groups, fates, stopsAt, batchSize }) => {
      await open();
      try {
        const done: string[] = [];
        const fateOf = new Map<string, string>();
        invoker.fate = ({ requestId }) => {
          const next = fates[invoker.calls.length - 1] ?? 'answer';
          fateOf.set(requestId, next);
          return next === 'part' ? 'answer' : next;
        };
        invoker.answer = (request) => {
          const records = recordsOf(request);
          const kept = fateOf.get(request.requestId) === 'part' ? records.length >> 1 : records.length;
          done.push(
            ...records.slice(0, kept).map(({ body, attributes }) => `${attributes.MessageGroupId} ${body}`),
          );
          const batchItemFailures = records
            .slice(kept)
            .map(({ messageId: itemIdentifier }) => ({ itemIdentifier }));
          return Buffer.from(JSON.stringify({ batchItemFailures }));
        };
        for (const [at, group] of groups.entries())
          await send(`g${group}`, [String(at).padStart(3, '0')], { deduplicationId: String(at) });
        let sources = await begin({ batchSize, reportsItemFailures: true });
        for (let second = 0; !(await isEmpty()); second += 1) {
          await advance(1000);
          if (!stopsAt.includes(second)) continue;
          await sources.stop(AbortSignal.abort());
          sources = await begin({ batchSize, reportsItemFailures: true });
        }
        const sent = groups.map((group, at) => `g${group} ${String(at).padStart(3, '0')}`);
        for (const group of ['g0', 'g1', 'g2']) {
          // Once more is allowed where a deletion was cut, never one before another.
          const first = [...new Set(done.filter((one) => one.startsWith(group)))];
          expect(first).toEqual(sent.filter((one) => one.startsWith(group)));
        }
      } finally {
        await close();
      }
    }),
    { numRuns: 25 },
  );
  await open();
});
