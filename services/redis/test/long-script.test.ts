/** A script that runs for long, in the whole service: its process answers old and new connections meanwhile. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWorld, type World } from './support/service-harness.ts';

const busy = 'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.';
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const messageOf = (answer: Promise<unknown>) => answer.then(String, (error: Error) => error.message);

it('tells others that it is busy, those that connect meanwhile too, until it is killed', async () => {
  const [owner, other] = [world.client(), world.client()];
  await Promise.all([owner.ping(), other.ping()]);
  await owner.config('SET', 'busy-reply-threshold', '50');
  const ended = messageOf(owner.eval('while true do end', 0));
  let seen = '';
  while (seen !== busy) seen = await messageOf(other.ping());
  const late = world.client({ enableReadyCheck: false });
  expect(await messageOf(late.ping())).toBe(busy);
  expect(await late.call('SCRIPT', 'KILL')).toBe('OK');
  expect(await ended).toContain('Script killed by user with SCRIPT KILL');
  expect(await Promise.all([owner.ping(), other.ping(), late.ping()])).toEqual(['PONG', 'PONG', 'PONG']);
});

it('keeps functions and what they did over a restart', async () => {
  const client = world.client();
  const code =
    "#!lua name=lib\nredis.register_function('put', function(keys, args) return redis.call('SET', keys[1], args[1]) end)";
  await client.call('FUNCTION', 'LOAD', code);
  await client.call('FCALL', 'put', 1, 'k', 'v');
  await world.close();
  world = await openWorld({ state: world.state, indexStore: world.indexStore });
  const again = world.client();
  expect(await again.get('k')).toBe('v');
  expect(await again.call('FCALL', 'put', 1, 'k', 'w')).toBe('OK');
  expect(await again.get('k')).toBe('w');
});
