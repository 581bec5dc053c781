/**
 * HTTL, HPTTL, HEXPIRETIME, HPEXPIRETIME, HPERSIST: when fields of a hash go away, and that they stay. Behaviour as documented
 * for Redis 7.4.
 */
import type { Call } from '../engine/call.ts';
import { type CommandRow, oneKey } from '../engine/command.ts';
import { readHash, writeHash } from '../engine/field-expiry.ts';
import { expireField } from '../engine/types/hash-changes.ts';
import { fieldAnswers, firstField } from './field-arguments.ts';

const countError = 'ERR Number of fields must be a positive integer';

const shared = {
  arity: -5,
  flags: ['readonly', 'fast'],
  categories: ['hash'],
  keys: oneKey('RO', 'access'),
  group: 'hash',
  since: '7.4.0',
  complexity: 'O(N) for N fields',
  syntax: 'key FIELDS numfields field [field ...]',
} as const;

export const httlCommands: CommandRow[] = [
  {
    ...shared,
    name: 'httl',
    summary: 'Tells in how many seconds fields of a hash expire.',
    tips: ['nondeterministic_output'],
    run: (call, args) => tell(call, args, 1000, call.now),
  },
  {
    ...shared,
    name: 'hpttl',
    summary: 'Tells in how many milliseconds fields of a hash expire.',
    tips: ['nondeterministic_output'],
    run: (call, args) => tell(call, args, 1, call.now),
  },
  {
    ...shared,
    name: 'hexpiretime',
    summary: 'Tells when fields of a hash expire, in seconds since 1970.',
    run: (call, args) => tell(call, args, 1000, 0),
  },
  {
    ...shared,
    name: 'hpexpiretime',
    summary: 'Tells when fields of a hash expire, in milliseconds since 1970.',
    run: (call, args) => tell(call, args, 1, 0),
  },
  {
    ...shared,
    name: 'hpersist',
    flags: ['write', 'fast'],
    keys: oneKey('RW', 'update'),
    summary: 'Keeps fields of a hash that were to expire.',
    run(call, args) {
      const { db, reply } = call;
      const key = args[1]!;
      const hash = writeHash(db, key);
      const first = firstField(args, 2, countError);
      reply.array(args.length - first);
      let kept = 0;
      for (let i = first; i < args.length; i++) {
        const field = args[i]!;
        if (!hash?.has(field)) reply.integer(fieldAnswers.absent);
        else if (hash.deadline(field) === 0) reply.integer(fieldAnswers.forever);
        else {
          expireField(db, key, hash, field, 0);
          kept++;
          reply.integer(fieldAnswers.done);
        }
      }
      if (kept > 0) db.notify('h', 'hpersist', key);
    },
  },
];

/** @param unitMs of the answers, which are rounded up @param since milliseconds since 1970 that they count from */
function tell(call: Call, args: readonly string[], unitMs: number, since: number): void {
  const { reply } = call;
  const hash = readHash(call.db, args[1]!);
  const first = firstField(args, 2, countError);
  reply.array(args.length - first);
  for (let i = first; i < args.length; i++) {
    const field = args[i]!;
    const at = hash?.deadline(field) ?? 0;
    if (at > 0) reply.integer(Math.ceil((at - since) / unitMs));
    else reply.integer(hash?.has(field) ? fieldAnswers.forever : fieldAnswers.absent);
  }
}
