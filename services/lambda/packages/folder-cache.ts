/**
 * Folders on disk under names that say what is in them. Each is made under a temporary name and renamed when it is whole; callers who want
 * the same one at once share the making. The ones that were not used for longest go when there are too many bytes; those that somebody
 * holds stay, also when they alone are too many. One process uses such a folder at a time.
 */
import { renameSync } from 'node:fs';
import { chmod, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { isOfThisBoot, markBoot, markerName } from './boot-marker.ts';
import { removeTree } from './remove-tree.ts';

export interface HeldFolder {
  readonly path: string;
  release(): void;
}

interface Entry {
  readonly name: string;
  /** Undefined until it is made. */
  made: { readonly path: string; readonly bytes: number } | undefined;
  readonly ready: Promise<unknown>;
  holds: number;
}

/** Whoever runs functions enters folders by their names; nobody else needs to list them. */
const folderMode = 0o711;
const madeName = /^([0-9a-z-]+)\.(\d+)$/;
const temporary = 'tmp-';

export class FolderCache {
  readonly #folder: string;
  readonly #bytesMax: number;
  readonly #logger: Logger;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  readonly #removals = new Set<Promise<void>>();
  #opened: Promise<void> | undefined;
  #temporaries = 0;
  #bytes = 0;

  constructor(folder: string, bytesMax: number, logger: Logger) {
    this.#folder = folder;
    this.#bytesMax = bytesMax;
    this.#logger = logger;
  }

  /** Of all folders that are there. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * @param name small letters, digits and dashes: the same for the same content
   * @param make fills a path that is not there yet and says how many bytes that took
   */
  async hold(name: string, make: (path: string) => Promise<number>): Promise<HeldFolder> {
    this.#opened ??= this.#open();
    await this.#opened;
    const entry = this.#entries.get(name) ?? this.#begin(name, make);
    entry.holds++;
    this.#touch(entry);
    await entry.ready;
    let isHeld = true;
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      entry.holds--;
      this.#touch(entry);
      this.#evict();
    };
    return { path: entry.made!.path, release };
  }

  /** What is under way ends first. Folders stay for the next start. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#opened, ...[...this.#entries.values()].map(({ ready }) => ready)]);
    await Promise.all(this.#removals);
  }

  #begin(name: string, make: (path: string) => Promise<number>): Entry {
    const ready = this.#make(name, make).then(
      (made) => {
        entry.made = made;
        this.#bytes += made.bytes;
        this.#evict();
      },
      (error: unknown) => {
        this.#entries.delete(name);
        throw error;
      },
    );
    const entry: Entry = { name, made: undefined, ready, holds: 0 };
    this.#entries.set(name, entry);
    return entry;
  }

  async #make(
    name: string,
    make: (path: string) => Promise<number>,
  ): Promise<{ path: string; bytes: number }> {
    const temporaryPath = this.#temporaryPath();
    try {
      const bytes = await make(temporaryPath);
      const path = join(this.#folder, `${name}.${bytes}`);
      await rename(temporaryPath, path);
      return { path, bytes };
    } catch (error) {
      this.#remove(temporaryPath);
      throw error;
    }
  }

  #touch(entry: Entry): void {
    if (this.#entries.get(entry.name) !== entry) return;
    this.#entries.delete(entry.name);
    this.#entries.set(entry.name, entry);
  }

  #evict(): void {
    for (const entry of this.#entries.values()) {
      if (this.#bytes <= this.#bytesMax) return;
      if (entry.holds > 0 || entry.made === undefined) continue;
      this.#entries.delete(entry.name);
      this.#bytes -= entry.made.bytes;
      // At once: whoever makes it again finds its name free, and after a crash what is left of it is swept.
      const path = this.#temporaryPath();
      try {
        renameSync(entry.made.path, path);
        this.#remove(path);
      } catch (error) {
        this.#logger.warn({ err: error }, 'a folder of code could not be put aside');
      }
    }
  }

  #remove(path: string): void {
    const removal = removeTree(path)
      .catch((error: unknown) => this.#logger.warn({ err: error }, 'a folder of code could not be removed'))
      .finally(() => this.#removals.delete(removal));
    this.#removals.add(removal);
  }

  #temporaryPath(): string {
    return join(this.#folder, `${temporary}${this.#temporaries++}`);
  }

  /** Takes over what an earlier process made, and sweeps what it left half made or half removed. */
  async #open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await chmod(this.#folder, folderMode);
    const isTrusted = await isOfThisBoot(this.#folder);
    for (const name of await readdir(this.#folder)) {
      const [, key, bytes] = madeName.exec(name) ?? [];
      if (isTrusted && key !== undefined && !this.#entries.has(key)) this.#adopt(key, name, Number(bytes));
      else if (name !== markerName) await removeTree(join(this.#folder, name));
    }
    await markBoot(this.#folder);
    this.#evict();
  }

  #adopt(name: string, file: string, bytes: number): void {
    const made = { path: join(this.#folder, file), bytes };
    this.#entries.set(name, { name, made, ready: Promise.resolve(), holds: 0 });
    this.#bytes += bytes;
  }
}
