/** Keys whose time has come, met by a command while nothing removes them by itself. */
import { describe, expect, test } from 'vitest';
import { rebuilt, stateOf } from './support/engine-harness.ts';
import { type TestClients, testClients } from './support/test-engine.ts';

function withoutActiveExpiry(): TestClients {
  const made = testClients({ journaling: true });
  made.engine.activeExpiry.enabled = false;
  return made;
}

/** Keys of an engine that was told of all effects. */
function keysReplayed({ engine }: TestClients): number {
  const taken = engine.effects.take();
  const copy = rebuilt(taken === undefined ? [] : [taken.effects]);
  expect(stateOf(copy)).toEqual(stateOf(engine));
  return copy.databases.reduce((sum, db) => sum + db.size, 0);
}

describe('keys whose time has come', () => {
  test.each([
    ['scan', ['scan', 0], ['0', []]],
    ['randomkey', ['randomkey'], null],
  ] as const)('%s removes and does not show', (_name, command, answer) => {
    const world = withoutActiveExpiry();
    const client = world.connect();
    client.run('set', 'a', '1', 'px', 1);
    client.run('set', 'b', '1', 'px', 1);
    world.clock.ms += 2;
    expect(client.run('dbsize')).toBe(2);
    expect(client.run(...command)).toEqual(answer);
    expect(client.run('dbsize')).toBe(0);
    expect(keysReplayed(world)).toBe(0);
  });

  test('serve nobody who waits for them, when SWAPDB brings them', () => {
    const world = withoutActiveExpiry();
    const [client, waiter] = [world.connect(), world.connect()];
    client.run('select', 1);
    client.run('rpush', 'list', 'element');
    client.run('pexpire', 'list', 100);
    waiter.run('select', 9);
    expect(waiter.all('brpop', 'list', 0)).toEqual([]);
    world.clock.ms += 101;
    client.run('swapdb', 1, 9);
    expect(waiter.blocked).toBe(true);
    expect(keysReplayed(world)).toBe(0);
    client.run('select', 9);
    expect(client.run('dbsize')).toBe(0);
    client.run('rpush', 'list', 'next');
    expect(waiter.received()).toEqual([['list', 'next']]);
  });

  test('serve nobody who waits for them, when their time comes within the transaction that makes them', () => {
    const world = withoutActiveExpiry();
    const [client, waiter] = [world.connect(), world.connect()];
    expect(waiter.all('brpop', 'list', 0)).toEqual([]);
    client.run('multi');
    client.run('rpush', 'list', 'element');
    client.run('pexpire', 'list', 100);
    client.run('debug', 'sleep', 0);
    // Time passes with each look at the clock, of which DEBUG SLEEP takes one.
    const { clock } = world.engine.modules;
    Object.assign(clock, { now: () => (world.clock.ms += 101) });
    expect(client.run('exec')).toEqual([1, 1, 'OK']);
    expect(waiter.blocked).toBe(true);
    expect(keysReplayed(world)).toBe(0);
  });
});
