/**
 * Chunk files: append-only files of frames, each frame one chunk of ciphertext. Order of a write that names a chunk, and
 * what a crash in between leaves:
 *
 *   1. stage: the frame is written                                (crash: garbage behind the file's end)
 *   2. sync: data sync of the file, sync of its folder if new     (crash: a whole frame that nothing names: collected)
 *   3. location entry to the key-value store, unsynced            (crash: found again by its frame)
 *   4. the owner's log record that names it; `named`
 */
import { type Bytes, type ChunkRef, NodeError, type TaggedHash } from '../../api/index.ts';
import type { ChunkStore, CollectOptions } from '../chunk-store-port.ts';
import type { DiskFile } from '../disk.ts';
import { CorruptFileError, translateNoSpace } from '../errors.ts';
import {
  decodeFrameHeader,
  type Frame,
  frameBytes,
  frameFooterBytes,
  frameHeaderBytes,
  isFrameFooter,
} from '../format/v1.ts';
import { storeLimits } from '../limits.ts';
import type { ChunkFile } from './chunk-file.ts';
import { beforeStart, type ChunkEntry, type ChunkIndex, type ChunkPlace, putRecord } from './chunk-index.ts';
import { Collector } from './collector.ts';
import { hashBytes } from './frame-writer.ts';
import { isWhole } from './frames.ts';
import { GroupStager } from './group-stage.ts';
import { HandleCache } from './handle-cache.ts';
import type { ChunkStoreModules, ChunkStoreOptions } from './open-chunk-store.ts';
import type { RecoveredChunks } from './recover-chunks.ts';
import { stageFrame } from './stage-chunk.ts';
import { WriterPool } from './writer-pool.ts';

export class ChunkFileStore implements ChunkStore {
  readonly #options: Required<ChunkStoreOptions>;
  readonly #modules: ChunkStoreModules;
  readonly #index: ChunkIndex;
  readonly #pool: WriterPool;
  readonly #groups: GroupStager;
  readonly #handles = new HandleCache(storeLimits.chunkFilesOpenMax);
  readonly #closing = new AbortController();
  readonly #busy = new Set<Promise<unknown>>();
  readonly #collector: Collector;
  #namesSyncing: Promise<void> | undefined;
  #recovered = false;

