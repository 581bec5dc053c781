/**
 * The commit log on preallocated segment files. One write and one data sync are in flight; records appended meanwhile
 * form the next batch. Order of a batch, and what a crash in between leaves:
 *
 *   1. write the batch into zeroed, allocated space   (crash: any part of it; recovery keeps a prefix at most)
 *   2. data sync                                      (crash: as before, or all of it)
 *   3. resolve `durable` of its records in order
 *
 * A single record that comes alone takes the same steps in the calling thread, while the disk is quick.
 *
 * A failed data sync poisons the log: the kernel may have dropped the pages and a second sync would lie. A full disk
 * refuses the appends that wait and leaves the log as it was.
 */
import { NodeError } from '../../api/index.ts';
import type { CommitLog } from '../commit-log-port.ts';
import type { Disk, DiskFile } from '../disk.ts';
import { isNoSpace } from '../errors.ts';
import { recordBytes, segmentHeaderBytes } from '../format/v1.ts';
import { storeLimits } from '../limits.ts';
import { BatchLayout, type BatchPlace, type LaidOutBatch } from './batch.ts';
import { type LogView, readLog } from './read-log.ts';
import type { Segment } from './segment.ts';
import { writeZeros } from './segment-files.ts';
import type { SegmentSupply } from './segment-supply.ts';

interface Waiting {
  readonly record: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface LogParts {
  readonly segments: Segment[];
  readonly current: Segment;
  /** Of the current segment, open for as long as it is written. */
  readonly file: DiskFile;
  readonly supply: SegmentSupply;
  readonly last: number;
  readonly attempt: number;
  /** The log ends with a mark already. */
  readonly marked: boolean;
  readonly folder: string;
  readonly segmentBytes: number;
}

export class SegmentedLog implements CommitLog {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #segments: Segment[];
  readonly #supply: SegmentSupply;
  readonly #layout = new BatchLayout();
  readonly #recordBytesMax: number;
  #current: Segment;
  #file: DiskFile;
  #last: number;
  #attempt: number;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** Records taken from `#waiting` and not yet durable. */
  #flying = 0;
  #pump: Promise<void> | undefined;
  #releasing: Promise<void> = Promise.resolve();
  #stopped: NodeError | undefined;
  #poisoned = false;
  #marked: boolean;
  #closing: Promise<void> | undefined;

  /** Use `openCommitLog`. */
  constructor(parts: LogParts, disk: Disk) {
    this.#disk = disk;
    this.#folder = parts.folder;
    this.#segments = parts.segments;
    this.#supply = parts.supply;
    this.#current = parts.current;
    this.#file = parts.file;
    this.#last = parts.last;
    this.#attempt = parts.attempt;
    this.#marked = parts.marked;
    this.#recordBytesMax = parts.segmentBytes - segmentHeaderBytes - recordBytes(0);
  }

  get first(): number {
    const oldest = this.#segments.find((segment) => segment.first > 0);
    return oldest === undefined ? this.#last + 1 : oldest.first;
  }

  get last(): number {
    return this.#last;
  }

  /**
   * The record must not be changed until `durable` settles. A position is final only once `durable` resolves: after a
   * failure it is given again.
   */
  append(
    record: Uint8Array,
    isAlone = false,
  ): { readonly position: number; readonly durable: Promise<void> } {
    const position = this.#last + this.#flying + this.#waiting.length + 1;
    const refusal = this.#refusal(record);
    if (refusal !== undefined) return { position, durable: Promise.reject(refusal) };
    if (isAlone && this.#pump === undefined) {
      const durable = this.#appendBlocking(record);
      if (durable !== undefined) return { position, durable };
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ record, resolve, reject });
    this.#waitingBytes += record.length;
    this.#pump ??= this.#run();
    return { position, durable: promise };
  }

