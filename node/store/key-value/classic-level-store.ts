/**
 * Key-value store over classic-level (LevelDB). Batches reach LevelDB in call order: those that wait while one is being
 * written are joined into one write. Values are mostly ciphertext, so compression is off.
 *
 * LevelDB by itself promises less than kv.ts asks: a synced write covers only the newest of its write-ahead files, and
 * recovery skips a torn batch but keeps later ones. So a sync here covers every write-ahead file, `open` first cuts the
 * write-ahead files at the first gap (write-ahead-repair.ts), and after a failed batch nothing more is written: LevelDB
 * would go on behind a torn record, and lose at recovery what it acknowledged. Reads go on; writes need a new `open`.
 */
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { NodeError } from '../../api/index.ts';
import { codeOf } from '../errors.ts';
import type { KeyValueStore, KvOperation, KvRange } from '../kv.ts';
import { storeLimits } from '../limits.ts';
import { FreedRanges } from './freed-ranges.ts';
import { repairWriteAhead } from './write-ahead-repair.ts';

export interface ClassicLevelOptions {
  /** Folder of the database, absolute; created when missing. */
  readonly location: string;
  readonly cacheBytes?: number;
  /** Size of one write-ahead file; two may stand in memory. */
  readonly writeBufferBytes?: number;
  readonly openFilesMax?: number;
}

interface Waiting {
  readonly operations: readonly KvOperation[];
  readonly sync: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

type Database = ClassicLevel<Uint8Array, Uint8Array>;
const entriesPerStep = 256;
/**
 * Keys are hashes, so every read is in another table file, and one that is not open costs ten times the read: with LevelDB's files of
 * 2 MiB, of which 512 were kept open, that began at a gigabyte. Now it begins at 32; what an open one takes (index and filter) is 2 % of it.
 */
const tableFileBytes = 16 * 1024 * 1024;
const openFilesMax = 2048;

/** The error behind the wrappers of the library, with the codes of the ports. */
function translate(error: unknown): unknown {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (/No space left|ENOSPC/.test(at.message)) {
      return new NodeError('storage-full', 'no space left on the disk', { cause: error });
    }
    if (codeOf(at) === 'LEVEL_CORRUPTION') {
      return new NodeError('corrupt', 'the key-value store is damaged', { cause: error });
    }
  }
  return error;
}

export class ClassicLevelStore implements KeyValueStore {
  readonly #database: Database;
  readonly #location: string;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #closed = false;
  /** Why no further batch is taken. */
  #failure: unknown;
  readonly #freed = new FreedRanges();

  private constructor(location: string, database: Database) {
    this.#location = location;
    this.#database = database;
  }

  /** @throws NodeError `corrupt`; also when another process holds the folder (its message says so) */
  static async open(options: ClassicLevelOptions): Promise<ClassicLevelStore> {
    await fs.mkdir(options.location, { recursive: true, mode: 0o700 });
    await repairWriteAhead(options.location);
    const database: Database = new ClassicLevel(options.location, {
      keyEncoding: 'buffer',
      valueEncoding: 'buffer',
      compression: false,
      cacheSize: options.cacheBytes ?? 32 * 1024 * 1024,
      writeBufferSize: options.writeBufferBytes ?? 8 * 1024 * 1024,
      maxFileSize: tableFileBytes,
      maxOpenFiles: options.openFilesMax ?? openFilesMax,
    });
    try {
      await database.open();
    } catch (error) {
      throw translate(error);
    }
    return new ClassicLevelStore(options.location, database);
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.getSync(key);
  }

  /** Costs a third of LevelDB's asynchronous get; a miss of its cache reads the disk. */
  getSync(key: Uint8Array): Uint8Array | undefined {
    return this.#database.getSync(key);
  }

