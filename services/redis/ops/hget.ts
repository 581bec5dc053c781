/** HGET, HMGET, HEXISTS, HSTRLEN, HLEN: single fields of a hash. */
import { type CommandRow, oneKey } from '../engine/command.ts';
import { readHash } from '../engine/field-expiry.ts';

export const hgetCommands: CommandRow[] = [
  {
    name: 'hget',
    arity: 3,
    flags: ['readonly', 'fast'],
    categories: ['hash'],
    keys: oneKey('RO', 'access'),
    group: 'hash',
    since: '2.0.0',
    complexity: 'O(1)',
    summary: 'Gives the value of a field of a hash.',
    syntax: 'key field',
    run(call, args) {
      const value = readHash(call.db, args[1]!)?.get(args[2]!);
      if (value === undefined) call.reply.null();
      else call.reply.bulk(value);
    },
  },
  {
    name: 'hmget',
    arity: -3,
    flags: ['readonly', 'fast'],
    categories: ['hash'],
    keys: oneKey('RO', 'access'),
    group: 'hash',
    since: '2.0.0',
    complexity: 'O(N) for N fields',
    summary: 'Gives the values of fields of a hash.',
    syntax: 'key field [field ...]',
    run(call, args) {
      const { reply } = call;
      const hash = readHash(call.db, args[1]!);
      reply.array(args.length - 2);
      for (let i = 2; i < args.length; i++) {
        const value = hash?.get(args[i]!);
        if (value === undefined) reply.null();
        else reply.bulk(value);
      }
    },
  },
  {
    name: 'hexists',
    arity: 3,
    flags: ['readonly', 'fast'],
    categories: ['hash'],
    keys: oneKey('RO'),
    group: 'hash',
    since: '2.0.0',
    complexity: 'O(1)',
    summary: 'Tells whether a hash has a field.',
    syntax: 'key field',
    run: (call, args) => call.reply.integer(readHash(call.db, args[1]!)?.has(args[2]!) ? 1 : 0),
  },
  {
    name: 'hstrlen',
    arity: 3,
    flags: ['readonly', 'fast'],
    categories: ['hash'],
    keys: oneKey('RO'),
    group: 'hash',
    since: '3.2.0',
    complexity: 'O(1)',
    summary: 'Gives the length of the value of a field of a hash, in bytes.',
    syntax: 'key field',
    run: (call, args) => call.reply.integer(readHash(call.db, args[1]!)?.get(args[2]!)?.length ?? 0),
  },
  {
    name: 'hlen',
    arity: 2,
    flags: ['readonly', 'fast'],
    categories: ['hash'],
    keys: oneKey('RO'),
    group: 'hash',
    since: '2.0.0',
    complexity: 'O(1)',
    summary: 'Gives the number of fields of a hash.',
    syntax: 'key',
    run: (call, args) => call.reply.integer(readHash(call.db, args[1]!)?.size ?? 0),
  },
];
