/** Ids of streams in effects and stored values: a byte of marks, then the two parts, short where they are small. */
import { type ByteReader, type ByteWriter, FormatError } from '@hypergate/kit/bytes';
import { canonical, StreamId, type U64 } from './stream-id.ts';

const wideMs = 1;
const wideSeq = 2;
/** Marks of a writer's own begin here. */
export const ownMark = 4;

/** @param marks multiples of `ownMark`, for the caller */
export function writeId(to: ByteWriter, id: StreamId, marks = 0): void {
  const { ms, seq } = id;
  to.u8(marks | (typeof ms === 'bigint' ? wideMs : 0) | (typeof seq === 'bigint' ? wideSeq : 0));
  writePart(to, ms);
  writePart(to, seq);
}

/** @throws FormatError */
export function readId(from: ByteReader): StreamId {
  const marks = from.u8();
  if (marks >= ownMark) throw new FormatError('an id has unknown marks');
  return readParts(from, marks);
}

/** @throws FormatError */
export function readMarkedId(from: ByteReader): { readonly id: StreamId; readonly marks: number } {
  const marks = from.u8();
  return { id: readParts(from, marks), marks: marks & ~(wideMs | wideSeq) };
}

function readParts(from: ByteReader, marks: number): StreamId {
  const ms = readPart(from, (marks & wideMs) !== 0);
  return new StreamId(ms, readPart(from, (marks & wideSeq) !== 0));
}

function writePart(to: ByteWriter, part: U64): void {
  if (typeof part === 'bigint') to.u64(part);
  else to.varint(part);
}

function readPart(from: ByteReader, wide: boolean): U64 {
  return wide ? canonical(from.u64()) : from.varint();
}
