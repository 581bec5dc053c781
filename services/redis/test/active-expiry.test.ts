import { describe, expect, test } from 'vitest';
import { type TestEngine, testEngine } from './support/test-engine.ts';

function fill(test: TestEngine, count: number, ms: number, prefix = 'key'): void {
  for (let i = 0; i < count; i++) {
    test.run('set', `${prefix}${i}`, 'value');
    test.run('pexpire', `${prefix}${i}`, ms);
  }
}

describe('keys whose time has come', () => {
  test('go though nobody asks for them', () => {
    const test = testEngine();
    test.run('set', 'stays', '1');
    fill(test, 3, 500);
    test.engine.cron();
    expect(test.run('dbsize')).toBe(4);
    test.clock.ms += 501;
    test.engine.cron();
    expect(test.run('dbsize')).toBe(1);
    expect(test.engine.stats.expiredKeys).toBe(3);
  });

  test('go at once when they are most of the keys, little by little when they are few', () => {
    const test = testEngine();
    fill(test, 5000, 100, 'soon');
    test.clock.ms += 101;
    test.engine.cron();
    expect(test.engine.stats.expiredKeys).toBe(5000);
    fill(test, 9800, 1_000_000, 'late');
    fill(test, 200, 100, 'soon');
    test.clock.ms += 101;
    const runs = [];
    for (; test.engine.stats.expiredKeys < 5200; runs.push(1)) test.engine.cron();
    expect(runs.length).toBeGreaterThan(10);
    expect(runs.length).toBeLessThanOrEqual(1000);
    expect(test.run('dbsize')).toBe(9800);
  });

  test('go in every database', () => {
    const test = testEngine();
    for (let db = 0; db < 16; db++) {
      test.run('select', db);
      fill(test, 10, 100);
    }
    test.clock.ms += 200;
    test.engine.cron();
    expect(test.engine.databases.map((db) => db.size)).toEqual(new Array(16).fill(0));
  });

  test('do not hold up the engine: a run has a limit of time', () => {
    const test = testEngine();
    fill(test, 2000, 100);
    test.clock.ms += 200;
    const { modules } = test.engine;
    const { clock } = modules;
    const now = clock.now.bind(clock);
    // Each look at the clock takes a millisecond.
    const slowNow = () => {
      test.clock.ms++;
      return now();
    };
    Object.assign(clock, { now: slowNow });
    test.engine.cron();
    expect(test.engine.stats.expiredKeys).toBeGreaterThan(100);
    expect(test.engine.stats.expiredKeys).toBeLessThan(1000);
  });

  test('stay while expiry is switched off or paused, but are not shown when it is paused', () => {
    const test = testEngine();
    fill(test, 5, 100);
    test.clock.ms += 200;
    test.run('debug', 'set-active-expire', '0');
    test.engine.cron();
    expect(test.run('dbsize')).toBe(5);
    test.run('debug', 'set-active-expire', '1');
    test.engine.expiryPaused = true;
    test.engine.cron();
    expect(test.run('get', 'key1')).toBeNull();
    expect(test.run('exists', 'key1', 'key2')).toBe(0);
    expect(test.run('keys', '*')).toEqual([]);
    expect(test.run('scan', '0')).toEqual(['0', []]);
    expect(test.run('randomkey')).toBeNull();
    expect(test.run('dbsize')).toBe(5);
    test.engine.expiryPaused = false;
    expect(test.run('get', 'key1')).toBeNull();
    expect(test.run('dbsize')).toBe(4);
    test.engine.cron();
    expect(test.run('dbsize')).toBe(0);
  });

  test('stay while stored effects are applied', () => {
    const test = testEngine();
    fill(test, 5, 100);
    test.clock.ms += 200;
    test.engine.replaying = true;
    test.engine.cron();
    expect(test.run('get', 'key1')).toBe('value');
    test.engine.replaying = false;
    expect(test.run('get', 'key1')).toBeNull();
  });

  test('are recorded as removed, with an event', () => {
    const test = testEngine({ journaling: true });
    fill(test, 1, 100);
    test.engine.effects.take();
    const events: string[] = [];
    test.engine.notifies = true;
    test.engine.notify = (db, kind, event, key) => void events.push(`${db.index} ${kind} ${event} ${key}`);
    test.clock.ms += 200;
    test.engine.cron();
    expect(events).toEqual(['0 x expired key0']);
    expect(test.engine.effects.take()?.effects.includes('key0')).toBe(true);
  });

  test('wait while the cron is paused', () => {
    const test = testEngine();
    fill(test, 1, 100);
    test.clock.ms += 200;
    test.run('debug', 'pause-cron', '1');
    test.engine.cron();
    expect(test.run('dbsize')).toBe(1);
    test.run('debug', 'pause-cron', '0');
    test.engine.cron();
    expect(test.run('dbsize')).toBe(0);
  });
});

test('the same clock and random numbers give the same keys', () => {
  const remaining = () => {
    const test = testEngine({ seed: 3 });
    fill(test, 500, 1_000_000, 'late');
    fill(test, 40, 100, 'soon');
    test.clock.ms += 200;
    for (let i = 0; i < 3; i++) test.engine.cron();
    return test.run('keys', '*');
  };
  expect(remaining()).toEqual(remaining());
});