  #refusal(record: Uint8Array): Error | undefined {
    if (this.#stopped !== undefined) return this.#stopped;
    if (record.length > this.#recordBytesMax) {
      return new RangeError(`a log record of ${record.length} bytes; at most ${this.#recordBytesMax}`);
    }
    if (this.#waitingBytes + record.length > storeLimits.logQueueBytesMax) {
      return new NodeError('overloaded', 'too many bytes wait for the commit log');
    }
    return undefined;
  }

  /** Undefined when the record has to take the other way. */
  #appendBlocking(record: Uint8Array): Promise<void> | undefined {
    const bytes = recordBytes(record.length);
    if (bytes > storeLimits.logBlockingBytesMax || bytes > this.#current.room) return undefined;
    const blocking = this.#file.blocking?.();
    if (blocking === undefined) return undefined;
    this.#attempt += 1;
    const laid = this.#layout.lay([record], this.#place());
    try {
      blocking.write(this.#current.end, laid.buffers);
    } catch (error) {
      // The other way writes the same place, and knows how to undo it.
      if (isNoSpace(error)) return undefined;
      return Promise.reject(this.#poison('a write failed', error));
    }
    try {
      blocking.datasync();
    } catch (error) {
      return Promise.reject(this.#poison('a data sync failed', error));
    }
    this.#written(laid);
    return Promise.resolve();
  }

  /** Writes batches until nothing waits. Never rejects: each record hears of its own failure. */
  async #run(): Promise<void> {
    await undefined; // What is appended in the same turn belongs to the first batch.
    while (this.#waiting.length > 0) {
      try {
        await this.#writeBatch();
      } catch (error) {
        this.#fail(error);
      }
    }
    this.#pump = undefined;
  }

  async #writeBatch(): Promise<void> {
    if (this.#current.room < recordBytes(this.#waiting[0]!.record.length)) await this.#roll();
    const batch = this.#take(this.#current.room);
    this.#attempt += 1;
    let laid: LaidOutBatch;
    try {
      laid = this.#layout.lay(
        batch.map((one) => one.record),
        this.#place(),
      );
      await this.#writeDurably(laid);
    } catch (error) {
      for (const one of batch) one.reject(error);
      throw error;
    } finally {
      this.#flying = 0;
    }
    this.#written(laid);
    for (const one of batch) one.resolve();
  }

  /** Where the next batch stands. */
  #place(): BatchPlace {
    return { position: this.#last + 1, attempt: this.#attempt, salt: this.#current.salt };
  }

  /** The batch is on the disk. */
  #written({ offsets, bytes }: LaidOutBatch): void {
    const segment = this.#current;
    for (const offset of offsets) {
      this.#last += 1;
      segment.note(this.#last, segment.end + offset);
    }
    segment.end += bytes;
    this.#marked = false;
  }

  /** Takes waiting records that fit into the room and into one write; at least one. */
  #take(room: number): Waiting[] {
    const bytesMax = Math.min(room, storeLimits.logBatchBytesMax);
    let bytes = 0;
    let count = 0;
    while (count < this.#waiting.length && count < storeLimits.logBatchRecordsMax) {
      bytes += recordBytes(this.#waiting[count]!.record.length);
      if (count > 0 && bytes > bytesMax) break;
      count += 1;
    }
    const batch = this.#waiting.splice(0, count);
    for (const one of batch) this.#waitingBytes -= one.record.length;
    this.#flying = batch.length;
    return batch;
  }

  async #roll(): Promise<void> {
    const next = await this.#supply.take();
    const file = await next.acquire('create');
    const full = this.#current;
    this.#segments.push(next);
    this.#current = next;
    this.#file = file;
    await full.release();
    this.#supply.prepare();
  }

