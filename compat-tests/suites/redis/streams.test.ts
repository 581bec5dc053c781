/**
 * Streams: the same random commands to redis-server and to us give the same answers. Ids are given, so that both clocks do not
 * matter; times in answers are left out, as are the figures of Redis' tree and what 7.2 adds to XINFO.
 */
import { test } from 'vitest';
import { SeededRandom } from '../../lib/random.ts';
import type { RedisCommand } from '../../lib/redis-pair.ts';
import { pairSuite, seed } from './suite.ts';

const pair = pairSuite();

const keys = ['x0', 'x1', 'x2'];

const numbers = [
  '0',
  '1',
  '9007199254740991',
  '9007199254740993',
  '18446744073709551615',
  '18446744073709551614',
];
const wrongIds = ['', '-', '+', '1-', '-1', '1-2-3', 'x', '18446744073709551616', '5-*', '$', '>', '01-01'];

function idOf(random: SeededRandom, msMax: number): string {
  const kind = random.between(0, 49);
  if (kind === 0) return random.pick(wrongIds);
  if (kind === 1) return `${random.pick(numbers)}-${random.pick(numbers)}`;
  if (kind < 10) return String(random.between(0, msMax));
  return `${random.between(0, msMax)}-${random.between(0, 3)}`;
}

const endOf = (random: SeededRandom, msMax: number) =>
  random.pick(['-', '+', `(${idOf(random, msMax)}`, idOf(random, msMax), idOf(random, msMax)]);

const values = [
  '',
  '1',
  '-77',
  '300',
  '70000',
  '-9223372036854775808',
  '9223372036854775808',
  'value',
  '\xff\x00',
  '0x',
];

function fieldsOf(random: SeededRandom): string[] {
  const kind = random.between(0, 9);
  const value = () => (kind === 1 ? 'v'.repeat(random.logBetween(1, 5000)) : random.pick(values));
  if (kind < 6) return ['name', value(), 'size', value()];
  const pairs = random.between(1, 5);
  return Array.from({ length: pairs * 2 }, () => value());
}

function trimOf(random: SeededRandom, msMax: number): string[] {
  const sign = random.pick([[], ['='], ['~'], ['~']]);
  const limit = random.between(0, 3) === 0 ? ['LIMIT', String(random.pick([0, 1, 50, 100, 250]))] : [];
  return random.between(0, 1) === 0
    ? ['MAXLEN', ...sign, String(random.logBetween(1, 400)), ...limit]
    : ['minid', ...sign, idOf(random, msMax), ...limit];
}

test('entries: added, removed, trimmed and read in ranges', async () => {
  let clock = 1;
  await pair.agreeOnRandom('entries', (random) => {
    const key = random.pick(keys);
    const ms = () => (random.between(0, 3) > 0 ? clock++ : clock);
    const words: (() => RedisCommand)[] = [
      () => [
        'xrange',
        key,
        endOf(random, clock),
        endOf(random, clock),
        'COUNT',
        String(random.between(-1, 20)),
      ],
      () => ['xrevrange', key, endOf(random, clock), endOf(random, clock), 'count', '7'],
      () => ['xrange', key, `${clock - 50}`, '+'],
      () => ['xdel', key, idOf(random, clock), idOf(random, clock), `${clock - random.between(1, 200)}-0`],
      () => ['xlen', key],
      () => [
        'xread',
        'count',
        '3',
        'streams',
        key,
        random.pick(keys),
        idOf(random, clock),
        idOf(random, clock),
      ],
      () => ['xtrim', key, ...trimOf(random, clock)],
      () => ['xadd', key, ...trimOf(random, clock), `${ms()}-*`, ...fieldsOf(random)],
      () => ['xadd', key, 'nomkstream', idOf(random, clock + 5), ...fieldsOf(random)],
      () => ['xadd', key, 'MAXLEN', '10', 'MINID', '3', '*', 'a', 'b'],
      () => [
        'xsetid',
        key,
        idOf(random, clock + 2),
        ...random.pick([[], ['ENTRIESADDED', '5', 'MAXDELETEDID', '1-1']]),
      ],
    ];
    const kind = random.between(0, 39);
    if (kind === 0) return ['del', key];
    return kind < 25 ? ['xadd', key, `${ms()}-*`, ...fieldsOf(random)] : random.pick(words)();
  });
});

