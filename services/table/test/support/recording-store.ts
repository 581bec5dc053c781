import type { IndexStore, IndexStoreOperation } from '../../tree/store.ts';

/** A store in memory that remembers its batches, so that a crash can lose the last unsynced ones. */
export class RecordingStore implements IndexStore {
  readonly map = new Map<string, Buffer>();
  batches = 0;
  bytesWritten = 0;
  /** Throws this at the next batch. */
  failure: Error | undefined;
  #lastSynced = new Map<string, Buffer>();

  getSync(key: Uint8Array): Uint8Array | undefined {
    return this.map.get(Buffer.from(key).toString('hex'));
  }

  async batch(
    operations: readonly IndexStoreOperation[],
    { sync }: { readonly sync: boolean },
  ): Promise<void> {
    await Promise.resolve();
    if (this.failure !== undefined) {
      const error = this.failure;
      this.failure = undefined;
      throw error;
    }
    this.batches += 1;
    for (const operation of operations) {
      const key = Buffer.from(operation.key).toString('hex');
      if (operation.type === 'del') this.map.delete(key);
      else {
        this.map.set(key, Buffer.from(operation.value));
        this.bytesWritten += operation.value.length;
      }
    }
    if (sync) this.#lastSynced = new Map(this.map);
  }

  async *entries({
    gte,
    lt,
  }: {
    gte?: Uint8Array;
    lt?: Uint8Array;
  }): AsyncIterable<readonly [Buffer, Buffer]> {
    const from = gte === undefined ? '' : Buffer.from(gte).toString('hex');
    const to = lt === undefined ? '~' : Buffer.from(lt).toString('hex');
    for (const key of [...this.map.keys()].sort())
      if (key >= from && key < to) yield [Buffer.from(key, 'hex'), this.map.get(key)!];
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.getSync(key);
  }

  async close(): Promise<void> {}

  /** The store as a power cut leaves it. */
  afterPowerCut(): RecordingStore {
    const store = new RecordingStore();
    for (const [key, value] of this.#lastSynced) store.map.set(key, value);
    store.#lastSynced = new Map(store.map);
    return store;
  }

  copy(): RecordingStore {
    const store = new RecordingStore();
    for (const [key, value] of this.map) store.map.set(key, value);
    store.#lastSynced = new Map(store.map);
    return store;
  }
}