  batch(operations: readonly KvOperation[], options: { readonly sync: boolean }): Promise<void> {
    if (this.#closed) return Promise.reject(new NodeError('closed', 'the key-value store is closed'));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ operations, sync: options.sync, resolve, reject });
    this.#writing ??= this.#write();
    return promise;
  }

  /** Writes until nothing waits. Never rejects: each waiting batch hears of its own failure. */
  async #write(): Promise<void> {
    await undefined; // What is given in the same turn is written together.
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      const sync = group.some((one) => one.sync);
      try {
        if (this.#failure !== undefined) throw this.#failure;
        const operations =
          group.length === 1 ? group[0]!.operations : group.flatMap((one) => one.operations as KvOperation[]);
        if (operations.length > 0 || sync) await this.#database.batch(withMark(operations), { sync });
        if (sync) await this.#syncWriteAhead();
        this.#freed.note(operations);
        for (const one of group) one.resolve();
      } catch (error) {
        this.#failure ??= translate(error);
        for (const one of group) one.reject(this.#failure);
      }
    }
    this.#writing = undefined;
  }

  #takeGroup(): Waiting[] {
    let operations = 0;
    let count = 0;
    for (const one of this.#waiting) {
      operations += one.operations.length;
      if (count > 0 && operations > storeLimits.kvGroupOperationsMax) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  /** LevelDB synced its newest write-ahead file; the one before it may still be in memory. */
  async #syncWriteAhead(): Promise<void> {
    for (const name of await fs.readdir(this.#location)) {
      if (name.endsWith('.log')) await syncIfThere(join(this.#location, name));
    }
    await syncIfThere(this.#location);
  }

  entries(range: KvRange): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    // The iterator is made now: it sees the store as it is at the call.
    return walk(this.#database.iterator<Uint8Array, Uint8Array>(range));
  }

  /**
   * LevelDB gives deleted values back when later writes make it merge their tables; after a large deletion that may be never.
   * So ranges in which much was deleted, and nothing any more since the last call, are merged: for calls from time to time.
   * Ranges that are large for their deletions wait for more, those of more than `kvCompactionBytesMax` are left to LevelDB.
   * Returns how many ranges were merged.
   * @param atOnce also where deletions may go on, and whatever it costs
   */
  async compactFreed(atOnce = false): Promise<number> {
    let merged = 0;
    for (const range of this.#freed.quiet(atOnce)) {
      if (this.#closed || this.#failure !== undefined) break;
      const { from, to, count } = range;
      const bytes = await this.#database.approximateSize(from, to);
      if (!atOnce && bytes > count * storeLimits.kvBytesPerDeletionMax) continue;
      this.#freed.forget(range);
      if (bytes > storeLimits.kvCompactionBytesMax) continue;
      await this.#merge(from, to, bytes);
      merged += 1;
    }
    return merged;
  }

  /** Takes what was removed under this key, such as a secret, out of the files; the rest of its tables is written anew. */
  async erase(key: Uint8Array): Promise<void> {
    await this.#merge(key, Buffer.concat([key, Buffer.of(0)]), 0);
  }

  /**
   * LevelDB does not merge a range that stands in one level alone, as it does when puts and deletions were still in memory
   * together. Then two tombstones of keys that cannot exist, around the range, bring it to another merge.
   */
  async #merge(from: Uint8Array, to: Uint8Array, bytes: number): Promise<void> {
    await this.#database.compactRange(from, to);
    if (bytes > storeLimits.kvRemergeBytesMax) return;
    const zero = Buffer.of(0);
    const ends = [Buffer.concat([from, zero]), Buffer.concat([to, zero])] as const;
    await this.batch(
      ends.map((key) => ({ type: 'del', key })),
      { sync: false },
    );
    await this.#database.compactRange(from, ends[1]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    await this.#database.close();
  }
}

/** LevelDB ignores an empty batch, also its sync: a deletion of a key that never exists carries it. */
const absentKey = Buffer.from([0xff, 0xff, 0xff, 0xff]);
function withMark(operations: readonly KvOperation[]): KvOperation[] {
  return operations.length > 0 ? (operations as KvOperation[]) : [{ type: 'del', key: absentKey }];
}

async function syncIfThere(path: string): Promise<void> {
  let handle: fs.FileHandle;
  try {
    handle = await fs.open(path, 'r');
  } catch (error) {
    // LevelDB removes a write-ahead file after its content is in a synced table.
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

interface Cursor {
  nextv(size: number): Promise<[Uint8Array, Uint8Array][]>;
  close(): Promise<void>;
}

async function* walk(iterator: Cursor): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
  try {
    for (;;) {
      const some = await iterator.nextv(entriesPerStep);
      if (some.length === 0) return;
      yield* some;
    }
  } finally {
    await iterator.close();
  }
}
