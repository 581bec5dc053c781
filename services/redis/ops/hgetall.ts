/** HGETALL, HKEYS, HVALS: a whole hash. */
import { type CommandRow, oneKey } from '../engine/command.ts';
import { readHash } from '../engine/field-expiry.ts';

const shared = {
  arity: 2,
  flags: ['readonly'],
  categories: ['hash'],
  keys: oneKey('RO', 'access'),
  group: 'hash',
  since: '2.0.0',
  complexity: 'O(N) for N fields',
  syntax: 'key',
  tips: ['nondeterministic_output_order'],
} as const;

export const hgetallCommands: CommandRow[] = [
  {
    ...shared,
    name: 'hgetall',
    summary: 'Gives all fields of a hash with their values.',
    run(call, args) {
      const { reply } = call;
      const fields = readHash(call.db, args[1]!)?.fields;
      if (fields === undefined) return reply.map(0);
      const { keys, values } = fields;
      reply.map(keys.length);
      for (let i = 0; i < keys.length; i++) {
        reply.bulk(keys[i]!);
        reply.bulk(values[i]!);
      }
    },
  },
  {
    ...shared,
    name: 'hkeys',
    summary: 'Gives the names of all fields of a hash.',
    run(call, args) {
      const keys = readHash(call.db, args[1]!)?.fields.keys ?? [];
      call.reply.array(keys.length);
      for (const key of keys) call.reply.bulk(key);
    },
  },
  {
    ...shared,
    name: 'hvals',
    summary: 'Gives the values of all fields of a hash.',
    run(call, args) {
      const values = readHash(call.db, args[1]!)?.fields.values ?? [];
      call.reply.array(values.length);
      for (const value of values) call.reply.bulk(value);
    },
  },
];