test('blocks end where those of redis-server end', async () => {
  const random = new SeededRandom(`blocks ${seed}`);
  const commands: RedisCommand[] = [['del', 'x0']];
  for (let i = 1; i <= 3000; i++) {
    const size = random.logBetween(1, 300);
    commands.push(['xadd', 'x0', `${i}-0`, ...fieldsOf(random), 'pad', 'p'.repeat(size)]);
    if (i % 10 === 0) commands.push(['xdel', 'x0', `${random.between(1, i)}-0`]);
    if (i % 50 === 0)
      commands.push(['xtrim', 'x0', 'MAXLEN', '~', String(random.between(0, 100))], ['xlen', 'x0']);
  }
  await pair.agree(commands);
});

test('groups: read, claimed, acknowledged', async () => {
  let clock = 1;
  const groups = ['g1', 'g2'];
  const consumers = ['alice', 'bob', 'carol'];
  // 7.2 makes a consumer when it asks, 7.0 when it is given something: here all are made first.
  const next: RedisCommand[] = [];
  const withConsumers = (command: RedisCommand): RedisCommand => {
    for (const consumer of consumers)
      next.push(['xgroup', 'createconsumer', command[2]!, command[3]!, consumer]);
    return command;
  };
  await pair.agreeOnRandom('groups', (random) => {
    const queued = next.pop();
    if (queued !== undefined) return queued;
    const key = random.pick(keys);
    const group = random.pick(groups);
    const consumer = random.pick(consumers);
    const recent = () => `${Math.max(1, clock - random.between(0, 40))}-0`;
    const idle = () => random.pick(['0', '0', '0', '-5', '100000000', 'x']);
    const words: (() => RedisCommand)[] = [
      () =>
        withConsumers([
          'xgroup',
          'create',
          key,
          group,
          random.pick(['$', '0', recent(), 'bad']),
          ...random.pick([['MKSTREAM'], [], ['ENTRIESREAD', '3'], ['mkstream', 'entriesread', '-2']]),
        ]),
      () => [
        'xgroup',
        'setid',
        key,
        group,
        random.pick(['$', '0', '-', recent()]),
        ...random.pick([[], ['entriesread', '2']]),
      ],
      () => withConsumers(['xgroup', 'delconsumer', key, group, consumer]),
      () => (random.between(0, 4) === 0 ? ['xgroup', 'destroy', key, group] : ['xlen', key]),
      () => [
        'xreadgroup',
        'GROUP',
        group,
        consumer,
        'COUNT',
        String(random.between(1, 6)),
        ...random.pick([[], [], ['NOACK']]),
        'STREAMS',
        key,
        '>',
      ],
      () => [
        'xreadgroup',
        'group',
        group,
        consumer,
        'count',
        '4',
        'streams',
        key,
        random.pick(keys),
        '>',
        '>',
      ],
      () => [
        'xreadgroup',
        'group',
        group,
        consumer,
        'count',
        '4',
        'streams',
        key,
        random.pick(['0', recent()]),
      ],
      () => ['xack', key, group, recent(), recent(), recent(), idOf(random, clock)],
      () => ['xpending', key, group],
      () => [
        'xclaim',
        key,
        group,
        consumer,
        idle(),
        recent(),
        recent(),
        ...random.pick([
          [],
          ['JUSTID'],
          ['FORCE'],
          ['force', 'retrycount', '7'],
          ['TIME', '5', 'LASTID', recent()],
          ['IDLE'],
          ['what'],
        ]),
      ],
      () => [
        'xautoclaim',
        key,
        group,
        consumer,
        idle(),
        random.pick(['-', '0', `(${recent()}`, recent()]),
        'COUNT',
        String(random.between(0, 5)),
        ...random.pick([[], ['justid']]),
      ],
      () => ['xdel', key, recent()],
      () => ['xtrim', key, 'MAXLEN', '~', '100'],
      () => ['xinfo', 'groups', key],
    ];
    const kind = random.between(0, 59);
    if (kind === 0) return ['del', key];
    if (kind < 15) return ['xadd', key, `${clock++}-0`, 'field', String(clock)];
    return random.pick(words)();
  });
});
