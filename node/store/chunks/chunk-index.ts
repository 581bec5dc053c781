/**
 * Where each chunk is. Chunks that are named and located stand only in the key-value store; those on their way in
 * (staged, located, found again by recovery) or out (dropped) also stand here, and this comes first.
 */
import type { ChunkRef, TaggedHash } from '../../api/index.ts';
import {
  type ChunkLocation,
  decodeLocation,
  encodeFileRecord,
  encodeLocation,
  fileRecordKey,
  frameBytes,
  locationKey,
} from '../format/v1.ts';
import type { KeyValueStore, KvOperation } from '../kv.ts';
import { storeLimits } from '../limits.ts';
import type { ChunkFile } from './chunk-file.ts';

/**
 * `staged`: waits to be named. `restored`: found by recovery, which does not know yet whether it is named. `dropped`:
 * removed by `collect` after a while, unless named again.
 */
export type ChunkState = 'staged' | 'restored' | 'dropped';

/** Since when what an earlier process left has been as it is: longer than any lifetime. */
export const beforeStart = Number.NEGATIVE_INFINITY;

export interface ChunkEntry {
  readonly hash: TaggedHash;
  readonly length: number;
  file: ChunkFile;
  offset: number;
  state: ChunkState;
  /** Since when it has been in its state, in milliseconds of the clock. */
  since: number;
  /** Its location entry was handed to the key-value store. */
  located: boolean;
  /** Calls of `stage` that gave it and were not taken back since it was last named. */
  holders: number;
}

export interface ChunkPlace {
  readonly file: ChunkFile;
  readonly offset: number;
  readonly length: number;
}

export const nameOf = (hash: TaggedHash): string =>
  Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('latin1');

export class ChunkIndex {
  readonly #kv: KeyValueStore;
  readonly files = new Map<number, ChunkFile>();
  readonly #entries = new Map<string, ChunkEntry>();
  /** Chunks that are gone though the store may still show their location. Their bytes count as located and dropped. */
  readonly #hidden = new Map<string, ChunkEntry>();
  /** Of those, the ones whose location is being deleted or replaced: their bytes no longer count. */
  readonly #leaving = new Set<ChunkEntry>();

  constructor(kv: KeyValueStore) {
    this.#kv = kv;
  }

  entry(hash: TaggedHash): ChunkEntry | undefined {
    return this.#entries.get(nameOf(hash));
  }

  entries(): IterableIterator<ChunkEntry> {
    return this.#entries.values();
  }

  isHidden(hash: TaggedHash): boolean {
    return this.#hidden.has(nameOf(hash));
  }

  /** The location entry in the key-value store, as it is stored. */
  stored(hash: TaggedHash): ChunkLocation | undefined {
    if (this.#hidden.has(nameOf(hash))) return undefined;
    const value = this.#kv.getSync(locationKey(hash));
    return value === undefined ? undefined : decodeLocation(value);
  }

  /** Where a chunk can be read; undefined when it is not there or has another length. */
  place(chunk: ChunkRef): ChunkPlace | undefined {
    const found = this.entry(chunk.hash) ?? this.#storedPlace(chunk.hash);
    return found?.length === chunk.length ? found : undefined;
  }

  #storedPlace(hash: TaggedHash): ChunkPlace | undefined {
    const location = this.stored(hash);
    const file = location && this.files.get(location.file);
    return location && file && { file, offset: location.offset, length: location.length };
  }

  /** A frame that was just accepted by its file. */
  add(entry: ChunkEntry): void {
    this.#entries.set(nameOf(entry.hash), entry);
  }

