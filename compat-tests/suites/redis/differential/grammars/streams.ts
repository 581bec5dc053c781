/** Commands on streams. Identifiers are given, as those a server makes tell the time; times of delivery are left out. */
import { type Rule, without, withoutItem, withoutTimes } from '../compare.ts';
import { command, type Grammar } from '../grammar.ts';
import { isAggregate, type Reply } from '../reply.ts';
import type { RandomWords } from '../words.ts';

function id(random: RandomWords): string {
  if (random.chance(0.05))
    return random.pick(['0-0', 'abc', '1-', '-1', '18446744073709551615-18446744073709551615', '']);
  return random.chance(0.4) ? `${random.between(1, 60)}` : `${random.between(1, 60)}-${random.between(0, 3)}`;
}

/** For XADD, where most must be larger than the last. */
function newId(random: RandomWords): string {
  if (random.chance(0.1)) return id(random);
  const ms = random.between(1, 200);
  return random.chance(0.4) ? `${ms}-*` : `${ms}-${random.between(0, 3)}`;
}

const bound = (random: RandomWords) =>
  random.chance(0.4) ? random.pick(['-', '+']) : `${random.chance(0.2) ? '(' : ''}${id(random)}`;
const group = (random: RandomWords) => random.pick(['g1', 'g1', 'g2', 'g3']);
const consumer = (random: RandomWords) => random.pick(['ann', 'bob', 'eve']);
const fields = (random: RandomWords) => random.times(1, 2, () => [random.member(), random.value()]).flat();
const ids = (random: RandomWords) => random.times(1, 3, () => id(random));

/** Exact trimming only: how much `~` keeps is up to the layout. */
const trim = (random: RandomWords) =>
  random.chance(0.6)
    ? ['maxlen', ...random.maybe(0.5, () => ['=']), random.pick(['0', '1', '3', '10', '-1', 'abc'])]
    : ['minid', ...random.maybe(0.5, () => ['=']), id(random)];

/**
 * XINFO without what tells the time or the layout, or is told by 7.2 alone, and without consumers that have nothing pending:
 * 7.2 makes them in more cases.
 */
const details = without(
  'idle',
  'inactive',
  'seen-time',
  'active-time',
  'radix-tree-keys',
  'radix-tree-nodes',
);

function isBusy(item: Reply): boolean {
  if (!isAggregate(item) || item.items[0] !== '$name' || item.items.includes('$last-delivered-id'))
    return true;
  const at = item.items.findIndex((name) => name === '$pending' || name === '$pel-count');
  return item.items[at + 1] !== ':0';
}

const withoutIdleConsumers: Rule = (reply) =>
  isAggregate(reply)
    ? { kind: reply.kind, items: reply.items.filter(isBusy).map(withoutIdleConsumers) }
    : reply;

export const streamDetails: Rule = (reply) => withoutTimes(details(withoutIdleConsumers(reply)));

export const streams: Grammar = {
  name: 'streams',
  commands: [
    command('xadd', (r) => [r.key('x'), newId(r), ...fields(r)], { weight: 8 }),
    command(
      'xadd',
      (r) => [
        r.key('x'),
        ...r.maybe(0.4, () => ['nomkstream']),
        ...r.maybe(0.6, () => trim(r)),
        newId(r),
        ...fields(r),
      ],
      {
        weight: 2,
      },
    ),
    command('xlen', (r) => [r.key('x')]),
    command('xrange', (r) => [r.key('x'), bound(r), bound(r), ...r.maybe(0.4, () => ['count', r.count()])], {
      weight: 2,
    }),
    command(
      'xrevrange',
      (r) => [r.key('x'), bound(r), bound(r), ...r.maybe(0.4, () => ['count', r.count()])],
      { weight: 2 },
    ),
    command('xdel', (r) => [r.key('x'), ...ids(r)], { weight: 2 }),
    command('xtrim', (r) => [r.key('x'), ...trim(r)]),
    command(
      'xread',
      (r) => {
        const keys = r.keys('x', 1, 2);
        return [
          ...r.maybe(0.4, () => ['count', r.count()]),
          'streams',
          ...keys,
          ...keys.map(() => (r.chance(0.1) ? '$' : id(r))),
        ];
      },
      { weight: 2 },
    ),
    command('xsetid', (r) => [
      r.key('x'),
      id(r),
      ...r.maybe(0.3, () => ['entriesadded', r.pick(['0', '5', '1000', '-1'])]),
      ...r.maybe(0.3, () => ['maxdeletedid', id(r)]),
    ]),
    command(
      'xgroup create',
      (r) => [
        r.key('x'),
        group(r),
        r.chance(0.3) ? '$' : id(r),
        ...r.maybe(0.5, () => ['mkstream']),
        ...r.maybe(0.2, () => ['entriesread', r.pick(['0', '3', '-1', '-2'])]),
      ],
      { weight: 3 },
    ),
    command('xgroup setid', (r) => [r.key('x'), group(r), r.chance(0.3) ? '$' : id(r)]),
    command('xgroup destroy', (r) => [r.key('x'), group(r)]),
    command('xgroup createconsumer', (r) => [r.key('x'), group(r), consumer(r)]),
    command('xgroup delconsumer', (r) => [r.key('x'), group(r), consumer(r)]),
    command(
      'xreadgroup',
      (r) => [
        'group',
        group(r),
        consumer(r),
        ...r.maybe(0.4, () => ['count', r.count()]),
        ...r.maybe(0.2, () => ['noack']),
        'streams',
        r.key('x'),
        r.chance(0.7) ? '>' : id(r),
      ],
      { weight: 4 },
    ),
    command('xack', (r) => [r.key('x'), group(r), ...ids(r)], { weight: 2 }),
    command('xpending', (r) => [r.key('x'), group(r)]),
    command(
      'xpending',
      (r) => [
        r.key('x'),
        group(r),
        ...r.maybe(0.2, () => ['idle', '0']),
        bound(r),
        bound(r),
        r.count(),
        ...r.maybe(0.3, () => [consumer(r)]),
      ],
      { rule: withoutItem(2) },
    ),
    command(
      'xclaim',
      (r) => [
        r.key('x'),
        group(r),
        consumer(r),
        r.pick(['0', '0', '100000000', 'abc']),
        ...ids(r),
        ...r.maybe(0.3, () => ['force']),
        ...r.maybe(0.3, () => ['justid']),
        ...r.maybe(0.2, () => ['retrycount', '7']),
        ...r.maybe(0.2, () => ['idle', '1000']),
      ],
      { weight: 2 },
    ),
    command(
      'xautoclaim',
      (r) => [
        r.key('x'),
        group(r),
        consumer(r),
        r.pick(['0', '0', '100000000', 'abc']),
        id(r),
        ...r.maybe(0.4, () => ['count', r.count()]),
        ...r.maybe(0.3, () => ['justid']),
      ],
      { weight: 2 },
    ),
    command('xinfo stream', (r) => [r.key('x'), ...r.maybe(0.3, () => ['full'])], { rule: streamDetails }),
    command('xinfo groups', (r) => [r.key('x')], { rule: without('consumers') }),
    command('xinfo consumers', (r) => [r.key('x'), group(r)], {
      rule: streamDetails,
    }),
  ],
};