  /** Use `openChunkStore`. */
  constructor(
    options: Required<ChunkStoreOptions>,
    modules: ChunkStoreModules,
    found: { readonly index: ChunkIndex } & RecoveredChunks,
  ) {
    this.#options = options;
    this.#modules = modules;
    this.#index = found.index;
    const { folder, fileBytesMax } = options;
    this.#pool = new WriterPool(
      { folder, fileBytesMax, nextNumber: found.nextNumber },
      {
        disk: modules.disk,
        random: modules.random,
        onCreated: (file) => this.#index.files.set(file.number, file),
      },
    );
    this.#groups = new GroupStager({
      pool: this.#pool,
      closing: this.#closing.signal,
      accept: async (file, frame) => {
        if (await this.#keepExisting(frame, this.#modules.clock.now())) file.discard(frame.length);
        else this.#add(file, frame);
      },
    });
    for (const file of found.writable) this.#pool.adopt(file);
    const { disk, kv, isNamed, clock } = modules;
    this.#collector = new Collector(
      options,
      {
        disk,
        kv,
        isNamed,
        clock,
        index: this.#index,
        pool: this.#pool,
        syncNames: () => this.#syncNames(),
        letGo: (file) => this.#handles.letGo(file),
        closing: this.#closing.signal,
      },
      found.empty,
    );
  }

  /** Runs work that `close` waits for. */
  async #during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing.signal.aborted) throw new NodeError('closed', 'the chunk store is closed');
    const running = work();
    this.#busy.add(running);
    try {
      return await running;
    } catch (error) {
      throw translateNoSpace(error);
    } finally {
      this.#busy.delete(running);
    }
  }

  stage(source: Bytes | AsyncIterable<Bytes>, signal?: AbortSignal): Promise<ChunkRef> {
    const both =
      signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    if (GroupStager.takes(source)) return this.#during(() => this.#groups.stage(source, both));
    return this.#during(async () => {
      const file = await this.#pool.take(both);
      try {
        const frame = await stageFrame(file, source, both);
        const { hash, length } = frame;
        if (!(await this.#keepExisting({ hash, length }, this.#modules.clock.now()))) this.#add(file, frame);
        return { hash, length };
      } finally {
        await this.#pool.give(file);
      }
    });
  }

  #add(file: ChunkFile, { hash, length, offset }: Frame): void {
    file.accept(length);
    const since = this.#modules.clock.now();
    this.#index.add({ hash, length, file, offset, state: 'staged', since, located: false, holders: 1 });
  }

  /** The same content is there already: the new frame is given up. A chunk of unknown past is looked at first. */
  async #keepExisting(chunk: ChunkRef, now: number): Promise<boolean> {
    const found = this.#index.entry(chunk.hash);
    const whole = found?.state !== 'restored' || (await isWhole(found));
    const entry = this.#index.entry(chunk.hash);
    if (entry === undefined) return this.#pin(chunk, now);
    if (entry === found && !whole) {
      // Never synced, so never named.
      if (entry.located) this.#index.hide([entry]);
      else this.#index.forget(entry);
      return false;
    }
    this.#index.refresh(chunk.hash, now);
    entry.holders += 1;
    return true;
  }

  /** A named chunk gets an entry, so that a drop in the meantime does not take it away. */
  #pin(chunk: ChunkRef, now: number): boolean {
    const place = this.#index.place(chunk);
    if (place === undefined) return false;
    const { hash } = chunk;
    this.#index.add({ ...place, hash, state: 'staged', since: now, located: true, holders: 1 });
    return true;
  }

  unstage(chunks: readonly ChunkRef[]): void {
    const now = this.#modules.clock.now();
    for (const chunk of chunks) this.#index.unstage(chunk.hash, now);
  }

  has(chunk: ChunkRef): boolean {
    return this.#index.place(chunk) !== undefined;
  }

  /** @throws NodeError `chunk-unknown`, `storage-full`; the disk's error (those chunks are lost then) */
  sync(chunks: readonly ChunkRef[]): Promise<void> {
    return this.#during(async () => {
      const now = this.#modules.clock.now();
      const fresh: ChunkEntry[] = [];
      for (const chunk of chunks) {
        if (this.#index.place(chunk) === undefined) throw unknownChunk();
        const entry = this.#index.refresh(chunk.hash, now);
        if (entry !== undefined && !entry.located) fresh.push(entry);
      }
      await Promise.all([...lastEnds(fresh)].map(([file, end]) => this.#syncFile(file, end)));
      if (fresh.some((entry) => !entry.file.nameSynced)) await this.#syncNames();
      if (fresh.some((entry) => this.#index.entry(entry.hash) !== entry)) throw unknownChunk();
      await this.#index.locate(fresh);
    });
  }

  async #syncFile(file: ChunkFile, end: number): Promise<void> {
    try {
      await file.syncUpTo(end);
    } catch (error) {
      // What was not synced may be gone, whatever a later sync says.
      for (const entry of [...this.#index.entries()]) {
        if (entry.file === file && !entry.located) this.#index.forget(entry);
      }
      throw error;
    }
  }

  /** One folder sync for all files that are new. */
  async #syncNames(): Promise<void> {
    while ([...this.#index.files.values()].some((file) => !file.nameSynced)) {
      this.#namesSyncing ??= this.#syncFolder();
      await this.#namesSyncing;
    }
  }

  async #syncFolder(): Promise<void> {
    const covered = [...this.#index.files.values()].filter((file) => !file.nameSynced);
    try {
      await this.#modules.disk.syncFolder(this.#options.folder);
      for (const file of covered) file.nameSynced = true;
    } finally {
      this.#namesSyncing = undefined;
    }
  }

  named(chunks: readonly ChunkRef[]): void {
    for (const chunk of chunks) this.#index.named(chunk.hash);
  }

  dropped(chunks: readonly ChunkRef[]): void {
    // What the log drops while it is replayed was dropped for an earlier process: nobody reads it any more.
    const now = this.#recovered ? this.#modules.clock.now() : beforeStart;
    for (const chunk of chunks) this.#index.dropped(chunk.hash, now);
  }

  /** One read of the disk. @throws NodeError `chunk-unknown`, `corrupt` */
  read(chunk: ChunkRef, offset: number, length: number): Promise<Buffer> {
    return this.#during(async () => {
      if (!(offset >= 0 && length >= 0 && offset + length <= chunk.length)) {
        throw new NodeError(
          'malformed',
          `bytes ${offset} to ${offset + length} of a chunk of ${chunk.length}`,
        );
      }
      const place = this.#index.place(chunk);
      if (place === undefined) throw unknownChunk();
      return this.#handles.use(place.file, (disk) => readPart(place, chunk.hash, offset, length, disk));
    });
  }

  /** Whether the content is what its hash says: for a scrub. @throws NodeError `chunk-unknown` */
  async verify(chunk: ChunkRef): Promise<boolean> {
    try {
      const content = await this.read(chunk, 0, chunk.length);
      return (await hashBytes(content)).equals(chunk.hash);
    } catch (error) {
      if (error instanceof NodeError && error.code === 'corrupt') return false;
      throw error;
    }
  }

  /**
   * Told by the owner once the log has been replayed: from now on `isNamed` is true to the state. Chunks that a crash
   * left without a name are unknown from now on; `collect` gives their space back.
   */
  recovered(): void {
    if (this.#recovered) return;
    this.#recovered = true;
    const restored = [...this.#index.entries()].filter((entry) => entry.state === 'restored');
    // Never named, so perhaps never synced: from now on unknown, whatever bytes are there.
    this.#index.hide(restored.filter((entry) => !this.#modules.isNamed(entry.hash)));
    for (const entry of restored) this.#index.named(entry.hash);
  }

  /**
   * Called by the owner when it synced the key-value store, or instead: syncs it once more if chunks came. Frames whose
   * locations that sync covers need not be looked at by a recovery.
   */
  checkpoint(): Promise<void> {
    return this.#during(() => this.#checkpointNow());
  }

  async #checkpointNow(): Promise<void> {
    const covered = new Map<ChunkFile, number>();
    for (const file of this.#index.files.values()) {
      if (file.settled > file.settledStored || file.recordChanged) covered.set(file, file.settled);
    }
    if (covered.size === 0) return;
    await this.#index.write([], true);
    for (const [file, settled] of covered) {
      file.settledStored = Math.max(file.settledStored, settled);
      file.recordChanged = false;
    }
    const there = [...covered.keys()].filter((file) => this.#index.files.get(file.number) === file);
    await this.#index.write(there.map(putRecord), false);
  }

  collect(options: CollectOptions = {}): Promise<number> {
    return this.#during(async () => (this.#recovered ? this.#collector.collect(options) : 0));
  }

  usage(): { readonly files: number; readonly bytes: number; readonly liveBytes: number } {
    let bytes = 0;
    let liveBytes = 0;
    for (const file of this.#index.files.values()) {
      bytes += file.end;
      liveBytes += file.liveBytes;
    }
    return { files: this.#index.files.size, bytes, liveBytes };
  }

  /** Stages under way end with `closed`. The key-value store must still be open. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new NodeError('closed', 'the chunk store is closed'));
    await Promise.allSettled(this.#busy);
    try {
      if (this.#recovered) await this.#collector.removeDropped();
      await this.#checkpointNow();
    } finally {
      await this.#pool.close();
      await this.#handles.close();
    }
  }
}

const unknownChunk = (): NodeError => new NodeError('chunk-unknown', 'the chunk is not here');

/** For each file, where the last of these frames ends. */
function lastEnds(entries: readonly ChunkEntry[]): Map<ChunkFile, number> {
  const ends = new Map<ChunkFile, number>();
  for (const { file, offset, length } of entries) {
    ends.set(file, Math.max(ends.get(file) ?? 0, offset + frameBytes(length)));
  }
  return ends;
}

/** A read that touches an end of the content takes the header or footer along and checks it. */
async function readPart(
  place: ChunkPlace,
  hash: TaggedHash,
  offset: number,
  length: number,
  disk: DiskFile,
): Promise<Buffer> {
  const before = offset === 0 ? frameHeaderBytes : 0;
  const after = offset + length === place.length ? frameFooterBytes : 0;
  const at = place.offset + frameHeaderBytes + offset - before;
  const bytes = await disk.read(at, before + length + after);
  const damaged = (what: string): CorruptFileError =>
    new CorruptFileError(place.file.path, place.offset, what);
  if (bytes.length !== before + length + after) throw damaged('the file ends inside a chunk');
  const { salt } = place.file;
  if (salt === undefined) throw damaged('the file header is damaged');
  const frame = { hash, length: place.length, offset: place.offset };
  if (before > 0) {
    const header = decodeFrameHeader(bytes.subarray(0, before), salt);
    const same = header?.length === frame.length && header.offset === frame.offset;
    if (!same || !Buffer.from(header.hash).equals(hash)) throw damaged('the frame header is damaged');
  }
  if (after > 0 && !isFrameFooter(bytes.subarray(before + length), frame, salt)) {
    throw damaged('the frame footer is damaged');
  }
  return bytes.subarray(before, before + length);
}
