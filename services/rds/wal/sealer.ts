/**
 * Folds rows of `rds.wal` into segments, behind everything else. The order of writing: the segment with its blob in one
 * transaction; then the rows that it holds, some at a time. Once the segment is there it is what is read, so a crash in between
 * leaves rows that are in the log twice; they are found by their positions and removed before the next segment is written.
 *
 * Single rows stay few whatever comes: a segment is due by bytes, or by number where an instance writes a little at a time, or
 * when the rows' timeline has ended. Such a segment may be short; it is then written anew together with what follows until it
 * has `segmentBytes`, so that the number of segments goes with the bytes of the log.
 *
 * The last batch of the log is left alone: the next one is written on condition that it has not changed.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { type BlobRef, type DomainWrite, stagePieces, unstagePieces } from '@hypergate/table';
import type { InstanceStore } from '../model/instance-store.ts';
import type { Lsn, Timeline } from '../model/lsn.ts';
import { segmentsTable, stretchKey, type WalStretch, walTable } from '../model/wal-tables.ts';
import { nothingApplied, WalError } from './errors.ts';
import { walLimits } from './limits.ts';
import {
  type Batch,
  encodeBatches,
  rowContent,
  type StretchContent,
  segmentContent,
} from './stretch-content.ts';
import { stretchBefore, stretchesFrom } from './stretches.ts';

export interface Unsealed {
  readonly rows: number;
  readonly bytes: number;
}

export interface SealLimits {
  readonly segmentBytes: number;
  readonly segmentRows: number;
  readonly segmentBytesMax: number;
  readonly segmentBatchesMax: number;
}

/** The last batch of the log. */
export type Tail = { readonly timeline: Timeline; readonly start: Lsn } | undefined;

/** What a segment begins with when a shorter one is written anew. */
interface Base {
  readonly content: StretchContent;
  readonly revision: number;
  readonly blob: BlobRef;
}

export class Sealer {
  readonly #store: InstanceStore;
  readonly #limits: SealLimits;

  constructor(store: InstanceStore, limits: SealLimits = walLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  /**
   * Writes every segment that is due.
   * @param timelines in order
   * @returns what is left
   */
  async run(timelines: readonly Timeline[], tail: () => Tail): Promise<Unsealed> {
    const left = { rows: 0, bytes: 0 };
    for (const timeline of timelines) {
      const rows = await this.#runTimeline(timeline, tail);
      left.rows += rows.length;
      for (const { start, end } of rows) left.bytes += end - start;
    }
    return left;
  }

  async #runTimeline(timeline: Timeline, tail: () => Tail): Promise<readonly WalStretch[]> {
    for (;;) {
      const last = tail();
      const rows = await this.#rowsOf(timeline);
      const segment = await stretchBefore(this.#store.domain, segmentsTable, timeline);
      const isCovered = (row: WalStretch) => segment !== undefined && row.end <= segment.end;
      const covered = rows.filter(isCovered);
      if (covered.length > 0) {
        await this.#remove(covered);
        continue;
      }
      const free = rows.filter(({ start }) => last?.timeline !== timeline || start < last.start);
      const due = this.#due(free, last?.timeline !== timeline);
      if (due.length === 0) return rows;
      const end = await this.#seal(timeline, due, segment);
      await this.#remove(rows.filter((row) => row.end <= end));
    }
  }

  async #rowsOf(timeline: Timeline): Promise<WalStretch[]> {
    const rows: WalStretch[] = [];
    // One more than a segment takes: the last batch of the log may be among them.
    for (let left = this.#limits.segmentRows + 1; left > 0; ) {
      const limit = Math.min(left, walLimits.entriesPerTurn);
      const from = (rows.at(-1)?.start ?? -1) + 1;
      const some = await stretchesFrom(this.#store.domain, walTable, timeline, from, limit);
      rows.push(...some);
      if (some.length < limit) break;
      left -= limit;
      await turn();
    }
    return rows;
  }

  /** Rows of the next segment; none when it is not due. */
  #due(rows: readonly WalStretch[], hasEnded: boolean): readonly WalStretch[] {
    const { segmentBytes, segmentRows } = this.#limits;
    let bytes = 0;
    let count = 0;
    while (count < rows.length && count < segmentRows && bytes < segmentBytes) {
      const { start, end } = rows[count]!;
      bytes += end - start;
      count++;
    }
    const isDue = bytes >= segmentBytes || count >= segmentRows || hasEnded;
    return isDue ? rows.slice(0, count) : [];
  }

