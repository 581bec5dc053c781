/** Gives one large collection as it is at one moment, in segments, over any number of turns. */
import { ByteWriter } from '@hypergate/kit/bytes';
import type { Database } from '../engine/database.ts';
import type { SegmentSource } from '../engine/segments.ts';
import type { Collection, Value, ValueType } from '../engine/value.ts';
import { segmentFlags, stateKinds } from './key-states.ts';

export interface FoldSubject {
  readonly db: Database;
  readonly key: string;
  readonly value: Collection;
  readonly type: ValueType;
  /** Last batch that the value shows. */
  readonly batch: number;
  /** Its segment is named at the end. */
  readonly element: string | undefined;
}

export class SegmentedFold {
  readonly db: Database;
  readonly key: string;
  private readonly value: Collection;
  private readonly source: SegmentSource;
  private readonly flags: number;
  /** What is given with the last segments, as it is now. */
  private readonly end = new ByteWriter(256);
  private isFirst = true;

  /** The moment that is given. */
  constructor({ db, key, value, type, batch, element }: FoldSubject) {
    this.db = db;
    this.key = key;
    this.value = value;
    const segments = type.segments!;
    let isWhole = false;
    if (value.segments?.suits(value.bytes) !== true) {
      segments.track(value);
      isWhole = true;
    }
    this.source = value.segments!;
    this.source.freeze();
    this.flags = isWhole ? segmentFlags.whole : 0;
    const { end } = this;
    end.f64(db.expiresAt(key));
    end.f64(batch);
    end.u8(type.code);
    end.varint(value.size);
    const head = new ByteWriter(64);
    segments.saveHead?.(value, head);
    end.bytes(head.take());
    const { removedIds } = this.source;
    end.varint(removedIds.length);
    for (const id of removedIds) end.varint(id);
    const found = element === undefined ? undefined : segments.segmentOf?.(value, element);
    end.varint(found === undefined ? 0 : found + 1);
  }

  isOf(db: Database, key: string): boolean {
    return this.db === db && this.key === key;
  }

  /** Whether what the key holds is still what is being given. */
  isStill(value: Value): boolean {
    return value === this.value && this.value.segments === this.source;
  }

  /** @returns whether all is given */
  write(to: ByteWriter, bytesMax: number): boolean {
    const { db, key, source } = this;
    to.u8(db.index);
    to.u8(stateKinds.segments);
    to.string(key);
    const flagsAt = to.length;
    to.u8(0);
    to.u32(0);
    const isLast = source.next(to, bytesMax);
    to.buffer[flagsAt] =
      this.flags | (this.isFirst ? segmentFlags.first : 0) | (isLast ? segmentFlags.last : 0);
    to.patchU32(flagsAt + 1, to.length - flagsAt - 5);
    this.isFirst = false;
    if (isLast) to.raw(this.end.buffer.subarray(0, this.end.length));
    return isLast;
  }

  abandon(to: ByteWriter): void {
    to.u8(this.db.index);
    to.u8(stateKinds.abandoned);
    to.string(this.key);
  }
}
