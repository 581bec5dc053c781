/** Delivery from the outbox: order, retries, what is given up, several senders on one store. The clock is the test's. */
import type { TableDomain } from '@hypergate/table';
import { beforeEach, expect, test } from 'vitest';
import { utf8 } from '../engine/bytes.ts';
import { s3Limits } from '../limits.ts';
import { Outbox } from '../store/outbox.ts';
import { MemoryTables } from './memory-tables.ts';
import { ManualTimer } from './support/manual-timer.ts';
import { otherQueue, queue, RecordingTargets } from './support/recording-targets.ts';

let tables: MemoryTables;
let registry: TableDomain;
let targets: RecordingTargets;
let time: ManualTimer;
let warnings: string[];
let errors: unknown[];
/** How far the clock was set back; timers go on. */
let setBackMs: number;
let drawn: number;

beforeEach(async () => {
  tables = new MemoryTables();
  registry = await tables.ensureDomain(Buffer.alloc(32, 1));
  targets = new RecordingTargets();
  time = new ManualTimer();
  warnings = [];
  errors = [];
  drawn = 0;
  setBackMs = 0;
});

function open(to: RecordingTargets | undefined = targets): Outbox {
  return new Outbox({
    tables,
    registry: () => registry,
    targets: () => to,
    clock: { now: () => time.clock.now() - setBackMs },
    random: {
      bytes: (length) => {
        drawn += 1;
        return Buffer.alloc(length, drawn);
      },
    },
    log: {
      warn: (_details, message) => warnings.push(message),
      error: (details) => errors.push(details),
    },
    timer: time.timer,
  });
}

/** @param wakes false: the process stops between the transaction and the delivery */
async function post(
  outbox: Outbox,
  key: string,
  text: string,
  targetArn = queue,
  wakes = true,
): Promise<void> {
  const body = utf8(JSON.stringify(text));
  const row = {
    targetArn,
    bucket: 'b',
    accountId: '1',
    key: utf8(key),
    createdMs: time.nowMs,
    traceId: '',
    body,
  };
  const posting = outbox.post(row, outbox.ticks.next(time.nowMs, 0));
  await tables.transact([posting.write]);
  if (wakes) posting.applied();
}

const messages = () => targets.deliveries.map(({ message }) => message);
const pending = () => (registry as unknown as { rows: Map<string, unknown> }).rows.size;
const emptied = () => expect.poll(pending).toBe(0);

/** Waits until the senders wait, and lets them go on after so long. */
async function after(ms: number): Promise<void> {
  await expect.poll(() => time.nextMs).toBeDefined();
  time.advance(ms);
}

test('a clock that is set back does not hold up what is to be sent again', async () => {
  const outbox = open();
  targets.before = () => {
    targets.before = () => undefined;
    throw new Error('not now');
  };
  await post(outbox, 'k', 'one');
  await expect.poll(() => targets.attempts).toBe(1);
  setBackMs = 24 * 60 * 60_000;
  await after(s3Limits.outboxTimerMsMax);
  await emptied();
  expect(messages()).toEqual(['one']);
  await outbox.stop();
});

test('an event is delivered with its bucket and owner, and its record goes', async () => {
  const outbox = open();
  await post(outbox, 'k', 'one');
  await emptied();
  expect(targets.deliveries).toMatchObject([
    { target: queue, event: { sourceArn: 'arn:aws:s3:::b', sourceAccount: '1' }, message: 'one' },
  ]);
  await outbox.stop();
});

test('what a process left is delivered by the next one, in order', async () => {
  const first = open();
  for (const text of ['1', '2', '3']) await post(first, 'k', text, queue, false);
  await post(first, 'k', 'other', otherQueue, false);
  const second = open();
  await second.resume();
  await emptied();
  expect(messages().filter((text) => text !== 'other')).toEqual(['1', '2', '3']);
  expect(messages()).toHaveLength(4);
  // Also when the clock went back meanwhile.
  time.nowMs -= 5000;
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  targets.before = () => gate;
  await post(second, 'k', '4');
  await post(second, 'k', '5');
  release();
  await emptied();
  expect(messages().slice(4)).toEqual(['4', '5']);
  await second.stop();
});

test('a running process finds what a stopped one left, by looking from time to time', async () => {
  const watcher = open();
  await watcher.resume();
  await post(open(), 'k', 'left', queue, false);
  time.advance(s3Limits.outboxLookMs);
  await emptied();
  expect(messages()).toEqual(['left']);
  await watcher.stop();
});

test('an event that is not taken is sent again later and later, with one id, before the later ones of its object', async () => {
  const outbox = open();
  const ids: string[] = [];
  targets.before = (_target, event) => {
    ids.push(event.id);
    if (ids.length <= 4) throw new Error('not now');
  };
  await post(outbox, 'k', '1');
  for (const waits of [1000, 2000, 4000, 8000]) {
    await expect.poll(() => time.nextMs).toBeDefined();
    const sent = ids.length;
    // Not a moment before.
    for (let left = waits - 1; left > 0; left -= s3Limits.outboxTimerMsMax) {
      await after(Math.min(left, s3Limits.outboxTimerMsMax));
    }
    await expect.poll(() => time.nextMs).toBe(1);
    expect(ids.length).toBe(sent);
    if (sent === 1) await post(outbox, 'k', '2');
    await after(1);
    await expect.poll(() => ids.length).toBeGreaterThan(sent);
  }
  await emptied();
  expect(messages()).toEqual(['1', '2']);
  expect(new Set(ids.slice(0, 5)).size).toBe(1);
  await outbox.stop();
});

