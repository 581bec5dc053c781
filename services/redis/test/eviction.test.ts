import { describe, expect, test } from 'vitest';
import { AccessClock } from '../engine/access-clock.ts';
import { engineLimits } from '../engine/limits.ts';
import { seededRandom } from './support/engine-harness.ts';
import { type TestEngine, testEngine } from './support/test-engine.ts';

const limit = engineLimits.emptyEngineBytes + 100_000;
const value = 'x'.repeat(100);

function limited(policy: string): TestEngine {
  const test = testEngine({ seed: 11 });
  test.engine.config.set('maxmemory', String(limit));
  test.engine.config.set('maxmemory-policy', policy);
  return test;
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const names = (test: TestEngine) => new Set(test.run('keys', '*') as string[]);
const share = (test: TestEngine, from: number, to: number) => {
  const left = names(test);
  return numbers(from, to).filter((i) => left.has(`key${i}`)).length / (to - from);
};

describe('noeviction', () => {
  test('refuses commands that may need memory, and no others', () => {
    const test = limited('noeviction');
    let i = 0;
    while (test.run('set', `key${i}`, value) === 'OK') i++;
    expect(test.run('set', 'more', value)).toEqual(
      new Error("OOM command not allowed when used memory > 'maxmemory'."),
    );
    expect(test.engine.eviction.full).toBe(true);
    expect(test.run('get', 'key0')).toBe(value);
    expect(test.run('copy', 'key0', 'other')).toBeInstanceOf(Error);
    expect(test.run('expire', 'key0', '100')).toBe(1);
    expect(test.run('del', 'key0', 'key1', 'key2')).toBe(3);
    expect(test.run('set', 'more', value)).toBe('OK');
    expect(test.engine.stats.evictedKeys).toBe(0);
  });
});

describe.each([
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
])('%s', (policy) => {
  test('keeps memory under the limit', () => {
    const test = limited(policy);
    for (const i of numbers(0, 2000)) {
      expect(test.run('set', `key${i}`, value)).toBe('OK');
      test.run('expire', `key${i}`, 1000);
      expect(test.engine.usedMemory()).toBeLessThan(limit + 1000);
    }
    expect(test.engine.stats.evictedKeys).toBeGreaterThan(1000);
  });

  test('evicts only keys that expire, if it says so', () => {
    const test = limited(policy);
    for (const i of numbers(0, 100)) test.run('set', `kept${i}`, value);
    for (const i of numbers(0, 2000)) {
      test.run('set', `key${i}`, value);
      test.run('expire', `key${i}`, 1000);
    }
    const kept = [...names(test)].filter((name) => name.startsWith('kept')).length;
    if (policy.startsWith('volatile')) expect(kept).toBe(100);
    else expect(kept).toBeLessThan(100);
  });

  test('refuses when there is nothing to evict', () => {
    const test = limited(policy);
    if (!policy.startsWith('volatile')) return;
    let i = 0;
    while (test.run('set', `key${i}`, value) === 'OK' && i < 2000) i++;
    expect(i).toBeLessThan(2000);
    expect(test.engine.stats.evictedKeys).toBe(0);
  });
});

test('the keys that were used last stay (allkeys-lru)', () => {
  const test = limited('allkeys-lru');
  for (const i of numbers(0, 400)) test.run('set', `key${i}`, value);
  test.clock.ms += 60_000;
  for (const i of numbers(0, 200)) test.run('get', `key${i}`);
  test.clock.ms += 60_000;
  for (const i of numbers(400, 700)) test.run('set', `key${i}`, value);
  expect(share(test, 0, 200)).toBeGreaterThan(share(test, 200, 400) + 0.4);
  expect(share(test, 400, 700)).toBeGreaterThan(0.9);
});

test('the keys that are used often stay (allkeys-lfu)', () => {
  const test = limited('allkeys-lfu');
  for (const i of numbers(0, 400)) test.run('set', `key${i}`, value);
  for (let times = 0; times < 30; times++) for (const i of numbers(0, 100)) test.run('get', `key${i}`);
  for (const i of numbers(400, 700)) test.run('set', `key${i}`, value);
  expect(share(test, 0, 100)).toBeGreaterThan(0.95);
  expect(share(test, 100, 400)).toBeLessThan(0.7);
});

test('the keys that expire first go first (volatile-ttl)', () => {
  const test = limited('volatile-ttl');
  for (const i of numbers(0, 400)) {
    test.run('set', `key${i}`, value);
    test.run('expire', `key${i}`, i < 200 ? 100 + i : 100_000 + i);
  }
  for (const i of numbers(400, 600)) test.run('set', `key${i}`, value);
  expect(share(test, 200, 400)).toBeGreaterThan(share(test, 0, 200) + 0.5);
});

test('evicted keys are recorded as removed before the command that needed room, with an event', () => {
  const test = testEngine({ journaling: true, seed: 5 });
  for (const i of numbers(0, 10)) test.run('set', `key${i}`, value);
  test.engine.effects.take();
  test.engine.config.set('maxmemory-policy', 'allkeys-random');
  test.engine.config.set('maxmemory', String(test.engine.usedMemory() - 1));
  const events: string[] = [];
  test.engine.notifies = true;
  test.engine.notify = (_db, kind, event, key) => void events.push(`${kind} ${event} ${key}`);
  test.run('set', 'new', value);
  expect(events[0]).toMatch(/^e evicted key[0-9]$/);
  const { effects } = test.engine.effects.take()!;
  expect(effects[0]).toBe(1);
  expect(effects.indexOf('new')).toBeGreaterThan(effects.indexOf(events[0]!.split(' ')[2]!));
});

test('a limit that falls far is reached in steps', () => {
  const test = testEngine();
  for (const i of numbers(0, 5000)) test.run('set', `key${i}`, 'v');
  test.engine.config.set('maxmemory-policy', 'allkeys-random');
  test.engine.config.set('maxmemory', '1');
  expect(test.run('set', 'more', '1')).toBe('OK');
  expect(test.engine.stats.evictedKeys).toBe(engineLimits.evictionsPerStep);
  for (let i = 0; i < 5; i++) test.engine.cron();
  expect(test.run('dbsize')).toBe(0);
});

describe('the clock of accesses', () => {
  const minute = 60_000;
  const start = 1_700_000_000_000;

  test('tells idle time in seconds', () => {
    const clock = new AccessClock(seededRandom(1));
    const stamp = clock.stamp(0, start);
    expect(clock.idleMs(stamp, start + 90_500)).toBe(90_000);
    expect(clock.idleMs(stamp, start - 5000)).toBe(0);
  });

  test('counts logarithmically', () => {
    const clock = new AccessClock(seededRandom(1));
    clock.byFrequency = true;
    let stamp = clock.stamp(0, start);
    expect(clock.frequency(stamp, start)).toBe(5);
    const at: number[] = [];
    for (let hits = 1; hits <= 1_000_000; hits++) {
      stamp = clock.stamp(stamp, start);
      if ([100, 1000, 100_000, 1_000_000].includes(hits)) at.push(clock.frequency(stamp, start));
    }
    // The table of redis.conf for a factor of 10: 10, 18, 142, 255.
    expect(at[0]).toBeGreaterThan(6);
    expect(at[0]).toBeLessThan(15);
    expect(at[1]).toBeGreaterThan(13);
    expect(at[1]).toBeLessThan(25);
    expect(at[2]).toBeGreaterThan(120);
    expect(at[2]).toBeLessThan(165);
    expect(at[3]).toBe(255);
  });

  test('forgets one for each period without access', () => {
    const clock = new AccessClock(seededRandom(1));
    clock.byFrequency = true;
    const stamp = clock.stamp(0, start);
    expect(clock.frequency(stamp, start + 3 * minute)).toBe(2);
    expect(clock.frequency(stamp, start + 100 * minute)).toBe(0);
    clock.decayMinutes = 0;
    expect(clock.frequency(stamp, start + 100 * minute)).toBe(5);
    clock.decayMinutes = 2;
    expect(clock.frequency(stamp, start + 3 * minute)).toBe(4);
  });

  test('is what OBJECT tells', () => {
    const test = testEngine();
    test.run('set', 'key', '1');
    test.clock.ms += 10_000;
    expect(test.run('object', 'idletime', 'key')).toBe(10);
    expect(test.run('ttl', 'key')).toBe(-1);
    expect(test.run('object', 'idletime', 'key')).toBe(10);
    expect(test.run('touch', 'key')).toBe(1);
    expect(test.run('object', 'idletime', 'key')).toBe(0);
    test.clock.ms += 5_000;
    test.run('rename', 'key', 'other');
    expect(test.run('object', 'idletime', 'other')).toBe(0);
    expect(test.run('object', 'freq', 'other')).toBeInstanceOf(Error);
    test.engine.config.set('maxmemory-policy', 'allkeys-lfu');
    test.run('set', 'new', '1');
    expect(test.run('object', 'freq', 'new')).toBe(5);
    expect(test.run('object', 'idletime', 'new')).toBeInstanceOf(Error);
  });
});
