/**
 * The keys of one database: 256 dictionaries chosen by the hash's top bits, so that a table of 20 million keys grows in
 * small steps, with what the engine keeps for each key in columns beside it.
 */
import { hashString } from './hash-string.ts';
import { IndexedKeys } from './indexed-keys.ts';
import { engineLimits } from './limits.ts';
import type { Value } from './value.ts';

// What a part without keys has, shared: an engine makes thousands of parts, and a flushed database all of them anew.
const noAccess = new Uint32Array(0);
const noChanges = new Float64Array(0);
const noRecords = new Uint8Array(0);
const columnLengthMin = 4;

export const recordFlags = {
  /** Changed since it was last folded into a record. */
  behind: 1,
  /** There may be a record. */
  recorded: 2,
  /** The record may have further rows: its value was large. */
  long: 4,
  /** The record is being written in parts, and will show the value as it was when that began. */
  folding: 8,
} as const;

export class KeyPart extends IndexedKeys {
  readonly values: Value[] = [];
  /** Last access: seconds for LRU, or minutes and counter for LFU (engine/access-clock.ts). */
  access = noAccess;
  /** Effect batch that last changed the key. */
  changedAt = noChanges;
  /** `recordFlags`: how the key's record in the hypergraph stands to it. */
  record = noRecords;

  /** Position of the key, added if need be with no value yet. */
  place(key: string, hash: number): number {
    const found = this.find(key, hash);
    if (found >= 0) return found;
    const position = this.append(key, hash);
    if (position >= this.access.length) this.resize(Math.max(columnLengthMin, position * 2));
    this.values.push('');
    this.access[position] = 0;
    this.changedAt[position] = 0;
    this.record[position] = 0;
    return position;
  }

  deleteAt(position: number): void {
    const last = this.values.length - 1;
    if (position !== last) {
      this.values[position] = this.values[last]!;
      this.access[position] = this.access[last]!;
      this.changedAt[position] = this.changedAt[last]!;
      this.record[position] = this.record[last]!;
    }
    this.values.length = last;
    this.removeAt(position);
    if (last * 4 < this.access.length && last >= columnLengthMin) this.resize(last * 2);
  }

  private resize(length: number): void {
    const used = Math.min(length, this.access.length);
    const { access, changedAt, record } = this;
    this.access = new Uint32Array(length);
    this.access.set(access.subarray(0, used));
    this.changedAt = new Float64Array(length);
    this.changedAt.set(changedAt.subarray(0, used));
    this.record = new Uint8Array(length);
    this.record.set(record.subarray(0, used));
  }
}

export class KeyTable {
  readonly parts: KeyPart[] = [];
  size = 0;

  constructor() {
    for (let i = 0; i < engineLimits.keyTableParts; i++) this.parts.push(new KeyPart());
  }

  part(hash: number): KeyPart {
    return this.parts[hash >>> 24]!;
  }

  get(key: string): Value | undefined {
    const hash = hashString(key);
    const part = this.part(hash);
    const position = part.find(key, hash);
    return position < 0 ? undefined : part.values[position];
  }

  /** Column `access` of a key; 0 when it is not there. */
  accessOf(key: string): number {
    const hash = hashString(key);
    const part = this.part(hash);
    const position = part.find(key, hash);
    return position < 0 ? 0 : part.access[position]!;
  }

  /** Sets it, for a key that is there. */
  setAccess(key: string, access: number): void {
    const hash = hashString(key);
    const part = this.part(hash);
    part.access[part.find(key, hash)] = access;
  }

  /** A key picked at random, evenly. @param random in [0, 1) */
  pick(random: number): { readonly part: KeyPart; readonly position: number } | undefined {
    let left = Math.floor(random * this.size);
    for (const part of this.parts) {
      if (left < part.size) return { part, position: left };
      left -= part.size;
    }
    return undefined;
  }

  /**
   * Visits at least `count` keys (fewer at the end), or `partsMax` empty parts. Cursors are `position * 256 + part`, counting
   * down; a key that is there from the first call to the last is visited.
   * @param cursor 0 to begin
   * @returns the next cursor, 0 at the end
   */
  scan(
    cursor: number,
    count: number,
    visit: (key: string, value: Value, part: KeyPart, position: number) => void,
  ): number {
    const parts = engineLimits.keyTableParts;
    let partIndex = cursor === 0 ? parts - 1 : cursor % parts;
    let position = cursor === 0 ? Number.POSITIVE_INFINITY : Math.floor(cursor / parts);
    let left = count;
    while (partIndex >= 0) {
      const part = this.parts[partIndex]!;
      position = Math.min(position, part.size);
      while (position > 0 && left > 0) {
        position--;
        left--;
        visit(part.keys[position]!, part.values[position]!, part, position);
      }
      if (position > 0) return position * parts + partIndex;
      partIndex--;
      position = Number.POSITIVE_INFINITY;
      if (left <= 0) {
        // The next part that has keys, with all of them before the cursor.
        while (partIndex >= 0 && this.parts[partIndex]!.size === 0) partIndex--;
        if (partIndex < 0) return 0;
        return this.cursorAtEnd(partIndex);
      }
    }
    return 0;
  }

  /** Positions may be added to the part until the cursor comes back: they need not be visited, those that are there must. */
  private cursorAtEnd(partIndex: number): number {
    return this.parts[partIndex]!.size * engineLimits.keyTableParts + partIndex;
  }
}
