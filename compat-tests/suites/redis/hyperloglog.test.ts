/** HyperLogLogs: redis-server and we keep the same bytes and give the same counts. */
import { test } from 'vitest';
import { SeededRandom } from '../../lib/random.ts';
import type { RedisCommand } from '../../lib/redis-pair.ts';
import { pairSuite, seed } from './suite.ts';

const pair = pairSuite();

const elements = (random: SeededRandom, count: number) =>
  Array.from({ length: count }, () =>
    Array.from({ length: random.between(0, 20) }, () => String.fromCharCode(random.between(0, 255))).join(''),
  );

test('adding one by one gives the same bytes at every step, from empty through sparse to dense', async () => {
  const random = new SeededRandom(`steps ${seed}`);
  const commands: RedisCommand[] = [['PFADD', 'one']];
  for (let i = 0; i < 2200; i++) commands.push(['PFADD', 'one', ...elements(random, 1)], ['GET', 'one']);
  commands.push(['PFDEBUG', 'ENCODING', 'one'], ['PFCOUNT', 'one'], ['GET', 'one']);
  await pair.agree(commands);
});

test('random additions, merges and counts', async () => {
  const random = new SeededRandom(`mixed ${seed}`);
  const key = () => `hll${random.between(0, 5)}`;
  const make = (): RedisCommand => {
    const commands: (() => RedisCommand)[] = [
      () => ['PFADD', key(), ...elements(random, random.logBetween(1, 600))],
      () => ['PFADD', key(), ...elements(random, random.between(0, 3))],
      () => ['PFCOUNT', key()],
      () => ['PFCOUNT', key(), key(), `none${random.between(0, 1)}`],
      () => ['PFMERGE', `merged${random.between(0, 2)}`, key(), key()],
      () => ['PFMERGE', key(), ...(random.between(0, 1) === 0 ? [] : [key()])],
      () => ['PFDEBUG', random.pick(['ENCODING', 'decode', 'nothing']), key()],
      () => ['DEL', random.pick([key(), key(), 'merged0', 'merged1'])],
      () => ['PFDEBUG', random.between(0, 9) === 0 ? 'TODENSE' : 'ENCODING', key()],
    ];
    return random.pick(commands)();
  };
  for (let i = 0; i < 20; i++) {
    const commands: RedisCommand[] = [];
    for (let j = 0; j < 60; j++)
      commands.push(make(), ['GET', key()], ['GET', `merged${random.between(0, 2)}`]);
    await pair.agree(commands);
  }
});

test('large counts', async () => {
  const commands: RedisCommand[] = [];
  for (let i = 0; i < 300; i++) {
    commands.push(['PFADD', 'large', ...Array.from({ length: 400 }, (_, j) => `${seed} ${i * 400 + j}`)]);
    if (i % 10 === 0) commands.push(['PFCOUNT', 'large'], ['PFCOUNT', 'large', 'large']);
  }
  commands.push(['GET', 'large'], ['PFDEBUG', 'GETREG', 'large']);
  await pair.agree(commands);
});

test('strings that are no HyperLogLogs, and damaged ones', async () => {
  await pair.agree([
    ['DEL', 'bad', 'list', 'fine'],
    ['PFADD', 'fine', 'a', 'b', 'c'],
    ...[
      '',
      'HYLL',
      '123',
      'HYLL\x01\0\0\0\0\0\0\0\0\0\0',
      'HYLX\x01\0\0\0\0\0\0\0\0\0\0\0\x7f\xff',
      'HYLL\x02\0\0\0',
    ].flatMap((bytes): RedisCommand[] => [
      ['SET', 'bad', bytes],
      ['PFADD', 'bad', 'a'],
      ['PFCOUNT', 'bad'],
      ['PFCOUNT', 'fine', 'bad'],
      ['PFMERGE', 'bad', 'fine'],
      ['PFMERGE', 'fine', 'bad'],
    ]),
    ['PFADD', 'tail', 'a', 'b', 'c'],
    ['APPEND', 'tail', 'hello'],
    ['PFCOUNT', 'tail'],
    ['PFCOUNT', 'tail', 'fine'],
    ['PFMERGE', 'tail', 'fine'],
    ['PFSELFTEST'],
  ]);
});
