/**
 * The journal: batches of effects become rows, in order, under the term of the lease. Batches that arrive while rows are
 * being written are gathered into the next row (group commit). A batch is durable once its row and all before it are.
 *
 * A crash leaves a gap-free sequence of rows, and perhaps later ones after a gap that nobody was told of: `replay` ends at
 * the gap and removes those.
 */
import { type Fence, NodeError } from '@hypergate/node/api';
import {
  type DomainWrite,
  inlineBytesMax,
  pieceRowBytesMax,
  readPieces,
  StaleTerm,
  stagePieces,
  type TableDomain,
  type TableStore,
} from '@hypergate/table';
import { journalKey, journalTable } from '../model/tables.ts';
import { storeLimits } from './limits.ts';

export interface JournalModules {
  readonly tables: TableStore;
  readonly domain: TableDomain;
  readonly fence: Fence;
  /** A batch and all before it are durable. */
  readonly onDurable: (batch: number) => void;
  /** A row was written: how many batches and bytes of effects it holds. */
  readonly onRow: (batches: number, bytes: number) => void;
  /** Another holder has the lease: nothing more will be written. */
  readonly onLost: () => void;
  /** The node takes nothing now (true), or does again (false). */
  readonly onFailing: (failing: boolean, error: unknown) => void;
  readonly delay: (ms: number) => Promise<void>;
}

interface Waiting {
  readonly batch: number;
  readonly effects: Buffer;
}

interface Writing {
  readonly batches: number;
  readonly bytes: number;
  readonly lastBatch: number;
  done: boolean;
}

export class Journal {
  /** Row that is written next. */
  nextRow: number;
  /** Bytes of effects since the journal was cut the last time. */
  bytes = 0;
  private readonly modules: JournalModules;
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private writing: Writing[] = [];
  private lazy = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ended = false;
  private idle: (() => void)[] = [];

  constructor(nextRow: number, modules: JournalModules) {
    this.nextRow = nextRow;
    this.modules = modules;
  }

  /** Lazy: nobody waits for durability, so rows are gathered for up to a second. */
  setLazy(lazy: boolean): void {
    this.lazy = lazy;
    if (!lazy) this.pump();
  }

  append(batch: number, effects: Buffer): void {
    this.waiting.push({ batch, effects });
    this.waitingBytes += effects.length;
    this.bytes += effects.length;
    if (!this.lazy || this.waitingBytes >= storeLimits.lazyRowBytes) this.pump();
    else this.timer ??= setTimeout(() => this.pump(), storeLimits.lazyRowMs);
  }

  /** Everything appended so far is durable, or never will be. */
  async settled(): Promise<void> {
    this.pump();
    if (this.waiting.length === 0 && this.writing.length === 0) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  /** What is appended and not durable yet. */
  get lag(): { readonly batches: number; readonly bytes: number } {
    let batches = this.waiting.length;
    let bytes = this.waitingBytes;
    for (const each of this.writing) {
      batches += each.batches;
      bytes += each.bytes;
    }
    return { batches, bytes };
  }

  end(): void {
    this.ended = true;
    clearTimeout(this.timer);
    this.wakeIdle();
  }

  private pump(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (!this.ended && this.waiting.length > 0 && this.writing.length < storeLimits.rowsInFlightMax) {
      void this.write(this.takeWaiting());
    }
  }

  /** As many batches as a row takes, at least one. */
  private takeWaiting(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { effects } of this.waiting) {
      if (count > 0 && bytes + effects.length > storeLimits.rowBytes) break;
      bytes += effects.length;
      count++;
    }
    this.waitingBytes -= bytes;
    return this.waiting.splice(0, count);
  }

  private async write(batches: readonly Waiting[]): Promise<void> {
    const bytes = batches.reduce((sum, { effects }) => sum + effects.length, 0);
    const writing: Writing = {
      batches: batches.length,
      bytes,
      lastBatch: batches.at(-1)!.batch,
      done: false,
    };
    this.writing.push(writing);
    const body = encodeBatches(batches);
    const row = this.nextRow;
    this.nextRow += Math.max(1, Math.ceil(body.length / pieceRowBytesMax));
    for (let failed = false; !this.ended; ) {
      try {
        const writes = await this.rows(row, batches, body);
        await this.modules.tables.transact(writes, { fence: this.modules.fence });
        if (failed) this.modules.onFailing(false, undefined);
        writing.done = true;
        this.modules.onRow(writing.batches, bytes);
        this.settle();
        return;
      } catch (error) {
        if (error instanceof StaleTerm) {
          this.end();
          this.modules.onLost();
          return;
        }
        if (!(error instanceof NodeError) || error.code === 'closed') {
          this.end();
          throw error;
        }
        if (!failed) this.modules.onFailing(true, error);
        failed = true;
        await this.modules.delay(storeLimits.retryMs);
      }
    }
  }

