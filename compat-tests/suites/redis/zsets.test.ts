/** Sorted sets and positions: the same random commands to redis-server and to us give the same answers. */
import { expect, test } from 'vitest';
import { SeededRandom } from '../../lib/random.ts';
import type { RedisCommand } from '../../lib/redis-pair.ts';
import { pairSuite, seed } from './suite.ts';

const pair = pairSuite();

/** Each word with some chance, in any order. */
function some(random: SeededRandom, ...options: (string | string[])[]): string[] {
  return random
    .shuffle(options)
    .filter(() => random.between(0, 3) === 0)
    .flat();
}

/** Bytes of every value, so that the order of members is the order of bytes. */
const memberOf = (random: SeededRandom): string =>
  random.pick(['', 'a', 'b', 'ab', 'a\0', '\u00ff', '\u0080b', 'Z', 'm']) + String(random.between(0, 30));

/** Fractions of two: their shortest digits are those of 17 digits too. */
function scoreOf(random: SeededRandom): string {
  const kind = random.between(0, 19);
  if (kind === 0)
    return random.pick(['inf', '-inf', '+Inf', 'infinity', '-0', '1e3', '0x10', '.5', '5.', '+7']);
  if (kind === 1)
    return random.pick(['', ' 1', '1 ', 'x', 'nan', '1e400', '1e-400', '0x', '--1', '(1', '1_0']);
  if (kind < 8) return String(random.between(-100_000, 100_000) / random.pick([1, 2, 4, 8, 1024]));
  return String(random.between(-5, 5));
}

function scoreBoundOf(random: SeededRandom): string {
  const kind = random.between(0, 14);
  if (kind === 0)
    return random.pick(['', '(', ' 1', '1 ', 'x', '((1', 'nan', '1e999', '-1e999', '(-inf', '(+inf']);
  if (kind < 4) return random.pick(['-inf', '+inf', 'inf']);
  return random.pick(['', '(']) + scoreOf(random);
}

function memberBoundOf(random: SeededRandom): string {
  const kind = random.between(0, 9);
  if (kind === 0) return random.pick(['', 'a', '-x', '++', '[', '(']);
  if (kind < 4) return random.pick(['-', '+']);
  return random.pick(['[', '(']) + memberOf(random);
}

const rankOf = (random: SeededRandom): string =>
  random.between(0, 30) === 0 ? random.pick(['x', '', '1.5']) : String(random.between(-40, 40));

const keyOf = (random: SeededRandom, prefix = 'z'): string => prefix + String(random.between(0, 3));

const limitOf = (random: SeededRandom): string[] => [
  random.pick(['limit', 'LIMIT']),
  String(random.between(-1, 6)),
  String(random.between(-2, 6)),
];