  /** @throws the disk's error; the log is poisoned unless the batch is surely not on the disk */
  async #writeDurably({ buffers, bytes }: LaidOutBatch): Promise<void> {
    const file = this.#file;
    const { end } = this.#current;
    try {
      // Into the page cache, which is nearer than another thread. What takes time is the sync.
      const blocking = bytes <= storeLimits.logBlockingBytesMax ? file.blocking?.() : undefined;
      if (blocking === undefined) await file.write(end, buffers);
      else blocking.write(end, buffers);
    } catch (error) {
      if (!isNoSpace(error)) throw this.#poison('a write failed', error);
      await this.#undo(end, bytes, error);
      throw error;
    }
    await file.datasync().catch((error: unknown) => {
      throw this.#poison('a data sync failed', error);
    });
  }

  /** A file system that copies on write may run full here. The part that was written must never be replayed. */
  async #undo(end: number, bytes: number, cause: unknown): Promise<void> {
    const file = this.#file;
    try {
      await writeZeros(file, end, end + bytes);
      await file.datasync();
    } catch (error) {
      throw this.#poison(
        'a write failed on a full disk and could not be undone',
        new AggregateError([cause, error]),
      );
    }
  }

  #poison(what: string, cause: unknown): NodeError {
    this.#poisoned = true;
    this.#stopped = new NodeError('closed', `the commit log stopped: ${what}`, { cause });
    return this.#stopped;
  }

  /** Everything that waits is refused: positions have no gaps. */
  #fail(error: unknown): void {
    // Whatever is not a full disk may have left the log in a state nobody thought of: no further record is taken.
    if (!isNoSpace(error) && !this.#poisoned) this.#poison('a segment could not be made', error);
    const refused = this.#waiting.splice(0);
    this.#waitingBytes = 0;
    for (const one of refused) one.reject(error);
  }

  read(from: number): AsyncIterable<{ readonly position: number; readonly record: Buffer }> {
    const view: LogView = {
      first: () => this.first,
      last: () => this.#last,
      segmentOf: (position) => this.#segmentOf(position),
    };
    return readLog(view, from);
  }

  #segmentOf(position: number): Segment | undefined {
    let low = 0;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const segment = this.#segments[middle]!;
      if (segment.first > 0 && segment.last < position) low = middle + 1;
      else high = middle;
    }
    const found = this.#segments[low];
    return found !== undefined && found.first > 0 && found.first <= position ? found : undefined;
  }

  /** Deletes oldest first, each durably: a crash in between leaves no gap. The last record always stays. */
  release(below: number): Promise<void> {
    const done = this.#releasing.then(() => this.#releaseNow(below));
    this.#releasing = done.catch(() => undefined); // The caller hears of it; the next release tries again.
    return done;
  }

  async #releaseNow(below: number): Promise<void> {
    for (;;) {
      const oldest = this.#segments[0]!;
      const next = this.#segments[1];
      const holdsLast = oldest.last >= this.#last;
      if (oldest === this.#current || next === undefined || holdsLast || oldest.last >= below) return;
      this.#segments.shift();
      try {
        await this.#disk.remove(oldest.path);
      } catch (error) {
        this.#segments.unshift(oldest);
        throw error;
      }
      await this.#disk.syncFolder(this.#folder);
    }
  }

  /** Waits for what was appended, marks the end and closes. Appends after the call are refused. */
  close(): Promise<void> {
    this.#closing ??= this.#closeNow();
    return this.#closing;
  }

  async #closeNow(): Promise<void> {
    this.#stopped ??= new NodeError('closed', 'the commit log is closed');
    await this.#pump;
    await this.#releasing;
    await this.#supply.settle();
    try {
      if (!this.#poisoned) await this.#markEnd();
    } finally {
      await this.#current.release();
    }
  }

  /** Without the mark, damage to the very last batch looks like a write that never completed. */
  async #markEnd(): Promise<void> {
    const segment = this.#current;
    if (this.#last === 0 || this.#marked || segment.room < storeLimits.sectorBytes) return;
    const { buffers } = this.#layout.closeMark(this.#last, this.#attempt + 1, segment.salt);
    await this.#file.write(segment.end, buffers);
    await this.#file.datasync();
  }
}
