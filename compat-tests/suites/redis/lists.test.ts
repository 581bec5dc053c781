/** Lists: the same random commands to redis-server and to us give the same answers. */
import { test } from 'vitest';
import { SeededRandom } from '../../lib/random.ts';
import type { RedisCommand } from '../../lib/redis-pair.ts';
import { pairSuite, seed } from './suite.ts';

const pair = pairSuite();

test('random commands', async () => {
  const random = new SeededRandom(`lists ${seed}`);
  const key = () => (random.between(0, 40) === 0 ? 'text' : `list${random.between(0, 4)}`);
  const element = () =>
    random.pick([
      () => random.pick(['a', 'b', 'c', 'd', '', '\xff\0\r\n', '-5', '9223372036854775807']),
      () => String(random.between(0, 300)),
      () => random.pick(['x', 'y']).repeat(random.logBetween(1, 9000)),
    ])();
  const elements = () => Array.from({ length: random.logBetween(1, 60) }, element);
  const index = () =>
    random
      .pick([() => random.between(-60, 60), () => random.between(-3, 3)])()
      .toString();
  const number = () => random.pick([index, () => random.pick(['x', '1.5', '', '9223372036854775807'])])();
  const end = () => random.pick(['LEFT', 'right', 'Left', 'RIGHT', 'RIGHT', 'up']);
  const option = () =>
    random.pick<() => string[]>([
      () => [],
      () => ['RANK', random.pick(['1', '2', '-1', '-3', '0', 'x'])],
      () => ['COUNT', random.pick(['0', '1', '3', '-1'])],
      () => ['maxlen', random.pick(['0', '1', '20', '-1', 'x'])],
      () => ['nothing'],
    ])();
  // Few, as redis-server looks at timeouts only now and then.
  const waiting = (): RedisCommand =>
    random.pick<() => RedisCommand>([
      () => ['blmove', key(), `list${random.between(0, 4)}`, end(), end(), '0.001'],
      () => ['brpoplpush', key(), key(), '0.001'],
      () => ['blmpop', '0.001', '2', key(), key(), end(), ...random.pick([[], ['count', '2']])],
      () => [random.pick(['blpop', 'brpop']), key(), key(), random.pick(['0.001', '-1', 'x'])],
    ])();
  const make = (): RedisCommand =>
    random.pick<() => RedisCommand>([
      () => [random.pick(['lpush', 'rpush', 'LPUSH', 'RPUSH']), key(), ...elements()],
      () => [random.pick(['lpushx', 'rpushx']), key(), ...elements()],
      () => [random.pick(['lpop', 'rpop']), key()],
      () => [random.pick(['lpop', 'rpop']), key(), number()],
      () => ['llen', key()],
      () => ['lindex', key(), number()],
      () => ['lset', key(), number(), element()],
      () => ['linsert', key(), random.pick(['BEFORE', 'after', 'AFTER', 'beside']), element(), element()],
      () => ['lrange', key(), number(), number()],
      () => ['lrange', key(), '0', '-1'],
      () => ['ltrim', key(), number(), number()],
      () => ['lrem', key(), number(), element()],
      () => ['lpos', key(), element(), ...option(), ...option()],
      () => ['lmove', key(), key(), end(), end()],
      () => ['rpoplpush', key(), key()],
      () => ['lmpop', random.pick(['1', '2', '0', '3']), key(), key(), end()],
      () => ['lmpop', '2', key(), key(), end(), 'COUNT', random.pick(['1', '5', '100', '0'])],
      () => ['del', key()],
      () => ['set', 'text', 'no list'],
    ])();
  for (let i = 0; i < 40; i++) {
    await pair.agree(Array.from({ length: 200 }, () => (random.between(0, 60) === 0 ? waiting() : make())));
  }
});

test('a long list', async () => {
  const random = new SeededRandom(`long list ${seed}`);
  const commands: RedisCommand[] = [['del', 'long', 'other']];
  for (let i = 0; i < 100; i++) {
    const some = Array.from(
      { length: 100 },
      (_, j) => `${i * 100 + j}${'.'.repeat(random.logBetween(1, 300))}`,
    );
    commands.push([random.pick(['lpush', 'rpush']), 'long', ...some]);
  }
  const at = () => String(random.between(-10_000, 10_000));
  for (let i = 0; i < 3000; i++) {
    commands.push(
      random.pick<() => RedisCommand>([
        () => ['lindex', 'long', at()],
        () => ['lset', 'long', at(), random.pick(['here', String(i), 'x'.repeat(20_000)])],
        () => ['linsert', 'long', random.pick(['before', 'after']), 'here', `inserted ${i}`],
        () => ['lrem', 'long', random.pick(['1', '-1', '0', '3']), random.pick(['here', String(i - 7)])],
        () => ['lpos', 'long', 'here', 'RANK', random.pick(['1', '-1', '4'])],
        () => ['lmove', 'long', random.pick(['long', 'other']), 'LEFT', random.pick(['LEFT', 'RIGHT'])],
        () => ['rpop', 'long', '3'],
        () => ['llen', 'long'],
      ])(),
    );
    if (i % 500 === 499) commands.push(['ltrim', 'long', '300', '-200'], ['lrange', 'long', '0', '-1']);
  }
  await pair.agree(commands);
});

test('words that are missing, wrong or too many', async () => {
  const names =
    `blmove blmpop blpop brpop brpoplpush lindex linsert llen lmove lmpop lpop lpos lpush lpushx lrange lrem lset
    ltrim rpop rpoplpush rpush rpushx`.split(/\s+/);
  const commands: RedisCommand[] = [
    ['del', 'list'],
    ['set', 'text', 'x'],
  ];
  for (const name of names) {
    for (const words of [
      [],
      ['list'],
      ['text'],
      ['list', '0'],
      ['text', '0'],
      ['list', 'x', 'y'],
      ['text', '0', '1'],
      ['text', 'list', 'LEFT', 'RIGHT'],
      ['text', 'list', 'LEFT', 'RIGHT', '-1'],
      ['list', 'list', 'LEFT', 'RIGHT', 'x'],
      ['1', '1', 'text', 'LEFT'],
      ['list', '0', '1', '2', '3', '4'],
    ]) {
      // What redis-server lets wait for ever is not asked for.
      if (name === 'brpoplpush' && words.length === 3 && words[0] === 'list') continue;
      if (/^b[lr]pop$/.test(name) && words.at(-1) === '0' && words[0] === 'list') continue;
      if (/^b[lr]pop$/.test(name) && words.at(-1) === '4') continue;
      commands.push([name, ...words], ['del', 'list', '1']);
    }
  }
  await pair.agree(commands);
});
