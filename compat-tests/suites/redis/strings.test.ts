/** Strings and bitmaps: the same random commands to redis-server and to us give the same answers. */
import { test } from 'vitest';
import type { SeededRandom } from '../../lib/random.ts';
import type { RedisCommand } from '../../lib/redis-pair.ts';
import { pairSuite } from './suite.ts';

const pair = pairSuite();

const keyOf = (random: SeededRandom, prefix: string) => `${prefix}${random.between(0, 5)}`;

function bytesOf(random: SeededRandom, lengthMax: number): string {
  const length = random.between(0, lengthMax);
  return Array.from({ length }, () => String.fromCharCode(random.between(0, 255))).join('');
}

const integers = ['0', '1', '-1', '10', '-7', '255', '9223372036854775807', '-9223372036854775808'];
const oddNumbers = ['', ' 1', '01', '+1', '-0', '1.0', 'x', '9223372036854775808', '99999999999999999999999'];

function integerOf(random: SeededRandom): string {
  const kind = random.between(0, 9);
  if (kind === 0) return random.pick(oddNumbers);
  if (kind < 4) return random.pick(integers);
  return String(random.between(-1000, 1000));
}

/** Times are far off or past: a key that went between two servers' answers would be a difference of none of them. */
test('strings', async () => {
  await pair.agreeOnRandom('strings', (random) => {
    const key = keyOf(random, 's');
    const words: (() => RedisCommand)[] = [
      () => ['set', key, bytesOf(random, 20)],
      () => ['set', key, integerOf(random)],
      () => [
        'set',
        key,
        'v',
        ...random.shuffle(['nx', 'XX', 'get', 'KEEPTTL', 'ex', '100000', 'PX', '-1']).slice(0, 3),
      ],
      () => [
        'set',
        key,
        'v',
        random.pick(['ex', 'px', 'EXAT', 'pxat']),
        random.pick(['1000000', '0', 'x', '99999999999999']),
      ],
      () => ['get', key],
      () => ['getdel', key],
      () => ['getset', key, bytesOf(random, 5)],
      () => [
        'getex',
        key,
        ...random.pick([[], ['persist'], ['ex', '100000'], ['PXAT', '1'], ['ex', '5', 'persist']]),
      ],
      () => ['append', key, bytesOf(random, 40)],
      () => ['setrange', key, integerOf(random).replace(/^[0-9]{4,}$/, '77'), bytesOf(random, 10)],
      () => [random.pick(['getrange', 'substr']), key, integerOf(random), integerOf(random)],
      () => ['strlen', key],
      () => [random.pick(['incr', 'decr']), key],
      () => [random.pick(['incrby', 'decrby']), key, integerOf(random)],
      () => ['setnx', key, bytesOf(random, 3)],
      () => ['setex', key, '100000', bytesOf(random, 3)],
      () => ['psetex', key, integerOf(random).replace(/^[0-9]{1,8}$/, '100000000'), 'v'],
      () => ['mset', key, bytesOf(random, 3), keyOf(random, 's'), integerOf(random)],
      () => ['msetnx', keyOf(random, 't'), 'a', keyOf(random, 't'), 'b'],
      () => ['del', keyOf(random, 't'), key],
      () => ['mget', key, keyOf(random, 's'), keyOf(random, 'none')],
    ];
    return random.pick(words)();
  });
});

test('floats are added as in 80 bits', async () => {
  const floatOf = (random: SeededRandom): string => {
    const kind = random.between(0, 9);
    if (kind === 0)
      return random.pick(['inf', '-INF', 'nan', '1e', '', ' 1', '1 ', '.', '0x', '1e5000', '1e-5000', '--1']);
    if (kind === 1)
      return random.pick(['0x1p-3', '0xA.8', '1e300', '-1e300', '1e-30', '.5', '5.', '+3', '0x.1', '-0.0']);
    if (kind < 4) return String((random.next() - 0.5) * 10 ** random.between(-5, 25));
    return (random.between(-100_000, 100_000) / 10 ** random.between(0, 5)).toFixed(random.between(0, 6));
  };
  await pair.agreeOnRandom('floats', (random) => {
    const key = keyOf(random, 'f');
    return random.between(0, 9) === 0
      ? ['set', key, random.pick(['0', '1.5', '1e20', 'abc', '3', 'inf'])]
      : ['incrbyfloat', key, floatOf(random)];
  });
});

test('longest common subsequences', async () => {
  await pair.agreeOnRandom('lcs', (random) => {
    const letters = (length: number) => Array.from({ length }, () => random.pick(['a', 'b', 'c'])).join('');
    if (random.between(0, 2) === 0) return ['set', keyOf(random, 'l'), letters(random.between(0, 60))];
    const options = [
      [],
      ['LEN'],
      ['idx'],
      ['IDX', 'withmatchlen'],
      ['IDX', 'MINMATCHLEN', '3', 'WITHMATCHLEN'],
      ['minmatchlen'],
    ];
    return ['lcs', keyOf(random, 'l'), keyOf(random, 'l'), ...random.pick(options)];
  });
});

test('bitmaps', async () => {
  const small = (random: SeededRandom) => String(random.between(-40, 300));
  await pair.agreeOnRandom('bitmaps', (random) => {
    const key = keyOf(random, 'b');
    const range = () => [small(random), small(random), ...random.pick([[], ['BYTE'], ['bit']])];
    const words: (() => RedisCommand)[] = [
      () => ['set', key, bytesOf(random, 300)],
      () => ['set', key, random.pick(['\0', '\xff']).repeat(random.between(0, 300))],
      () => ['setbit', key, small(random), random.pick(['0', '1', '1', '2'])],
      () => ['getbit', key, small(random)],
      () => ['bitcount', key],
      () => ['bitcount', key, ...range()],
      () => ['bitpos', key, random.pick(['0', '1'])],
      () => ['bitpos', key, random.pick(['0', '1']), small(random)],
      () => ['bitpos', key, random.pick(['0', '1']), ...range()],
      () => [
        'bitop',
        random.pick(['and', 'OR', 'xor']),
        keyOf(random, 'b'),
        key,
        keyOf(random, 'b'),
        keyOf(random, 'c'),
      ],
      () => ['bitop', 'not', keyOf(random, 'b'), key],
      () => ['get', key],
    ];
    return random.pick(words)();
  });
});

test('fields of bits', async () => {
  const value = (random: SeededRandom): string => {
    const kind = random.between(0, 3);
    if (kind === 0) return random.pick(integers);
    return String(
      BigInt.asIntN(
        64,
        BigInt(Math.floor(random.next() * 2 ** random.between(1, 50))) << BigInt(random.between(0, 20)),
      ),
    );
  };
  await pair.agreeOnRandom('fields', (random) => {
    const words: string[] = [];
    for (let i = random.between(0, 4); i > 0; i--) {
      const type =
        random.pick(['u', 'i']) +
        random.pick(['1', '2', '5', '8', '16', '31', '32', '33', '51', '52', '53', '63', '64']);
      const offset = random.pick(['', '', '#']) + String(random.between(0, 200));
      if (random.between(0, 3) === 0) words.push('OVERFLOW', random.pick(['wrap', 'SAT', 'fail', 'FAIL']));
      const kind = random.pick(['get', 'SET', 'incrby', 'INCRBY']);
      words.push(kind, type, offset, ...(kind === 'get' ? [] : [value(random)]));
    }
    const key = keyOf(random, 'x');
    if (random.between(0, 9) === 0) return ['get', key];
    return [random.pick(['bitfield', 'bitfield', 'bitfield', 'bitfield_ro']), key, ...words];
  });
});
