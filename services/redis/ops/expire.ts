/** When keys go away by themselves: EXPIRE and its family, PERSIST. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';
import { invalidExpire, notInteger, RedisError } from '../engine/errors.ts';
import { parseInteger } from '../engine/numbers.ts';

interface Condition {
  readonly nx: boolean;
  readonly xx: boolean;
  readonly gt: boolean;
  readonly lt: boolean;
}

const millisecondsMax = 2n ** 63n - 1n;
const millisecondsMin = -(2n ** 63n);

function row(
  name: string,
  since: string,
  summary: string,
  argument: string,
  unit: bigint,
  relative: boolean,
): CommandRow {
  return {
    name,
    arity: -3,
    flags: ['write', 'fast'],
    categories: ['keyspace'],
    keys: oneKey('RW', 'update'),
    group: 'generic',
    since,
    complexity: 'O(1)',
    summary,
    syntax: `key ${argument} [NX | XX | GT | LT]`,
    run: (call, args) => call.reply.integer(expire(call, args, name, unit, relative) ? 1 : 0),
  };
}

export const expireCommands: CommandRow[] = [
  row('expire', '1.0.0', 'Lets a key live some seconds more.', 'seconds', 1000n, true),
  row('pexpire', '2.6.0', 'Lets a key live some milliseconds more.', 'milliseconds', 1n, true),
  row('expireat', '1.2.0', 'Lets a key live until a second of Unix time.', 'unix-time-seconds', 1000n, false),
  row(
    'pexpireat',
    '2.6.0',
    'Lets a key live until a millisecond of Unix time.',
    'unix-time-milliseconds',
    1n,
    false,
  ),
  {
    name: 'persist',
    arity: 2,
    flags: ['write', 'fast'],
    categories: ['keyspace'],
    keys: oneKey('RW', 'update'),
    group: 'generic',
    since: '2.2.0',
    complexity: 'O(1)',
    summary: 'Lets a key live for ever.',
    syntax: 'key',
    run(call, args) {
      const { db } = call;
      const key = args[1]!;
      const expires = db.write(key) !== undefined && db.expiresAt(key) > 0;
      if (expires) {
        db.setExpiry(key, 0);
        db.notify('g', 'persist', key);
      }
      call.reply.integer(expires ? 1 : 0);
    },
  },
];

/** @returns whether it was done */
function expire(call: Call, args: readonly string[], name: string, unit: bigint, relative: boolean): boolean {
  const condition = parseCondition(args);
  const at = parseTime(args[2]!, unit, relative ? call.now : 0, name);
  const { db } = call;
  const key = args[1]!;
  if (db.write(key) === undefined || !holds(condition, db.expiresAt(key), at)) return false;
  if (at <= call.now) {
    db.delete(key);
    db.notify('g', 'del', key);
  } else {
    db.setExpiry(key, at);
    db.notify('g', 'expire', key);
  }
  return true;
}

/** @param current 0: the key lives for ever, longer than any other time */
function holds({ nx, xx, gt, lt }: Condition, current: number, at: number): boolean {
  if (nx && current !== 0) return false;
  if (xx && current === 0) return false;
  if (gt && (current === 0 || at <= current)) return false;
  return !(lt && current !== 0 && at >= current);
}

function parseCondition(args: readonly string[]): Condition {
  let nx = false;
  let xx = false;
  let gt = false;
  let lt = false;
  for (let i = 3; i < args.length; i++) {
    const option = args[i]!.toLowerCase();
    if (option === 'nx') nx = true;
    else if (option === 'xx') xx = true;
    else if (option === 'gt') gt = true;
    else if (option === 'lt') lt = true;
    else throw new RedisError(`ERR Unsupported option ${args[i]!}`);
  }
  if (nx && (xx || gt || lt)) {
    throw new RedisError('ERR NX and XX, GT or LT options at the same time are not compatible');
  }
  if (gt && lt) throw new RedisError('ERR GT and LT options at the same time are not compatible');
  return { nx, xx, gt, lt };
}

/**
 * Milliseconds since 1970; 0 and less are in the past. Times beyond 2^53 are kept as the nearest double.
 * @throws RedisError what is no 64-bit integer, or no longer one in milliseconds since 1970
 */
function parseTime(text: string, unit: bigint, baseMs: number, name: string): number {
  const value = parseInteger(text);
  if (value === undefined) throw notInteger;
  const scale = Number(unit);
  if (typeof value === 'number') {
    const at = value * scale + baseMs;
    if (Number.isSafeInteger(at) && Number.isSafeInteger(value * scale)) return at;
  }
  const scaled = BigInt(value) * unit;
  const exact = scaled + BigInt(baseMs);
  if (scaled > millisecondsMax || scaled < millisecondsMin || exact > millisecondsMax) {
    throw invalidExpire(name);
  }
  return Number(exact);
}
