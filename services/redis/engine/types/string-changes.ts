/**
 * Reading strings in either form, and changing them in place. What is recorded is where and which bytes, never the whole
 * value; applied in engine/effects/string-effects.ts by the same functions.
 */
import type { Database } from '../database.ts';
import { wrongType } from '../errors.ts';
import type { Value } from '../value.ts';
import { RawString } from './raw-string.ts';

export type StringValue = string | RawString;

/** Codes of the effects recorded here. */
export const stringEffects = { write: 17, splice: 18 } as const;

/** @throws WRONGTYPE */
export function asString(value: Value | undefined): StringValue | undefined {
  if (value === undefined || typeof value === 'string' || value instanceof RawString) return value;
  throw wrongType;
}

/** Byte at an index, 0 behind the end. */
export function byteAt(value: StringValue, index: number): number {
  if (index >= value.length) return 0;
  return typeof value === 'string' ? value.charCodeAt(index) : value.buffer[index]!;
}

/** The bytes: a view of what is changed in place, else a copy. */
export function bytesOf(value: StringValue): Buffer {
  if (typeof value !== 'string') return value.view();
  const bytes = Buffer.allocUnsafe(value.length);
  bytes.latin1Write(value, 0, value.length);
  return bytes;
}

/** Writes bytes at an offset; a missing key begins as an empty string, a gap is filled with zeros. */
export function writeBytes(
  db: Database,
  key: string,
  value: StringValue | undefined,
  offset: number,
  bytes: string,
): RawString {
  const raw = rawInPlace(db, key, value, Math.max(0, offset + bytes.length - (value?.length ?? 0)));
  raw.write(offset, bytes);
  recordWrite(db, key, offset, bytes);
  return raw;
}

/** Makes the string at least `length` bytes long, with zeros. */
export function extendString(
  db: Database,
  key: string,
  value: StringValue | undefined,
  length: number,
): RawString {
  const raw = rawInPlace(db, key, value, Math.max(0, length - (value?.length ?? 0)));
  if (length > raw.length) {
    raw.extend(length);
    recordWrite(db, key, length, '');
  }
  return raw;
}

/** Records bytes that were changed in the buffer itself. */
export function recordBytes(db: Database, key: string, raw: RawString, start: number, end: number): void {
  recordWrite(db, key, start, raw.slice(start, end));
}

/** Puts bytes in the place of `removed` others. The key must hold `raw`. */
export function spliceBytes(
  db: Database,
  key: string,
  raw: RawString,
  offset: number,
  removed: number,
  bytes: string,
): void {
  raw.splice(offset, removed, bytes);
  const out = db.effect(stringEffects.splice, key);
  if (out === undefined) return;
  out.varint(offset);
  out.varint(removed);
  out.string(bytes);
}

/** The key's string in the form that is changed in place; the key is made if it is missing. */
export function rawInPlace(
  db: Database,
  key: string,
  value: StringValue | undefined,
  growth: number,
): RawString {
  if (value instanceof RawString) return value;
  const raw = value === undefined ? new RawString('', growth) : RawString.growing(value, growth);
  db.place(key, raw);
  return raw;
}

/** An empty write at the end of the string says how long it became. */
function recordWrite(db: Database, key: string, offset: number, bytes: string): void {
  const out = db.effect(stringEffects.write, key);
  if (out === undefined) return;
  out.varint(offset);
  out.string(bytes);
}
