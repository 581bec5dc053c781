/**
 * One numbered database: its keys, when they expire, and the changes every command is made of. Each change of the state goes
 * through here or through the mutators of a type (engine/types), which record it as an effect with `effect`; so whatever a
 * command, a transaction or a script does is in the journal without its doing.
 */
import type { ByteWriter } from '@hypergate/kit/bytes';
import { DeadlineTable } from './deadline-table.ts';
import type { Engine } from './engine.ts';
import { wrongType } from './errors.ts';
import { ExpiryTable } from './expiry-table.ts';
import { hashString } from './hash-string.ts';
import { type KeyPart, KeyTable, recordFlags } from './key-table.ts';
import { RawString } from './types/raw-string.ts';
import { type Collection, type CollectionType, stringBytes, type Value } from './value.ts';

/** Codes of the effects recorded here; applied in engine/effects/key-effects.ts. */
export const keyEffects = {
  delete: 1,
  expire: 2,
  restore: 3,
  flush: 4,
  swap: 5,
  setString: 16,
  /** Without an expiry: the most common change takes the least. */
  setPlain: 19,
} as const;

/** Bytes of memory of a key beside its name and value. */
const keyOverheadBytes = 45;
const expiryOverheadBytes = 28;

export class Database {
  readonly engine: Engine;
  /** Its number. SWAPDB exchanges what two databases hold, not their numbers: clients stay where they are. */
  readonly index: number;
  keys = new KeyTable();
  expires = new ExpiryTable();
  /** When the first field of each hash with expiring fields expires. */
  deadlines = new DeadlineTable();
  /** Of all keys and values, about. */
  bytes = 0;
  /** Last batch in which a key went away: who finds nothing may be seeing that. */
  removedAt = 0;
  /** Last batch in which a key was added: who counts keys is seeing that. */
  addedAt = 0;
  /** Keys whose record is behind, in the order they changed; may name keys that are gone, or named twice. */
  unfolded: string[] = [];
  /** Keys that went away and may have a record; may name keys that are back. */
  unfoldedRemovals: string[] = [];
  /** As `unfolded`, of the round of folding that is under way (process/key-folder.ts). */
  round: string[] = [];

  constructor(engine: Engine, index: number) {
    this.engine = engine;
    this.index = index;
  }

  get size(): number {
    return this.keys.size;
  }

  // Reading. A key that has expired is removed on the way.

  /** For a command that reads: counts hits and misses, and is an access for eviction. */
  read(key: string): Value | undefined {
    const hash = hashString(key);
    const part = this.keys.part(hash);
    const position = part.find(key, hash);
    const { engine } = this;
    if (position < 0 || (this.expires.size > 0 && this.expireIfDue(key, hash))) {
      engine.stats.keyspaceMisses++;
      if (engine.exposing) engine.expose(this.removedAt);
      engine.missed(this, key);
      return undefined;
    }
    engine.stats.keyspaceHits++;
    if (engine.exposing) engine.expose(part.changedAt[position]!);
    if (engine.tracksAccess) part.access[position] = engine.accessStamp(part.access[position]!);
    return part.values[position]!;
  }

  /** For a command that may change the key. */
  write(key: string): Value | undefined {
    const hash = hashString(key);
    const part = this.keys.part(hash);
    const position = part.find(key, hash);
    const { engine } = this;
    if (position < 0 || (this.expires.size > 0 && this.expireIfDue(key, hash))) {
      if (engine.exposing) engine.expose(this.removedAt);
      return undefined;
    }
    if (engine.exposing) engine.expose(part.changedAt[position]!);
    if (engine.tracksAccess) part.access[position] = engine.accessStamp(part.access[position]!);
    return part.values[position]!;
  }

  /** Neither counted nor an access. */
  peek(key: string): Value | undefined {
    const hash = hashString(key);
    const part = this.keys.part(hash);
    const position = part.find(key, hash);
    if (position < 0 || (this.expires.size > 0 && this.expireIfDue(key, hash))) {
      if (this.engine.exposing) this.engine.expose(this.removedAt);
      return undefined;
    }
    if (this.engine.exposing) this.engine.expose(part.changedAt[position]!);
    return part.values[position]!;
  }

  /** For a command that reads something about the key (EXISTS, TTL, TYPE): counted, but no access for eviction. */
  look(key: string): Value | undefined {
    const value = this.peek(key);
    if (value === undefined) {
      this.engine.stats.keyspaceMisses++;
      this.engine.missed(this, key);
    } else this.engine.stats.keyspaceHits++;
    return value;
  }

