/** Segments of a dense collection: runs of positions, each of the same number, that is a power of two. */
import type { ByteWriter } from '@hypergate/kit/bytes';
import type { IndexedKeys } from './indexed-keys.ts';
import { engineLimits } from './limits.ts';
import { type Segment, SegmentTracker } from './segments.ts';

const { segmentBytes, segmentElementsMax } = engineLimits;
const shiftMax = Math.log2(segmentElementsMax);
/** Segments are made anew when they have become so much larger or smaller than they were meant to be. */
const driftMax = 4;

/** Appends the entries of positions from `from` to `to` - 1. */
export type SaveEntries = (from: number, to: number, out: ByteWriter) => void;

export class DenseTracker extends SegmentTracker {
  /** Segment i has the positions from i << shift on. */
  private readonly shift: number;
  private readonly cells: Segment[] = [];

  /** @param sizeOf how many entries there are now */
  constructor(bytes: number, sizeOf: () => number, save: SaveEntries) {
    const size = sizeOf();
    const shift = shiftFor(bytes / Math.max(size, 1));
    super((segment, to) => {
      const first = segment.id << shift;
      const end = Math.min(first + (1 << shift), sizeOf());
      save(first, end, to);
      return end - first;
    });
    this.shift = shift;
    for (let position = 0; position < size; position += 1 << shift) this.touchAt(position);
  }

  /** The entry at the position changes, or is about to be appended there. */
  touchAt(position: number): void {
    const index = position >> this.shift;
    const cell = this.cells[index];
    if (cell !== undefined) this.touch(cell);
    else {
      const added = { id: index, mark: 0 };
      this.cells.push(added);
      this.add(added);
    }
  }

  /** The entry at the position goes, and the last one takes its place. */
  removing(position: number, last: number): void {
    this.touchAt(position);
    this.touchAt(last);
    if ((last & ((1 << this.shift) - 1)) === 0) this.drop(this.cells.pop()!);
  }

  segmentOf(position: number): number {
    return position >> this.shift;
  }

  override suits(bytes: number): boolean {
    const each = bytes / this.cells.length;
    if (each > segmentBytes * driftMax) return this.shift === 0;
    return each * driftMax > segmentBytes || this.shift === shiftMax;
  }
}

function shiftFor(bytesEach: number): number {
  return Math.max(0, Math.min(shiftMax, Math.floor(Math.log2(segmentBytes / bytesEach))));
}

/** Of an entry of a tracked collection. */
export function segmentOf(entries: IndexedKeys, key: string): number | undefined {
  const position = entries.find(key);
  return position < 0 ? undefined : entries.segments?.segmentOf(position);
}
