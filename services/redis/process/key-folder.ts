/**
 * Gives the states of keys whose record is behind, a request at a time. What was given counts as recorded from then on: who
 * asks makes it so, or loads the engine anew. A large collection is given in segments (engine/segments.ts), over as many
 * requests as it takes; nothing else is given in between.
 */
import { ByteWriter } from '@hypergate/kit/bytes';
import type { Database } from '../engine/database.ts';
import type { Engine } from '../engine/engine.ts';
import { hashString } from '../engine/hash-string.ts';
import { type KeyPart, recordFlags } from '../engine/key-table.ts';
import { engineLimits } from '../engine/limits.ts';
import { RawString } from '../engine/types/raw-string.ts';
import type { Collection, SegmentedType, Value } from '../engine/value.ts';
import { stateKinds } from './key-states.ts';
import { SegmentedFold } from './segmented-fold.ts';

/** No shorter value has a record of several rows (`pieceRowBytesMax` of services/table/pieces.ts). */
const longBytes = 64 * 1024 * 1024;

export interface FolderLimits {
  readonly keysMax: number;
  /** About: a value or a segment is not divided. */
  readonly bytesMax: number;
}

export interface TakenStates {
  readonly states: Buffer;
  /** How many keys there may still be; 0 ends the round. */
  readonly left: number;
}

export class KeyFolder {
  private readonly engine: Engine;
  private current: SegmentedFold | undefined;
  /** The current one was asked for by name. */
  private wanted = false;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** A round: keys whose record is behind now. Those that fall behind from now on wait for the next one. */
  beginRound(): void {
    for (const db of this.engine.databases) {
      db.round = db.round.concat(db.unfolded);
      db.unfolded = [];
    }
  }

  /** States of keys of the round. */
  take({ keysMax, bytesMax }: FolderLimits): TakenStates {
    const to = new ByteWriter();
    this.goOn(to, bytesMax);
    let taken = 0;
    const more = () => this.current === undefined && taken < keysMax && to.length < bytesMax;
    let left = 0;
    for (const db of this.engine.databases) {
      // Removals first: a key that is back may have been large before, which only its removal tells.
      const { unfoldedRemovals: removals, round: keys } = db;
      const removed = new Set<string>();
      while (removals.length > 0 && more()) if (writeRemoval(to, db, removals.pop()!, removed)) taken++;
      while (keys.length > 0 && more()) if (this.write(to, db, keys.pop()!, bytesMax)) taken++;
      left += removals.length + keys.length;
    }
    return { states: to.take(), left: left + (this.current === undefined ? 0 : 1) };
  }

  /**
   * The state of one key, whether its record is behind or not. It is given anew in the next round: while a checkpoint is
   * written, one that says that the record is behind is never wrong.
   * @param element of a hash, set or sorted set: its segment is named
   * @returns `left` 0 when all of it was given; else the same is to be asked again
   */
  takeKey(database: number, key: string, element: string | undefined, bytesMax: number): TakenStates {
    const to = new ByteWriter();
    const db = this.engine.databases[database];
    if (db === undefined) return { states: to.take(), left: 0 };
    if (this.current !== undefined) {
      // What was begun before the call may show less than what was there at the call.
      const isWanted = this.wanted && this.current.isOf(db, key);
      const isDone = this.goOn(to, bytesMax) && isWanted;
      return { states: to.take(), left: isDone ? 0 : 1 };
    }
    const found = find(db, key);
    if (found === undefined) writeGone(to, db, key);
    else {
      const { part, position } = found;
      part.record[position]! |= recordFlags.behind | recordFlags.long;
      this.write(to, db, key, bytesMax, element);
      this.wanted = this.current !== undefined;
      beBehind(db, part, position);
    }
    return { states: to.take(), left: this.current === undefined ? 0 : 1 };
  }

  /** Goes on with the value that is being given. @returns whether all of it was */
  private goOn(to: ByteWriter, bytesMax: number): boolean {
    const { current } = this;
    if (current === undefined) return false;
    const { db, key } = current;
    const found = find(db, key);
    const isThere = found !== undefined && current.isStill(found.part.values[found.position]!);
    if (isThere && !current.write(to, bytesMax)) return false;
    this.current = undefined;
    this.wanted = false;
    if (isThere) {
      const { part, position } = found;
      const behind = part.record[position]! & recordFlags.behind;
      part.record[position] = recordFlags.recorded | recordFlags.long | behind;
      return true;
    }
    current.abandon(to);
    if (found === undefined) return false;
    const { part, position } = found;
    part.record[position]! &= ~recordFlags.folding;
    part.record[position]! |= recordFlags.long;
    beBehind(db, part, position);
    return false;
  }

  /** @returns whether there was something to write */
  private write(to: ByteWriter, db: Database, key: string, bytesMax: number, element?: string): boolean {
    const found = find(db, key);
    // Gone: its removal stands in the other list, if there is a record to remove.
    if (found === undefined) return false;
    const { part, position } = found;
    if ((part.record[position]! & recordFlags.behind) === 0) return false;
    const value = part.values[position]!;
    const type = this.engine.valueType(value);
    if (isLarge(value, type.segments)) {
      part.record[position]! &= ~recordFlags.behind;
      part.record[position]! |= recordFlags.folding;
      this.current = new SegmentedFold({
        db,
        key,
        value,
        type,
        batch: part.changedAt[position]!,
        element,
      });
      this.goOn(to, bytesMax);
    } else this.writeValue(to, db, key, part, position);
    return true;
  }

  private writeValue(to: ByteWriter, db: Database, key: string, part: KeyPart, position: number): void {
    const value = part.values[position]!;
    if (typeof value !== 'string' && value.type !== 'string' && value.segments !== undefined)
      value.segments = undefined;
    const type = this.engine.valueType(value);
    const wasLong = (part.record[position]! & recordFlags.long) !== 0;
    to.u8(db.index);
    to.u8(wasLong ? stateKinds.longValue : stateKinds.value);
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
  }
}

function isLarge(value: Value, segments: SegmentedType | undefined): value is Collection {
  if (segments === undefined || typeof value === 'string' || value.type === 'string') return false;
  const { segmentedBytes } = engineLimits;
  // One that shrinks stays in segments for a while, lest it change its form again and again.
  return value.bytes > (value.segments === undefined ? segmentedBytes : segmentedBytes / 2);
}

/** @param removed names that were written @returns whether there was something to write */
function writeRemoval(to: ByteWriter, db: Database, key: string, removed: Set<string>): boolean {
  const back = find(db, key);
  if (back === undefined) {
    // One that went twice is named twice.
    if (removed.has(key)) return false;
    removed.add(key);
    writeGone(to, db, key);
    return true;
  }
  // Its state overwrites the record, whatever that was, unless it goes again before.
  back.part.record[back.position]! |= recordFlags.recorded | recordFlags.long;
  return false;
}

function writeGone(to: ByteWriter, db: Database, key: string): void {
  to.u8(db.index);
  to.u8(stateKinds.gone);
  to.string(key);
}

function beBehind(db: Database, part: KeyPart, position: number): void {
  if ((part.record[position]! & recordFlags.behind) !== 0) return;
  part.record[position]! |= recordFlags.behind;
  db.unfolded.push(part.keys[position]!);
}

function find(db: Database, key: string) {
  const hash = hashString(key);
  const part = db.keys.part(hash);
  const position = part.find(key, hash);
  return position < 0 ? undefined : { part, position };
}