  /** What a command shows that counts or lists the keys. */
  exposeKeys(): void {
    if (this.engine.exposing) this.engine.expose(Math.max(this.removedAt, this.addedAt));
  }

  /** Milliseconds since 1970, or 0. */
  expiresAt(key: string): number {
    return this.expires.size === 0 ? 0 : this.expires.get(key);
  }

  /** Last batch that the key's value shows; 0 when there is no such key. */
  changedAt(key: string): number {
    const hash = hashString(key);
    const part = this.keys.part(hash);
    const position = part.find(key, hash);
    return position < 0 ? 0 : part.changedAt[position]!;
  }

  // Changing

  /** SET: any value and expiry the key had are replaced. @param expiresAt milliseconds since 1970, 0 for never */
  setString(key: string, value: string, expiresAt: number): void {
    const hash = hashString(key);
    const part = this.keys.part(hash);
    const before = part.size;
    const position = part.place(key, hash);
    if (part.size > before) {
      this.keys.size++;
      this.addedAt = this.engine.effects.batch;
      this.bytes += stringBytes(key) + keyOverheadBytes + stringBytes(value);
    } else this.bytes += stringBytes(value) - this.accounted(part.values[position]!);
    part.values[position] = value;
    if (expiresAt > 0) this.placeExpiry(key, expiresAt);
    else if (this.expires.size > 0) this.dropExpiry(key, hash);
    const { engine } = this;
    const code = expiresAt > 0 ? keyEffects.setString : keyEffects.setPlain;
    const out = engine.effects.begin(code, this.index, key);
    if (out !== undefined) {
      out.string(value);
      if (expiresAt > 0) out.f64(expiresAt);
    }
    this.mark(part, position, key);
    engine.expose(engine.effects.batch);
    if (engine.tracksAccess && part.size > before) part.access[position] = engine.accessStamp(0);
    if (engine.watchesKeys) engine.keyChanged(this, key);
    if (part.size > before) engine.keyCreated(this, key);
    else if (engine.blocking.size > 0) engine.blocking.signalRemoved(this, key);
  }

  /**
   * Puts a value in memory and records nothing: for the mutator of a type, which records what makes this value, and for
   * loading. Keeps the expiry. The value belongs to no other key.
   */
  place(key: string, value: Value): void {
    const hash = hashString(key);
    const part = this.keys.part(hash);
    const before = part.size;
    const position = part.place(key, hash);
    const isNew = part.size > before;
    if (isNew) {
      this.keys.size++;
      this.addedAt = this.engine.effects.batch;
      this.bytes += stringBytes(key) + keyOverheadBytes;
      if (this.engine.tracksAccess) part.access[position] = this.engine.accessStamp(0);
    } else this.bytes -= this.accounted(part.values[position]!);
    part.values[position] = value;
    if (typeof value === 'string') this.bytes += stringBytes(value);
    else {
      // It may come from another key, whose record it was that it was tracked against.
      untrack(value);
      value.accountedBytes = value.bytes;
      this.bytes += value.bytes;
      if (value.type === 'hash' && value.nextDeadline !== undefined)
        this.watchDeadline(key, value.nextDeadline);
    }
    if (isNew) this.engine.keyCreated(this, key);
    // Also a value of the same type: a stream that takes the place of another may lack a group that someone waits for.
    else if (this.engine.blocking.size > 0) this.engine.blocking.signal(this, key);
  }

  /** Puts any value with its expiry and records it whole: COPY, RENAME, RESTORE, the STORE commands. */
  restore(key: string, value: Value, expiresAt: number): void {
    this.place(key, value);
    this.setExpiryQuietly(key, expiresAt);
    const out = this.effect(keyEffects.restore, key);
    if (out === undefined) return;
    out.f64(expiresAt);
    const type = this.engine.valueType(value);
    out.u8(type.code);
    type.save(value, out);
  }

  /** @returns whether the key was there */
  delete(key: string): boolean {
    const hash = hashString(key);
    const part = this.keys.part(hash);
    const position = part.find(key, hash);
    if (position < 0) return false;
    this.bytes -= this.accounted(part.values[position]!) + stringBytes(key) + keyOverheadBytes;
    if ((part.record[position]! & recordFlags.recorded) !== 0 || this.engine.replaying) {
      this.unfoldedRemovals.push(key);
    }
    part.deleteAt(position);
    this.keys.size--;
    if (this.expires.size > 0) this.dropExpiry(key, hash);
    if (this.deadlines.size > 0) this.deadlines.delete(key, hash);
    this.removedAt = this.engine.effects.batch;
    this.effect(keyEffects.delete, key);
    if (this.engine.blocking.size > 0) this.engine.blocking.signalRemoved(this, key);
    return true;
  }

