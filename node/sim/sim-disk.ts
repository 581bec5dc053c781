/**
 * A disk that keeps only what it must. Unsynced writes are dropped, torn at sectors, reordered or garbled by a power cut;
 * names that were created, renamed or removed are lost unless their folder was synced. Also: a byte budget (`ENOSPC`)
 * and failing syncs (`EIO`). All choices come from the seeded random.
 *
 *   const disk = new SimDisk(random);
 *   disk.cutAfter(100);            // the power goes during the 100th operation from now
 *   ...                            // every later operation fails with `EPOWER`
 *   const next = disk.powerCut();  // what survived; or disk.afterKill(): the process died, the machine did not
 */
import type { BlockingWrites, Disk, DiskFile, OpenMode } from '../store/disk.ts';
import type { SeededRandom } from './random.ts';
import { SimFile, simSectorBytes } from './sim-file.ts';

type NameChange =
  | { readonly kind: 'set'; readonly path: string; readonly file: SimFile }
  | { readonly kind: 'delete'; readonly path: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string; readonly file: SimFile };

export interface SimDiskOptions {
  /** Bytes that files may take in all, in whole sectors. */
  readonly bytesMax?: number;
}

const failure = (code: string, what: string): Error => Object.assign(new Error(`${code}: ${what}`), { code });
const folderOf = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '');
const sectors = (size: number): number => Math.ceil(size / simSectorBytes) * simSectorBytes;

function applyName(names: Map<string, SimFile>, change: NameChange): void {
  if (change.kind === 'set') names.set(change.path, change.file);
  else if (change.kind === 'delete') names.delete(change.path);
  else {
    names.delete(change.from);
    names.set(change.to, change.file);
  }
}

export class SimDisk implements Disk {
  readonly #random: SeededRandom;
  #durable = new Map<string, SimFile>();
  #current = new Map<string, SimFile>();
  /** Changes of names not yet synced, per folder, in order. */
  readonly #pending = new Map<string, NameChange[]>();
  #off = false;
  #countdown = Number.POSITIVE_INFINITY;
  #failingSyncs = 0;
  #syncFilter: (path: string) => boolean = () => true;
  /** Bytes that files may take; change it to give or take space. */
  bytesMax: number;
  /** How often the disk is quick enough to keep the calling thread waiting. */
  quickShare = 0.5;
  /** Operations asked so far; also syncs alone. */
  operations = 0;
  syncs = 0;

  constructor(random: SeededRandom, options: SimDiskOptions = {}) {
    this.#random = random;
    this.bytesMax = options.bytesMax ?? Number.POSITIVE_INFINITY;
  }

  /** The power goes during the n-th operation from now, before or after its effect. */
  cutAfter(operations: number): void {
    this.#countdown = operations;
  }

  get isOff(): boolean {
    return this.#off;
  }

  /** The next `count` data syncs of matching files fail with `EIO`; what they covered stays unsynced. */
  failSyncs(count: number, filter: (path: string) => boolean = () => true): void {
    this.#failingSyncs = count;
    this.#syncFilter = filter;
  }

  /** Flips one bit of what the program and the medium hold; for planted corruption. */
  flip(path: string, byte: number, bit: number): void {
    const file = this.#file(path);
    const value = file.read(byte, 1);
    value[0] = value[0]! ^ (1 << bit);
    file.write(byte, value);
    file.startSync()();
  }

