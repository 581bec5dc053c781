/** Categories of commands, for ACL rules, ACL CAT and COMMAND. */
import type { CommandRow } from '../command.ts';
import type { CommandTable } from '../command-table.ts';

/** In the order of ACL CAT. */
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

/** All categories of a command, without `@`: those of its row and those that follow from its flags. */
export function categoriesOf(row: CommandRow): Set<string> {
  const { flags } = row;
  const found = new Set(row.categories);
  if (flags.includes('write')) found.add('write');
  if (flags.includes('readonly') && !found.has('scripting')) found.add('read');
  if (flags.includes('admin')) found.add('admin').add('dangerous');
  if (flags.includes('pubsub')) found.add('pubsub');
  if (flags.includes('blocking')) found.add('blocking');
  found.add(flags.includes('fast') ? 'fast' : 'slow');
  return found;
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