/** Commands on sorted sets whose members have scores of all kinds. */
function scored(random: SeededRandom): RedisCommand {
  const key = keyOf(random);
  const add = (): RedisCommand => [
    'zadd',
    key,
    ...some(random, 'nx', 'XX', 'gt', 'LT', 'ch'),
    ...(random.between(0, 9) === 0 ? ['incr'] : [scoreOf(random), memberOf(random)]),
    scoreOf(random),
    memberOf(random),
  ];
  const byScore = (): string[] => [scoreBoundOf(random), scoreBoundOf(random)];
  const commands: (() => RedisCommand)[] = [
    add,
    add,
    () => ['zadd', key, ...Array.from({ length: 20 }, (_, i) => [String(i % 7), memberOf(random)]).flat()],
    () => ['zincrby', key, scoreOf(random), memberOf(random)],
    () => ['zrem', key, memberOf(random), memberOf(random)],
    () => ['zcard', key],
    () => ['zscore', key, memberOf(random)],
    () => ['zmscore', key, memberOf(random), memberOf(random)],
    () => [random.pick(['zrank', 'zrevrank']), key, memberOf(random)],
    () => ['zcount', key, ...byScore()],
    () => [
      'zrange',
      key,
      rankOf(random),
      rankOf(random),
      ...some(random, 'rev', 'withscores', limitOf(random)),
    ],
    () => ['zrange', key, ...byScore(), 'byscore', ...some(random, 'REV', 'WITHSCORES', limitOf(random))],
    () => ['zrevrange', key, rankOf(random), rankOf(random), ...some(random, 'withscores')],
    () => [
      random.pick(['zrangebyscore', 'zrevrangebyscore']),
      key,
      ...byScore(),
      ...some(random, 'withscores', limitOf(random), 'byscore'),
    ],
    () => [
      'zrangestore',
      keyOf(random),
      key,
      rankOf(random),
      rankOf(random),
      ...some(random, 'rev', 'withscores', limitOf(random)),
    ],
    () => ['zrangestore', keyOf(random), key, ...byScore(), 'byscore', ...some(random, limitOf(random))],
    () => ['zremrangebyrank', key, rankOf(random), rankOf(random)],
    () => ['zremrangebyscore', key, ...byScore()],
    () => [
      random.pick(['zpopmin', 'zpopmax']),
      key,
      ...random.pick([[], ['2'], ['0'], ['-1'], ['x'], ['1', '1']]),
    ],
    () => [
      'zmpop',
      random.pick(['1', '2', '0', 'x', '3']),
      key,
      keyOf(random),
      random.pick(['min', 'MAX', 'mid']),
      ...random.pick([[], ['count', '3'], ['count', '0'], ['count']]),
    ],
    () => [
      'zrandmember',
      key,
      random.pick(['0', 'x', '-9223372036854775808']),
      ...some(random, 'withscores'),
    ],
    () => [
      'zscan',
      key,
      random.pick(['0', 'x', '-']),
      ...some(random, ['match', 'a*'], ['count', '5'], ['count', '0']),
    ],
    () => combination(random, keyOf),
    () => combination(random, keyOf),
    () => ['del', key],
  ];
  return random.pick(commands)();
}

function combination(random: SeededRandom, key: (random: SeededRandom) => string): RedisCommand {
  const name = random.pick([
    'zunion',
    'zinter',
    'zdiff',
    'zunionstore',
    'zinterstore',
    'zdiffstore',
    'zintercard',
  ]);
  const count = random.between(1, 3);
  const keys = Array.from({ length: count }, () => key(random));
  const weights = ['weights', ...keys.map(() => random.pick(['1', '0.5', '-2', '0', 'inf', '1']))];
  return [
    name,
    ...(name.endsWith('store') ? [key(random)] : []),
    random.pick([String(count), String(count), String(count), String(count), '0', '9', 'x']),
    ...keys,
    ...some(random, weights, ['aggregate', random.pick(['sum', 'MIN', 'max', 'avg'])], 'withscores', [
      'limit',
      '2',
    ]),
  ];
}

test('sorted sets', () => pair.agreeOnRandom('sorted sets', scored));

test('ranges of members of one score', async () => {
  await pair.agreeOnRandom('members', (random) => {
    const key = keyOf(random, 'lex');
    const range = (): string[] => [memberBoundOf(random), memberBoundOf(random)];
    const commands: (() => RedisCommand)[] = [
      () => ['zadd', key, '0', memberOf(random), '0', memberOf(random), '0', memberOf(random)],
      () => [
        random.pick(['zrangebylex', 'zrevrangebylex']),
        key,
        ...range(),
        ...some(random, limitOf(random)),
      ],
      () => ['zrange', key, ...range(), 'bylex', ...some(random, 'rev', 'withscores', limitOf(random))],
      () => [
        'zrangestore',
        keyOf(random, 'lex'),
        key,
        ...range(),
        'bylex',
        ...some(random, 'rev', limitOf(random)),
      ],
      () => ['zlexcount', key, ...range()],
      () => ['zremrangebylex', key, ...range()],
    ];
    return random.pick(commands)();
  });
});

