/** The consumer that a command names: made when it is new. */
import type { Call } from '../engine/call.ts';
import { createConsumer, type StreamPlace } from '../engine/types/stream-changes.ts';
import type { StreamConsumer, StreamGroup } from '../engine/types/stream-group.ts';

export function consumerOf(call: Call, place: StreamPlace, group: StreamGroup, name: string): StreamConsumer {
  const found = group.consumers.get(name);
  if (found !== undefined) return found;
  const made = createConsumer(place, group, name, call.now);
  call.db.notify('t', 'xgroup-createconsumer', place.key);
  return made;
}
