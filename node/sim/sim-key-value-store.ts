/** A key-value store that forgets: after a power cut only a prefix of the unsynced batches is there. */

import { MemoryStore } from '../store/key-value/memory-store.ts';
import type { KeyValueStore, KvOperation, KvRange } from '../store/kv.ts';
import type { SeededRandom } from './random.ts';

export class SimKeyValueStore implements KeyValueStore {
  readonly #random: SeededRandom;
  readonly #store = new MemoryStore();
  /** State at the last sync, and every batch since. */
  readonly #durable = new MemoryStore();
  #unsynced: (readonly KvOperation[])[] = [];
  #off = false;
  #failingBatches = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** The next `count` batches fail with `ENOSPC`. */
  failBatches(count: number): void {
    this.#failingBatches = count;
  }

  #check(): void {
    if (this.#off) throw Object.assign(new Error('EPOWER: the power is off'), { code: 'EPOWER' });
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.getSync(key);
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    this.#check();
    return this.#store.getSync(key);
  }

  async batch(operations: readonly KvOperation[], options: { readonly sync: boolean }): Promise<void> {
    this.#check();
    if (this.#failingBatches > 0) {
      this.#failingBatches -= 1;
      throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
    }
    const copy = operations.map((operation) =>
      operation.type === 'put'
        ? { type: operation.type, key: Buffer.from(operation.key), value: Buffer.from(operation.value) }
        : { type: operation.type, key: Buffer.from(operation.key) },
    );
    this.#store.apply(copy);
    this.#unsynced.push(copy);
    for (let turns = this.#random.below(4); turns > 0; turns -= 1) await undefined;
    this.#check();
    if (options.sync) {
      for (const batch of this.#unsynced) this.#durable.apply(batch);
      this.#unsynced = [];
    }
  }

  entries(range: KvRange): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    this.#check();
    return this.#store.entries(range);
  }

  async close(): Promise<void> {
    this.#check();
    for (const batch of this.#unsynced) this.#durable.apply(batch);
    this.#unsynced = [];
  }

  /** Ends this store for its process and gives the next one the same state: nothing is lost yet. */
  afterKill(): SimKeyValueStore {
    this.#off = true;
    const next = new SimKeyValueStore(this.#random.fork());
    next.#durable.apply(asBatch(this.#durable));
    next.#store.apply(asBatch(this.#store));
    next.#unsynced = this.#unsynced;
    return next;
  }

  /** Ends this store and gives the one found after the power is back. */
  powerCut(): SimKeyValueStore {
    this.#off = true;
    const next = new SimKeyValueStore(this.#random.fork());
    const kept = this.#random.below(this.#unsynced.length + 1);
    for (const batch of [asBatch(this.#durable), ...this.#unsynced.slice(0, kept)]) {
      next.#store.apply(batch);
      next.#durable.apply(batch);
    }
    return next;
  }
}

const asBatch = (store: MemoryStore): KvOperation[] =>
  store.all().map(([key, value]) => ({ type: 'put', key, value }));
