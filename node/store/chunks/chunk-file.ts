/** One chunk file: its bounds, its counts, its handle, and the sync that many callers share. */
import type { Disk } from '../disk.ts';
import { type ChunkFileRecord, chunkFileHeaderBytes, frameBytes } from '../format/v1.ts';
import { SharedFile } from '../shared-file.ts';

export const chunkFileName = (number: number): string => `${String(number).padStart(10, '0')}.chunks`;
export const numberOfChunkFileName = (name: string): number | undefined => {
  const match = /^(\d{10,16})\.chunks$/.exec(name);
  return match?.[1] === undefined ? undefined : Number(match[1]);
};

export interface ChunkFilePlace {
  readonly number: number;
  readonly path: string;
  /** Where checksums start; undefined when the file header is damaged. */
  readonly salt: number | undefined;
}

export class ChunkFile {
  readonly number: number;
  readonly path: string;
  readonly salt: number | undefined;
  readonly shared: SharedFile;
  /** Behind the last whole frame; the next one starts here. */
  end = chunkFileHeaderBytes;
  /** Everything before is on the disk. */
  syncedEnd = 0;
  /** Takes no further frame. */
  sealed = false;
  /** A write or sync failed, or a frame is damaged: no further frame, no compaction. */
  damaged = false;
  /** On its way out: no handle is kept. */
  retired = false;
  /** Its name may still be missing on the disk. */
  nameSynced: boolean;
  /** Frame bytes with a location entry; staged without one; and of the former, dropped and not yet removed. */
  locatedBytes = 0;
  stagedBytes = 0;
  droppedBytes = 0;
  /** Offsets, in order, of frames that nothing names yet: recovery must find them again. */
  readonly unsettled = new Set<number>();
  /** Recovery starts here: never beyond what a completed sync of the key-value store covers. */
  settledStored = chunkFileHeaderBytes;
  recordChanged = false;
  #syncing: Promise<void> | undefined;
  #held = false;

  constructor(place: ChunkFilePlace, disk: Disk, nameSynced: boolean) {
    this.number = place.number;
    this.path = place.path;
    this.salt = place.salt;
    this.shared = new SharedFile(place.path, disk);
    this.nameSynced = nameSynced;
  }

  /** Frame bytes that must survive a compaction. */
  get heldBytes(): number {
    return this.locatedBytes + this.stagedBytes;
  }

  get liveBytes(): number {
    return this.heldBytes - this.droppedBytes;
  }

  /** Every frame before this offset is located and named, or garbage. */
  get settled(): number {
    const [first] = this.unsettled;
    return first ?? this.end;
  }

  record(): ChunkFileRecord {
    return {
      sealed: this.sealed,
      end: this.syncedEnd,
      settled: this.settledStored,
      liveBytes: this.locatedBytes,
    };
  }

  /** A sealed file is never opened for writing again; an unsealed one always is. */
  acquire(): ReturnType<SharedFile['acquire']> {
    return this.shared.acquire(this.sealed ? 'read' : 'create-bulk');
  }

  /** Keeps the file open for a writer. */
  async hold(): Promise<void> {
    if (this.#held) return;
    this.#held = true;
    try {
      await this.acquire();
    } catch (error) {
      this.#held = false;
      throw error;
    }
  }

  async letGo(): Promise<void> {
    if (!this.#held) return;
    this.#held = false;
    await this.shared.release();
  }

  /** A whole frame was written at `end`. */
  accept(length: number): void {
    this.unsettled.add(this.end);
    this.end += frameBytes(length);
    this.stagedBytes += frameBytes(length);
  }

  /** A whole frame was written at `end` that is not needed, with others behind it: garbage. */
  discard(length: number): void {
    this.end += frameBytes(length);
  }

  /**
   * Resolves when everything before `end` is on the disk. One sync is in flight; those who come meanwhile share the next.
   * @throws the disk's error; then the file takes part in nothing further
   */
  async syncUpTo(end: number): Promise<void> {
    while (this.syncedEnd < end) {
      if (this.damaged) throw Object.assign(new Error(`EIO: ${this.path} is damaged`), { code: 'EIO' });
      this.#syncing ??= this.#sync();
      await this.#syncing;
    }
  }

  async #sync(): Promise<void> {
    const covered = this.end;
    try {
      const file = await this.acquire();
      try {
        await file.datasync();
      } finally {
        await this.shared.release();
      }
      this.syncedEnd = covered;
    } catch (error) {
      this.damaged = true;
      throw error;
    } finally {
      this.#syncing = undefined;
    }
  }
}
