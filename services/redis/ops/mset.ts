/** Several strings at once: MGET, MSET, MSETNX. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { keysAt } from '../engine/command.ts';
import { wrongArity } from '../engine/errors.ts';
import { RawString } from '../engine/types/raw-string.ts';

/** Sets keys and values that stand in turn from word 1 on. */
function setPairs(call: Call, args: readonly string[]): void {
  const { db } = call;
  for (let i = 1; i < args.length; i += 2) {
    if (call.engine.notifies) db.write(args[i]!);
    db.setString(args[i]!, args[i + 1]!, 0);
    db.notify('$', 'set', args[i]!);
  }
}

export const msetCommands: CommandRow[] = [
  {
    name: 'mget',
    arity: -2,
    flags: ['readonly', 'fast'],
    categories: ['string'],
    keys: [keysAt(1, -1, 1, ['RO', 'access'])],
    group: 'string',
    since: '1.0.0',
    complexity: 'O(N) for N keys',
    summary: 'Gives the strings of several keys; a key that holds no string counts as missing.',
    syntax: 'key [key ...]',
    tips: ['request_policy:multi_shard'],
    run(call, args) {
      const { db, reply } = call;
      reply.array(args.length - 1);
      for (let i = 1; i < args.length; i++) {
        const value = db.read(args[i]!);
        if (typeof value === 'string') reply.bulk(value);
        else if (value instanceof RawString) reply.bulk(value.toString());
        else reply.null();
      }
    },
  },
  {
    name: 'mset',
    arity: -3,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keys: [keysAt(1, -1, 2, ['OW', 'update'])],
    group: 'string',
    since: '1.0.1',
    complexity: 'O(N) for N keys',
    summary: 'Sets the strings of several keys at once.',
    syntax: 'key value [key value ...]',
    tips: ['request_policy:multi_shard', 'response_policy:all_succeeded'],
    run(call, args) {
      if (args.length % 2 === 0) throw wrongArity('mset');
      setPairs(call, args);
      call.reply.simple('OK');
    },
  },
  {
    name: 'msetnx',
    arity: -3,
    flags: ['write', 'denyoom'],
    categories: ['string'],
    keys: [keysAt(1, -1, 2, ['OW', 'insert'])],
    group: 'string',
    since: '1.0.1',
    complexity: 'O(N) for N keys',
    summary: 'Sets the strings of several keys at once, if none of them is there.',
    syntax: 'key value [key value ...]',
    tips: ['request_policy:multi_shard', 'response_policy:agg_min'],
    run(call, args) {
      if (args.length % 2 === 0) throw wrongArity('msetnx');
      for (let i = 1; i < args.length; i += 2) {
        if (call.db.write(args[i]!) !== undefined) return call.reply.integer(0);
      }
      setPairs(call, args);
      call.reply.integer(1);
    },
  },
];
