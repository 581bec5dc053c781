/**
 * What COMMAND INFO says of each command, against redis-server 7.0: arity, flags, ACL categories, positions of keys. What
 * Redis 7.2 changed, and what differs on purpose, is explained below.
 */
import type { Redis } from 'ioredis';
import { beforeAll, describe, expect, it } from 'vitest';
import { pairSuite } from './suite.ts';

/** Field of a command, and why it is not as redis-server 7.0 says. */
const explained: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'command|getkeys': { arity: '7.2 takes a command of one word' },
  'command|getkeysandflags': { arity: '7.2 takes a command of one word' },
  wait: { flags: 'blocking in 7.2', categories: 'blocking in 7.2' },
  zrank: { arity: '7.2 has WITHSCORE' },
  zrevrank: { arity: '7.2 has WITHSCORE' },
};

interface Described {
  readonly name: string;
  readonly arity: number;
  readonly flags: readonly string[];
  readonly range: readonly number[];
  readonly categories: readonly string[];
  readonly keySpecs: readonly string[];
}

const pair = pairSuite();
let ours: Map<string, Described>;
let theirs: Map<string, Described>;

beforeAll(async () => {
  ours = await describeAll(pair.ours);
  theirs = await describeAll(pair.theirs);
});

type Info = [
  string,
  number | string,
  string[],
  unknown,
  unknown,
  unknown,
  string[],
  string[],
  unknown[],
  Info[],
];

async function describeAll(client: Redis): Promise<Map<string, Described>> {
  const all = new Map<string, Described>();
  const add = (info: Info): void => {
    const [name, arity, flags, first, last, step, categories, , specs, inner] = info;
    all.set(name, {
      name,
      arity: Number(arity),
      // 7.2 lets scripts run commands that wait, without waiting.
      flags: flags.filter((flag) => flag !== 'noscript' || !flags.includes('blocking')).sort(),
      range: [first, last, step].map(Number),
      categories: [...categories].sort(),
      keySpecs: specs.map(specText).sort(),
    });
    for (const sub of inner) add(sub);
  };
  for (const info of (await client.call('COMMAND', 'INFO')) as Info[]) add(info);
  return all;
}

/** Without the notes, which are sentences. */
function specText(spec: unknown): string {
  const fields = spec as unknown[];
  const kept: unknown[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === 'notes') continue;
    const value = fields[i] === 'flags' ? [...(fields[i + 1] as string[])].sort() : fields[i + 1];
    kept.push(fields[i], value);
  }
  return JSON.stringify(kept);
}

function differences(field: Exclude<keyof Described, 'name'>): string[] {
  const found: string[] = [];
  for (const [name, mine] of ours) {
    const other = theirs.get(name);
    if (other === undefined || explained[name]?.[field] !== undefined) continue;
    const [a, b] = [mine[field], other[field]].map((value) => JSON.stringify(value));
    if (a !== b) found.push(`${name}: ${a}, not ${b}`);
  }
  return found;
}

describe('rows of commands', () => {
  it.each(['arity', 'flags', 'range', 'categories', 'keySpecs'] as const)(
    'have the %s of redis-server',
    (field) => {
      expect(differences(field)).toEqual([]);
    },
  );

  it('explain only differences that there are', () => {
    for (const [name, fields] of Object.entries(explained)) {
      for (const field of Object.keys(fields)) {
        if (!ours.has(name)) continue;
        const key = field as Exclude<keyof Described, 'name'>;
        expect([name, field, ours.get(name)![key]]).not.toEqual([name, field, theirs.get(name)![key]]);
      }
    }
  });

  it('are documented: each with a summary and arguments that its syntax gives', async () => {
    const docs = (await pair.ours.call('COMMAND', 'DOCS')) as unknown[];
    expect(docs.length / 2).toBe(
      ((await pair.ours.call('COMMAND', 'LIST')) as string[]).filter((n) => !n.includes('|')).length,
    );
    expect(Number(await pair.ours.call('COMMAND', 'COUNT'))).toBe(docs.length / 2);
  });
});

describe('keys of commands', () => {
  const commands = [
    'get a',
    'set a b',
    'set a b get',
    'set a b ex 1 GET',
    'mset a 1 b 2',
    'mset a 1 b',
    'lmove a b left right',
    'sort a store b',
    'sort a by b get c store d store e',
    'sort_ro a by b',
    'bitfield a get u8 0',
    'bitfield a set u8 0 1',
    'bitop and a b c',
    'migrate h 1 a 0 5',
    'migrate h 1 {} 0 5 auth keys keys a b',
    'migrate h 1 {} 0 5 auth2 u keys keys a b',
    'georadius a 1 1 1 m',
    'georadius a 1 1 1 m store x storedist y',
    'georadiusbymember a b 1 m store x',
    'xread count 1 streams a b 0 0',
    'xread streams a b c',
    'xread count 1 block 0',
    'xreadgroup group streams b streams a >',
    'xgroup create a b c',
    'object freq a',
    'memory usage k',
    'memory doctor',
    'lmpop 2 a b left',
    'lmpop 3 a b left',
    'zunionstore d 2 a b',
    'zunionstore d 3 a',
    'zunionstore d x a',
    'zinter 2 a b weights 1 2',
    'blmpop 0 2 a b left',
    'eval x 2 a b c',
    'eval x 0 a',
    'eval x 5 a',
    'eval x -1 a',
    'eval x y a',
    'fcall f 1 a',
    'pfcount a b',
    'publish a b',
    'spublish a b',
    'blpop a b 0',
    'ping a',
    'config get x',
    'get a b',
    'nosuch a b',
    'rename a b',
    'copy a b db 1',
    'restore a 0 b',
    'watch a b',
  ];

  it.each(commands)('%s', async (command) => {
    const words = command.split(' ').map((word) => (word === '{}' ? '' : word));
    const known = (await pair.ours.call('COMMAND', 'INFO', words[0]!)) as unknown[];
    const theirsKnow = (await pair.theirs.call('COMMAND', 'INFO', words[0]!)) as unknown[];
    if (known[0] === null && theirsKnow[0] !== null) return;
    await pair.agree([
      ['command', 'getkeys', ...words],
      ['command', 'getkeysandflags', ...words],
    ]);
  });
});