test('an event that is never taken holds up its object, and nothing else', async () => {
  const outbox = open();
  targets.before = (_target, event) => {
    if (Buffer.from(event.body).toString() === '"poison"') throw new Error('never');
  };
  await post(outbox, 'bad', 'poison');
  await post(outbox, 'bad', 'behind');
  await expect.poll(() => time.nextMs).toBeDefined();
  for (let i = 0; i < 3; i += 1) {
    await post(outbox, `good${i}`, `good ${i}`);
    await expect.poll(() => messages()).toContain(`good ${i}`);
  }
  await post(outbox, 'bad', 'far behind');
  await post(outbox, 'bad', 'elsewhere', otherQueue);
  await expect.poll(() => messages()).toContain('elsewhere');
  expect(messages().filter((text) => text.includes('behind'))).toEqual([]);
  targets.before = () => undefined;
  await after(s3Limits.outboxRetryMsMax);
  await emptied();
  expect(messages().slice(-3)).toEqual(['poison', 'behind', 'far behind']);
  await outbox.stop();
});

test('a destination that is gone loses its events', async () => {
  const outbox = open();
  targets.gone.add(queue);
  await post(outbox, 'k', '1');
  await post(outbox, 'k', '2', otherQueue);
  await emptied();
  expect(messages()).toEqual(['2']);
  expect(warnings).toHaveLength(1);
  await outbox.stop();
});

test('an event that nobody took for a day is given up', async () => {
  const outbox = open();
  targets.before = () => {
    throw new Error('not now');
  };
  await post(outbox, 'k', 'old');
  await after(s3Limits.outboxAgeMsMax);
  await expect.poll(() => time.nextMs).toBeDefined();
  expect(pending()).toBe(1);
  await after(s3Limits.outboxRetryMsMax);
  await emptied();
  expect(messages()).toEqual([]);
  expect(warnings.at(-1)).toContain('given up');
  await outbox.stop();
});

test('events wait while nothing takes any, and are there when something does', async () => {
  const without = new Outbox({
    tables,
    registry: () => registry,
    targets: () => undefined,
    clock: time.clock,
    random: { bytes: (length) => Buffer.alloc(length, 9) },
    log: { warn: (_details, message) => warnings.push(message), error: (details) => errors.push(details) },
    timer: time.timer,
  });
  await post(without, 'k', '1');
  await expect.poll(() => time.nextMs).toBeDefined();
  await without.stop();
  expect(pending()).toBe(1);
  const outbox = open();
  await outbox.resume();
  await emptied();
  expect(messages()).toEqual(['1']);
  await outbox.stop();
});

test('two gateways on one store send nothing that is not the same event', async () => {
  const [one, two] = [open(), open()];
  for (let i = 0; i < 40; i += 1) await post(one, `k${i % 7}`, `${i}`, queue, false);
  await Promise.all([one.resume(), two.resume()]);
  await emptied();
  expect(
    messages()
      .map(Number)
      .sort((a, b) => a - b),
  ).toEqual(Array.from({ length: 40 }, (_, i) => i));
  for (let lane = 0; lane < 7; lane += 1) {
    const numbers = messages()
      .map(Number)
      .filter((i) => i % 7 === lane);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  }
  await Promise.all([one.stop(), two.stop()]);
});

test('more events than one look sees are delivered in order, and stopping waits for those under way', async () => {
  const outbox = open();
  const count = s3Limits.outboxWindow * 2 + 10;
  for (let i = 0; i < count; i += 1) await post(outbox, `k${i % 50}`, `${i}`, queue, false);
  let mostAtOnce = 0;
  let atOnce = 0;
  let stopping: Promise<void> | undefined;
  targets.before = async () => {
    atOnce += 1;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    await Promise.resolve();
    atOnce -= 1;
    if (targets.attempts > s3Limits.outboxWindow + 5) stopping ??= outbox.stop();
  };
  await outbox.resume();
  await expect.poll(() => stopping !== undefined).toBe(true);
  await stopping;
  expect(atOnce).toBe(0);
  expect(pending()).toBe(count - targets.deliveries.length);
  expect(pending()).toBeGreaterThan(0);
  const next = open();
  await next.resume();
  await emptied();
  expect(targets.taken.length).toBe(count);
  expect(mostAtOnce).toBe(s3Limits.outboxConcurrency);
  for (let lane = 0; lane < 50; lane += 1) {
    const numbers = messages()
      .map(Number)
      .filter((i) => i % 50 === lane);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  }
  await next.stop();
});

test('a store that fails loses nothing', async () => {
  const outbox = open();
  await post(outbox, 'k', '1');
  await emptied();
  tables.beforeTransact = async (writes) => {
    if (writes.some(({ kind }) => kind === 'remove')) throw new Error('full');
  };
  await post(outbox, 'k', '2');
  await expect.poll(() => errors.length).toBe(1);
  expect(pending()).toBe(1);
  tables.beforeTransact = async () => undefined;
  await after(s3Limits.outboxRetryMsMax);
  await emptied();
  expect(messages()).toEqual(['1', '2']);
  expect(targets.taken.length).toBe(3);
  await outbox.stop();
});

test('everything that waits can be thrown away', async () => {
  const outbox = open();
  for (let i = 0; i < 300; i += 1) await post(outbox, 'k', `${i}`, queue, false);
  await outbox.clear();
  expect(pending()).toBe(0);
  await outbox.resume();
  await outbox.stop();
  expect(messages()).toEqual([]);
});
