/** Hashes: the same random commands to redis-server and to us give the same answers. */
import { expect, test } from 'vitest';
import { SeededRandom } from '../../lib/random.ts';
import type { RedisCommand } from '../../lib/redis-pair.ts';
import { pairSuite, seed } from './suite.ts';

const pair = pairSuite();

test('random commands', async () => {
  const random = new SeededRandom(`hashes ${seed}`);
  const key = () => (random.between(0, 40) === 0 ? 'text' : `hash${random.between(0, 4)}`);
  const field = () => random.pick([() => `f${random.between(0, 9)}`, () => `f${random.between(0, 99)}`])();
  const fields = () => Array.from({ length: random.between(1, 5) }, field);
  const integer = () =>
    random.pick(['1', '-1', '9223372036854775807', '-9223372036854775808', '0', '+1', '01', 'x', '', '12 ']);
  const value = () =>
    random.pick([integer, () => random.pick(['text', '', '\xff\0', '1.5', '3e5', 'y'.repeat(70)])])();
  const make = (): RedisCommand =>
    random.pick<() => RedisCommand>([
      () => ['hset', key(), ...fields().flatMap((each) => [each, value()])],
      () => ['hset', key(), field(), value(), field()],
      () => ['hmset', key(), field(), value(), ...random.pick([[], [field(), value()], [field()]])],
      () => ['hsetnx', key(), field(), value()],
      () => ['hget', key(), field()],
      () => ['hmget', key(), ...fields()],
      () => ['hdel', key(), ...fields()],
      () => ['hlen', key()],
      () => ['hexists', key(), field()],
      () => ['hstrlen', key(), field()],
      () => ['hkeys', key()],
      () => ['hvals', key()],
      () => ['hincrby', key(), field(), integer()],
      () => ['hincrbyfloat', key(), field(), value()],
      () => ['hgetall', `one${random.between(0, 2)}`],
      () => ['hset', `one${random.between(0, 2)}`, 'f', value()],
      () => [
        'hrandfield',
        `one${random.between(0, 2)}`,
        ...random.pick([[], ['5'], ['-2'], ['1', 'WITHVALUES']]),
      ],
      () => ['hrandfield', key(), random.pick(['x', '0', '9223372036854775808', '-9223372036854775808'])],
      () => [
        'hscan',
        `one${random.between(0, 2)}`,
        '0',
        ...random.pick([[], ['match', 'f*'], ['count', 'x']]),
      ],
      () => ['hscan', key(), random.pick(['x', '-', ' 1', '18446744073709551616'])],
      () => ['hscan', 'none', random.pick(['0', '7', '']), 'nothing'],
      () => ['del', key()],
      () => ['set', 'text', 'no hash'],
    ])();
  for (let i = 0; i < 40; i++) await pair.agree(Array.from({ length: 200 }, make));
});

test('sums of floating point numbers', async () => {
  const random = new SeededRandom(`sums ${seed}`);
  const digits = (most: number) =>
    Array.from({ length: random.between(1, most) }, () => random.between(0, 9)).join('');
  const float = () =>
    random.pick([
      () => `${random.pick(['', '-', '+'])}${digits(25)}`,
      () => `${random.pick(['', '-'])}${digits(12)}.${digits(22)}`,
      () => `${random.pick(['', '-'])}${digits(3)}.${digits(3)}`,
      () => `${random.pick(['', '-'])}${digits(18)}.${digits(2)}e${random.between(-40, 40)}`,
      () => `${digits(4)}E${random.between(-4970, 4940)}`,
      () => `0x${digits(17)}.${digits(4)}p${random.between(-70, 70)}`,
      () =>
        random.pick(['inf', '-INF', 'infinity', 'nan', '.5', '5.', '.', '1e', '0x', '0x.p1', '1e+3', '0x1p']),
    ])();
  const commands: RedisCommand[] = [];
  for (let i = 0; i < 4000; i++) {
    const field = `f${random.between(0, 20)}`;
    if (random.between(0, 1) === 0) commands.push(['hset', 'sums', field, float()]);
    commands.push(['hincrbyfloat', 'sums', field, float()]);
  }
  await pair.agree(commands);
});

test('words that are missing, wrong or too many', async () => {
  const names =
    `hdel hexists hget hgetall hincrby hincrbyfloat hkeys hlen hmget hmset hrandfield hscan hset hsetnx hstrlen
    hvals`.split(/\s+/);
  const commands: RedisCommand[] = [
    ['del', 'hash'],
    ['set', 'text', 'x'],
  ];
  for (const name of names) {
    for (const words of [
      [],
      ['hash'],
      ['text'],
      ['text', '1'],
      ['text', 'f', '1'],
      ['text', 'f', '1', 'x'],
      ['hash', 'f', 'x', 'g'],
    ]) {
      commands.push([name, ...words], ['del', 'hash']);
    }
  }
  await pair.agree(commands);
});

test('a scan meets every field that stays', async () => {
  const random = new SeededRandom(`scan ${seed}`);
  for (const client of [pair.ours, pair.theirs]) {
    await client.del('scanned');
    for (let i = 0; i < 3000; i++) await client.hset('scanned', `f${i}`, i);
    const met = new Set<string>();
    let cursor = '0';
    let turn = 0;
    do {
      const [next, found] = await client.hscan('scanned', cursor, 'COUNT', random.between(1, 60));
      for (let i = 0; i < found.length; i += 2) met.add(found[i]!);
      cursor = next;
      // Odd fields come and go meanwhile.
      await client.hdel('scanned', `f${random.between(0, 1499) * 2 + 1}`);
      await client.hset('scanned', `new${turn++}`, 1);
    } while (cursor !== '0');
    for (let i = 0; i < 3000; i += 2) expect(met.has(`f${i}`), `f${i} HYPERGATE_SEED=${seed}`).toBe(true);
  }
});
