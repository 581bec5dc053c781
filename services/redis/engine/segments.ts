/**
 * Segments: parts of a large collection that have a row each in its record, so that only the rows of what changed are
 * written anew. A tracker knows which segments changed since the record was written. Writing a record takes one moment of
 * the collection and may last for many turns: `freeze` is that moment, and a segment that changes before it was saved is
 * saved just before the change (copy on write), so what is written is exactly the collection as it was then.
 *
 * Whoever changes a tracked collection calls `touch` BEFORE the change, `add` for a segment that is new, and `drop` before
 * one goes away.
 */
import { ByteWriter } from '@hypergate/kit/bytes';

export interface Segment {
  /** Among the segments of its collection. In the order of the ids the segments are the collection. */
  id: number;
  /** How it stands to the record; set by the tracker alone. */
  mark: number;
}

/** Clean segments are 0, which is what a segment begins with. */
const marks = { clean: 0, changed: 1, frozen: 2, gone: 3 } as const;

/** A tracker, for who writes records. */
export interface SegmentSource {
  /** From here on `next` gives what changed up to now. All of what was frozen before must have been given. */
  freeze(): void;
  /** Appends frozen segments, about so many bytes of them. @returns whether these were the last */
  next(to: ByteWriter, bytesMax: number): boolean;
  /** Ids of segments that were gone when it was frozen; some may have been given to new ones. */
  readonly removedIds: readonly number[];
  /** Whether the segments still have a good size. @param bytes of the collection in memory */
  suits(bytes: number): boolean;
}

export class SegmentTracker<S extends Segment = Segment> implements SegmentSource {
  private readonly save: (segment: S, to: ByteWriter) => number;
  private changed: S[] = [];
  private removed: number[] = [];
  private frozen: S[] = [];
  private frozenAt = 0;
  private frozenRemoved: number[] = [];
  private copies: Buffer[] = [];

  /** @param save appends a segment's content. @returns how many of the collection's elements are in it */
  constructor(save: (segment: S, to: ByteWriter) => number) {
    this.save = save;
  }

  // Changes of the collection

  touch(segment: S): void {
    if (segment.mark === marks.changed) return;
    if (segment.mark === marks.frozen) this.copy(segment);
    segment.mark = marks.changed;
    this.changed.push(segment);
  }

  add(segment: S): void {
    segment.mark = marks.changed;
    this.changed.push(segment);
  }

  drop(segment: S): void {
    if (segment.mark === marks.frozen) this.copy(segment);
    segment.mark = marks.gone;
    this.removed.push(segment.id);
  }

  // Writing the record

  freeze(): void {
    this.frozen = this.changed.filter(({ mark }) => mark === marks.changed);
    for (const segment of this.frozen) segment.mark = marks.frozen;
    this.frozenAt = 0;
    this.frozenRemoved = this.removed;
    this.changed = [];
    this.removed = [];
  }

  next(to: ByteWriter, bytesMax: number): boolean {
    const { copies, frozen } = this;
    while (copies.length > 0 && to.length < bytesMax) to.raw(copies.pop()!);
    while (this.frozenAt < frozen.length && to.length < bytesMax) {
      const segment = frozen[this.frozenAt++]!;
      if (segment.mark !== marks.frozen) continue;
      this.write(segment, to);
      segment.mark = marks.clean;
    }
    if (copies.length > 0 || this.frozenAt < frozen.length) return false;
    this.frozen = [];
    this.frozenAt = 0;
    return true;
  }

  get removedIds(): readonly number[] {
    return this.frozenRemoved;
  }

  suits(_bytes: number): boolean {
    return true;
  }

  private copy(segment: S): void {
    const to = new ByteWriter();
    this.write(segment, to);
    this.copies.push(to.take());
  }

  /** id ‖ length u32 ‖ content ‖ number of elements. */
  private write(segment: S, to: ByteWriter): void {
    to.varint(segment.id);
    const at = to.length;
    to.u32(0);
    const elements = this.save(segment, to);
    to.patchU32(at, to.length - at - 4);
    to.varint(elements);
  }
}
