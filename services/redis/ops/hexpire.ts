/**
 * HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT: fields of a hash get a time at which they go away. Behaviour as documented for
 * Redis 7.4 (https://redis.io/docs/latest/commands/hexpire/).
 */
import type { Call } from '../engine/call.ts';
import { type CommandRow, oneKey } from '../engine/command.ts';
import { invalidExpire, notInteger, RedisError } from '../engine/errors.ts';
import { writeHash } from '../engine/field-expiry.ts';
import { parseSafeInteger } from '../engine/numbers.ts';
import { expireField, removeField } from '../engine/types/hash-changes.ts';
import type { HashValue } from '../engine/types/hash-value.ts';
import { fieldAnswers, fieldDeadlineMax, firstField } from './field-arguments.ts';

type Condition = 'nx' | 'xx' | 'gt' | 'lt';
const conditions: readonly string[] = ['nx', 'xx', 'gt', 'lt'];
const negative = new RedisError('ERR invalid expire time, must be >= 0');
const countError = 'ERR Parameter `numFields` should be greater than 0';

const shared = {
  arity: -6,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['hash'],
  keys: oneKey('RW', 'update'),
  group: 'hash',
  since: '7.4.0',
  complexity: 'O(N) for N fields',
} as const;
const rest = '[NX | XX | GT | LT] FIELDS numfields field [field ...]';

export const hexpireCommands: CommandRow[] = [
  {
    ...shared,
    name: 'hexpire',
    summary: 'Lets fields of a hash expire after a number of seconds.',
    syntax: `key seconds ${rest}`,
    run: (call, args) => expire(call, args, 1000, call.now),
  },
  {
    ...shared,
    name: 'hpexpire',
    summary: 'Lets fields of a hash expire after a number of milliseconds.',
    syntax: `key milliseconds ${rest}`,
    run: (call, args) => expire(call, args, 1, call.now),
  },
  {
    ...shared,
    name: 'hexpireat',
    summary: 'Lets fields of a hash expire at a time in seconds since 1970.',
    syntax: `key unix-time-seconds ${rest}`,
    run: (call, args) => expire(call, args, 1000, 0),
  },
  {
    ...shared,
    name: 'hpexpireat',
    summary: 'Lets fields of a hash expire at a time in milliseconds since 1970.',
    syntax: `key unix-time-milliseconds ${rest}`,
    run: (call, args) => expire(call, args, 1, 0),
  },
];

/** @param unitMs of the time in the words @param since milliseconds since 1970 that it counts from */
function expire(call: Call, args: readonly string[], unitMs: number, since: number): void {
  const { db, reply } = call;
  const key = args[1]!;
  const hash = writeHash(db, key);
  const at = parseTime(call, args[2]!, unitMs, since);
  const option = args[3]!.toLowerCase();
  const condition = conditions.includes(option) ? (option as Condition) : undefined;
  const first = firstField(args, condition === undefined ? 3 : 4, countError);
  reply.array(args.length - first);
  let expiring = 0;
  let removed = 0;
  for (let i = first; i < args.length; i++) {
    const field = args[i]!;
    if (!hash?.has(field)) reply.integer(fieldAnswers.absent);
    else if (!isMet(condition, hash, field, at)) reply.integer(fieldAnswers.refused);
    else if (at <= call.now) {
      removeField(db, key, hash, field);
      removed++;
      reply.integer(fieldAnswers.removed);
    } else {
      expireField(db, key, hash, field, at);
      expiring++;
      reply.integer(fieldAnswers.done);
    }
  }
  if (expiring > 0) db.notify('h', 'hexpire', key);
  if (removed > 0) db.notify('h', 'hdel', key);
  if (removed > 0 && db.deleteIfEmpty(key, hash!)) db.notify('g', 'del', key);
}

/** @returns milliseconds since 1970 @throws RedisError */
function parseTime(call: Call, word: string, unitMs: number, since: number): number {
  const value = parseSafeInteger(word);
  if (value === undefined) throw notInteger;
  if (value < 0) throw negative;
  if (value > (fieldDeadlineMax - since) / unitMs) throw invalidExpire(call.row.name);
  return value * unitMs + since;
}

/** A field that stays for ever counts as one that expires later than any other. */
function isMet(condition: Condition | undefined, hash: HashValue, field: string, at: number): boolean {
  if (condition === undefined) return true;
  const before = hash.deadline(field);
  if (condition === 'nx') return before === 0;
  if (condition === 'xx') return before > 0;
  return condition === 'gt' ? before > 0 && at > before : before === 0 || at < before;
}
