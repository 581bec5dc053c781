/** HELP of commands with subcommands: lines of text, as redis-cli shows them. */
import type { CommandGroup, CommandRow } from '../engine/command.ts';

/** @param lines a usage and its indented explanation in turn; the first line and HELP's own are added */
export function helpRow(
  container: string,
  since: string,
  group: CommandGroup,
  lines: readonly string[],
  categories: readonly string[] = [],
): CommandRow {
  const all = [
    `${container.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
    ...lines,
    'HELP',
    '    This text.',
  ];
  return {
    name: 'help',
    arity: 2,
    flags: ['loading', 'stale'],
    categories,
    group,
    since,
    complexity: 'O(1)',
    summary: `Explains the subcommands of ${container.toUpperCase()}.`,
    syntax: '',
    run(call) {
      call.reply.array(all.length);
      for (const line of all) call.reply.simple(line);
    },
  };
}
