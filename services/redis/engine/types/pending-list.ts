/**
 * Entries of a stream that were delivered and not acknowledged, in the order of their ids: of a group, and of each consumer
 * (the same objects). Sorted pieces of bounded size: finding, adding and removing are O(log n) and a short move.
 */
import type { Segment } from '../segments.ts';
import type { StreamConsumer } from './stream-group.ts';
import type { StreamId } from './stream-id.ts';
import type { StreamTracker } from './stream-tracker.ts';

export interface PendingEntry {
  readonly id: StreamId;
  consumer: StreamConsumer;
  /** Milliseconds since 1970. */
  deliveredAt: number;
  deliveries: number;
}

const pieceEntriesMax = 256;

/** Consecutive entries; none is empty. */
export class PendingPiece implements Segment {
  id = 0;
  mark = 0;
  /** Number of the group, while the stream is tracked. */
  readonly group: number;
  readonly entries: PendingEntry[];

  constructor(group: number, entries: PendingEntry[]) {
    this.group = group;
    this.entries = entries;
  }
}

export class PendingList {
  size = 0;
  private pieces: PendingPiece[] = [];
  private tracker: StreamTracker | undefined = undefined;
  private group = 0;

  get first(): PendingEntry | undefined {
    return this.pieces[0]?.entries[0];
  }

  get last(): PendingEntry | undefined {
    return this.pieces.at(-1)?.entries.at(-1);
  }

  /** Begins to say which pieces change. @param group number of the group @returns the pieces */
  track(tracker: StreamTracker, group: number): readonly PendingPiece[] {
    this.tracker = tracker;
    this.group = group;
    this.pieces = this.pieces.map(({ entries }) => new PendingPiece(group, entries));
    return this.pieces;
  }

  untrack(): readonly PendingPiece[] {
    this.tracker = undefined;
    return this.pieces;
  }

  /** The entry is about to change. */
  touch(id: StreamId): void {
    this.tracker?.touch(this.pieces[this.pieceOf(id)]!);
  }

  find(id: StreamId): PendingEntry | undefined {
    const entry = this.from(id);
    return entry?.id.equals(id) === true ? entry : undefined;
  }

  /** The first entry whose id is not below. */
  from(id: StreamId): PendingEntry | undefined {
    const piece = this.pieceOf(id);
    if (piece === this.pieces.length) return undefined;
    const { entries } = this.pieces[piece]!;
    return entries[lowerBound(entries, id)];
  }

  /** The first entry whose id is above. */
  after(id: StreamId): PendingEntry | undefined {
    const piece = this.pieceOf(id);
    if (piece === this.pieces.length) return undefined;
    const { entries } = this.pieces[piece]!;
    const position = lowerBound(entries, id);
    if (!entries[position]!.id.equals(id)) return entries[position];
    return entries[position + 1] ?? this.pieces[piece + 1]?.entries[0];
  }

  /** The id must not be there. */
  add(entry: PendingEntry): void {
    this.size++;
    const { pieces } = this;
    // Past the last one, as almost always: at the end of the last piece.
    const at = Math.min(this.pieceOf(entry.id), pieces.length - 1);
    if (at < 0) {
      this.insertPiece(0, [entry]);
      return;
    }
    const piece = pieces[at]!;
    const { entries } = piece;
    const position = lowerBound(entries, entry.id);
    if (entries.length < pieceEntriesMax) {
      this.tracker?.touch(piece);
      if (position === entries.length) entries.push(entry);
      else entries.splice(position, 0, entry);
      return;
    }
    if (position === entries.length) {
      this.insertPiece(at + 1, [entry]);
      return;
    }
    this.tracker?.touch(piece);
    const upper = entries.splice(pieceEntriesMax / 2);
    if (position <= entries.length) entries.splice(position, 0, entry);
    else upper.splice(position - entries.length, 0, entry);
    this.insertPiece(at + 1, upper);
  }

  /** @returns whether it was there */
  delete(id: StreamId): boolean {
    const at = this.pieceOf(id);
    if (at === this.pieces.length) return false;
    const piece = this.pieces[at]!;
    const { entries } = piece;
    const position = lowerBound(entries, id);
    if (!entries[position]!.id.equals(id)) return false;
    this.tracker?.touch(piece);
    entries.splice(position, 1);
    if (entries.length === 0) {
      this.tracker?.drop(piece);
      this.pieces.splice(at, 1);
    }
    this.size--;
    return true;
  }

  *[Symbol.iterator](): IterableIterator<PendingEntry> {
    for (const { entries } of this.pieces) yield* entries;
  }

  private insertPiece(at: number, entries: PendingEntry[]): void {
    const piece = new PendingPiece(this.group, entries);
    this.tracker?.addPiece(piece);
    this.pieces.splice(at, 0, piece);
  }

  /** The first piece whose last id is not below; the number of pieces when there is none. */
  private pieceOf(id: StreamId): number {
    let low = 0;
    let high = this.pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { entries } = this.pieces[middle]!;
      if (entries[entries.length - 1]!.id.compare(id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function lowerBound(entries: readonly PendingEntry[], id: StreamId): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle]!.id.compare(id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