  /** Forgets an entry that never got a location; its bytes are garbage. */
  forget(entry: ChunkEntry): void {
    if (this.#entries.get(nameOf(entry.hash)) === entry) this.#entries.delete(nameOf(entry.hash));
    if (!entry.located) entry.file.stagedBytes -= frameBytes(entry.length);
    entry.file.unsettled.delete(entry.offset);
  }

  named(hash: TaggedHash): void {
    const entry = this.entry(hash);
    if (entry === undefined || !entry.located) return;
    if (entry.state === 'dropped') entry.file.droppedBytes -= frameBytes(entry.length);
    entry.file.unsettled.delete(entry.offset);
    this.#entries.delete(nameOf(hash));
  }

  /** No longer named. An entry that waits to be named (again) keeps waiting. */
  dropped(hash: TaggedHash, now: number): void {
    const entry = this.entry(hash);
    if (entry !== undefined) {
      if (entry.state === 'restored') this.turnDropped(entry, now);
      return;
    }
    const place = this.#storedPlace(hash);
    if (place === undefined) return;
    const { file, offset, length } = place;
    this.add({
      hash: Buffer.from(hash),
      file,
      offset,
      length,
      state: 'dropped',
      since: now,
      located: true,
      holders: 0,
    });
    file.droppedBytes += frameBytes(length);
  }

  /** One of those who staged it will not name it. Without any other, it is as good as dropped. */
  unstage(hash: TaggedHash, now: number): void {
    const entry = this.entry(hash);
    if (entry === undefined || entry.holders === 0) return;
    entry.holders -= 1;
    if (entry.holders > 0 || entry.state !== 'staged') return;
    if (entry.located) this.turnDropped(entry, now);
    else this.forget(entry);
  }

  /** For a located entry. */
  turnDropped(entry: ChunkEntry, since: number): void {
    if (entry.state !== 'dropped') entry.file.droppedBytes += frameBytes(entry.length);
    entry.state = 'dropped';
    entry.since = since;
  }

  /** Someone is about to name it: it stays at least as long as a chunk staged now. */
  refresh(hash: TaggedHash, now: number): ChunkEntry | undefined {
    const entry = this.entry(hash);
    if (entry === undefined) return undefined;
    if (entry.state === 'dropped') entry.file.droppedBytes -= frameBytes(entry.length);
    if (entry.state !== 'restored') entry.state = 'staged';
    entry.since = now;
    return entry;
  }

  /** Hands locations to the store, with the records of their files, in one batch that need not be synced. */
  async locate(entries: readonly ChunkEntry[]): Promise<void> {
    const fresh = entries.filter((entry) => !entry.located);
    if (fresh.length === 0) return;
    const files = new Set(fresh.map((entry) => entry.file));
    const unhidden: string[] = [];
    for (const entry of fresh) {
      this.#count(entry, 1);
      const name = nameOf(entry.hash);
      const old = this.#unhide(name, 1);
      if (old === undefined) continue;
      files.add(old);
      unhidden.push(name);
    }
    try {
      await this.#kv.batch([...fresh.map(putLocation), ...[...files].map(putRecord)], { sync: false });
    } catch (error) {
      for (const entry of fresh) this.#count(entry, -1);
      // The store still shows the old locations.
      for (const name of unhidden) this.#unhide(name, -1);
      throw error;
    }
    for (const entry of fresh) this.#reveal(nameOf(entry.hash));
  }

  #count(entry: ChunkEntry, sign: 1 | -1): void {
    entry.located = sign === 1;
    entry.file.locatedBytes += sign * frameBytes(entry.length);
    entry.file.stagedBytes -= sign * frameBytes(entry.length);
  }

  /** From now on these located chunks are unknown. `deleteHidden` takes their entries out of the store. */
  hide(entries: Iterable<ChunkEntry>): void {
    for (const entry of entries) {
      this.turnDropped(entry, entry.since);
      this.#entries.delete(nameOf(entry.hash));
      this.#hidden.set(nameOf(entry.hash), entry);
      entry.file.unsettled.delete(entry.offset);
    }
  }

  /** Counts go with the batch that changes the entries, so that after a crash they agree. */
  #unhide(name: string, sign: 1 | -1): ChunkFile | undefined {
    const entry = this.#hidden.get(name);
    if (entry === undefined || this.#leaving.has(entry) === (sign === 1)) return undefined;
    if (sign === 1) this.#leaving.add(entry);
    else this.#leaving.delete(entry);
    entry.file.locatedBytes -= sign * frameBytes(entry.length);
    entry.file.droppedBytes -= sign * frameBytes(entry.length);
    return entry.file;
  }

  #reveal(name: string): void {
    const entry = this.#hidden.get(name);
    if (entry !== undefined) this.#leaving.delete(entry);
    this.#hidden.delete(name);
  }

  /** After a failure, or a crash before it, entries stay that nothing names: the sweep of the next start finds them. */
  async deleteHidden(): Promise<void> {
    const hidden = [...this.#hidden.keys()];
    for (let at = 0; at < hidden.length; at += storeLimits.collectBatchMax) {
      // A new copy may have been located meanwhile, or is about to be.
      const names = hidden.slice(at, at + storeLimits.collectBatchMax).filter((name) => {
        const entry = this.#hidden.get(name);
        return entry !== undefined && !this.#leaving.has(entry);
      });
      const files = new Set<ChunkFile>();
      const operations = names.map((name): KvOperation => {
        const file = this.#unhide(name, 1);
        if (file !== undefined) files.add(file);
        return { type: 'del', key: locationKey(this.#hidden.get(name)!.hash) };
      });
      try {
        if (names.length > 0)
          await this.#kv.batch([...operations, ...[...files].map(putRecord)], { sync: false });
      } catch (error) {
        for (const name of names) this.#unhide(name, -1);
        throw error;
      }
      for (const name of names) this.#reveal(name);
    }
  }

  async write(operations: readonly KvOperation[], sync: boolean): Promise<void> {
    await this.#kv.batch(operations, { sync });
  }
}

const putLocation = (entry: ChunkEntry): KvOperation => ({
  type: 'put',
  key: locationKey(entry.hash),
  value: encodeLocation({ file: entry.file.number, offset: entry.offset, length: entry.length }),
});

export const putRecord = (file: ChunkFile): KvOperation => ({
  type: 'put',
  key: fileRecordKey(file.number),
  value: encodeFileRecord(file.record()),
});
