/** The row of a command that a script runs; errors are worded as scripts get them. */
import type { CommandRow } from '../command.ts';
import type { CommandTable } from '../command-table.ts';
import { RedisError } from '../errors.ts';

const unknown = new RedisError('ERR Unknown Redis command called from script');
const wrongNumber = new RedisError('ERR Wrong number of args calling Redis command from script');

/** @throws RedisError */
export function findForScript(commands: CommandTable, args: readonly string[]): CommandRow {
  const row = commands.lookup(args[0]!, args[1]);
  if (row === undefined) throw unknown;
  const { arity } = row;
  if (arity > 0 ? args.length !== arity : args.length < -arity) throw wrongNumber;
  return row;
}
