/** Commands on strings. */
import { farSeconds } from '../compare.ts';
import { command, type Grammar } from '../grammar.ts';
import type { RandomWords } from '../words.ts';

/** Times are far off or past, so that no key expires between two servers. */
export function expiryOption(random: RandomWords): string[] {
  return random.pick([
    () => [
      random.option('ex'),
      random.pick(['1000', '5000', '100000', '0', '-1', 'abc', '9223372036854775807']),
    ],
    () => [random.option('px'), random.pick(['1000000', '5000000', '0', '-5', '1.5'])],
    () => [random.option('exat'), random.pick([...farSeconds.map(String), '0', '-1'])],
    () => [random.option('pxat'), random.pick([...farSeconds.map((second) => `${second}000`), '0'])],
  ])();
}

function setOptions(random: RandomWords): string[] {
  return random.shuffle([
    ...random.maybe(0.3, () => [random.option(random.pick(['nx', 'xx']))]),
    ...random.maybe(0.25, () => [random.option('get')]),
  ]);
}

/** A place to write at that makes no huge string. */
const offset = (random: RandomWords) =>
  random.chance(0.06)
    ? random.pick(['-1', 'abc', '536870912', '9223372036854775807'])
    : String(random.between(0, 40));

export const strings: Grammar = {
  name: 'strings',
  commands: [
    command('set', (r) => [r.key('s'), r.value(), ...setOptions(r)], { weight: 4 }),
    command('set', (r) => [r.key('s'), r.value(), ...setOptions(r), ...expiryOption(r)], { weight: 2 }),
    command('set', (r) => [r.key('s'), r.value(), ...r.shuffle([...setOptions(r), r.option('keepttl')])]),
    command('get', (r) => [r.key('s')], { weight: 2 }),
    command('getset', (r) => [r.key('s'), r.value()]),
    command('getdel', (r) => [r.key('s')]),
    command('getex', (r) => [
      r.key('s'),
      ...r.maybe(0.8, () => (r.chance(0.3) ? ['persist'] : expiryOption(r))),
    ]),
    command('setnx', (r) => [r.key('s'), r.value()]),
    command('setex', (r) => [r.key('s'), r.pick(['1000', '5000', '0', '-1', 'abc']), r.value()]),
    command('psetex', (r) => [r.key('s'), r.pick(['1000000', '0', '-1', 'abc']), r.value()]),
    command('append', (r) => [r.key('s'), r.value()], { weight: 2 }),
    command('strlen', (r) => [r.key('s')]),
    command('setrange', (r) => [r.key('s'), offset(r), r.value()], { weight: 2 }),
    command('getrange', (r) => [r.key('s'), r.index(), r.index()], { weight: 2 }),
    command('substr', (r) => [r.key('s'), r.index(), r.index()]),
    command('mset', (r) => r.times(1, 3, () => [r.key('s'), r.value()]).flat()),
    command('msetnx', (r) => r.times(1, 2, () => [r.key('s'), r.value()]).flat()),
    command('mget', (r) => [...r.keys('s'), r.key('n')]),
    command('set', (r) => [r.key('n'), String(r.between(-1000, 1000))]),
    command('incr', (r) => [r.key('n')], { weight: 2 }),
    command('decr', (r) => [r.key('n')], { weight: 2 }),
    command('incrby', (r) => [r.key('n'), r.integer()], { weight: 2 }),
    command('decrby', (r) => [r.key('n'), r.integer()], { weight: 2 }),
    command('incrbyfloat', (r) => [r.key('n'), r.float()], { weight: 2 }),
    command('lcs', (r) => [
      r.key('s'),
      r.key('s'),
      ...r.maybe(0.5, () =>
        r.shuffle([
          ...r.maybe(0.5, () => ['len']),
          ...r.maybe(0.5, () => ['idx']),
          ...r.maybe(0.5, () => ['withmatchlen']),
        ]),
      ),
      ...r.maybe(0.2, () => ['minmatchlen', r.pick(['0', '2', '-1', 'abc'])]),
    ]),
  ],
};
