/** Hands each concurrent stage a chunk file of its own. Few writers use few files: the last one given back goes first. */
import type { Disk } from '../disk.ts';
import { chunkFileSalt, encodeChunkFileHeader } from '../format/v1.ts';
import { storeLimits } from '../limits.ts';
import { ChunkFile, chunkFileName } from './chunk-file.ts';
import { aborted } from './stage-chunk.ts';

export interface WriterPoolOptions {
  readonly folder: string;
  readonly fileBytesMax: number;
  readonly nextNumber: number;
}

export interface WriterPoolModules {
  readonly disk: Disk;
  readonly random: (length: number) => Uint8Array;
  readonly onCreated: (file: ChunkFile) => void;
}

async function seal(file: ChunkFile): Promise<void> {
  file.sealed = true;
  file.recordChanged = true;
  await file.letGo();
}

export class WriterPool {
  readonly #options: WriterPoolOptions;
  readonly #modules: WriterPoolModules;
  readonly #idle: ChunkFile[] = [];
  #nextNumber: number;
  #out = 0;
  #queue: (() => void)[] = [];

  constructor(options: WriterPoolOptions, modules: WriterPoolModules) {
    this.#options = options;
    this.#modules = modules;
    this.#nextNumber = options.nextNumber;
  }

  /** A file that nobody else writes, until it is given back. @throws NodeError `aborted`; the disk's error */
  async take(signal: AbortSignal): Promise<ChunkFile> {
    if (this.#out >= storeLimits.chunkWritersMax) await this.#turn(signal);
    else this.#out += 1;
    try {
      const file = (await this.#popIdle()) ?? (await this.#create());
      await file.hold();
      return file;
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  /** A sync may have failed while the file was idle. */
  async #popIdle(): Promise<ChunkFile | undefined> {
    for (;;) {
      const file = this.#idle.pop();
      if (file === undefined || !file.damaged) return file;
      await seal(file);
    }
  }

  async give(file: ChunkFile): Promise<void> {
    const full = file.damaged || file.end >= this.#options.fileBytesMax;
    if (!full) this.#idle.push(file);
    this.#leave();
    if (full) await seal(file);
  }

  /** Puts a file found at the start among the idle ones. */
  adopt(file: ChunkFile): void {
    this.#idle.push(file);
  }

  /** Closes what is idle. */
  async close(): Promise<void> {
    for (const file of this.#idle.splice(0)) await file.letGo();
  }

  /** Takes an idle file out for good. False when it is not idle. */
  withdraw(file: ChunkFile): boolean {
    const index = this.#idle.indexOf(file);
    if (index < 0) return false;
    this.#idle.splice(index, 1);
    file.sealed = true;
    return true;
  }

  /** The place passes on directly to the one who waits longest. */
  #leave(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#out -= 1;
    else next();
  }

  #turn(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(aborted(signal));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const go = (): void => {
      signal.removeEventListener('abort', stop);
      resolve();
    };
    const stop = (): void => {
      this.#queue = this.#queue.filter((one) => one !== go);
      reject(aborted(signal));
    };
    signal.addEventListener('abort', stop, { once: true });
    this.#queue.push(go);
    return promise;
  }

  async #create(): Promise<ChunkFile> {
    const { disk, random } = this.#modules;
    const number = this.#nextNumber++;
    const path = `${this.#options.folder}/${chunkFileName(number)}`;
    const header = { number, salt: random(16) };
    const file = new ChunkFile({ number, path, salt: chunkFileSalt(header) }, disk, false);
    const handle = await file.acquire();
    try {
      await handle.write(0, [encodeChunkFileHeader(header)]);
    } catch (error) {
      // Nothing is in it; what cannot be removed now is recognised as empty by the next start.
      await disk.remove(path).catch(() => undefined);
      throw error;
    } finally {
      await file.shared.release();
    }
    this.#modules.onCreated(file);
    return file;
  }
}
