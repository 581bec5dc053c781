/** Commands that take any number of keys of any type: DEL, UNLINK, EXISTS, TOUCH; and TYPE. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { keysAt, oneKey } from '../engine/command.ts';
import { typeOf } from '../engine/value.ts';

const sumOfShards = ['request_policy:multi_shard', 'response_policy:agg_sum'];

/** @returns how many keys there were */
export function deleteKeys(call: Call, args: readonly string[]): number {
  let removed = 0;
  for (let i = 1; i < args.length; i++) {
    const key = args[i]!;
    if (call.db.peek(key) === undefined) continue;
    call.db.delete(key);
    call.db.notify('g', 'del', key);
    removed++;
  }
  return removed;
}

export const keyCommands: CommandRow[] = [
  {
    name: 'del',
    arity: -2,
    flags: ['write'],
    categories: ['keyspace'],
    keys: [keysAt(1, -1, 1, ['RM', 'delete'])],
    group: 'generic',
    since: '1.0.0',
    complexity: 'O(N) for N keys',
    summary: 'Removes keys and tells how many there were.',
    syntax: 'key [key ...]',
    tips: sumOfShards,
    run: (call, args) => call.reply.integer(deleteKeys(call, args)),
  },
  {
    name: 'unlink',
    arity: -2,
    flags: ['write', 'fast'],
    categories: ['keyspace'],
    keys: [keysAt(1, -1, 1, ['RM', 'delete'])],
    group: 'generic',
    since: '4.0.0',
    complexity: 'O(N) for N keys; their memory is given back later',
    summary: 'Removes keys without waiting for their memory to be freed.',
    syntax: 'key [key ...]',
    tips: sumOfShards,
    run(call, args) {
      const { stats } = call.engine;
      // Memory is always given back later; what Redis would have handed to its thread is counted.
      for (let i = 1; i < args.length; i++) stats.lazyFreed(call.db.peek(args[i]!));
      call.reply.integer(deleteKeys(call, args));
    },
  },
  {
    name: 'exists',
    arity: -2,
    flags: ['readonly', 'fast'],
    categories: ['keyspace'],
    keys: [keysAt(1, -1, 1, ['RO'])],
    group: 'generic',
    since: '1.0.0',
    complexity: 'O(N) for N keys',
    summary: 'Counts how many of the keys are there; one that is named twice counts twice.',
    syntax: 'key [key ...]',
    tips: sumOfShards,
    run(call, args) {
      let there = 0;
      for (let i = 1; i < args.length; i++) if (call.db.look(args[i]!) !== undefined) there++;
      call.reply.integer(there);
    },
  },
  {
    name: 'touch',
    arity: -2,
    flags: ['readonly', 'fast'],
    categories: ['keyspace'],
    keys: [keysAt(1, -1, 1, ['RO'])],
    group: 'generic',
    since: '3.2.1',
    complexity: 'O(N) for N keys',
    summary: 'Sets the time of the last access of keys and counts those that are there.',
    syntax: 'key [key ...]',
    tips: sumOfShards,
    run(call, args) {
      let there = 0;
      for (let i = 1; i < args.length; i++) if (call.db.read(args[i]!) !== undefined) there++;
      call.reply.integer(there);
    },
  },
  {
    name: 'type',
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['keyspace'],
    keys: oneKey('RO'),
    group: 'generic',
    since: '1.0.0',
    complexity: 'O(1)',
    summary: 'Tells the type of what a key holds.',
    syntax: 'key',
    run(call, args) {
      const value = call.db.look(args[1]!);
      call.reply.simple(value === undefined ? 'none' : typeOf(value));
    },
  },
];
