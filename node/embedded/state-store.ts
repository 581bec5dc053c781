/**
 * The state of the node over a key-value store. Applied writes are visible at once, from memory; they reach the store in
 * atomic batches behind that, unsynced, in order. The log holds them until a checkpoint, so a crash loses nothing.
 *
 * A read looks at: writes not yet handed over, the batch being written, the cache, the store. What is being written is
 * never taken from the store, so reads show one position however far the store has come.
 */

import {
  type OutcomeMemory,
  prefix,
  type StateKey,
  type StateReader,
  type StateWrite,
} from '../hypergraph/index.ts';
import type { KeyValueStore, KvOperation, KvRange } from '../store/kv.ts';
import { ByteCache } from './byte-cache.ts';

export interface StateStoreOptions {
  readonly cacheBytes: number;
  readonly cachedValueBytesMax: number;
  /** Applied writes are collected up to this size before they are handed to the store. */
  readonly flushBytes: number;
}

export interface StateStoreModules {
  readonly kv: KeyValueStore;
  readonly memory: OutcomeMemory;
  /** A batch did not reach the store. It stays in memory; `retry` tries again. */
  onFailure(error: unknown): void;
}

type Writes = Map<string, StateWrite>;

/** In the cache: the store has no such key. */
const absent = new Uint8Array(0);

type Bounds = Pick<KvRange, 'gte' | 'gt' | 'lt' | 'lte'>;

export class StateStore implements StateReader {
  readonly #kv: KeyValueStore;
  readonly #onFailure: (error: unknown) => void;
  readonly #cache: ByteCache;
  readonly #flushBytes: number;
  readonly memory: OutcomeMemory;
  #pending: Writes = new Map();
  #pendingBytes = 0;
  #writing: Writes = new Map();
  #writingBytes = 0;
  #flush: Promise<void> | undefined;
  #failure: unknown;

  constructor(options: StateStoreOptions, modules: StateStoreModules) {
    this.#kv = modules.kv;
    this.memory = modules.memory;
    this.#onFailure = (error) => modules.onFailure(error);
    this.#flushBytes = options.flushBytes;
    this.#cache = new ByteCache(options.cacheBytes, options.cachedValueBytesMax);
  }

  get(key: StateKey): Uint8Array | undefined {
    const { text } = key;
    const write = this.#pending.get(text) ?? this.#writing.get(text);
    if (write !== undefined) return write.type === 'put' ? write.value : undefined;
    const cached = this.#cache.get(text);
    if (cached !== undefined) return cached === absent ? undefined : cached;
    const value = this.#kv.getSync(key.bytes);
    // A new record is asked for three times before it is there.
    if (isCached(key.bytes)) this.#cache.set(text, value ?? absent);
    return value;
  }

  outcome(id: Uint8Array): ReturnType<OutcomeMemory['find']> {
    return this.memory.find(id);
  }

  hasRemovals(position: number): boolean {
    return this.memory.hasRemovals(position);
  }

  /** Bytes applied and not yet in the store. */
  get unwrittenBytes(): number {
    return this.#pendingBytes + this.#writingBytes;
  }

  /** Why the last batch did not reach the store, until a retry succeeds. */
  get failure(): unknown {
    return this.#failure;
  }

  /**
   * Visible at once. All writes of one call reach the store in the same atomic batch, with others: usage and head change
   * with every position, and many small batches cost more than they are worth.
   */
  write(writes: readonly StateWrite[]): void {
    for (const write of writes) {
      this.#pending.set(write.text, write);
      this.#pendingBytes += writeBytes(write);
    }
    if (this.#pendingBytes >= this.#flushBytes) this.#start();
  }

  /** Resolves when everything written until now is in the store (not synced). @throws what the store failed with */
  async flushed(): Promise<void> {
    while (this.#flush !== undefined || this.#pending.size > 0) {
      this.#start();
      await this.#flush;
      if (this.#failure !== undefined) throw this.#failure;
    }
  }

  /** Tries to write again what failed. */
  retry(): void {
    this.#failure = undefined;
    this.#start();
  }

  /** Entries of a range as they are now, whatever is written later. */
  entries(range: Bounds): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    const changed = new Map<string, StateWrite>();
    for (const writes of [this.#writing, this.#pending]) {
      for (const [text, write] of writes) if (inRange(write.key, range)) changed.set(text, write);
    }
    const stored = this.#kv.entries(range);
    if (changed.size === 0) return stored;
    const sorted = [...changed.values()].sort((left, right) => Buffer.compare(left.key, right.key));
    return mergeEntries(stored, sorted);
  }

  /** Forgets what was read and remembered: the store was emptied. Nothing is being written. */
  clear(): void {
    if (this.#flush !== undefined || this.#pending.size > 0) throw new Error('the state is being written');
    this.#cache.clear();
    this.memory.forgetBelow(Number.MAX_SAFE_INTEGER);
  }

  #start(): void {
    if (this.#flush !== undefined || this.#failure !== undefined || this.#pending.size === 0) return;
    this.#writing = this.#pending;
    this.#writingBytes = this.#pendingBytes;
    this.#pending = new Map();
    this.#pendingBytes = 0;
    this.#flush = this.#write(this.#writing);
  }

  async #write(writes: Writes): Promise<void> {
    try {
      await this.#kv.batch([...writes.values()], { sync: false });
      for (const [text, write] of writes) this.#remember(text, write);
    } catch (error) {
      for (const [text, write] of this.#pending) writes.set(text, write);
      this.#pending = writes;
      this.#pendingBytes += this.#writingBytes;
      this.#failure = error;
      this.#onFailure(error);
    } finally {
      this.#writing = new Map();
      this.#writingBytes = 0;
      this.#flush = undefined;
    }
    if (this.#pendingBytes >= this.#flushBytes) this.#start();
  }

  #remember(text: string, write: StateWrite): void {
    if (!isCached(write.key)) return;
    if (write.type === 'put') this.#cache.set(text, write.value);
    else this.#cache.delete(text);
  }
}

/** Records of positions and of this node alone are written often and hardly read. */
function isCached(key: Uint8Array): boolean {
  return key[0] !== prefix.positionRecord && key[0] !== prefix.local;
}

function writeBytes(write: KvOperation): number {
  return write.key.length + (write.type === 'put' ? write.value.length : 0);
}

function inRange(key: Uint8Array, range: Bounds): boolean {
  if (range.gte !== undefined && Buffer.compare(key, range.gte) < 0) return false;
  if (range.gt !== undefined && Buffer.compare(key, range.gt) <= 0) return false;
  if (range.lte !== undefined && Buffer.compare(key, range.lte) > 0) return false;
  return range.lt === undefined || Buffer.compare(key, range.lt) < 0;
}

async function* mergeEntries(
  stored: AsyncIterable<readonly [Uint8Array, Uint8Array]>,
  changed: readonly StateWrite[],
): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
  let next = 0;
  for await (const entry of stored) {
    for (; next < changed.length; next++) {
      const write = changed[next] as StateWrite;
      const order = Buffer.compare(write.key, entry[0]);
      if (order > 0) break;
      if (order === 0) continue;
      if (write.type === 'put') yield [write.key, write.value];
    }
    const last = next > 0 ? changed[next - 1] : undefined;
    if (last === undefined || Buffer.compare(last.key, entry[0]) !== 0) yield entry;
    else if (last.type === 'put') yield [last.key, last.value];
  }
  for (; next < changed.length; next++) {
    const write = changed[next] as StateWrite;
    if (write.type === 'put') yield [write.key, write.value];
  }
}
