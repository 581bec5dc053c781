/** Commands on keys of any type, and on databases 0 to 2. */
import { about, lengthOnly, scanned, unordered } from '../compare.ts';
import { command, type Grammar } from '../grammar.ts';
import type { RandomWords } from '../words.ts';

const database = (random: RandomWords) =>
  random.chance(0.06) ? random.pick(['16', '-1', 'abc', '99999999999']) : String(random.between(0, 2));

const some = (random: RandomWords) => random.times(1, 3, () => random.anyKey());

export const generic: Grammar = {
  name: 'generic',
  commands: [
    command('del', some),
    command('unlink', some),
    command('exists', some, { weight: 2 }),
    command('touch', some),
    command('type', (r) => [r.anyKey()], { weight: 2 }),
    command('rename', (r) => [r.anyKey(), r.anyKey()]),
    command('renamenx', (r) => [r.anyKey(), r.anyKey()]),
    command(
      'copy',
      (r) => [
        r.anyKey(),
        r.anyKey(),
        ...r
          .shuffle([
            r.maybe(0.3, () => [r.option('db'), database(r)]),
            r.maybe(0.6, () => [r.option('replace')]),
          ])
          .flat(),
      ],
      { weight: 3 },
    ),
    command('move', (r) => [r.anyKey(), database(r)]),
    command('swapdb', (r) => [database(r), database(r)]),
    command('select', (r) => [database(r)], { alone: true }),
    command('dbsize', () => []),
    command('keys', (r) => [r.pattern()], { rule: unordered, weight: 2 }),
    command(
      'scan',
      (r) => [
        '0',
        'count',
        '100000',
        ...r.maybe(0.4, () => [r.option('match'), r.pattern()]),
        ...r.maybe(0.3, () => ['type', r.pick(['string', 'list', 'ZSET', 'hash', 'odd'])]),
      ],
      { rule: scanned, weight: 2 },
    ),
    command('scan', (r) => [
      r.pick(['abc', '-', '1x', '18446744073709551616', '0']),
      'count',
      r.pick(['0', 'abc', '-1']),
    ]),
    command('randomkey', () => [], { rule: lengthOnly }),
    command('object encoding', (r) => [r.anyKey()], { weight: 3 }),
    command('object freq', (r) => [r.anyKey()]),
    command('object idletime', (r) => [r.anyKey()], { rule: about(1000) }),
    command('object odd', (r) => [r.anyKey()]),
    command('echo', (r) => [r.value()]),
    command('ping', (r) => r.maybe(0.5, () => [r.value()])),
    command('dump', () => ['never']),
    command('restore', (r) => [r.anyKey(), '0', r.pick(['', 'abc', '\0\x01a\x09\0'])]),
    command('flushdb', (r) => [r.pick(['async', 'SYNC', 'odd'])]),
  ],
};
