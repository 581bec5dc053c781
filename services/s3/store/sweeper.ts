/**
 * Takes away what committed transactions left behind (model/sweep.ts), in bounded transactions, one record after the
 * other. Each step removes things and shrinks or removes its record in one transaction, so a crash between two steps
 * repeats nothing and loses nothing: `resume` finds the record at the next start.
 */
import {
  type BlobRef,
  ConditionFailed,
  DomainUnknown,
  type DomainWrite,
  type StoredRecord,
  type TableDomain,
  type TableStore,
} from '@hypergate/table';
import { type Bytes, noBytes, prefixEnd } from '../engine/bytes.ts';
import { s3Limits } from '../limits.ts';
import { hasPartBit, type SweepRow } from '../model/sweep.ts';
import { partNumberOf, partsTable, sweepKey, sweepsTable } from '../model/tables.ts';
import type { BlobGuard } from './blob-guard.ts';
import type { Buckets } from './buckets.ts';

export interface SweepLog {
  error(details: object, message: string): void;
}

type Step = 'more' | 'done' | 'pinned';

export class Sweeper {
  readonly #tables: TableStore;
  readonly #buckets: Buckets;
  readonly #guard: BlobGuard;
  readonly #log: SweepLog;
  readonly #queue: Bytes[] = [];
  /** Records whose blobs or chunks are being read. */
  #pinned: Bytes[] = [];
  /** How often readers went. */
  #wakes = 0;
  /** Records whose step failed, by a full disk for instance: tried again with the next one. */
  #failed: Bytes[] = [];
  #running: Promise<void> | undefined;
  readonly #others = new Set<Promise<void>>();
  #stopped = false;

  constructor(tables: TableStore, buckets: Buckets, guard: BlobGuard, log: SweepLog) {
    this.#tables = tables;
    this.#buckets = buckets;
    this.#guard = guard;
    this.#log = log;
  }

