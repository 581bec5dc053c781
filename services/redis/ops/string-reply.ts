/** A string of either form as an answer. */
import type { StringValue } from '../engine/types/string-changes.ts';
import type { ReplySink } from '../model/reply.ts';

export function replyString(reply: ReplySink, value: StringValue | undefined): void {
  if (value === undefined) reply.null();
  else reply.bulk(typeof value === 'string' ? value : value.toString());
}
