/**
 * When keys of a database expire: milliseconds since 1970. In parts like the key table (engine/key-table.ts), each made when
 * it is needed, so that none grows for long; dense, so that active expiry and eviction can pick.
 */
import { hashString } from './hash-string.ts';
import { IndexedKeys } from './indexed-keys.ts';
import { engineLimits } from './limits.ts';

export class ExpiryPart extends IndexedKeys {
  /** Beside `keys`. */
  readonly times: number[] = [];

  set(key: string, hash: number, atMs: number): void {
    const position = this.find(key, hash);
    if (position >= 0) this.times[position] = atMs;
    else {
      this.append(key, hash);
      this.times.push(atMs);
    }
  }

  /** The last entry takes the place. */
  deleteAt(position: number): void {
    const last = this.times.length - 1;
    if (position !== last) this.times[position] = this.times[last]!;
    this.times.length = last;
    this.removeAt(position);
  }
}

export class ExpiryTable {
  /** Of `engineLimits.keyTableParts`; a part is missing until a key falls in it. */
  readonly parts: (ExpiryPart | undefined)[] = [];
  size = 0;

  /** 0: the key does not expire. */
  get(key: string, hash = hashString(key)): number {
    const part = this.parts[hash >>> 24];
    if (part === undefined) return 0;
    const position = part.find(key, hash);
    return position < 0 ? 0 : part.times[position]!;
  }

  set(key: string, atMs: number, hash = hashString(key)): void {
    if (this.parts.length === 0) this.parts.length = engineLimits.keyTableParts;
    let part = this.parts[hash >>> 24];
    if (part === undefined) this.parts[hash >>> 24] = part = new ExpiryPart();
    const before = part.size;
    part.set(key, hash, atMs);
    this.size += part.size - before;
  }

  /** @returns whether it was there */
  delete(key: string, hash = hashString(key)): boolean {
    const part = this.parts[hash >>> 24];
    const position = part === undefined ? -1 : part.find(key, hash);
    if (position < 0) return false;
    part!.deleteAt(position);
    this.size--;
    return true;
  }

  /** A key picked at random, evenly. @param random in [0, 1) */
  pick(random: number): { readonly key: string; readonly atMs: number } | undefined {
    let left = Math.floor(random * this.size);
    for (const part of this.parts) {
      if (part === undefined) continue;
      if (left < part.size) return { key: part.keys[left]!, atMs: part.times[left]! };
      left -= part.size;
    }
    return undefined;
  }
}
