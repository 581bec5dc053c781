/**
 * Events of one batch as bytes (version 1): count ‖ (milliseconds after the batch's first ‖ length ‖ message)…, numbers as LEB128, messages
 * in UTF-8.
 */
import { ByteReader, ByteWriter, FormatError } from '@hypergate/kit/bytes';
import { logLimits } from './limits.ts';

export interface LogEvent {
  readonly timeMs: number;
  readonly message: string;
}

/** As AWS counts it. */
export const eventBytes = ({ message }: LogEvent): number =>
  Buffer.byteLength(message) + logLimits.eventOverheadBytes;

/** @param events by time, none before `minMs` */
export function encodeEvents(minMs: number, events: readonly LogEvent[]): Buffer {
  const to = new ByteWriter(1024);
  to.varint(events.length);
  for (const { timeMs, message } of events) {
    to.varint(timeMs - minMs);
    to.bytes(Buffer.from(message));
  }
  return to.take();
}

/** @throws FormatError */
export function decodeEvents(minMs: number, bytes: Buffer): LogEvent[] {
  const from = new ByteReader(bytes);
  const count = from.varint();
  if (count > logLimits.putEventsMax) throw new FormatError('a batch has too many events');
  const events: LogEvent[] = [];
  for (let i = 0; i < count; i++)
    events.push({ timeMs: minMs + from.varint(), message: from.bytes().toString('utf8') });
  if (!from.done) throw new FormatError('a batch is longer than its events');
  return events;
}

/**
 * Splits events into batches: by time, those of one moment in the order in which they were given, none longer than a record or than the
 * span that readers count on.
 */
export function splitEvents(events: readonly LogEvent[]): LogEvent[][] {
  const { batchBytesMax, batchEventsMax, batchSpanMs } = logLimits;
  const batches: LogEvent[][] = [];
  let current: LogEvent[] = [];
  let bytes = 0;
  for (const event of events.toSorted((left, right) => left.timeMs - right.timeMs)) {
    const size = eventBytes(event);
    const first = current[0];
    if (
      first !== undefined &&
      (bytes + size > batchBytesMax ||
        current.length >= batchEventsMax ||
        event.timeMs - first.timeMs > batchSpanMs)
    ) {
      batches.push(current);
      current = [];
      bytes = 0;
    }
    current.push(event);
    bytes += size;
  }
  if (current.length > 0) batches.push(current);
  return batches;
}
