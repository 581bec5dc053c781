/**
 * Key-value store in memory, with exactly the semantics of kv.ts: for tests, and as the model of the other stores. Keys
 * are held as latin1 strings, whose order is that of the bytes.
 */
import type { KeyValueStore, KvOperation, KvRange } from '../kv.ts';

const nameOf = (key: Uint8Array): string =>
  Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');

/** First index whose key is not less than `name` (or is greater, when `after`). */
function lowerBound(keys: readonly string[], name: string, after: boolean): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const key = keys[middle]!;
    if (key < name || (after && key === name)) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class MemoryStore implements KeyValueStore {
  readonly #values = new Map<string, Buffer>();
  #sorted: string[] = [];
  /** Keys not yet in `#sorted`, and whether some of `#sorted` are gone: brought in order by the next scan. */
  #fresh: string[] = [];
  #stale = false;
  #closed = false;

  #check(): void {
    if (this.#closed) throw new Error('the store is closed');
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.getSync(key);
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    this.#check();
    return this.#values.get(nameOf(key));
  }

  async batch(operations: readonly KvOperation[], _options: { readonly sync: boolean }): Promise<void> {
    this.#check();
    this.apply(operations);
  }

  /** A batch at once, without a turn of the event loop. */
  apply(operations: readonly KvOperation[]): void {
    for (const operation of operations) {
      const name = nameOf(operation.key);
      if (operation.type === 'put') {
        if (!this.#values.has(name)) this.#fresh.push(name);
        this.#values.set(name, Buffer.from(operation.value));
      } else if (this.#values.delete(name)) {
        this.#stale = true;
      }
    }
  }

  #keys(): readonly string[] {
    if (!this.#stale && this.#fresh.length === 0) return this.#sorted;
    if (this.#stale || this.#fresh.length > 64) this.#sorted = [...this.#values.keys()].sort(compareNames);
    else for (const name of this.#fresh) this.#sorted.splice(lowerBound(this.#sorted, name, false), 0, name);
    this.#fresh = [];
    this.#stale = false;
    return this.#sorted;
  }

  #select(range: KvRange): (readonly [Uint8Array, Uint8Array])[] {
    const keys = this.#keys();
    let from = 0;
    let to = keys.length;
    if (range.gte !== undefined) from = Math.max(from, lowerBound(keys, nameOf(range.gte), false));
    if (range.gt !== undefined) from = Math.max(from, lowerBound(keys, nameOf(range.gt), true));
    if (range.lt !== undefined) to = Math.min(to, lowerBound(keys, nameOf(range.lt), false));
    if (range.lte !== undefined) to = Math.min(to, lowerBound(keys, nameOf(range.lte), true));
    const limit = range.limit === undefined || range.limit < 0 ? Number.POSITIVE_INFINITY : range.limit;
    const count = Math.max(0, Math.min(limit, to - from));
    const selected = new Array<readonly [Uint8Array, Uint8Array]>(count);
    for (let index = 0; index < count; index += 1) {
      const name = range.reverse === true ? keys[to - 1 - index]! : keys[from + index]!;
      selected[index] = [Buffer.from(name, 'latin1'), this.#values.get(name)!];
    }
    return selected;
  }

  entries(range: KvRange): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    this.#check();
    return inTurn(this.#select(range));
  }

  /** Everything, in key order. */
  all(): (readonly [Uint8Array, Uint8Array])[] {
    return this.#select({});
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

const compareNames = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function* inTurn<T>(items: readonly T[]): AsyncIterable<T> {
  yield* items;
}