test('large sorted sets', async () => {
  const size = 3000;
  await pair.agreeOnRandom('large', (random) => {
    const key = keyOf(random, 'large');
    const member = (): string => `member:${random.between(0, size)}`;
    const score = (): string => String(random.between(0, 500));
    const rank = (): number => random.between(-size, size);
    const nearby = (): string[] => {
      const start = rank();
      return [String(start), String(start + random.between(0, 20))];
    };
    const scores = (): string[] => {
      const low = random.between(0, 500);
      return [
        random.pick(['', '(']) + String(low),
        random.pick(['', '(']) + String(low + random.between(0, 3)),
      ];
    };
    const commands: (() => RedisCommand)[] = [
      () => ['zadd', key, ...Array.from({ length: 30 }, () => [score(), member()]).flat()],
      () => ['zadd', key, ...Array.from({ length: 30 }, () => [score(), member()]).flat()],
      () => ['zrem', key, ...Array.from({ length: 10 }, member)],
      () => ['zincrby', key, '0.5', member()],
      () => ['zrank', key, member()],
      () => ['zrevrank', key, member()],
      () => ['zrange', key, ...nearby(), 'withscores', ...some(random, 'rev')],
      () => ['zrangebyscore', key, ...scores(), 'withscores', 'limit', '2', '20'],
      () => ['zcount', key, ...scores()],
      () => ['zpopmin', key, '5'],
      () => ['zpopmax', key, '5'],
      () => (random.between(0, 9) === 0 ? ['zremrangebyrank', key, ...nearby()] : ['zcard', key]),
      () => (random.between(0, 9) === 0 ? ['zremrangebyscore', key, ...scores()] : ['zcard', key]),
      () =>
        random.between(0, 19) === 0 ? combination(random, () => keyOf(random, 'large')) : ['zcard', key],
    ];
    return random.pick(commands)();
  });
});

test('sums of doubles are added in the same order', async () => {
  const random = new SeededRandom(`sums ${seed}`);
  const decimal = (): string => (random.next() * 10 ** random.between(-3, 6)).toFixed(7);
  for (let i = 0; i < 200; i++) {
    const setup: RedisCommand[] = ['sum1', 'sum2', 'sum3', 'sum4'].flatMap((key) => [
      ['del', key],
      ['zadd', key, ...Array.from({ length: random.between(1, 6) }, (_, n) => [decimal(), `m${n}`]).flat()],
    ]);
    await pair.agree(setup);
    const [ours, theirs] = await Promise.all(
      [pair.ours, pair.theirs].map((client) =>
        client.zunion(4, 'sum1', 'sum2', 'sum3', 'sum4', 'WEIGHTS', 1, 0.1, 3, 0.7, 'WITHSCORES'),
      ),
    );
    // 7.2 shows fewer digits than 7.0, of the same number.
    const numbers = (answer: readonly string[]): (string | number)[] =>
      answer.map((word, at) => (at % 2 === 0 ? word : Number(word)));
    expect(numbers(ours!), `HYPERGATE_SEED=${seed}`).toEqual(numbers(theirs!));
  }
});

