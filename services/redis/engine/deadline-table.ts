/**
 * Names with the times something is due, the earliest found in O(1) and changed in O(log n): fields of a hash that expire,
 * and the hashes of a database that have such fields. A binary heap over the positions of a dense table (Williams, 1964).
 */
import { IndexedKeys } from './indexed-keys.ts';

export class DeadlineTable extends IndexedKeys {
  /** Beside `keys`; milliseconds since 1970. */
  private readonly times: number[] = [];
  /** Beside `keys`: where in the heap the position stands. */
  private readonly heapAt: number[] = [];
  /** Positions, the earliest first. */
  private readonly heap: number[] = [];

  /** 0: none. */
  get(key: string, hash?: number): number {
    const position = this.find(key, hash);
    return position < 0 ? 0 : this.times[position]!;
  }

  /** Infinity when there is none. */
  get earliest(): number {
    return this.heap.length === 0 ? Number.POSITIVE_INFINITY : this.times[this.heap[0]!]!;
  }

  /** Of a table that is not empty. */
  get earliestKey(): string {
    return this.keys[this.heap[0]!]!;
  }

  /** @returns whether the key is new */
  set(key: string, atMs: number): boolean {
    let position = this.find(key);
    const isNew = position < 0;
    if (isNew) {
      position = this.append(key);
      this.times.push(atMs);
      this.heapAt.push(this.heap.length);
      this.heap.push(position);
    } else this.times[position] = atMs;
    this.rise(this.heapAt[position]!);
    this.sink(this.heapAt[position]!);
    return isNew;
  }

  /** @returns whether it was there */
  delete(key: string, hash?: number): boolean {
    const position = this.find(key, hash);
    if (position < 0) return false;
    const at = this.heapAt[position]!;
    const lastAt = this.heap.length - 1;
    if (at !== lastAt) {
      this.put(at, this.heap[lastAt]!);
      this.heap.length = lastAt;
      const moved = this.heap[at]!;
      this.rise(at);
      this.sink(this.heapAt[moved]!);
    } else this.heap.length = lastAt;
    const last = this.keys.length - 1;
    if (position !== last) {
      this.times[position] = this.times[last]!;
      this.put(this.heapAt[last]!, position);
    }
    this.times.length = last;
    this.heapAt.length = last;
    this.removeAt(position);
    return true;
  }

  private put(at: number, position: number): void {
    this.heap[at] = position;
    this.heapAt[position] = at;
  }

  private rise(from: number): void {
    const position = this.heap[from]!;
    const time = this.times[position]!;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.times[this.heap[parent]!]! <= time) break;
      this.put(at, this.heap[parent]!);
      at = parent;
    }
    this.put(at, position);
  }

  private sink(from: number): void {
    const { heap, times } = this;
    const position = heap[from]!;
    const time = times[position]!;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && times[heap[child + 1]!]! < times[heap[child]!]!) child++;
      if (times[heap[child]!]! >= time) break;
      this.put(at, heap[child]!);
      at = child;
    }
    this.put(at, position);
  }
}
