/** SORT, over elements that name keys of the pool now and then. */
import { command, type Grammar } from '../grammar.ts';
import type { RandomWords } from '../words.ts';

const pattern = (random: RandomWords) =>
  random.pick(['s*', 'n*', 'h*->a', 'h*->1', 'nosort', '#', 'n*->', '*', 'w*x', 'h*->', '->*']);

function options(random: RandomWords): string[] {
  return random
    .shuffle([
      random.maybe(0.5, () => [random.option('alpha')]),
      random.maybe(0.3, () => ['by', pattern(random)]),
      ...commonOptions(random),
    ])
    .flat();
}

/** For STORE: ALPHA with BY would leave the order of equals to the server, unseen. */
function storeOptions(random: RandomWords): string[] {
  const kind = random.maybe(0.8, () => random.pick([['alpha'], ['by', pattern(random)]]));
  return random.shuffle([kind, ...commonOptions(random)]).flat();
}

function commonOptions(random: RandomWords): string[][] {
  return [
    random.maybe(0.5, () => [random.option(random.pick(['asc', 'desc']))]),
    random.maybe(0.3, () => ['limit', random.index(), random.index()]),
    random.maybe(0.3, () => random.times(1, 2, () => ['get', pattern(random)]).flat()),
    random.maybe(0.02, () => ['odd']),
  ];
}

/** Sets have no order of their own: theirs is asked for. */
const ordered = (random: RandomWords) => [
  random.key('e'),
  'alpha',
  ...random.maybe(0.5, () => ['desc']),
  ...random.maybe(0.3, () => ['get', pattern(random)]),
  ...random.maybe(0.3, () => ['limit', random.index(), random.index()]),
];

export const sort: Grammar = {
  name: 'sort',
  commands: [
    command('rpush', (r) => [r.key('l'), ...r.times(1, 4, () => String(r.between(0, 4)))]),
    command('set', (r) => [r.key('n'), String(r.between(-50, 50))]),
    command('sort', (r) => [r.pick([r.key('l'), r.key('z')]), ...options(r)], { weight: 5 }),
    command('sort', (r) => [...ordered(r)], { weight: 2 }),
    command('sort', (r) => [r.pick([r.key('l'), r.key('z')]), ...storeOptions(r), 'store', r.key('l')], {
      weight: 2,
    }),
    command('sort', (r) => [r.key('e'), ...storeOptions(r), 'store', r.key('l')]),
    command('sort_ro', (r) => [r.key('l'), ...options(r), ...r.maybe(0.05, () => ['store', 'x'])], {
      weight: 2,
    }),
  ],
};