test('positions', async () => {
  const units = ['m', 'km', 'FT', 'mi'];
  await pair.agreeOnRandom('positions', (random) => {
    const key = keyOf(random, 'geo');
    // Places crowd in some regions: at the equator and the meridian of dates, and where cells are chosen differently.
    const place = (): string => `p${random.between(0, 300)}`;
    const near = random.between(0, 3) > 0;
    const [longitude, latitude] = random.pick([
      [13, 42],
      [177, 1],
      [-100, -64],
      [25, 66.5],
      [70, -81],
    ] as const);
    const degrees = (middle: number, spread: number, most: number): string => {
      const value = near ? middle + (random.next() - 0.5) * spread : (random.next() * 2 - 1) * most;
      // Places of the same distance stand in no order: none is where another is.
      return value.toFixed(6);
    };
    const position = (): string[] => {
      if (random.between(0, 40) === 0)
        return random.pick([
          ['180', degrees(latitude, 6, 85)],
          ['-180', degrees(latitude, 6, 85)],
          [degrees(longitude, 6, 180), '85.05112878'],
          [degrees(longitude, 6, 180), '-85.05112878'],
          ['181', '0'],
          ['0', '86'],
          ['x', '0'],
        ]);
      return [degrees(longitude, 6, 180), degrees(latitude, 6, 85)];
    };
    const unit = (): string => (random.between(0, 40) === 0 ? 'cm' : random.pick(units));
    const radius = (): string => {
      if (random.between(0, 30) === 0) return random.pick(['-1', 'x', '0', 'inf']);
      return String(random.logBetween(1, random.pick([1000, 5_000_000, 30_000_000])));
    };
    const options = (): string[] =>
      some(
        random,
        'withcoord',
        'WITHDIST',
        'withhash',
        'asc',
        'desc',
        ['count', random.pick(['1', '5', '0', 'x'])],
        'any',
      );
    const from = (): string[] =>
      random.between(0, 1) === 0 ? ['frommember', place()] : ['fromlonlat', ...position()];
    const area = (): string[] =>
      random.between(0, 1) === 0 ? ['byradius', radius(), unit()] : ['bybox', radius(), radius(), unit()];
    const commands: (() => RedisCommand)[] = [
      () => [
        'geoadd',
        key,
        ...some(random, 'nx', 'xx', 'ch'),
        ...position(),
        place(),
        ...position(),
        place(),
      ],
      () => ['geoadd', key, ...position(), place(), ...position(), place(), ...position(), place()],
      () => ['geopos', key, place(), place()],
      () => ['geohash', key, place(), place()],
      () => ['geodist', key, place(), place(), ...random.pick([[], [unit()], [unit(), 'x']])],
      () => ['geosearch', key, ...from(), ...area(), ...options()],
      () => ['geosearch', key, ...random.shuffle([from(), area(), options()]).flat()],
      () => ['georadius', key, ...position(), radius(), unit(), ...options()],
      () => [
        'georadius_ro',
        key,
        ...position(),
        radius(),
        unit(),
        ...options(),
        ...some(random, ['store', 'x']),
      ],
      () => ['georadiusbymember', key, place(), radius(), unit(), ...options()],
      () => ['georadiusbymember_ro', key, place(), radius(), unit(), ...options()],
      () => ['geosearchstore', 'stored', key, ...from(), ...area(), ...options()],
      () => ['geosearch', 'none', ...from(), ...area(), ...options()],
      () => ['georadius', key, ...position(), radius(), unit(), 'store', 'stored', ...options()],
      () => ['zrange', 'stored', '0', '-1'],
      () => (random.between(0, 40) === 0 ? ['del', key] : ['zcard', key]),
    ];
    return random.pick(commands)();
  });
});

test('searches among many places find the same in the same order', async () => {
  const random = new SeededRandom(`places ${seed}`);
  for (let round = 0; round < 40; round++) {
    // Where cells are chosen differently: both hemispheres, beyond 66 and 80 degrees, and the meridian of dates.
    const longitude = random.pick([0, 40, -179.9, 179.9, random.next() * 360 - 180]);
    const latitude = random.pick([0, 50, -50, 65.9, -66.1, 79.9, -80.1, 84, random.next() * 160 - 80]);
    const degrees = 10 ** (random.next() * 4 - 2);
    const spread = (middle: number, most: number): number =>
      Math.max(-most, Math.min(most, middle + (random.next() - 0.5) * degrees));
    const position = (): string[] => [spread(longitude, 180).toFixed(9), spread(latitude, 85).toFixed(9)];
    const metres = (): string => String(random.next() * degrees * 111_000);
    const area = (): string[] =>
      random.between(0, 1) === 0 ? ['byradius', metres(), 'm'] : ['bybox', metres(), metres(), 'm'];
    const commands: RedisCommand[] = [
      ['del', 'places'],
      ['geoadd', 'places', ...Array.from({ length: 300 }, (_, i) => [...position(), `p${i}`]).flat()],
      ...Array.from({ length: 80 }, () => [
        'geosearch',
        'places',
        ...(random.between(0, 1) === 0
          ? ['fromlonlat', ...position()]
          : ['frommember', `p${random.between(0, 299)}`]),
        ...area(),
        ...random.pick([[], ['withdist'], ['withhash'], ['withcoord'], ['count', '5', 'any'], ['asc']]),
      ]),
    ];
    await pair.agree(commands);
  }
});
