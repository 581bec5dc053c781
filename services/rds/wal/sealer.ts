/**
 * Folds batches of `rds.wal` into segments, behind everything else: the segment with its blob in one transaction. Once it is there it is
 * what is read, and the places of its batches are free (places.ts); large ones are emptied first.
 *
 * Batches in places stay few whatever comes: a segment is due by bytes, or by number where an instance writes a little at a time, or
 * when the batches' timeline has ended. Such a segment may be short; it is then written anew together with what follows until it
 * has `segmentBytes`, so that the number of segments goes with the bytes of the log.
 *
 * The last batch of the log is left alone: the next one is written on condition that it has not changed.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { type BlobRef, type DomainWrite, stagePieces, unstagePieces } from '@hypergate/table';
import type { InstanceStore } from '../model/instance-store.ts';
import type { Timeline } from '../model/lsn.ts';
import { segmentsTable, stretchKey, type WalPlace, type WalStretch } from '../model/wal-tables.ts';
import { nothingApplied, WalError } from './errors.ts';
import { walLimits } from './limits.ts';
import type { Places } from './places.ts';
import {
  type Batch,
  encodeBatches,
  keptContent,
  type StretchContent,
  segmentContent,
} from './stretch-content.ts';
import { segmentBefore } from './stretches.ts';
import { emptyPlaces } from './trim.ts';

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
export type Tail = { readonly timeline: Timeline; readonly place: number } | undefined;

/** What a segment begins with when a shorter one is written anew. */
interface Base {
  readonly content: StretchContent;
  readonly revision: number;
  readonly blob: BlobRef;
}

export class Sealer {
  readonly #store: InstanceStore;
  readonly #places: Places;
  readonly #limits: SealLimits;

  constructor(store: InstanceStore, places: Places, limits: SealLimits = walLimits) {
    this.#store = store;
    this.#places = places;
    this.#limits = limits;
  }

  /**
   * Writes every segment that is due.
   * @param timelines in order
   * @returns what is left
   */
  async run(timelines: readonly Timeline[], tail: () => Tail): Promise<Unsealed> {
    for (const timeline of timelines) await this.#runTimeline(timeline, tail);
    const { waiting } = this.#places;
    return { rows: waiting.length, bytes: waiting.reduce((sum, { start, end }) => sum + end - start, 0) };
  }

  async #runTimeline(timeline: Timeline, tail: () => Tail): Promise<void> {
    for (;;) {
      const last = tail();
      const free = this.#places.of(timeline).filter(({ place }) => place !== last?.place);
      const due = this.#due(free, last?.timeline !== timeline);
      if (due.length === 0) return;
      await this.#seal(timeline, due, await segmentBefore(this.#store.domain, timeline));
      await emptyPlaces(this.#store, this.#places, this.#places.sealed(due));
    }
  }

  /** Rows of the next segment; none when it is not due. */
  #due(rows: readonly WalPlace[], hasEnded: boolean): readonly WalPlace[] {
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

  async #seal(timeline: Timeline, rows: readonly WalPlace[], before: WalStretch | undefined): Promise<void> {
    const { tables, domain, fence } = this.#store;
    const base = await this.#base(timeline, rows, before);
    const contents = base === undefined ? [] : [base.content];
    for (const [index, row] of rows.entries()) {
      if (index % walLimits.rowsPerTurn === 0) await turn();
      const content = await keptContent(this.#store, this.#places, row);
      const last = contents.at(-1);
      const follows =
        last === undefined || (last.end === row.start && last.hash.equals(content?.prevHash ?? none));
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
}

const none = Buffer.alloc(0);

async function* bytesOf(contents: readonly StretchContent[]): AsyncGenerator<Buffer> {
  for (const { bytes } of contents) yield bytes;
}
