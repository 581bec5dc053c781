/** Following the records of a segment, one after another, and proving that one is missing. */
import {
  type DecodedRecord,
  decodeRecord,
  recordHeaderBytes,
  recordKind,
  recordMarker,
  sectorUp,
  segmentHeaderBytes,
} from '../format/v1.ts';
import type { Segment } from './segment.ts';

/** How far the records have been followed. */
export interface Chain {
  /** Position expected next. */
  next: number;
  /** Of the batch being followed. */
  durable: number;
  attempt: number;
  /** The last thing followed was the mark of an orderly close. */
  marked: boolean;
}

/**
 * The record that continues the chain: in the same batch at the offset itself, or as the start of a later batch at the
 * next sector. Whatever else stands there was left by a write that failed.
 */
function follow(bytes: Buffer, offset: number, salt: number, chain: Chain): DecodedRecord | undefined {
  const same = decodeRecord(bytes, offset, salt, bytes.length - offset);
  if (typeof same === 'object' && same.kind === recordKind.record && same.position === chain.next) {
    if (same.attempt === chain.attempt && same.durable === chain.durable) return same;
  }
  const sector = sectorUp(offset);
  const found = decodeRecord(bytes, sector, salt, bytes.length - sector);
  if (typeof found !== 'object' || found.attempt <= chain.attempt) return undefined;
  const position = found.kind === recordKind.closeMark ? chain.next - 1 : chain.next;
  return found.position === position && found.durable === chain.next - 1 ? found : undefined;
}

/**
 * Follows the chain through a whole segment (its bytes from the start of the file), moves it on and notes the records.
 * Returns the offset at which it ended; equal to the header's size when the segment holds nothing of the chain.
 */
export function followSegment(segment: Segment, bytes: Buffer, chain: Chain): number {
  let offset = segmentHeaderBytes;
  for (;;) {
    const record = follow(bytes, offset, segment.salt, chain);
    if (record === undefined) return offset;
    if (record.kind === recordKind.record) {
      segment.note(record.position, record.start);
      chain.next = record.position + 1;
    }
    chain.marked = record.kind === recordKind.closeMark;
    chain.attempt = record.attempt;
    chain.durable = record.durable;
    offset = record.end;
  }
}

/** Offset of a valid record which shows that `position` had been acknowledged when it was written. */
export function findProof(bytes: Buffer, from: number, salt: number, position: number): number | undefined {
  for (let at = from; at + recordHeaderBytes <= bytes.length; at += 8) {
    if (bytes.readUInt32LE(at) !== recordMarker) continue;
    const record = decodeRecord(bytes, at, salt, bytes.length - at);
    if (typeof record === 'object' && record.durable >= position) return at;
  }
  return undefined;
}
