/**
 * States of keys whose record is behind (version 1), one after the other:
 *   database u8 ‖ kind u8 ‖ key ‖ [expiry f64 ‖ batch f64 ‖ type u8 ‖ length of the value ‖ value]
 * kind 0: there is no such key any more, 1: there is, 2: there is, and its record may have further rows.
 */
import '../model/latin1.ts';
import type { Database } from '../engine/database.ts';
import { ByteReader } from '../engine/effects/byte-reader.ts';
import { ByteWriter } from '../engine/effects/byte-writer.ts';
import type { Engine } from '../engine/engine.ts';
import { hashString } from '../engine/hash-string.ts';
import { recordFlags } from '../engine/key-table.ts';
import { RawString } from '../engine/types/raw-string.ts';

/** No shorter value has a record of several rows (`pieceRowBytesMax` of model/pieces.ts). */
const longBytes = 64 * 1024 * 1024;

export interface KeyState {
  readonly database: number;
  readonly key: string;
  /** The record that stands there may have more than one row. */
  readonly wasLong: boolean;
  /** Undefined: gone. */
  readonly present:
    | { readonly expiresAt: number; readonly batch: number; readonly type: number; readonly value: Buffer }
    | undefined;
}

/**
 * Takes keys whose record is behind, at most so many and about so many bytes. They count as folded from now on: who asks
 * makes it so, or loads the engine anew.
 * @returns states, and how many more there may be
 */
export function takeKeyStates(
  engine: Engine,
  keysMax: number,
  bytesMax: number,
): { states: Buffer; left: number } {
  const to = new ByteWriter();
  let taken = 0;
  for (const db of engine.databases) {
    const removed = new Set<string>();
    const removals = drain(
      db.unfoldedRemovals,
      () => taken < keysMax && to.length < bytesMax,
      (key) => {
        const back = find(db, key);
        if (back !== undefined) {
          // Its state overwrites the record, unless it goes again before.
          back.part.record[back.position]! |= recordFlags.recorded;
          return;
        }
        // One that went twice is named twice.
        if (removed.has(key)) return;
        removed.add(key);
        to.u8(db.index);
        to.u8(0);
        to.string(key);
        taken++;
      },
    );
    db.unfoldedRemovals = removals;
    db.unfolded = drain(
      db.unfolded,
      () => taken < keysMax && to.length < bytesMax,
      (key) => {
        if (writeState(to, engine, db, key)) taken++;
      },
    );
  }
  let left = 0;
  for (const db of engine.databases) left += db.unfolded.length + db.unfoldedRemovals.length;
  return { states: to.take(), left };
}

/** The state of one key, whether its record is behind or not. */
export function takeKeyState(engine: Engine, database: number, key: string): Buffer {
  const to = new ByteWriter();
  const db = engine.databases[database];
  if (db === undefined) return to.take();
  const found = find(db, key);
  if (found === undefined) {
    to.u8(database);
    to.u8(0);
    to.string(key);
  } else {
    found.part.record[found.position]! |= recordFlags.behind;
    writeState(to, engine, db, key);
  }
  return to.take();
}

export function readKeyStates(bytes: Buffer): KeyState[] {
  const from = new ByteReader(bytes);
  const states: KeyState[] = [];
  while (!from.done) {
    const database = from.u8();
    const kind = from.u8();
    const key = from.string();
    const present =
      kind > 0
        ? { expiresAt: from.f64(), batch: from.f64(), type: from.u8(), value: from.bytes() }
        : undefined;
    states.push({ database, key, wasLong: kind !== 1, present });
  }
  return states;
}

function writeState(to: ByteWriter, engine: Engine, db: Database, key: string): boolean {
  const found = find(db, key);
  // Gone: its removal stands in the other list, if there is a record to remove.
  if (found === undefined) return false;
  const { part, position } = found;
  if ((part.record[position]! & recordFlags.behind) === 0) return false;
  const wasLong = (part.record[position]! & recordFlags.long) !== 0;
  const value = part.values[position]!;
  const type = engine.valueType(value);
  to.u8(db.index);
  to.u8(wasLong ? 2 : 1);
  to.string(key);
  to.f64(db.expiresAt(key));
  to.f64(part.changedAt[position]!);
  to.u8(type.code);
  const body = new ByteWriter(256);
  // Strings stand in their records as they are, so that a proof shows the very bytes.
  if (typeof value === 'string') body.raw(Buffer.from(value, 'latin1'));
  else if (value instanceof RawString) body.raw(value.buffer.subarray(0, value.length));
  else type.save(value, body);
  to.bytes(body.buffer.subarray(0, body.length));
  part.record[position] = recordFlags.recorded | (body.length > longBytes ? recordFlags.long : 0);
  return true;
}

function find(db: Database, key: string) {
  const hash = hashString(key);
  const part = db.keys.part(hash);
  const position = part.find(key, hash);
  return position < 0 ? undefined : { part, position };
}

/** Hands names to `take` from the end of the list while `more` says so. @returns the list without them */
function drain(names: string[], more: () => boolean, take: (name: string) => void): string[] {
  while (names.length > 0 && more()) take(names.pop()!);
  return names;
}
