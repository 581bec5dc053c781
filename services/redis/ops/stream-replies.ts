/** How entries of streams are answered. */
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
