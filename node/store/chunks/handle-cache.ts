/** Keeps files open that were read lately, the longest unused closed first. */
import type { DiskFile } from '../disk.ts';
import type { ChunkFile } from './chunk-file.ts';

export class HandleCache {
  readonly #max: number;
  /** Oldest use first. */
  readonly #kept = new Set<ChunkFile>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Runs work on the open file. The file counts as used from the moment of the call. */
  async use<T>(file: ChunkFile, work: (disk: DiskFile) => Promise<T>): Promise<T> {
    const disk = await file.acquire();
    try {
      return await work(disk);
    } finally {
      await this.#keepOrRelease(file);
    }
  }

  async #keepOrRelease(file: ChunkFile): Promise<void> {
    const known = this.#kept.delete(file);
    if (file.retired) {
      if (known) await file.shared.release();
    } else {
      this.#kept.add(file);
    }
    if (known || file.retired) await file.shared.release();
    const [oldest] = this.#kept;
    if (this.#kept.size > this.#max && oldest !== undefined) await this.letGo(oldest);
  }

  async letGo(file: ChunkFile): Promise<void> {
    if (this.#kept.delete(file)) await file.shared.release();
  }

  async close(): Promise<void> {
    for (const file of [...this.#kept]) await this.letGo(file);
  }
}
