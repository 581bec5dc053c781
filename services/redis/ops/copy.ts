/** COPY: a second key with the same value. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { keysAt } from '../engine/command.ts';
import { parseDatabase } from '../engine/database-index.ts';
import { syntaxError } from '../engine/errors.ts';
import { sameObject } from './rename.ts';

export const copyCommands: CommandRow[] = [
  {
    name: 'copy',
    arity: -3,
    flags: ['write', 'denyoom'],
    categories: ['keyspace'],
    keys: [keysAt(1, 0, 1, ['RO', 'access']), keysAt(2, 0, 1, ['OW', 'update'])],
    group: 'generic',
    since: '6.2.0',
    complexity: 'O(N) for N elements, O(1) for a string',
    summary: 'Copies a key with its time to live.',
    syntax: 'source destination [DB destination-db] [REPLACE]',
    run: (call, args) => call.reply.integer(copy(call, args) ? 1 : 0),
  },
];

/** @returns whether it was done */
function copy(call: Call, args: readonly string[]): boolean {
  const { db, engine } = call;
  let to = db;
  let replace = false;
  for (let i = 3; i < args.length; i++) {
    const option = args[i]!.toLowerCase();
    if (option === 'replace') replace = true;
    else if (option === 'db' && i + 1 < args.length) to = parseDatabase(engine, args[++i]!);
    else throw syntaxError;
  }
  const source = args[1]!;
  const destination = args[2]!;
  if (to === db && source === destination) throw sameObject;
  const value = db.read(source);
  if (value === undefined || (to.peek(destination) !== undefined && !replace)) return false;
  to.restore(destination, engine.duplicate(value), db.expiresAt(source));
  to.notify('g', 'copy_to', destination);
  return true;
}