  /**
   * Moves a key with its value, expiry and last access to another name or database: RENAME, MOVE. What was there goes. The
   * value is recorded whole, as effects on one key never depend on another. The key must be there, and the two must differ.
   */
  move(key: string, to: Database, newKey: string): void {
    const value = this.keys.get(key);
    if (value === undefined) throw new Error('a key that is moved must be there');
    const access = this.keys.accessOf(key);
    const expiresAt = this.expiresAt(key);
    this.delete(key);
    to.restore(newKey, value, expiresAt);
    to.keys.setAccess(newKey, access);
  }

  /** Exchanges all keys with another database. Numbers, and records under them, stay. */
  swap(other: Database): void {
    const { engine } = this;
    // What was touched is found by its database.
    engine.settle();
    if (engine.watchesKeys) {
      engine.allKeysChange(this, other);
      engine.allKeysChange(other, this);
    }
    const long = [this, other].map((db) => db.keys.parts.some(hasLongRecord));
    if (engine.journaling) for (const db of [this, other]) db.recordsToRemove(db.keys);
    [this.keys, other.keys] = [other.keys, this.keys];
    [this.expires, other.expires] = [other.expires, this.expires];
    [this.deadlines, other.deadlines] = [other.deadlines, this.deadlines];
    [this.bytes, other.bytes] = [other.bytes, this.bytes];
    engine.emptied++;
    for (const [i, db] of [this, other].entries()) {
      if (engine.journaling) db.allChanged(long[i]!);
      db.removedAt = db.addedAt = engine.effects.batch;
      if (engine.blocking.size > 0) engine.blocking.signalAll(db);
    }
    this.effect(keyEffects.swap, '')?.u8(other.index);
  }

  /** After an element was removed: an empty collection has no key. @returns whether the key is gone */
  deleteIfEmpty(key: string, value: Collection): boolean {
    return value.size === 0 && value.type !== 'stream' && this.delete(key);
  }

  /** @param atMs milliseconds since 1970, 0 to keep the key for ever */
  setExpiry(key: string, atMs: number): void {
    this.setExpiryQuietly(key, atMs);
    this.effect(keyEffects.expire, key)?.f64(atMs);
  }

  setExpiryQuietly(key: string, atMs: number): void {
    if (atMs > 0) this.placeExpiry(key, atMs);
    else this.dropExpiry(key);
  }

  /** @param atMs when the first field of the key's hash expires, Infinity when none does */
  watchDeadline(key: string, atMs: number): void {
    if (atMs !== Number.POSITIVE_INFINITY) this.deadlines.set(key, atMs);
    else if (this.deadlines.size > 0) this.deadlines.delete(key);
  }

  /** Removes every key. */
  flush(): void {
    if (this.keys.size === 0) return;
    const { engine } = this;
    if (engine.watchesKeys) engine.allKeysChange(this);
    if (engine.journaling) this.recordsToRemove(this.keys);
    this.keys = new KeyTable();
    this.expires = new ExpiryTable();
    this.deadlines = new DeadlineTable();
    this.bytes = 0;
    this.unfolded = [];
    engine.emptied++;
    this.removedAt = engine.effects.batch;
    this.effect(keyEffects.flush, '');
    if (this.engine.blocking.size > 0) this.engine.blocking.signalAll(this);
  }

  /**
   * Begins (or goes on with) an effect on a key; the caller appends one element. What the key's value weighs, who watches it
   * and what must be folded is settled at the end of the command (`settle`).
   */
  effect(code: number, key: string): ByteWriter | undefined {
    this.engine.touched(this, key);
    return this.engine.effects.begin(code, this.index, key);
  }

  /** A key of a checkpoint: nothing is recorded. A key that is there already is a later copy of the same checkpoint's. */
  load(key: string, value: Value, expiresAt: number, batch: number, record: number): void {
    this.place(key, value);
    if (expiresAt > 0) this.placeExpiry(key, expiresAt);
    else if (this.expires.size > 0) this.dropExpiry(key);
    const hash = hashString(key);
    const part = this.keys.part(hash);
    const position = part.find(key, hash);
    part.changedAt[position] = batch;
    if ((record & recordFlags.behind) !== 0 && (part.record[position]! & recordFlags.behind) === 0) {
      this.unfolded.push(key);
    }
    // Of one that was behind, a longer record may have been written since.
    part.record[position] = (record & recordFlags.behind) === 0 ? record : record | recordFlags.long;
  }

