/** One open file used by several at a time: opened by the first, closed by the last. */
import type { Disk, DiskFile, OpenMode } from './disk.ts';

export class SharedFile {
  readonly path: string;
  readonly #disk: Disk;
  #opening: Promise<DiskFile> | undefined;
  #mode: OpenMode = 'read';
  #users = 0;
  #unused: (() => void)[] = [];

  constructor(path: string, disk: Disk) {
    this.path = path;
    this.#disk = disk;
  }

  /**
   * The open file. Every call that succeeds is paired with one of `release`. A writer holds its file open, so readers
   * share its handle. Counted from the moment of the call.
   */
  async acquire(mode: OpenMode): Promise<DiskFile> {
    if (this.#opening !== undefined && mode !== 'read' && this.#mode === 'read') {
      throw new Error(`${this.path} is open for reading only`);
    }
    if (this.#opening === undefined) {
      this.#opening = this.#disk.open(this.path, mode);
      this.#mode = mode;
    }
    const opening = this.#opening;
    this.#users += 1;
    try {
      return await opening;
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined;
      this.#leave();
      throw error;
    }
  }

  async release(): Promise<void> {
    const opening = this.#opening;
    if (this.#users === 1) this.#opening = undefined;
    this.#leave();
    if (this.#opening === undefined && opening !== undefined) await (await opening).close();
  }

  #leave(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    for (const resolve of this.#unused.splice(0)) resolve();
  }

  /** Resolves when nobody uses the file. */
  whenUnused(): Promise<void> {
    if (this.#users === 0) return Promise.resolve();
    return new Promise((resolve) => this.#unused.push(resolve));
  }
}
