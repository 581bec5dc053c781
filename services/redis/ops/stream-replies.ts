/** How entries of streams and the help of containers are answered. */
import type { StreamEntry } from '../engine/types/stream-value.ts';
import type { ReplySink } from '../model/reply.ts';

/** Id, and fields and values by turns. */
export function replyEntry(reply: ReplySink, entry: StreamEntry): void {
  const { fields } = entry;
  reply.array(2);
  reply.bulk(entry.id.toString());
  reply.array(fields.length);
  for (let i = 0; i < fields.length; i++) reply.bulk(fields[i]!);
}

export function replyEntries(reply: ReplySink, entries: readonly StreamEntry[]): void {
  reply.array(entries.length);
  for (let i = 0; i < entries.length; i++) replyEntry(reply, entries[i]!);
}

/** @param lines the subcommands, each followed by an indented line that tells what it does */
export function replyHelp(reply: ReplySink, container: string, lines: readonly string[]): void {
  reply.array(lines.length + 3);
  reply.simple(`${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
  for (const line of lines) reply.simple(line);
  reply.simple('HELP');
  reply.simple('    Shows these lines.');
}