  /** Settles a key that was touched: called by the engine once per key and command. */
  settle(key: string): void {
    const hash = hashString(key);
    const part = this.keys.part(hash);
    const position = part.find(key, hash);
    if (position >= 0) {
      const value = part.values[position]!;
      if (typeof value !== 'string') {
        this.bytes += value.bytes - value.accountedBytes;
        value.accountedBytes = value.bytes;
      }
      this.mark(part, position, key);
    }
  }

  // What commands share

  /** The collection of the type, for reading. @throws WRONGTYPE */
  readCollection(key: string, type: CollectionType): Collection | undefined {
    const value = this.read(key);
    if (value === undefined) return undefined;
    if (typeof value === 'string' || value.type !== type) throw wrongType;
    return value as Collection;
  }

  /** The collection of the type, for a change. @throws WRONGTYPE */
  writeCollection(key: string, type: CollectionType): Collection | undefined {
    const value = this.write(key);
    if (value === undefined) return undefined;
    if (typeof value === 'string' || value.type !== type) throw wrongType;
    return value as Collection;
  }

  /** The string, for reading. @throws WRONGTYPE */
  readString(key: string): string | undefined {
    const value = this.read(key);
    if (typeof value === 'string' || value === undefined) return value;
    if (value instanceof RawString) return value.toString();
    throw wrongType;
  }

  notify(kind: string, event: string, key: string): void {
    if (this.engine.notifies) this.engine.notify(this, kind, event, key);
  }

  private mark(part: KeyPart, position: number, key: string): void {
    const { engine } = this;
    part.changedAt[position] = engine.effects.batch;
    if (engine.journaling && (part.record[position]! & recordFlags.behind) === 0) {
      part.record[position]! |= recordFlags.behind;
      this.unfolded.push(key);
    }
    // What was written after the checkpoint is not known.
    if (engine.replaying) part.record[position]! |= recordFlags.recorded | recordFlags.long;
  }

  /** The keys are others than those that were shown, and whose records stand, under this number. */
  private allChanged(mayBeLong: boolean): void {
    const flags = recordFlags.behind | recordFlags.recorded | (mayBeLong ? recordFlags.long : 0);
    this.unfolded = [];
    for (const part of this.keys.parts) {
      part.changedAt.fill(this.engine.effects.batch, 0, part.size);
      part.record.fill(flags, 0, part.size);
      for (const key of part.keys) this.unfolded.push(key);
      for (const value of part.values) untrack(value);
    }
  }

  private recordsToRemove(keys: KeyTable): void {
    for (const part of keys.parts) {
      for (let i = 0; i < part.size; i++) {
        if ((part.record[i]! & recordFlags.recorded) !== 0 || this.engine.replaying) {
          this.unfoldedRemovals.push(part.keys[i]!);
        }
      }
    }
  }

  private accounted(value: Value): number {
    return typeof value === 'string' ? stringBytes(value) : value.accountedBytes;
  }

  private placeExpiry(key: string, atMs: number): void {
    const hash = hashString(key);
    if (this.expires.get(key, hash) > 0) {
      this.expires.set(key, atMs, hash);
      return;
    }
    // The very string that the key table holds: another copy of the name would weigh more than the entry.
    const part = this.keys.part(hash);
    this.expires.set(part.keys[part.find(key, hash)] ?? key, atMs, hash);
    this.bytes += expiryOverheadBytes;
  }

  private dropExpiry(key: string, hash?: number): void {
    if (this.expires.delete(key, hash)) this.bytes -= expiryOverheadBytes;
  }

  /** Removes the key if its time has come. */
  private expireIfDue(key: string, hash: number): boolean {
    const at = this.expires.get(key, hash);
    if (at === 0 || at > this.engine.now) return false;
    return this.engine.expireKey(this, key);
  }
}

function untrack(value: Value): void {
  if (typeof value !== 'string' && value.type !== 'string' && value.segments !== undefined) {
    value.segments = undefined;
  }
}

function hasLongRecord({ record, size }: KeyPart): boolean {
  for (let i = 0; i < size; i++) if ((record[i]! & recordFlags.long) !== 0) return true;
  return false;
}