  /** @returns where the segment ends */
  async #seal(timeline: Timeline, rows: readonly WalStretch[], before: WalStretch | undefined): Promise<Lsn> {
    const { tables, domain, fence } = this.#store;
    const base = await this.#base(timeline, rows, before);
    const contents = base === undefined ? [] : [base.content];
    for (const [index, { start }] of rows.entries()) {
      if (index % walLimits.rowsPerTurn === 0) await turn();
      const content = await rowContent(this.#store, timeline, start);
      const last = contents.at(-1);
      const follows =
        last === undefined || (last.end === start && last.hash.equals(content?.prevHash ?? none));
      if (content === undefined || !follows)
        throw new WalError('damaged', 'rows of the write-ahead log are not one chain');
      contents.push(content);
    }
    const first = contents[0]!;
    const last = contents.at(-1)!;
    const batches = contents.flatMap((content): readonly Batch[] => content.batches);
    const blob = await domain.stageBlob(bytesOf(contents));
    const pieces = await stagePieces(tables, encodeBatches(batches));
    const row = {
      endLsn: last.end,
      prevHash: first.prevHash,
      hash: last.hash,
      firstMs: batches[0]!.receivedMs,
      lastMs: batches.at(-1)!.receivedMs,
      blob: { id: blob.id, length: blob.length, chunkBytes: blob.chunkBytes },
      batches: pieces,
    };
    const key = stretchKey(timeline, first.start);
    const condition = base === undefined ? ('absent' as const) : { revision: base.revision };
    const writes: DomainWrite[] = [
      { kind: 'put-blob', domain, blob },
      { kind: 'put', domain, table: segmentsTable, key, row, condition },
    ];
    if (base !== undefined) writes.push({ kind: 'remove-blob', domain, blob: base.blob });
    try {
      await tables.transact(writes, { fence });
    } catch (error) {
      if (nothingApplied(error)) {
        tables.unstage?.(blob);
        unstagePieces(tables, pieces);
      }
      throw error;
    }
    return last.end;
  }

  /** The last segment, when it is short and what is sealed follows it. */
  async #base(
    timeline: Timeline,
    rows: readonly WalStretch[],
    before: WalStretch | undefined,
  ): Promise<Base | undefined> {
    const { segmentBytes, segmentBytesMax, segmentBatchesMax } = this.#limits;
    if (before === undefined || before.end !== rows[0]!.start) return undefined;
    const length = before.end - before.start;
    if (length >= segmentBytes || rows.at(-1)!.end - before.start > segmentBytesMax) return undefined;
    const stored = await this.#store.domain.get(segmentsTable, stretchKey(timeline, before.start));
    const content = await segmentContent(this.#store, timeline, before.start);
    if (stored === undefined || content === undefined) return undefined;
    if (content.batches.length + rows.length > segmentBatchesMax) return undefined;
    return { content, revision: stored.revision, blob: stored.row.blob };
  }

  async #remove(rows: readonly WalStretch[]): Promise<void> {
    const { tables, domain, fence } = this.#store;
    const { rowRemovalsPerTransaction } = walLimits;
    for (let at = 0; at < rows.length; at += rowRemovalsPerTransaction) {
      await turn();
      const writes = rows
        .slice(at, at + rowRemovalsPerTransaction)
        .map(({ timeline, start }): DomainWrite => {
          return { kind: 'remove', domain, table: walTable, key: stretchKey(timeline, start) };
        });
      await tables.transact(writes, { fence });
    }
  }
}

const none = Buffer.alloc(0);

async function* bytesOf(contents: readonly StretchContent[]): AsyncGenerator<Buffer> {
  for (const { bytes } of contents) yield bytes;
}
