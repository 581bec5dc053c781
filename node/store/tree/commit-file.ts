/**
 * One file of pieces with its commit records. A commit:
 *   1. the space map's changed pieces and its table are queued, then everything queued is written;
 *   2. datasync;
 *   3. the commit record goes to the place that the record before the last one has;
 *   4. datasync.
 * A crash before the end of 3 leaves the last commit, whose pieces nobody wrote over; after it, the new one. During 3 the new
 * record may be torn: its checksum fails and the last commit counts.
 */
import { NodeError } from '../../api/index.ts';
import { type PieceRef, pieceStart, pieceUnitBytes, refBytes } from '../../hypergraph/tree/index.ts';
import type { Disk, DiskFile } from '../disk.ts';
import { CorruptFileError, codeOf } from '../errors.ts';
import { makeDurableFolder } from '../folders.ts';
import {
  type CommitRecord,
  decodeCommitRecord,
  decodeMeta,
  decodeSpaceMap,
  decodeSpaceTable,
  encodeCommitRecord,
  encodeMeta,
  encodeSpaceMap,
  encodeSpaceTable,
} from './format/v1.ts';
import { treeStoreLimits } from './limits.ts';
import { PieceFile } from './piece-file.ts';
import { Space } from './space.ts';

const { recordSpacingBytes, truncateBytesMin, unitsPerMap } = treeStoreLimits;

const mapUnits = Math.ceil((pieceStart + unitsPerMap / 8) / pieceUnitBytes);
/** Room in the table for maps that placing the maps adds. */
const spareMaps = 16;

export interface CommitFileModules {
  readonly disk: Disk;
  readonly random: (length: number) => Uint8Array;
}

/** What a new file begins with, and what an opened one must have been made with. */
export type FileShape = Pick<CommitRecord, 'leafAtomsMax' | 'bucketEntries'>;

export type CommitContent = Pick<CommitRecord, 'trees' | 'entries' | 'list'>;

export class CommitFile {
  readonly #file: DiskFile;
  readonly space: Space;
  readonly pieces: PieceFile;
  #record: CommitRecord;
  #maps: (PieceRef | undefined)[];
  #meta: Buffer;
  /** The state being built began with nothing in use: own pieces of the last commit are not freed again. */
  #cleared = false;

  private constructor(
    file: DiskFile,
    space: Space,
    pieces: PieceFile,
    record: CommitRecord,
    maps: (PieceRef | undefined)[],
    meta: Buffer,
  ) {
    this.#file = file;
    this.space = space;
    this.pieces = pieces;
    this.#record = record;
    this.#maps = maps;
    this.#meta = meta;
  }

  /** Opens the file, or makes an empty one. @throws NodeError `corrupt` */
  static async open(path: string, shape: FileShape, modules: CommitFileModules): Promise<CommitFile> {
    const file = await modules.disk.open(path, 'read').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    await file?.close();
    if (file === undefined) await create(path, shape, modules);
    // A process that was killed may have left its name unsynced: commits to a file that vanishes would be lost.
    else await syncName(path, modules.disk);
    return CommitFile.#load(path, await modules.disk.open(path, 'create'));
  }

  /** Replaces the file, whatever it holds, by an empty one. */
  static async reset(path: string, shape: FileShape, modules: CommitFileModules): Promise<CommitFile> {
    await create(path, shape, modules);
    return CommitFile.#load(path, await modules.disk.open(path, 'create'));
  }

