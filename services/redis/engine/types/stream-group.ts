/** Consumer groups of a stream. */
import { PendingList } from './pending-list.ts';
import type { StreamId } from './stream-id.ts';
import type { StreamCell } from './stream-tracker.ts';

/** `entriesRead` of a group whose place among all entries ever added is not known. */
export const unknownEntriesRead = -1;
/** `activeAt` of a consumer that was never given an entry. */
export const neverActive = -1;

export class StreamConsumer {
  readonly name: string;
  /** Its last attempt, milliseconds since 1970. */
  seenAt: number;
  /** Its last attempt that gave it an entry, or -1. */
  activeAt: number;
  readonly pending = new PendingList();
  /** While the stream is tracked (stream-tracker.ts). */
  number = 0;
  groupNumber = 0;
  cell: StreamCell | undefined = undefined;

  constructor(name: string, seenAt: number, activeAt: number = neverActive) {
    this.name = name;
    this.seenAt = seenAt;
    this.activeAt = activeAt;
  }
}

export class StreamGroup {
  readonly name: string;
  /** The last id that was delivered. */
  lastId: StreamId;
  /** How many of the entries ever added were delivered up to `lastId`, or -1. */
  entriesRead: number;
  readonly pending = new PendingList();
  readonly consumers = new Map<string, StreamConsumer>();
  /** While the stream is tracked (stream-tracker.ts). */
  number = 0;
  cell: StreamCell | undefined = undefined;

  constructor(name: string, lastId: StreamId, entriesRead: number) {
    this.name = name;
    this.lastId = lastId;
    this.entriesRead = entriesRead;
  }
}

/** In the order of their names, byte by byte: as replies show groups and consumers. */
export function sortedByName<T extends { readonly name: string }>(named: ReadonlyMap<string, T>): T[] {
  return [...named.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
