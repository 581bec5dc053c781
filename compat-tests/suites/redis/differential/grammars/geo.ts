/** Places in sorted sets. */
import { command, type Grammar } from '../grammar.ts';
import type { RandomWords } from '../words.ts';

const unit = (random: RandomWords) =>
  random.chance(0.04) ? 'furlong' : random.pick(['m', 'km', 'mi', 'ft', 'KM']);

/** Near Sicily, or now and then anywhere, or nowhere. */
function longitude(random: RandomWords): string {
  if (random.chance(0.05)) return random.pick(['181', '-180', 'abc', '180']);
  return random.chance(0.2) ? String(random.between(-180, 180)) : String(13 + random.between(0, 3000) / 1000);
}

function latitude(random: RandomWords): string {
  if (random.chance(0.05)) return random.pick(['86', '-85.05112878', 'abc', '90']);
  return random.chance(0.2) ? String(random.between(-85, 85)) : String(36 + random.between(0, 3000) / 1000);
}

const distance = (random: RandomWords) =>
  random.chance(0.05) ? random.pick(['-1', 'abc', '0']) : String(random.between(1, 500));

const count = (random: RandomWords) =>
  random.maybe(0.4, () => ['count', random.pick(['1', '2', '5', '0', 'abc'])]);
const order = (random: RandomWords) => [random.option(random.pick(['asc', 'desc']))];
const shown = (random: RandomWords) =>
  random.shuffle([
    ...random.maybe(0.4, () => ['withcoord']),
    ...random.maybe(0.4, () => ['withdist']),
    ...random.maybe(0.3, () => ['withhash']),
  ]);

const shape = (random: RandomWords) =>
  random.chance(0.6)
    ? ['byradius', distance(random), unit(random)]
    : ['bybox', distance(random), distance(random), unit(random)];

const center = (random: RandomWords) =>
  random.chance(0.5) ? ['frommember', random.member()] : ['fromlonlat', longitude(random), latitude(random)];

export const geo: Grammar = {
  name: 'geo',
  commands: [
    command(
      'geoadd',
      (r) => [
        r.key('g'),
        ...r.maybe(0.2, () => [r.option(r.pick(['nx', 'xx', 'ch']))]),
        ...r.times(1, 3, () => [longitude(r), latitude(r), r.member()]).flat(),
      ],
      { weight: 6 },
    ),
    command('geopos', (r) => [r.key('g'), ...r.times(0, 3, () => r.member())]),
    command('geodist', (r) => [r.key('g'), r.member(), r.member(), ...r.maybe(0.6, () => [unit(r)])], {
      weight: 2,
    }),
    command('geohash', (r) => [r.key('g'), ...r.times(0, 3, () => r.member())]),
    command(
      'geosearch',
      (r) => [r.key('g'), ...center(r), ...shape(r), ...order(r), ...count(r), ...shown(r)],
      {
        weight: 4,
      },
    ),
    command(
      'geosearchstore',
      (r) => [
        r.key('g'),
        r.key('g'),
        ...center(r),
        ...shape(r),
        ...order(r),
        ...count(r),
        ...r.maybe(0.3, () => ['storedist']),
      ],
      { weight: 2 },
    ),
    command('georadius', (r) => [
      r.key('g'),
      longitude(r),
      latitude(r),
      distance(r),
      unit(r),
      ...order(r),
      ...count(r),
      ...shown(r),
    ]),
    command('georadiusbymember', (r) => [
      r.key('g'),
      r.member(),
      distance(r),
      unit(r),
      ...order(r),
      ...r.maybe(0.2, () => ['store', r.key('g')]),
    ]),
    command('georadius_ro', (r) => [
      r.key('g'),
      longitude(r),
      latitude(r),
      distance(r),
      unit(r),
      ...order(r),
      ...shown(r),
    ]),
    command('georadiusbymember_ro', (r) => [r.key('g'), r.member(), distance(r), unit(r), ...order(r)]),
    command('zrem', (r) => [r.key('g'), r.member()]),
  ],
};