  /** Bytes all files take, in whole sectors. */
  usedBytes(): number {
    let used = 0;
    for (const file of this.#current.values()) used += sectors(file.size);
    return used;
  }

  /** Ends this disk and gives the one that is found after the power is back. */
  powerCut(): SimDisk {
    this.#off = true;
    const next = new SimDisk(this.#random.fork(), { bytesMax: this.bytesMax });
    const names = new Map(this.#durable);
    const all = this.#random.pick([0, 0.5, 1]);
    for (const changes of this.#pending.values()) {
      for (const change of changes) if (this.#random.chance(all)) applyName(names, change);
    }
    const survivors = new Map<SimFile, SimFile>();
    for (const [path, file] of [...names].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const survivor = survivors.get(file) ?? file.survivor(this.#random);
      survivors.set(file, survivor);
      next.#durable.set(path, survivor);
      next.#current.set(path, survivor);
    }
    return next;
  }

  /** Ends this disk for its process, as a kill does, and gives the next process the same one: nothing is lost yet. */
  afterKill(): SimDisk {
    this.#off = true;
    const next = new SimDisk(this.#random.fork(), { bytesMax: this.bytesMax });
    next.#durable = this.#durable;
    next.#current = this.#current;
    for (const [folder, changes] of this.#pending) next.#pending.set(folder, changes);
    return next;
  }

  /** Every operation passes here twice at most: the cut may fall before or after its effect. */
  async #step<T>(effect: () => T): Promise<T> {
    this.#check();
    this.operations += 1;
    this.#countdown -= 1;
    const cut = this.#countdown <= 0;
    for (let turns = this.#random.below(4); turns > 0; turns -= 1) await undefined;
    this.#check();
    if (cut && this.#random.chance(0.5)) this.#off = true;
    this.#check();
    const result = effect();
    if (cut) this.#off = true;
    this.#check();
    return result;
  }

  /** As `#step`, in the caller's turn. */
  #stepNow(effect: () => void): void {
    this.#check();
    this.operations += 1;
    this.#countdown -= 1;
    const cut = this.#countdown <= 0;
    if (cut && this.#random.chance(0.5)) this.#off = true;
    this.#check();
    effect();
    if (cut) this.#off = true;
    this.#check();
  }

  #check(): void {
    if (this.#off) throw failure('EPOWER', 'the power is off');
  }

  #file(path: string): SimFile {
    const file = this.#current.get(path);
    if (file === undefined) throw failure('ENOENT', path);
    return file;
  }

  #name(change: NameChange, folder: string): void {
    applyName(this.#current, change);
    const changes = this.#pending.get(folder) ?? [];
    changes.push(change);
    this.#pending.set(folder, changes);
  }

  #reserve(file: SimFile, size: number): void {
    if (size <= file.size) return;
    const wanted = sectors(size) - sectors(file.size);
    if (wanted > 0 && this.usedBytes() + wanted > this.bytesMax) throw failure('ENOSPC', 'no space left');
  }

  /** As a kernel does: what fits is written, then the error. */
  #write(file: SimFile, position: number, bytes: Buffer): void {
    try {
      this.#reserve(file, position + bytes.length);
    } catch (error) {
      const room = sectors(file.size) + Math.max(0, this.bytesMax - this.usedBytes());
      const fits = Math.min(bytes.length, Math.floor(room / simSectorBytes) * simSectorBytes - position);
      if (fits > 0) file.write(position, Buffer.from(bytes.subarray(0, fits)));
      throw error;
    }
    file.write(position, bytes);
  }

  async #datasync(path: string, file: SimFile): Promise<void> {
    const complete = this.#startSync(path, file);
    await this.#step(complete);
  }

  /** What is written from here on is not covered. Returns the completion. */
  #startSync(path: string, file: SimFile): () => void {
    const complete = file.startSync();
    this.syncs += 1;
    return () => {
      if (this.#failingSyncs > 0 && this.#syncFilter(path)) {
        this.#failingSyncs -= 1;
        throw failure('EIO', `sync of ${path}`);
      }
      complete();
    };
  }

  #blocking(path: string, file: SimFile): BlockingWrites | undefined {
    if (!this.#random.chance(this.quickShare)) return undefined;
    return {
      write: (position, buffers) => {
        const bytes = Buffer.concat(buffers);
        this.#stepNow(() => this.#write(file, position, bytes));
      },
      datasync: () => this.#stepNow(this.#startSync(path, file)),
    };
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    const file = await this.#step(() => {
      const existing = this.#current.get(path);
      if (existing !== undefined) return existing;
      if (mode === 'read') throw failure('ENOENT', path);
      const created = new SimFile();
      this.#name({ kind: 'set', path, file: created }, folderOf(path));
      return created;
    });
    let closed = false;
    const use = <T>(effect: () => T): Promise<T> => {
      if (closed) throw failure('EBADF', path);
      return this.#step(effect);
    };
    return {
      read: async (position, length) => use(() => file.read(position, length)),
      readInto: async (position, target) => use(() => file.read(position, target.length).copy(target)),
      write: async (position, buffers) => {
        // Taken now, as a kernel would be free to take it: a change after the call is the caller's fault.
        const bytes = Buffer.concat(buffers);
        if (mode === 'read') throw failure('EBADF', path);
        await use(() => this.#write(file, position, bytes));
      },
      datasync: async () => {
        if (closed) throw failure('EBADF', path);
        await this.#datasync(path, file);
      },
      blocking: () => {
        if (closed || mode === 'read') throw failure('EBADF', path);
        return this.#blocking(path, file);
      },
      truncate: async (length) =>
        use(() => {
          this.#reserve(file, length);
          file.truncate(length);
        }),
      size: async () => use(() => file.size),
      close: async () => {
        closed = true;
      },
    };
  }

  list(folder: string): Promise<string[]> {
    return this.#step(() =>
      [...this.#current.keys()]
        .filter((path) => folderOf(path) === folder)
        .map((path) => path.slice(folder === '' ? 0 : folder.length + 1))
        .sort(),
    );
  }

  makeFolder(_folder: string): Promise<void> {
    return this.#step(() => undefined);
  }

  remove(path: string): Promise<void> {
    return this.#step(() => {
      this.#file(path);
      this.#name({ kind: 'delete', path }, folderOf(path));
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#step(() => {
      if (folderOf(from) !== folderOf(to)) throw failure('EXDEV', `${from} to ${to}`);
      this.#name({ kind: 'rename', from, to, file: this.#file(from) }, folderOf(from));
    });
  }

  syncFolder(folder: string): Promise<void> {
    const covered = this.#pending.get(folder)?.length ?? 0;
    return this.#step(() => {
      const changes = this.#pending.get(folder) ?? [];
      for (const change of changes.splice(0, covered)) applyName(this.#durable, change);
    });
  }
}
