/**
 * Ordered key-value store, shaped like abstract-level with byte keys. Batches are atomic; an unsynced batch may be lost
 * with a power cut, but never an earlier one while a later one stays.
 */
export type KvOperation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array };

export interface KvRange {
  readonly gte?: Uint8Array;
  readonly gt?: Uint8Array;
  readonly lt?: Uint8Array;
  readonly lte?: Uint8Array;
  readonly reverse?: boolean;
  readonly limit?: number;
}

export interface KeyValueStore {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  getSync(key: Uint8Array): Uint8Array | undefined;
  batch(operations: readonly KvOperation[], options: { readonly sync: boolean }): Promise<void>;
  /** Entries in key order at the moment of the call. */
  entries(range: KvRange): AsyncIterable<readonly [Uint8Array, Uint8Array]>;
  close(): Promise<void>;
}
