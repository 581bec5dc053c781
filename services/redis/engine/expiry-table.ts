/** When keys of a database expire: milliseconds since 1970. Dense, so that active expiry can pick at random. */
import { IndexedKeys } from './indexed-keys.ts';

export class ExpiryTable extends IndexedKeys {
  readonly times: number[] = [];

  /** 0: the key does not expire. */
  get(key: string, hash?: number): number {
    const position = this.find(key, hash);
    return position < 0 ? 0 : this.times[position]!;
  }

  set(key: string, atMs: number): void {
    const position = this.find(key);
    if (position >= 0) this.times[position] = atMs;
    else {
      this.append(key);
      this.times.push(atMs);
    }
  }

  /** @returns whether it was there */
  delete(key: string, hash?: number): boolean {
    const position = this.find(key, hash);
    if (position < 0) return false;
    const last = this.times.length - 1;
    if (position !== last) this.times[position] = this.times[last]!;
    this.times.length = last;
    this.removeAt(position);
    return true;
  }
}
