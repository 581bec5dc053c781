/** Categories of commands, for ACL rules, ACL CAT and COMMAND. */
import type { CommandRow } from '../command.ts';
import type { CommandTable } from '../command-table.ts';

/** In the order COMMAND INFO and ACL CAT show them. */
export const aclCategories: readonly string[] = [
  'keyspace',
  'read',
  'write',
  'set',
  'sortedset',
  'list',
  'hash',
  'string',
  'bitmap',
  'hyperloglog',
  'geo',
  'stream',
  'pubsub',
  'admin',
  'fast',
  'slow',
  'blocking',
  'dangerous',
  'connection',
  'transaction',
  'scripting',
];

const categoriesOfRows = new WeakMap<CommandRow, ReadonlySet<string>>();

/** All categories of a command, without `@`: those of its row and those that follow from its flags. */
export function categoriesOf(row: CommandRow): ReadonlySet<string> {
  let found = categoriesOfRows.get(row);
  if (found === undefined) categoriesOfRows.set(row, (found = deriveCategories(row)));
  return found;
}

function deriveCategories(row: CommandRow): ReadonlySet<string> {
  const { flags } = row;
  const all = new Set<string>(row.categories);
  // Scripts that only read are no reads of a key by themselves.
  if (flags.includes('readonly') && !all.has('scripting')) all.add('read');
  if (flags.includes('write')) all.add('write');
  if (flags.includes('admin')) all.add('admin').add('dangerous');
  if (flags.includes('pubsub')) all.add('pubsub');
  if (flags.includes('blocking')) all.add('blocking');
  all.add(flags.includes('fast') ? 'fast' : 'slow');
  return new Set(aclCategories.filter((category) => all.has(category)));
}

/** Commands and subcommands of a category, containers first. */
export function commandsIn(table: CommandTable, category: string): CommandRow[] {
  const found: CommandRow[] = [];
  for (const row of table.rows) {
    if (categoriesOf(row).has(category)) found.push(row);
    for (const sub of row.subcommands ?? []) if (categoriesOf(sub).has(category)) found.push(sub);
  }
  return found;
}
