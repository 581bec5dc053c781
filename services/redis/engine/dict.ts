/** A dictionary from byte strings to values: hashes, sets, scores of sorted sets. Dense, so random picks and cursors are O(1). */
import { IndexedKeys } from './indexed-keys.ts';

export class Dict<V> extends IndexedKeys {
  /** Beside `keys`. */
  readonly values: V[] = [];

  get(key: string): V | undefined {
    const position = this.find(key);
    return position < 0 ? undefined : this.values[position];
  }

  has(key: string): boolean {
    return this.find(key) >= 0;
  }

  /** @returns true when the key is new */
  set(key: string, value: V): boolean {
    const position = this.find(key);
    if (position >= 0) {
      if (this.segments !== undefined) this.segments.touchAt(position);
      this.values[position] = value;
      return false;
    }
    this.append(key);
    this.values.push(value);
    return true;
  }

  delete(key: string): boolean {
    const position = this.find(key);
    if (position < 0) return false;
    this.deleteAt(position);
    return true;
  }

  /** The last entry takes the place. */
  deleteAt(position: number): void {
    const last = this.values.length - 1;
    this.removeAt(position);
    if (position !== last) this.values[position] = this.values[last]!;
    this.values.length = last;
  }

  clear(): void {
    this.clearKeys();
    this.values.length = 0;
  }
}
