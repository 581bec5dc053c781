/** Bits of strings. */
import { command, type Grammar } from '../grammar.ts';
import type { RandomWords } from '../words.ts';

const bitOffset = (random: RandomWords) =>
  random.chance(0.05) ? random.pick(['-1', 'abc', '4294967296', '1.5']) : String(random.between(0, 200));

const fieldType = (random: RandomWords) =>
  random.chance(0.05)
    ? random.pick(['u64', 'i65', 'u0', 'x8', 'i'])
    : random.pick(['u1', 'u4', 'u8', 'i5', 'i8', 'u16', 'i32', 'u63', 'i64']);

const fieldOffset = (random: RandomWords) =>
  random.chance(0.3) ? `#${random.between(0, 10)}` : bitOffset(random);

function fieldOperation(random: RandomWords): string[] {
  return random.pick([
    () => ['get', fieldType(random), fieldOffset(random)],
    () => ['set', fieldType(random), fieldOffset(random), random.integer()],
    () => ['incrby', fieldType(random), fieldOffset(random), random.integer()],
    () => ['overflow', random.pick(['wrap', 'sat', 'FAIL', 'odd'])],
  ])();
}

const range = (random: RandomWords) => [
  random.index(),
  random.index(),
  ...random.maybe(0.4, () => [random.option(random.pick(['byte', 'bit']))]),
];

export const bitmaps: Grammar = {
  name: 'bitmaps',
  commands: [
    command('setbit', (r) => [r.key('b'), bitOffset(r), r.chance(0.04) ? '2' : r.pick(['0', '1', '1'])], {
      weight: 4,
    }),
    command('getbit', (r) => [r.key('b'), bitOffset(r)]),
    command('set', (r) => [r.key('b'), r.bytes(20)]),
    command('bitcount', (r) => [r.key('b'), ...r.maybe(0.7, () => range(r))], { weight: 2 }),
    command(
      'bitpos',
      (r) => [
        r.key('b'),
        r.pick(['0', '1', '1', '2']),
        ...r.maybe(0.7, () => (r.chance(0.3) ? [r.index()] : range(r))),
      ],
      { weight: 2 },
    ),
    command(
      'bitop',
      (r) => [r.option(r.pick(['and', 'or', 'xor', 'not'])), r.key('b'), ...r.keys('b', 1, 3)],
      { weight: 2 },
    ),
    command('bitfield', (r) => [r.key('b'), ...r.times(0, 3, () => fieldOperation(r)).flat()], { weight: 3 }),
    command('bitfield_ro', (r) => [
      r.key('b'),
      ...r.times(0, 2, () => ['get', fieldType(r), fieldOffset(r)]).flat(),
    ]),
  ],
};
