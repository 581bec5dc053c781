/** Random commands over a few large collections of every type: many grow them, few make them small or replace them. */
type Random = () => number;

const pick = <T>(random: Random, of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
const below = (random: Random, limit: number): number => Math.floor(random() * limit);
const text = (random: Random): string => 'v'.repeat(below(random, 60)) + below(random, 1e6);
const many = (random: Random, make: () => string[]): string[] =>
  Array.from({ length: 1 + below(random, random() < 0.2 ? 400 : 10) }, make).flat();

const key = (random: Random, type: string) => (random() < 0.7 ? type : `${type}2`);
const field = (random: Random) => `field:${below(random, 5000)}`;
const group = (random: Random) => `group:${below(random, 3)}`;
const consumer = (random: Random) => `consumer:${below(random, 90)}`;
const id = (random: Random) => {
  const i = below(random, 3000);
  return `${1_800_000_000_000 + i * 10}-${i}`;
};

const hash: readonly ((random: Random) => string[])[] = [
  (r) => ['hset', key(r, 'hash'), ...many(r, () => [field(r), text(r)])],
  (r) => ['hset', key(r, 'hash'), field(r), text(r)],
  (r) => ['hincrby', key(r, 'hash'), `counter:${below(r, 3)}`, '1'],
  (r) => ['hdel', key(r, 'hash'), ...many(r, () => [field(r)])],
  (r) => ['hpexpire', key(r, 'hash'), '1000000', 'fields', '1', field(r)],
  (r) => ['hpersist', key(r, 'hash'), 'fields', '1', field(r)],
];
const set: typeof hash = [
  (r) => ['sadd', key(r, 'set'), ...many(r, () => [field(r) + text(r)])],
  (r) => ['sadd', key(r, 'set'), ...many(r, () => [field(r)])],
  (r) => ['srem', key(r, 'set'), ...many(r, () => [field(r)])],
  (r) => ['spop', key(r, 'set'), String(below(r, 20))],
];
const zset: typeof hash = [
  (r) => ['zadd', key(r, 'zset'), ...many(r, () => [String(below(r, 1000) / 8), field(r)])],
  (r) => ['zincrby', key(r, 'zset'), pick(r, ['1', '-inf', '2.5']), field(r)],
  (r) => ['zrem', key(r, 'zset'), ...many(r, () => [field(r)])],
  (r) => ['zpopmin', key(r, 'zset'), String(below(r, 20))],
];
const list: typeof hash = [
  (r) => [pick(r, ['rpush', 'lpush']), key(r, 'list'), ...many(r, () => [text(r)])],
  (r) => [pick(r, ['rpush', 'lpush']), key(r, 'list'), ...many(r, () => [text(r)])],
  (r) => ['lset', key(r, 'list'), String(below(r, 2000) - 500), text(r)],
  (r) => ['linsert', key(r, 'list'), pick(r, ['before', 'after']), 'pivot', text(r)],
  (r) => ['lset', key(r, 'list'), String(below(r, 2000)), 'pivot'],
  (r) => ['lrem', key(r, 'list'), '0', pick(r, ['pivot', '7'])],
  (r) => [pick(r, ['lpop', 'rpop']), key(r, 'list'), String(below(r, 60))],
  (r) => ['ltrim', key(r, 'list'), String(below(r, 30)), '-1'],
  (r) => ['lmove', key(r, 'list'), key(r, 'list'), pick(r, ['left', 'right']), pick(r, ['left', 'right'])],
];
const stream: typeof hash = [
  (r) => ['xadd', key(r, 'stream'), '*', ...many(r, () => [field(r), text(r)])],
  (r) => ['xadd', key(r, 'stream'), '*', 'name', text(r)],
  (r) => ['xadd', key(r, 'stream'), '*', 'name', text(r)],
  (r) => ['xdel', key(r, 'stream'), ...many(r, () => [id(r)])],
  (r) => ['xtrim', key(r, 'stream'), 'maxlen', pick(r, ['~', '=']), '900'],
  (r) => ['xgroup', 'create', key(r, 'stream'), group(r), '0'],
  (r) => (r() < 0.1 ? ['xgroup', 'destroy', key(r, 'stream'), group(r)] : ['ping']),
  (r) => ['xgroup', 'createconsumer', key(r, 'stream'), group(r), consumer(r)],
  (r) => ['xgroup', 'delconsumer', key(r, 'stream'), group(r), consumer(r)],
  (r) => ['xgroup', 'setid', key(r, 'stream'), group(r), id(r)],
  (r) => ['xreadgroup', 'group', group(r), consumer(r), 'count', '40', 'streams', key(r, 'stream'), '>'],
  (r) => ['xreadgroup', 'group', group(r), consumer(r), 'count', '40', 'streams', key(r, 'stream'), '>'],
  (r) => ['xack', key(r, 'stream'), group(r), ...many(r, () => [id(r)])],
  (r) => ['xautoclaim', key(r, 'stream'), group(r), consumer(r), '0', '0', 'count', '10'],
];
const types = { hash, set, zset, list, stream };
export const largeKey = (random: Random): string => key(random, pick(random, Object.keys(types)));
const any: typeof hash = [
  (r) => ['pexpire', largeKey(r), pick(r, ['1000000', '2000000'])],
  (r) => ['persist', largeKey(r)],
  (r) => ['del', largeKey(r)],
  (r) => ['rename', largeKey(r), largeKey(r)],
  (r) => ['copy', largeKey(r), largeKey(r), 'replace'],
  (r) => ['set', largeKey(r), text(r)],
  () => ['swapdb', '0', '1'],
  (r) => (r() < 0.2 ? ['flushdb'] : ['dbsize']),
];

/** Makes a collection large. */
export function fillCommands(random: Random): string[][] {
  const count = 1500 + below(random, 2500);
  const all = (make: (i: number) => string[]) => Array.from({ length: count }, (_, i) => make(i)).flat();
  switch (pick(random, Object.keys(types) as (keyof typeof types)[])) {
    case 'hash':
      return [['hset', key(random, 'hash'), ...all((i) => [`field:${i}`, text(random)])]];
    case 'set':
      return [['sadd', key(random, 'set'), ...all((i) => [`field:${i}`])]];
    case 'zset':
      return [['zadd', key(random, 'zset'), ...all((i) => [String(i % 700), `field:${i}`])]];
    case 'list':
      return [['rpush', key(random, 'list'), ...all((i) => (i % 500 === 0 ? ['pivot'] : [text(random)]))]];
    case 'stream': {
      const name = key(random, 'stream');
      return [
        ['del', name],
        ...all((i) => [`${1_800_000_000_000 + i * 10}-${i}`]).map((each) => [
          'xadd',
          name,
          each,
          'name',
          text(random) + text(random),
        ]),
        ...[0, 1, 2].map((i) => ['xgroup', 'create', name, `group:${i}`, '0']),
        ...Array.from({ length: 100 }, (_, i) => [
          'xgroup',
          'createconsumer',
          name,
          'group:0',
          `consumer:${i}`,
        ]),
        ['xreadgroup', 'group', 'group:0', 'consumer:1', 'count', '900', 'streams', name, '>'],
      ];
    }
  }
}

/** @param mix how often a command is one that acts on whole keys */
export function largeCommand(random: Random, mix: number): string[] {
  if (random() < mix) return pick(random, any)(random);
  return pick(random, types[pick(random, Object.keys(types) as (keyof typeof types)[])])(random);
}
