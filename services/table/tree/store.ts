/**
 * Where the index lives: a key-value store of its own, as far as the index uses it. `KeyValueStore` of the node fits.
 * Batches are atomic; one that was not synced may be lost, but never an earlier one while a later one stays.
 */
export type IndexStoreOperation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array };

export interface IndexStore {
  getSync(key: Uint8Array): Uint8Array | undefined;
  batch(operations: readonly IndexStoreOperation[], options: { readonly sync: boolean }): Promise<void>;
  entries(range: {
    readonly gte?: Uint8Array;
    readonly lt?: Uint8Array;
  }): AsyncIterable<readonly [Uint8Array, Uint8Array]>;
}
