/** Commands on lists. Those that wait find something, or give up soon. */
import { command, type Grammar } from '../grammar.ts';
import type { RandomWords } from '../words.ts';

const side = (random: RandomWords) => random.option(random.pick(['left', 'right']));
const soon = (random: RandomWords) => (random.chance(0.1) ? random.pick(['-1', 'abc', 'inf']) : '0.01');

const counted = (random: RandomWords) => {
  const keys = random.keys('l', 1, 3);
  return [random.chance(0.05) ? random.pick(['0', '-1', 'abc', '9']) : String(keys.length), ...keys];
};

const popOptions = (random: RandomWords) => [
  side(random),
  ...random.maybe(0.5, () => [random.option('count'), random.count()]),
];

export const lists: Grammar = {
  name: 'lists',
  commands: [
    command('lpush', (r) => [r.key('l'), ...r.times(1, 4, () => r.value())], { weight: 4 }),
    command('rpush', (r) => [r.key('l'), ...r.times(1, 4, () => r.member())], { weight: 4 }),
    command('lpushx', (r) => [r.key('l'), r.value()]),
    command('rpushx', (r) => [r.key('l'), r.member()]),
    command('lpop', (r) => [r.key('l'), ...r.maybe(0.4, () => [r.count()])], { weight: 2 }),
    command('rpop', (r) => [r.key('l'), ...r.maybe(0.4, () => [r.count()])], { weight: 2 }),
    command('llen', (r) => [r.key('l')]),
    command('lrange', (r) => [r.key('l'), r.index(), r.index()], { weight: 2 }),
    command('lindex', (r) => [r.key('l'), r.index()]),
    command('lset', (r) => [r.key('l'), r.index(), r.value()], { weight: 2 }),
    command(
      'linsert',
      (r) => [r.key('l'), r.option(r.pick(['before', 'after', 'after', 'beside'])), r.member(), r.value()],
      { weight: 2 },
    ),
    command('lrem', (r) => [r.key('l'), r.index(), r.member()], { weight: 2 }),
    command('ltrim', (r) => [r.key('l'), r.index(), r.index()]),
    command('lpos', (r) => [
      r.key('l'),
      r.member(),
      ...r.maybe(0.4, () => ['rank', r.index()]),
      ...r.maybe(0.4, () => ['count', r.pick(['0', '1', '2', '-1'])]),
      ...r.maybe(0.3, () => ['maxlen', r.pick(['0', '3', '-1'])]),
    ]),
    command('rpoplpush', (r) => [r.key('l'), r.key('l')]),
    command('lmove', (r) => [r.key('l'), r.key('l'), side(r), side(r)]),
    command('lmpop', (r) => [...counted(r), ...popOptions(r)]),
    command('blpop', (r) => [...r.keys('l', 1, 3), soon(r)]),
    command('brpop', (r) => [...r.keys('l', 1, 3), soon(r)]),
    command('blmove', (r) => [r.key('l'), r.key('l'), side(r), side(r), soon(r)]),
    command('brpoplpush', (r) => [r.key('l'), r.key('l'), soon(r)]),
    command('blmpop', (r) => [soon(r), ...counted(r), ...popOptions(r)]),
  ],
};