  static async #load(path: string, file: DiskFile): Promise<CommitFile> {
    try {
      // A process that was killed may have left its record unsynced. Building on it would write over the pieces of the commit
      // before, which a power cut could still bring back.
      await file.datasync();
      const record = await newestRecord(path, file);
      const space = new Space();
      const pieces = new PieceFile(path, file, space);
      const { spaceTable, meta } = record;
      const table = spaceTable === undefined ? [] : decodeSpaceTable((await pieces.read([spaceTable]))[0]!);
      const maps = await readMaps(table, pieces);
      space.restore(maps);
      while (table.length > 0 && table.at(-1) === undefined) table.pop();
      if ((await file.size()) < space.end * pieceUnitBytes) {
        throw new CorruptFileError(path, 0, 'the file is shorter than what it holds');
      }
      const metaBytes = meta === undefined ? Buffer.alloc(0) : decodeMeta((await pieces.read([meta]))[0]!);
      return new CommitFile(file, space, pieces, record, table, metaBytes);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Of the last commit. */
  get record(): CommitRecord {
    return this.#record;
  }

  get meta(): Buffer {
    return this.#meta;
  }

  /** Pieces of the last commit that are not part of the list or of a tree. */
  ownPieces(): PieceRef[] {
    return [this.#record.meta, this.#record.spaceTable, ...this.#maps].filter((ref) => ref !== undefined);
  }

  /** The state being built has no piece any more. */
  async clear(): Promise<void> {
    await this.pieces.discard();
    this.space.clear();
    this.#cleared = true;
  }

  /** The state being built is given up for the last commit. */
  async rollback(): Promise<void> {
    await this.pieces.discard();
    this.space.rollback();
    this.#cleared = false;
  }

  /**
   * @returns when the state being built is the last commit
   * @throws before the record is written: `rollback` restores the last commit. After: `RecordUnknown`
   */
  async commit(content: CommitContent, meta: Uint8Array): Promise<void> {
    const own = this.#cleared ? [] : this.ownPieces();
    const metaRef = meta.length === 0 ? undefined : this.pieces.write(encodeMeta(meta));
    for (const ref of own) if (!this.#maps.includes(ref)) this.space.free(ref);
    const { table, maps } = this.#writeSpace();
    await this.pieces.written();
    await this.#file.datasync();
    const number = this.#record.number + 1;
    const record: CommitRecord = { ...this.#record, ...content, number, meta: metaRef, spaceTable: table };
    try {
      await this.#file.write((number % 2) * recordSpacingBytes, [encodeCommitRecord(record)]);
      await this.#file.datasync();
    } catch (error) {
      throw new RecordUnknown(error);
    }
    this.#record = record;
    this.#maps = maps;
    this.#meta = Buffer.from(meta);
    this.#cleared = false;
    this.space.commit();
    await this.#cutEnd();
  }

  /**
   * Queues the changed maps and a table. Placing a map changes maps, freeing an old one too: passes go on until each that
   * changed has its new place.
   */
  #writeSpace(): { table: PieceRef; maps: (PieceRef | undefined)[] } {
    const { space, pieces } = this;
    const capacity = Math.ceil(space.maps * 1.001) + spareMaps;
    const tableAt = space.allocate(Math.ceil((pieceStart + capacity * refBytes) / pieceUnitBytes));
    const old = this.#cleared ? [] : [...this.#maps];
    const placed = new Map<number, number>();
    for (let moved = true; moved; ) {
      moved = false;
      for (let index = 0; index < Math.max(space.maps, old.length); index += 1) {
        if (placed.has(index)) continue;
        const before = old[index];
        const isEmpty = space.isMapEmpty(index);
        if (before === undefined ? isEmpty : !isEmpty && !space.isMapChanged(index)) continue;
        if (before !== undefined) space.free(before);
        old[index] = undefined;
        if (!isEmpty) placed.set(index, space.allocate(mapUnits));
        moved = true;
      }
    }
    if (space.maps > capacity) throw new Error('the space map outgrew its table');
    const maps = Array.from({ length: space.maps }, (_, index) => {
      const at = placed.get(index);
      return at === undefined ? old[index] : pieces.writeAt(at, encodeSpaceMap(space.map(index)));
    });
    return { table: pieces.writeAt(tableAt, encodeSpaceTable(maps, capacity)), maps };
  }

  async #cutEnd(): Promise<void> {
    const end = this.space.end * pieceUnitBytes;
    const size = await this.#file.size().catch(() => 0);
    if (size - end < Math.max(truncateBytesMin, size / 8)) return;
    // A file that stays long is no reason to call a durable commit a failure.
    await this.#file.truncate(end).catch(() => undefined);
  }

  size(): Promise<number> {
    return this.#file.size();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Writing the commit record failed: nobody knows which commit the next opening will find. */
export class RecordUnknown extends Error {
  constructor(cause: unknown) {
    super('the commit record could not be made durable', { cause });
    this.name = 'RecordUnknown';
  }
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

async function syncName(path: string, disk: Disk): Promise<void> {
  await makeDurableFolder(folderOf(path), disk);
  await disk.syncFolder(folderOf(path));
}

/** An empty file appears whole or not at all. */
async function create(path: string, shape: FileShape, { disk, random }: CommitFileModules): Promise<void> {
  await makeDurableFolder(folderOf(path), disk);
  const fresh = `${path}.new`;
  const file = await disk.open(fresh, 'create');
  try {
    const none = { list: undefined, meta: undefined, spaceTable: undefined, trees: 0, entries: 0 };
    const record: CommitRecord = { ...shape, ...none, storeId: random(16), number: 1 };
    await file.truncate(0);
    await file.write(0, [Buffer.alloc(2 * recordSpacingBytes)]);
    await file.write(recordSpacingBytes, [encodeCommitRecord(record)]);
    await file.datasync();
  } finally {
    await file.close();
  }
  await disk.rename(fresh, path);
  await syncName(path, disk);
}

async function newestRecord(path: string, file: DiskFile): Promise<CommitRecord> {
  const records: CommitRecord[] = [];
  for (const place of [0, 1]) {
    const bytes = await file.read(place * recordSpacingBytes, pieceUnitBytes);
    const record = decodeCommitRecord(bytes);
    if (record !== undefined && record.number % 2 === place) records.push(record);
  }
  const newest = records.sort((left, right) => right.number - left.number)[0];
  if (newest === undefined) throw new CorruptFileError(path, 0, 'no commit record is whole');
  if (!Number.isSafeInteger(newest.number)) throw new NodeError('corrupt', 'a commit has no number');
  return newest;
}

async function readMaps(
  table: readonly (PieceRef | undefined)[],
  pieces: PieceFile,
): Promise<(Buffer | undefined)[]> {
  const last = table.findLastIndex((ref) => ref !== undefined);
  const used = table.slice(0, last + 1);
  const read = await pieces.read(used.filter((ref) => ref !== undefined));
  return used.map((ref) => (ref === undefined ? undefined : decodeSpaceMap(read.shift()!)));
}
