/**
 * Entries of a stream that were delivered and not acknowledged, in the order of their ids: of a group, and of each consumer
 * (the same objects). Sorted pieces of bounded size: finding, adding and removing are O(log n) and a short move.
 */
import type { StreamConsumer } from './stream-group.ts';
import type { StreamId } from './stream-id.ts';

export interface PendingEntry {
  readonly id: StreamId;
  consumer: StreamConsumer;
  /** Milliseconds since 1970. */
  deliveredAt: number;
  deliveries: number;
}

const pieceEntriesMax = 256;

export class PendingList {
  size = 0;
  /** None is empty. */
  private readonly pieces: PendingEntry[][] = [];

  get first(): PendingEntry | undefined {
    return this.pieces[0]?.[0];
  }

  get last(): PendingEntry | undefined {
    return this.pieces.at(-1)?.at(-1);
  }

  find(id: StreamId): PendingEntry | undefined {
    const entry = this.from(id);
    return entry?.id.equals(id) === true ? entry : undefined;
  }

  /** The first entry whose id is not below. */
  from(id: StreamId): PendingEntry | undefined {
    const piece = this.pieceOf(id);
    if (piece === this.pieces.length) return undefined;
    return this.pieces[piece]![lowerBound(this.pieces[piece]!, id)];
  }

  /** The first entry whose id is above. */
  after(id: StreamId): PendingEntry | undefined {
    const piece = this.pieceOf(id);
    if (piece === this.pieces.length) return undefined;
    const entries = this.pieces[piece]!;
    const position = lowerBound(entries, id);
    if (!entries[position]!.id.equals(id)) return entries[position];
    return entries[position + 1] ?? this.pieces[piece + 1]?.[0];
  }

  /** The id must not be there. */
  add(entry: PendingEntry): void {
    this.size++;
    const { pieces } = this;
    // Past the last one, as almost always: at the end of the last piece.
    const piece = Math.min(this.pieceOf(entry.id), pieces.length - 1);
    if (piece < 0) {
      pieces.push([entry]);
      return;
    }
    const entries = pieces[piece]!;
    const position = lowerBound(entries, entry.id);
    if (entries.length < pieceEntriesMax) {
      if (position === entries.length) entries.push(entry);
      else entries.splice(position, 0, entry);
      return;
    }
    if (position === entries.length) {
      pieces.splice(piece + 1, 0, [entry]);
      return;
    }
    const upper = entries.splice(pieceEntriesMax / 2);
    pieces.splice(piece + 1, 0, upper);
    if (position <= entries.length) entries.splice(position, 0, entry);
    else upper.splice(position - entries.length, 0, entry);
  }

  /** @returns whether it was there */
  delete(id: StreamId): boolean {
    const piece = this.pieceOf(id);
    if (piece === this.pieces.length) return false;
    const entries = this.pieces[piece]!;
    const position = lowerBound(entries, id);
    if (!entries[position]!.id.equals(id)) return false;
    entries.splice(position, 1);
    if (entries.length === 0) this.pieces.splice(piece, 1);
    this.size--;
    return true;
  }

  *[Symbol.iterator](): IterableIterator<PendingEntry> {
    for (const piece of this.pieces) yield* piece;
  }

  /** The first piece whose last id is not below; the number of pieces when there is none. */
  private pieceOf(id: StreamId): number {
    let low = 0;
    let high = this.pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const piece = this.pieces[middle]!;
      if (piece[piece.length - 1]!.id.compare(id) < 0) low = middle + 1;
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