  private async rows(row: number, batches: readonly Waiting[], body: Buffer): Promise<DomainWrite[]> {
    const { tables, domain } = this.modules;
    const firstBatch = batches[0]!.batch;
    const lastBatch = batches.at(-1)!.batch;
    const parts = Math.max(1, Math.ceil(body.length / pieceRowBytesMax));
    const writes: DomainWrite[] = [];
    for (let part = 0; part < parts; part++) {
      const bytes = body.subarray(part * pieceRowBytesMax, (part + 1) * pieceRowBytesMax);
      // The usual row is written without waiting for anything.
      const pieces =
        bytes.length <= inlineBytesMax
          ? [{ kind: 'inline' as const, bytes }]
          : await stagePieces(tables, bytes);
      writes.push({
        kind: 'put',
        domain,
        table: journalTable,
        key: journalKey(row + part),
        row: { firstBatch, lastBatch, partsLeft: parts - 1 - part, pieces },
      });
    }
    return writes;
  }

  /** Tells of what became durable in order. */
  private settle(): void {
    let durable = 0;
    while (this.writing[0]?.done === true) durable = this.writing.shift()!.lastBatch;
    if (durable > 0) this.modules.onDurable(durable);
    if (this.waiting.length > 0 && !(this.lazy && this.waitingBytes < storeLimits.lazyRowBytes)) this.pump();
    else if (this.waiting.length > 0) this.timer ??= setTimeout(() => this.pump(), storeLimits.lazyRowMs);
    if (this.writing.length === 0 && this.waiting.length === 0) this.wakeIdle();
  }

  private wakeIdle(): void {
    const { idle } = this;
    this.idle = [];
    for (const resolve of idle) resolve();
  }
}

function encodeBatches(batches: readonly Waiting[]): Buffer {
  const parts: Buffer[] = [];
  for (const { batch, effects } of batches) {
    const head = Buffer.allocUnsafe(12);
    head.writeDoubleLE(batch, 0);
    head.writeUInt32LE(effects.length, 8);
    parts.push(head, effects);
  }
  return Buffer.concat(parts);
}

export interface ReplayedBatch {
  readonly batch: number;
  readonly effects: Buffer;
}

/** Batches of the journal in order, from a row on; ends at the first row that is not there. */
export async function* replayJournal(
  tables: TableStore,
  domain: TableDomain,
  fromRow: number,
): AsyncGenerator<{ readonly row: number; readonly batches: ReplayedBatch[] }> {
  for (let row = fromRow; ; ) {
    const parts: Buffer[] = [];
    let next = row;
    for (let left = 1; left > 0; left--) {
      const stored = await domain.get(journalTable, journalKey(next));
      if (stored === undefined) {
        if (parts.length === 0) return;
        throw new Error(`row ${next} of the journal is missing`);
      }
      if (parts.length === 0) left = stored.row.partsLeft + 1;
      parts.push(await readPieces(tables, stored.row.pieces));
      next++;
    }
    yield { row: next - 1, batches: decodeBatches(parts.length === 1 ? parts[0]! : Buffer.concat(parts)) };
    row = next;
  }
}

function decodeBatches(body: Buffer): ReplayedBatch[] {
  const batches: ReplayedBatch[] = [];
  for (let at = 0; at < body.length; ) {
    const batch = body.readDoubleLE(at);
    const length = body.readUInt32LE(at + 8);
    const effects = body.subarray(at + 12, at + 12 + length);
    if (effects.length !== length) throw new Error('a row of the journal is cut short');
    batches.push({ batch, effects });
    at += 12 + length;
  }
  return batches;
}

/** Removes rows [from, to), and whatever lies there. */
export async function removeRows(
  tables: TableStore,
  domain: TableDomain,
  fence: Fence,
  from: number,
  to: number,
): Promise<void> {
  for (let row = from; row < to; row += storeLimits.removalsPerTransaction) {
    const writes: DomainWrite[] = [];
    for (let each = row; each < Math.min(to, row + storeLimits.removalsPerTransaction); each++) {
      writes.push({ kind: 'remove', domain, table: journalTable, key: journalKey(each) });
    }
    await tables.transact(writes, { fence });
  }
}
