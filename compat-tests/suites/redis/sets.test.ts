/** Sets: the same random commands to redis-server and to us give the same answers. */
import { test } from 'vitest';
import { SeededRandom } from '../../lib/random.ts';
import type { RedisCommand } from '../../lib/redis-pair.ts';
import { pairSuite, seed } from './suite.ts';

const pair = pairSuite();

test('random commands', async () => {
  const random = new SeededRandom(`sets ${seed}`);
  const key = () => `set${random.between(0, 5)}`;
  const member = () =>
    random.pick([
      () => String(random.between(-20, 40)),
      () =>
        random.pick(['a', 'b', 'c', '', '007', '+1', '-0', '\xff\0', 'x'.repeat(70), '9223372036854775807']),
    ])();
  const members = (most: number) => Array.from({ length: random.between(1, most) }, member);
  const keys = (most: number) => Array.from({ length: random.between(1, most) }, key);
  const make = (): RedisCommand =>
    random.pick<() => RedisCommand>([
      () => ['sadd', key(), ...members(8)],
      () => ['srem', key(), ...members(6)],
      () => ['smove', key(), key(), member()],
      () => ['scard', key()],
      () => ['sismember', key(), member()],
      () => ['smismember', key(), ...members(4)],
      () => ['smembers', key()],
      () => [random.pick(['sinter', 'sunion', 'sdiff']), ...keys(4)],
      () => [random.pick(['sinterstore', 'sunionstore', 'sdiffstore']), key(), ...keys(4)],
      () => [
        'sintercard',
        '2',
        key(),
        key(),
        ...random.pick([[], ['LIMIT', '3'], ['limit', '0'], ['limit', '-1'], ['x']]),
      ],
      () => ['sintercard', random.pick(['0', '1', '3', 'x']), key(), key()],
      () => ['spop', `small${random.between(0, 1)}`, random.pick(['5', '0', '-1', 'x'])],
      () => ['sadd', `small${random.between(0, 1)}`, 'only'],
      () => ['spop', `small${random.between(0, 1)}`],
      () => ['srandmember', `small${random.between(0, 1)}`, random.pick(['1', '-3', '0', 'x'])],
      () => ['srandmember', `small${random.between(0, 1)}`],
      () => ['sadd', 'text', 'x'],
      () => ['del', random.pick([key(), 'small0'])],
    ])();
  await pair.agree([['set', 'text', 'no set']]);
  for (let i = 0; i < 25; i++) {
    const commands = Array.from({ length: 200 }, make);
    await pair.agree(commands);
  }
});

test('every command refuses what is no set', async () => {
  const names = ['scard', 'smembers', 'spop', 'srandmember', 'sinter', 'sunion', 'sdiff'];
  await pair.agree([
    ['set', 'text', 'no set'],
    ['sadd', 'some', 'a'],
    ...names.map((name) => [name, 'text']),
    ...['sadd', 'srem', 'sismember', 'smismember', 'sinter', 'sinterstore'].map((name) => [
      name,
      'text',
      'some',
    ]),
    ['sinter', 'none', 'text'],
    ['sinterstore', 'to', 'none', 'text'],
    ['smove', 'some', 'text', 'a'],
    ['smove', 'some', 'text', 'b'],
    ['smove', 'text', 'some', 'a'],
    ['sscan', 'text', '0'],
    ['sscan', 'some', 'x'],
    ['sscan', 'none', '-1'],
    ['sscan', 'none', ''],
    ['sscan', 'none', '00'],
    ['sscan', 'some', '-18446744073709551616'],
    ['sscan', 'some', '18446744073709551616'],
    ['sscan', 'some', '0', 'count', '0'],
    ['sscan', 'some', '0', 'count', 'x'],
    ['sscan', 'some', '0', 'type', 'set'],
    ['sscan', 'some', '0', 'match'],
    ['sscan', 'some', '0', 'match', 'a*', 'count', '5'],
    ['sscan', 'none', '7', 'nothing'],
  ]);
});
