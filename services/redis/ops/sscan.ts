/**
 * SSCAN: the members of a set in steps. A cursor is the number of members still to be visited, from the last to the first
 * (engine/indexed-keys.ts says why nothing is missed). A set that Redis would hold in one piece is shown at once.
 */
import type { Call } from '../engine/call.ts';
import { type CommandRow, oneKey } from '../engine/command.ts';
import { notInteger, RedisError, syntaxError } from '../engine/errors.ts';
import { globMatch } from '../engine/glob.ts';
import { parseSafeInteger } from '../engine/numbers.ts';
import { readSet } from '../engine/types/set-changes.ts';
import { listedMembers, setEncoding } from '../engine/types/set-encoding.ts';

const invalidCursor = new RedisError('ERR invalid cursor');
const cursorCharsMax = 64;
const countInitial = 10;

/**
 * Any unsigned 64-bit number, read as C reads one: empty is 0, a sign is taken. One that we never gave begins at some member.
 * @throws RedisError
 */
function parseCursor(text: string): number {
  if (text.length > cursorCharsMax || !/^[+-]?[0-9]*$/.test(text)) throw invalidCursor;
  const size = BigInt(text.replace(/^[+-]/, ''));
  if (size >= 2n ** 64n) throw invalidCursor;
  return Number(BigInt.asUintN(64, text.startsWith('-') ? -size : size));
}

/** @throws RedisError */
function parseOptions(args: readonly string[]): { readonly count: number; readonly pattern: string } {
  let count = countInitial;
  let pattern = '*';
  for (let i = 3; i < args.length; i += 2) {
    const word = args[i]!.toUpperCase();
    const value = args[i + 1];
    if (value === undefined || (word !== 'COUNT' && word !== 'MATCH')) throw syntaxError;
    if (word === 'MATCH') pattern = value;
    else {
      const parsed = parseSafeInteger(value);
      if (parsed === undefined) throw notInteger;
      if (parsed < 1) throw syntaxError;
      count = parsed;
    }
  }
  return { count, pattern };
}

function answer(call: Call, cursor: number, members: readonly string[]): void {
  call.reply.array(2);
  call.reply.bulk(String(cursor));
  call.reply.array(members.length);
  for (const member of members) call.reply.bulk(member);
}

function scan(call: Call, args: readonly string[]): void {
  const cursor = parseCursor(args[2]!);
  const set = readSet(call.db, args[1]!);
  if (set === undefined) {
    answer(call, 0, []);
    return;
  }
  const { count, pattern } = parseOptions(args);
  const { config } = call.engine;
  let members = listedMembers(set, config);
  let next = 0;
  if (setEncoding(set, config) === 'hashtable') {
    const end = cursor === 0 ? set.size : Math.min(cursor, set.size);
    next = Math.max(0, end - count);
    members = set.keys.slice(next, end);
  }
  answer(call, next, pattern === '*' ? members : members.filter((member) => globMatch(pattern, member)));
}

export const sscanCommands: CommandRow[] = [
  {
    name: 'sscan',
    arity: -3,
    flags: ['readonly'],
    categories: ['set'],
    keys: oneKey('RO', 'access'),
    group: 'set',
    since: '2.8.0',
    complexity: 'O(1) a call, O(N) for all N members',
    summary: 'Goes through the members of a set in steps.',
    syntax: 'key cursor [MATCH pattern] [COUNT count]',
    tips: ['nondeterministic_output'],
    run: scan,
  },
];
