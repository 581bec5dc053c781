/** BITOP: strings combined bit by bit. */
import { type BitOperation, combineBits, invertBits } from '../engine/bit-operations.ts';
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { keysAt } from '../engine/command.ts';
import { RedisError, syntaxError } from '../engine/errors.ts';
import { RawString } from '../engine/types/raw-string.ts';
import { asString } from '../engine/types/string-changes.ts';

const oneSource = new RedisError('ERR BITOP NOT must be called with a single source key.');

/** @throws RedisError */
function operationOf(args: readonly string[]): BitOperation | 'NOT' {
  const word = args[1]!.toUpperCase();
  if (word !== 'AND' && word !== 'OR' && word !== 'XOR' && word !== 'NOT') throw syntaxError;
  if (word === 'NOT' && args.length !== 4) throw oneSource;
  return word;
}

function store(call: Call, key: string, result: Buffer): void {
  const { db } = call;
  if (result.length > 0) {
    db.restore(key, RawString.of(result), 0);
    db.notify('$', 'set', key);
  } else if (db.write(key) !== undefined) {
    db.delete(key);
    db.notify('g', 'del', key);
  }
  call.reply.integer(result.length);
}

export const bitOpCommands: CommandRow[] = [
  {
    name: 'bitop',
    arity: -4,
    flags: ['write', 'denyoom'],
    categories: ['bitmap'],
    keys: [keysAt(2, 0, 1, ['OW', 'update']), keysAt(3, -1, 1, ['RO', 'access'])],
    group: 'bitmap',
    since: '2.6.0',
    complexity: 'O(N) for N bytes in all',
    summary: 'Combines strings bit by bit and stores the result.',
    syntax: '<AND | OR | XOR | NOT> destkey key [key ...]',
    run(call, args) {
      const operation = operationOf(args);
      const sources = args.slice(3).map((key) => asString(call.db.read(key)));
      const result = operation === 'NOT' ? invertBits(sources[0]) : combineBits(operation, sources);
      store(call, args[2]!, result);
    },
  },
];