  /** Begins with what the last run of the process left. */
  async resume(): Promise<void> {
    for (const entry of await this.#buckets.registry.scan(sweepsTable, noBytes, {})) this.enqueue(entry.sort);
  }

  /** After the transaction that wrote the record was applied. */
  enqueue(id: Bytes): void {
    if (this.#stopped) return;
    this.#queue.push(id, ...this.#failed);
    this.#failed = [];
    this.#running ??= this.#run();
  }

  /** Work that `idle` waits for. Its failure costs at most a reader that takes longer than the node's grace. */
  during(work: Promise<void>): void {
    const running = work
      .catch((error: unknown) => this.#log.error({ err: error }, 'bytes under a reader could not be held'))
      .finally(() => this.#others.delete(running));
    this.#others.add(running);
  }

  /** Readers have gone: what waited for them may go on. */
  wake(): void {
    this.#wakes += 1;
    if (this.#pinned.length === 0) return;
    const ids = this.#pinned;
    this.#pinned = [];
    for (const id of ids) this.enqueue(id);
  }

  /** Resolves when nothing can be done now; records under readers may remain. */
  async idle(): Promise<void> {
    while (this.#running !== undefined || this.#others.size > 0) {
      await Promise.all(this.#others);
      await this.#running;
    }
  }

  /** Everything of one domain, also under readers: the bucket goes. */
  async finish(address: Bytes): Promise<void> {
    const end = prefixEnd(address);
    const range = end === undefined ? { gte: address } : { gte: address, lt: end };
    for (const entry of await this.#buckets.registry.scan(sweepsTable, noBytes, range)) {
      while ((await this.#step(entry.sort, true)) === 'more');
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#queue.length = 0;
    await this.idle();
  }

  async #run(): Promise<void> {
    for (;;) {
      const id = this.#queue.shift();
      if (id === undefined) break;
      try {
        let step: Step = 'more';
        while (step === 'more' && !this.#stopped) {
          const wakes = this.#wakes;
          step = await this.#step(id, false);
          // The reader may have gone since the step looked: nobody would wake it again.
          if (step === 'pinned' && wakes !== this.#wakes) step = 'more';
        }
        if (step === 'pinned') this.#pinned.push(id);
      } catch (error) {
        // The record stays: nothing is lost but space, until the next sweep or the next start.
        this.#failed.push(id);
        this.#log.error({ err: error }, 'a sweep of replaced data failed');
      }
    }
    this.#running = undefined;
  }

  async #step(id: Bytes, force: boolean): Promise<Step> {
    const stored = await this.#buckets.registry.get(sweepsTable, sweepKey(id));
    if (stored === undefined) return 'done';
    let domain: TableDomain;
    try {
      domain = await this.#tables.openDomain(stored.row.address);
    } catch (error) {
      if (!(error instanceof DomainUnknown)) throw error;
      return (await this.#commit([this.#removeRecord(id, stored)])) ? 'done' : 'more';
    }
    return stored.row.uploadId.length > 0
      ? this.#stepParts(id, stored, domain)
      : this.#stepBlobs(id, stored, domain, force);
  }

  /** Part records of a finished upload; nobody reads parts, so no pin holds them. */
  async #stepParts(id: Bytes, stored: StoredRecord<SweepRow>, domain: TableDomain): Promise<Step> {
    const { uploadId, keptParts } = stored.row;
    const entries = await domain.scan(partsTable, uploadId, { limit: s3Limits.sweepStepPartsMax });
    const writes: DomainWrite[] = [];
    let chunks = 0;
    let all = entries.length < s3Limits.sweepStepPartsMax;
    for (const entry of entries) {
      const key = { partition: uploadId, sort: entry.sort };
      const part = await domain.get(partsTable, key);
      if (part === undefined) continue;
      const { blob } = part.row;
      const kept = hasPartBit(keptParts, partNumberOf(entry.sort));
      if (blob !== undefined && !kept) {
        chunks += chunksOf(blob);
        if (chunks > s3Limits.sweepStepChunksMax && writes.length > 0) {
          all = false;
          break;
        }
        writes.push({ domain, kind: 'remove-blob', blob });
      }
      writes.push({ domain, kind: 'remove', table: partsTable, key, condition: { revision: part.revision } });
    }
    if (all) writes.push(this.#removeRecord(id, stored));
    return (await this.#commit(writes)) && all ? 'done' : 'more';
  }

  async #stepBlobs(
    id: Bytes,
    stored: StoredRecord<SweepRow>,
    domain: TableDomain,
    force: boolean,
  ): Promise<Step> {
    const { row } = stored;
    const going: BlobRef[] = [];
    const staying: BlobRef[] = [];
    let chunks = 0;
    let pinned = 0;
    for (const blob of row.blobs) {
      const held = !force && this.#guard.isPinned(blob);
      if (held) pinned += 1;
      const fits = going.length === 0 || chunks + chunksOf(blob) <= s3Limits.sweepStepChunksMax;
      if (held || !fits) {
        staying.push(blob);
        continue;
      }
      going.push(blob);
      chunks += chunksOf(blob);
    }
    const chunksStaying = force ? [] : row.chunks.filter((chunk) => this.#guard.isPinned(chunk));
    pinned += chunksStaying.length;
    const stayingCount = staying.length + chunksStaying.length;
    if (going.length === 0 && stayingCount > 0 && chunksStaying.length === row.chunks.length) return 'pinned';
    const writes: DomainWrite[] = [];
    if (stayingCount === 0) {
      writes.push(this.#removeRecord(id, stored));
    } else {
      const rest: SweepRow = {
        address: row.address,
        uploadId: row.uploadId,
        keptParts: row.keptParts,
        blobs: staying,
        chunks: chunksStaying,
      };
      writes.push({
        domain: this.#buckets.registry,
        kind: 'put',
        table: sweepsTable,
        key: sweepKey(id),
        row: rest,
        condition: { revision: stored.revision },
      });
    }
    for (const blob of going) writes.push({ domain, kind: 'remove-blob', blob });
    const free = this.#guard.doom([...going, ...row.chunks]);
    try {
      if (!(await this.#commit(writes))) return 'more';
    } finally {
      free();
    }
    if (stayingCount === 0) return 'done';
    return stayingCount === pinned ? 'pinned' : 'more';
  }

  #removeRecord(id: Bytes, stored: StoredRecord<SweepRow>): DomainWrite {
    return {
      domain: this.#buckets.registry,
      kind: 'remove',
      table: sweepsTable,
      key: sweepKey(id),
      condition: { revision: stored.revision },
    };
  }

  /** @returns false when another writer came between and nothing was changed: look at the record again */
  async #commit(writes: readonly DomainWrite[]): Promise<boolean> {
    try {
      await this.#tables.transact(writes);
      return true;
    } catch (error) {
      if (error instanceof ConditionFailed || error instanceof DomainUnknown) return false;
      throw error;
    }
  }
}

/** Atoms of a blob: its chunk vertices and the hyperedge over them. */
export function chunksOf(blob: BlobRef): number {
  return Math.ceil(blob.length / blob.chunkBytes) + 1;
}
