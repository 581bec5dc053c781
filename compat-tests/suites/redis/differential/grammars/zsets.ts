/** Commands on sorted sets. Those that wait find something, or give up soon. */
import { lengthOnly, scannedPairs, unordered } from '../compare.ts';
import { command, type Grammar } from '../grammar.ts';
import type { RandomWords } from '../words.ts';

/** More than any sorted set of a run has. */
const all = '100000';

const soon = (random: RandomWords) => (random.chance(0.1) ? random.pick(['-1', 'abc']) : '0.01');

function scoreBound(random: RandomWords): string {
  if (random.chance(0.05)) return random.pick(['abc', '(', '', '((1', 'nan']);
  const bound = random.chance(0.3) ? random.pick(['-inf', '+inf', 'inf']) : random.float();
  return random.chance(0.3) ? `(${bound}` : bound;
}

function lexBound(random: RandomWords): string {
  if (random.chance(0.05)) return random.pick(['a', '', '(', '[', '++', '-x']);
  return random.chance(0.3) ? random.pick(['-', '+']) : `${random.pick(['[', '('])}${random.member()}`;
}

const limit = (random: RandomWords) =>
  random.maybe(0.3, () => [random.option('limit'), random.index(), random.index()]);
const withScores = (random: RandomWords) => random.maybe(0.4, () => [random.option('withscores')]);

function counted(random: RandomWords): string[] {
  const keys = random.times(1, 3, () => random.key(random.chance(0.15) ? 'e' : 'z'));
  return [random.chance(0.05) ? random.pick(['0', '-1', 'abc', '9']) : String(keys.length), ...keys];
}

/** With a weight for each key. */
function combined(random: RandomWords): string[] {
  const keys = counted(random);
  return [
    ...keys,
    ...random.maybe(0.3, () => ['weights', ...keys.slice(1).map(() => random.score())]),
    ...random.maybe(0.3, () => ['aggregate', random.pick(['sum', 'min', 'MAX', 'odd'])]),
  ];
}

/** A key and what of it: by name where all scores are one, as else the answer is nobody's. */
function range(random: RandomWords): string[] {
  return random.pick([
    () => [random.key('z'), random.index(), random.index(), ...random.maybe(0.3, () => ['rev'])],
    () => [
      random.key('z'),
      scoreBound(random),
      scoreBound(random),
      'byscore',
      ...random.maybe(0.4, () => ['REV']),
      ...limit(random),
    ],
    () => [
      random.key('y'),
      lexBound(random),
      lexBound(random),
      'bylex',
      ...random.maybe(0.4, () => ['rev']),
      ...limit(random),
    ],
  ])();
}

const addOptions = (random: RandomWords) =>
  random.shuffle([
    ...random.maybe(0.3, () => [random.option(random.pick(['nx', 'xx', 'gt', 'lt']))]),
    ...random.maybe(0.1, () => [random.pick(['gt', 'lt', 'xx'])]),
    ...random.maybe(0.3, () => ['ch']),
    ...random.maybe(0.1, () => ['incr']),
  ]);

const popOptions = (random: RandomWords) => [
  random.pick(['min', 'MAX', 'max', 'odd']),
  ...random.maybe(0.5, () => ['count', random.count()]),
];

export const zsets: Grammar = {
  name: 'zsets',
  commands: [
    command('zadd', (r) => [r.key('z'), ...r.times(1, 3, () => [r.score(), r.member()]).flat()], {
      weight: 6,
    }),
    command('zadd', (r) => [r.key('y'), ...r.times(1, 4, () => ['0', r.member()]).flat()], { weight: 4 }),
    command(
      'zadd',
      (r) => [r.key('z'), ...addOptions(r), ...r.times(1, 2, () => [r.score(), r.member()]).flat()],
      { weight: 3 },
    ),
    command('zincrby', (r) => [r.key('z'), r.score(), r.member()], { weight: 2 }),
    command('zrem', (r) => [r.key('z'), ...r.times(1, 3, () => r.member())], { weight: 2 }),
    command('zcard', (r) => [r.key('z')]),
    command('zscore', (r) => [r.key('z'), r.member()], { weight: 2 }),
    command('zmscore', (r) => [r.key('z'), ...r.times(1, 3, () => r.member())]),
    command('zrank', (r) => [r.key('z'), r.member()]),
    command('zrevrank', (r) => [r.key('z'), r.member()]),
    command('zcount', (r) => [r.key('z'), scoreBound(r), scoreBound(r)]),
    command('zlexcount', (r) => [r.key('y'), lexBound(r), lexBound(r)]),
    command('zrange', (r) => [...range(r), ...withScores(r)], { weight: 4 }),
    command('zrevrange', (r) => [r.key('z'), r.index(), r.index(), ...withScores(r)]),
    command('zrangebyscore', (r) => [
      r.key('z'),
      scoreBound(r),
      scoreBound(r),
      ...withScores(r),
      ...limit(r),
    ]),
    command('zrevrangebyscore', (r) => [
      r.key('z'),
      scoreBound(r),
      scoreBound(r),
      ...limit(r),
      ...withScores(r),
    ]),
    command('zrangebylex', (r) => [r.key('y'), lexBound(r), lexBound(r), ...limit(r)]),
    command('zrevrangebylex', (r) => [r.key('y'), lexBound(r), lexBound(r), ...limit(r)]),
    command('zrangestore', (r) => [r.key('z'), ...range(r)], { weight: 2 }),
    command('zremrangebyrank', (r) => [r.key('z'), r.index(), r.index()]),
    command('zremrangebyscore', (r) => [r.key('z'), scoreBound(r), scoreBound(r)]),
    command('zremrangebylex', (r) => [r.key('y'), lexBound(r), lexBound(r)]),
    command('zpopmin', (r) => [r.key('z'), ...r.maybe(0.4, () => [r.count()])]),
    command('zpopmax', (r) => [r.key('z'), ...r.maybe(0.4, () => [r.count()])]),
    command('zmpop', (r) => [...counted(r), ...popOptions(r)]),
    command('bzpopmin', (r) => [...r.keys('z'), soon(r)]),
    command('bzpopmax', (r) => [...r.keys('z'), soon(r)]),
    command('bzmpop', (r) => [soon(r), ...counted(r), ...popOptions(r)]),
    command('zunion', (r) => [...combined(r), ...withScores(r)], { weight: 2 }),
    command('zinter', (r) => [...combined(r), ...withScores(r)], { weight: 2 }),
    command('zdiff', (r) => [...counted(r), ...withScores(r)]),
    command('zunionstore', (r) => [r.key('z'), ...combined(r)], { weight: 2 }),
    command('zinterstore', (r) => [r.key('z'), ...combined(r)], { weight: 2 }),
    command('zdiffstore', (r) => [r.key('z'), ...counted(r)]),
    command('zintercard', (r) => [
      ...counted(r),
      ...r.maybe(0.4, () => ['limit', r.pick(['0', '1', '2', '-1'])]),
    ]),
    command('zrandmember', (r) => [r.key('z'), r.pick([all, '0'])], { rule: unordered }),
    command('zrandmember', (r) => [r.key('z'), ...r.maybe(0.8, () => [r.pick(['2', '-3', 'abc'])])], {
      rule: lengthOnly,
    }),
    command('zscan', (r) => [r.key('z'), '0', 'count', all, ...r.maybe(0.3, () => ['match', r.pattern()])], {
      rule: scannedPairs,
    }),
  ],
};
