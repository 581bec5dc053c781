/** Metrics of the whole service, as they are scraped. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeLimits } from '../store/limits.ts';
import { openWorld, type World } from './support/service-harness.ts';

const mebibyte = 1024 * 1024;

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const value = (text: string, name: string) => {
  const line = text.split('\n').find((each) => each.startsWith(`hypergate_redis_${name} `));
  return line === undefined ? undefined : Number(line.split(' ')[1]);
};

test('show what clients did, some seconds later', async () => {
  const client = world.client();
  for (let i = 0; i < 7; i++) await client.set(`key:${i}`, 'v');
  await client.select(3);
  await client.set('other', 'v', 'PX', 1);
  await client.lpush('list', 'a');
  await expect(client.incr('list')).rejects.toThrow(/WRONGTYPE/);
  await expect(client.call('GET')).rejects.toThrow(/wrong number/);
  const large = world.client({ retryStrategy: null });
  await large.watch('x'.repeat(200 * 1024));
  const evicted = new Promise((resolve) => large.once('close', resolve));
  await client.config('SET', 'maxmemory-clients', '128kb');
  await evicted;
  await client.config('SET', 'maxmemory-clients', 0);
  let text = '';
  while (value(text, 'commands_total{command="incr",outcome="failed"}') !== 1) {
    text = await world.metrics.metrics();
    await client.ping();
  }
  expect(value(text, 'commands_total{command="set",outcome="ok"}')).toBe(8);
  expect(value(text, 'commands_total{command="get",outcome="rejected"}')).toBe(1);
  expect(value(text, 'keys{database="0"}')).toBe(7);
  expect(value(text, 'connected_clients')).toBe(1);
  expect(value(text, 'expired_keys_total')).toBe(1);
  expect(value(text, 'evicted_clients_total')).toBe(1);
  for (const name of ['dataset_bytes', 'heap_bytes', 'resident_bytes', 'input_bytes_total']) {
    expect(value(text, name), name).toBeGreaterThan(0);
  }
  expect(value(text, 'journal_row_batches_count')).toBeGreaterThan(7);
  expect(value(text, 'journal_lag_batches')).toBe(0);
  expect(value(text, 'engine_restarts_total')).toBe(0);
  process.kill(world.enginePid(), 'SIGKILL');
  expect(await client.ping()).toBe('PONG');
  expect(value(await world.metrics.metrics(), 'engine_restarts_total')).toBe(1);
});

test('tell of checkpoints: how many there were, their time, and the size of the last', async () => {
  const client = world.client();
  await client.flushall();
  const before = await world.metrics.metrics();
  expect(value(before, 'checkpoint_seconds_count')).toBe(0);
  expect(value(before, 'checkpoint_bytes')).toBe(0);
  // The same two keys again and again: the journal grows until a checkpoint is due, which has each once.
  const large = 'x'.repeat(mebibyte);
  const began = performance.now();
  let text = before;
  for (let i = 0; value(text, 'checkpoint_seconds_count') === 0; i++) {
    await client.set(`large:${i % 2}`, large);
    text = await world.metrics.metrics();
  }
  expect(value(text, 'journal_row_bytes_sum')).toBeGreaterThanOrEqual(storeLimits.checkpointJournalBytes);
  expect(value(text, 'checkpoint_seconds_count')).toBe(1);
  const seconds = value(text, 'checkpoint_seconds_sum')!;
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThan((performance.now() - began) / 1000);
  for (const bound of [0.1, 0.5, 1, 5, 10, 30, 60, 300]) {
    expect(value(text, `checkpoint_seconds_bucket{le="${bound}"}`), `${bound}`).toBe(
      seconds <= bound ? 1 : 0,
    );
  }
  expect(value(text, 'checkpoint_bytes')).toBeGreaterThan(2 * mebibyte);
  expect(value(text, 'checkpoint_bytes')).toBeLessThan(3 * mebibyte);
});
