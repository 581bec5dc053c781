/** What DUMP of ours gives, redis-server restores, and the reverse; the values are the same on both. */
import { test } from 'vitest';
import { SeededRandom } from '../../lib/random.ts';
import type { RedisCommand } from '../../lib/redis-pair.ts';
import { pairSuite, seed } from './suite.ts';

const pair = pairSuite();

/** Gives each server the other's payload of `key` under two other names. */
async function exchange(key: string): Promise<void> {
  const [ours, theirs] = await Promise.all([pair.ours, pair.theirs].map((server) => server.dumpBuffer(key)));
  for (const server of [pair.ours, pair.theirs]) {
    await server.call('restore', `${key}:ours`, '0', ours!, 'REPLACE');
    await server.call('restore', `${key}:theirs`, '0', theirs!, 'REPLACE');
  }
}

/** Makes the same value on both, exchanges it and compares what `read` answers of all. */
async function agree(key: string, make: readonly RedisCommand[], read: readonly string[]): Promise<void> {
  await pair.agree([['del', key]]);
  await pair.agree(make);
  await exchange(key);
  const reads = [key, `${key}:ours`, `${key}:theirs`].map((name) => [read[0]!, name, ...read.slice(1)]);
  await pair.agree(reads);
}

function textOf(random: SeededRandom): string {
  const kind = random.between(0, 5);
  if (kind === 0) return String(random.between(-70_000, 70_000));
  if (kind === 1) return random.pick(['', '0', '-128', '2147483648', '-9223372036854775808', '007']);
  if (kind === 2) return 'repeat '.repeat(random.logBetween(1, 3000));
  const length = random.logBetween(1, 300);
  return Array.from({ length }, () => String.fromCharCode(random.between(0, 255))).join('');
}

test('strings', async () => {
  const random = new SeededRandom(`strings ${seed}`);
  for (let i = 0; i < 60; i++) await agree('s', [['set', 's', textOf(random)]], ['get']);
  await agree('s', [['set', 's', 'long '.repeat(100_000)]], ['get']);
});

test('lists', async () => {
  const random = new SeededRandom(`lists ${seed}`);
  for (const length of [1, 5, 700]) {
    const make = Array.from({ length }, () => ['rpush', 'l', textOf(random)]);
    await agree('l', make, ['lrange', '0', '-1']);
  }
});

test('hashes', async () => {
  const random = new SeededRandom(`hashes ${seed}`);
  for (const length of [1, 5, 700]) {
    const make = Array.from({ length }, (_, i) => ['hset', 'h', `${i}${textOf(random)}`, textOf(random)]);
    await agree('h', make, ['hlen']);
    for (const [, , field] of make.slice(0, 20)) await agree('h', make, ['hget', field!]);
  }
});

/** Commands that make a stream with all that it can have: deleted entries, groups, what is pending. */
function streamCommands(random: SeededRandom): RedisCommand[] {
  const made: RedisCommand[] = [];
  const entries = random.logBetween(1, 600);
  for (let i = 1; i <= entries; i++) {
    const fields = random.between(0, 3) > 0 ? ['name', textOf(random), 'n', `${i}`] : [textOf(random), 'x'];
    made.push(['xadd', 'x', `${i * 1000}-${random.between(0, 2)}`, ...fields]);
    if (random.between(0, 9) === 0) made.push(['xdel', 'x', `${random.between(1, i) * 1000}-0`]);
  }
  if (random.between(0, 2) === 0) made.push(['xtrim', 'x', 'MAXLEN', String(random.between(0, entries))]);
  if (random.between(0, 2) === 0)
    made.push(['xsetid', 'x', '18446744073709551615-7', 'ENTRIESADDED', '9999999999']);
  for (const group of ['g', 'h']) {
    made.push(['xgroup', 'create', 'x', group, random.pick(['0', '$', '3000'])]);
    for (const consumer of ['a', 'b']) made.push(['xgroup', 'createconsumer', 'x', group, consumer]);
    for (const consumer of ['a', 'b', 'a'])
      made.push([
        'xreadgroup',
        'GROUP',
        group,
        consumer,
        'COUNT',
        String(random.between(1, 40)),
        'STREAMS',
        'x',
        '>',
      ]);
    const ids = Array.from({ length: 20 }, () => `${random.between(1, entries) * 1000}-0`);
    made.push(['xack', 'x', group, ...ids]);
    made.push([
      'xclaim',
      'x',
      group,
      'b',
      '0',
      ...ids,
      'TIME',
      '1700000000000',
      'RETRYCOUNT',
      '300',
      'FORCE',
    ]);
  }
  return made;
}

test('streams', async () => {
  const random = new SeededRandom(`streams ${seed}`);
  for (let i = 0; i < 15; i++) {
    await agree('x', streamCommands(random), ['xrange', '-', '+']);
    const reads = ['x', 'x:ours', 'x:theirs'].flatMap((key) => [
      ['xrevrange', key, '+', '-', 'COUNT', '5'],
      ['xpending', key, 'g'],
      ['xpending', key, 'h'],
      // The sums of idle times differ by the time between; who has what and how often does not.
      ['xinfo', 'groups', key],
      ['xreadgroup', 'GROUP', 'g', 'b', 'STREAMS', key, '0'],
      ['xadd', key, 'MAXLEN', '~', '100', '18446744073709551615-8', 'last', 'one'],
      ['xlen', key],
    ]);
    await pair.agree(reads);
  }
});

test('options and what is refused', async () => {
  const payload = (await pair.theirs.dumpBuffer('s'))!.toString('latin1');
  const bad = `${payload.slice(0, -1)}${String.fromCharCode(payload.charCodeAt(payload.length - 1) ^ 1)}`;
  const commands: RedisCommand[] = [
    ['del', 'r'],
    ['restore', 'r', '0', payload],
    ['restore', 'r', '0', payload],
    ['restore', 'r', '0', 'nonsense'],
    ['restore', 'r', '0', bad, 'replace'],
    ['restore', 'q', '0', ''],
    ['restore', 'r', '-1', payload, 'REPLACE'],
    ['restore', 'r', 'x', payload, 'REPLACE'],
    ['restore', 'r', '0', payload, 'replace', 'idletime', '-1'],
    ['restore', 'r', '0', payload, 'replace', 'idletime', '5', 'freq', '1'],
    ['restore', 'r', '0', payload, 'replace', 'freq', '256'],
    ['restore', 'r', '0', payload, 'replace', 'freq'],
    ['restore', 'r', '0', payload, 'REPLACE', 'IDLETIME', '1000'],
    ['restore', 'r', '0', payload, 'REPLACE', 'FREQ', '100'],
    ['get', 'r'],
    ['restore', 'r', '1000', payload, 'ABSTTL', 'REPLACE'],
    ['get', 'r'],
    ['restore', 'r', '99999999999999', payload, 'absttl'],
    ['get', 'r'],
    ['dump', 'none'],
  ];
  await pair.agree(commands);
});
