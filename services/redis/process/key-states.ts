/**
 * States of keys whose record is behind (version 1), one after the other:
 *   database u8 ‖ kind u8 ‖ key ‖ by kind:
 *   0 gone: there is no such key any more
 *   1 value: expiry f64 ‖ batch f64 ‖ type u8 ‖ value
 *   2 likewise, and its record may have further rows
 *   3 segments: flags u8 ‖ length u32 of what follows ‖ segments, each: id ‖ length u32 ‖ content ‖ number of elements;
 *     and with the last ones: expiry f64 ‖ batch f64 ‖ type u8 ‖ size ‖ head ‖ number of removed ids ‖ ids ‖ 0, or 1 + id of
 *     the segment that holds the element that was asked for
 *     flags: 1 the first of this key, 2 the last, 4 all segments are given, not only those that changed
 *   4 abandoned: of segments that began, the last will not come
 */
import { ByteReader, FormatError } from '@hypergate/kit/bytes';

export const stateKinds = { gone: 0, value: 1, longValue: 2, segments: 3, abandoned: 4 } as const;
export const segmentFlags = { first: 1, last: 2, whole: 4 } as const;

export type KeyState = { readonly database: number; readonly key: string } & (
  | { readonly kind: 'gone' }
  | ValueState
  | SegmentsState
  | { readonly kind: 'abandoned' }
);

export interface ValueState {
  readonly kind: 'value';
  /** The record that stands there may have more than one row. */
  readonly wasLong: boolean;
  readonly expiresAt: number;
  readonly batch: number;
  readonly type: number;
  readonly value: Buffer;
}

export interface SegmentsState {
  readonly kind: 'segments';
  readonly isFirst: boolean;
  readonly isWhole: boolean;
  readonly segments: readonly SegmentState[];
  /** With the last segments. */
  readonly end: SegmentsEnd | undefined;
}

export interface SegmentState {
  readonly id: number;
  readonly content: Buffer;
  readonly elements: number;
}

export interface SegmentsEnd {
  readonly expiresAt: number;
  readonly batch: number;
  readonly type: number;
  /** Elements of the collection. */
  readonly size: number;
  /** What no segment holds. */
  readonly head: Buffer;
  /** May name segments that were given again. */
  readonly removed: readonly number[];
  /** Segment of the element that was asked for; undefined when there is none, and when none was asked for. */
  readonly found: number | undefined;
}

export function readKeyStates(bytes: Buffer): KeyState[] {
  const from = new ByteReader(bytes);
  const states: KeyState[] = [];
  while (!from.done) {
    const database = from.u8();
    const kind = from.u8();
    const key = from.string();
    states.push({ database, key, ...readState(kind, from) });
  }
  return states;
}

function readState(
  kind: number,
  from: ByteReader,
): { readonly kind: 'gone' | 'abandoned' } | ValueState | SegmentsState {
  switch (kind) {
    case stateKinds.gone:
      return { kind: 'gone' };
    case stateKinds.value:
    case stateKinds.longValue:
      return {
        kind: 'value',
        wasLong: kind === stateKinds.longValue,
        expiresAt: from.f64(),
        batch: from.f64(),
        type: from.u8(),
        value: from.bytes(),
      };
    case stateKinds.segments:
      return readSegments(from);
    case stateKinds.abandoned:
      return { kind: 'abandoned' };
    default:
      throw new FormatError('a state of an unknown kind');
  }
}

function readSegments(from: ByteReader): SegmentsState {
  const flags = from.u8();
  const part = from.part(from.u32());
  const segments: SegmentState[] = [];
  while (!part.done) {
    segments.push({ id: part.varint(), content: part.raw(part.u32()), elements: part.varint() });
  }
  return {
    kind: 'segments',
    isFirst: (flags & segmentFlags.first) !== 0,
    isWhole: (flags & segmentFlags.whole) !== 0,
    segments,
    end: (flags & segmentFlags.last) === 0 ? undefined : readEnd(from),
  };
}

function readEnd(from: ByteReader): SegmentsEnd {
  const expiresAt = from.f64();
  const batch = from.f64();
  const type = from.u8();
  const size = from.varint();
  const head = from.bytes();
  const removed = Array.from({ length: from.varint() }, () => from.varint());
  const found = from.varint();
  return { expiresAt, batch, type, size, head, removed, found: found === 0 ? undefined : found - 1 };
}
