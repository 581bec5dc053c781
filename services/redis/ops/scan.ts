/** Which keys there are: KEYS, SCAN, RANDOMKEY. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { notInteger, RedisError, syntaxError } from '../engine/errors.ts';
import { globMatch } from '../engine/glob.ts';
import { engineLimits } from '../engine/limits.ts';
import { parseSafeInteger } from '../engine/numbers.ts';
import { typeOf } from '../engine/value.ts';

const invalidCursor = new RedisError('ERR invalid cursor');
const cursorMax = 2n ** 64n - 1n;
const countInitial = 10;

export const scanCommands: CommandRow[] = [
  {
    name: 'keys',
    arity: 2,
    flags: ['readonly'],
    categories: ['keyspace', 'dangerous'],
    group: 'generic',
    since: '1.0.0',
    complexity: 'O(N) for N keys in the database',
    summary: 'Lists all keys whose names match a pattern.',
    syntax: 'pattern',
    tips: ['request_policy:all_shards', 'nondeterministic_output_order'],
    run(call, args) {
      const found = matchingKeys(call, args[1]!);
      call.reply.array(found.length);
      for (const key of found) call.reply.bulk(key);
    },
  },
  {
    name: 'scan',
    arity: -2,
    flags: ['readonly'],
    categories: ['keyspace'],
    group: 'generic',
    since: '2.8.0',
    complexity: 'O(1) a call, O(N) for all N keys',
    summary: 'Goes through the keys of the database, some at each call.',
    syntax: 'cursor [MATCH pattern] [COUNT count] [TYPE type]',
    tips: ['nondeterministic_output', 'request_policy:special', 'response_policy:special'],
    run: scan,
  },
  {
    name: 'randomkey',
    arity: 1,
    flags: ['readonly'],
    categories: ['keyspace'],
    group: 'generic',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Gives a key picked at random.',
    syntax: '',
    tips: ['request_policy:all_shards', 'response_policy:special', 'nondeterministic_output'],
    run(call) {
      const key = randomKey(call);
      if (key === undefined) call.reply.null();
      else call.reply.bulk(key);
    },
  },
];

function matchingKeys(call: Call, pattern: string): string[] {
  const { db, engine } = call;
  db.exposeKeys();
  const found: string[] = [];
  const all = pattern === '*';
  for (const part of db.keys.parts) {
    for (const key of part.keys) {
      if (!all && !globMatch(pattern, key)) continue;
      const at = db.expiresAt(key);
      if (at === 0 || at > engine.now) found.push(key);
    }
  }
  return found;
}

function scan(call: Call, args: readonly string[]): void {
  const cursor = parseCursor(args[1]!);
  const { pattern, count, type } = parseOptions(args);
  const { db } = call;
  db.exposeKeys();
  const seen: string[] = [];
  const next = db.keys.scan(cursor, count, (key, value) => {
    if (pattern !== undefined && !globMatch(pattern, key)) return;
    if (type === undefined || typeOf(value) === type) seen.push(key);
  });
  // Afterwards, as those that have expired are removed on the way.
  const found = seen.filter((key) => db.peek(key) !== undefined);
  call.reply.array(2);
  call.reply.bulk(String(next));
  call.reply.array(found.length);
  for (const key of found) call.reply.bulk(key);
}

interface ScanOptions {
  readonly pattern: string | undefined;
  readonly count: number;
  readonly type: string | undefined;
}

function parseOptions(args: readonly string[]): ScanOptions {
  let pattern: string | undefined;
  let count = countInitial;
  let type: string | undefined;
  for (let i = 2; i < args.length; i += 2) {
    const option = args[i]!.toLowerCase();
    const value = args[i + 1];
    if (value === undefined) throw syntaxError;
    if (option === 'count') {
      const parsed = parseSafeInteger(value);
      if (parsed === undefined) throw notInteger;
      if (parsed < 1) throw syntaxError;
      count = parsed;
    } else if (option === 'match') pattern = value === '*' ? undefined : value;
    else if (option === 'type') type = value.toLowerCase();
    else throw syntaxError;
  }
  return { pattern, count, type };
}

/**
 * Any 64-bit number, as C's `strtoul` reads it; one that we never gave is taken as some place in the table.
 * @throws RedisError
 */
function parseCursor(text: string): number {
  if (text === '') return 0;
  const digits = /^[+-]?([0-9]{1,64})$/.exec(text)?.[1];
  if (digits === undefined || BigInt(digits) > cursorMax) throw invalidCursor;
  const exact = BigInt.asUintN(64, BigInt(text.startsWith('-') ? text : digits));
  if (exact <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(exact);
  // The same part of the table, from its end.
  const parts = engineLimits.keyTableParts;
  return (2 ** 40 - 1) * parts + Number(exact % BigInt(parts));
}

/** Keys that have expired are removed on the way, so this ends. */
function randomKey(call: Call): string | undefined {
  const { db, engine } = call;
  db.exposeKeys();
  // While nothing may be removed, a database of expired keys only would keep it busy.
  for (let tries = 0; tries < engineLimits.randomKeyTries; ) {
    const picked = db.keys.pick(engine.modules.random());
    if (picked === undefined) return undefined;
    const key = picked.part.keys[picked.position]!;
    if (db.peek(key) !== undefined) return key;
    if (engine.expiryPaused) tries++;
  }
  return undefined;
}
