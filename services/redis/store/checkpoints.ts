/**
 * Checkpoints: the engine's state as a few large pieces. Order of making one: its pieces are written under a new id, the
 * head names them, then the journal's older rows and the earlier checkpoint's pieces go. A crash before the head leaves
 * pieces of an id that no head names, which the next start removes; one after it leaves old rows and pieces, likewise.
 */
import type { Fence } from '@hypergate/node/api';
import {
  type DomainWrite,
  readPieces,
  stagePieces,
  type TableDomain,
  type TableStore,
} from '@hypergate/table';
import {
  type CheckpointHead,
  checkpointHeadKey,
  checkpointPieceKey,
  checkpointsTable,
} from '../model/tables.ts';
import { storeLimits } from './limits.ts';

export interface CheckpointModules {
  readonly tables: TableStore;
  readonly domain: TableDomain;
  readonly fence: Fence;
}

export async function readCheckpointHead(domain: TableDomain): Promise<CheckpointHead | undefined> {
  const stored = await domain.get(checkpointsTable, checkpointHeadKey);
  return stored?.row.kind === 'head' ? stored.row.head : undefined;
}

/** The pieces in order; the first is the state beside the keys. */
export async function* readCheckpoint(
  { tables, domain }: Pick<CheckpointModules, 'tables' | 'domain'>,
  head: CheckpointHead,
): AsyncGenerator<Buffer> {
  for (let piece = 0; piece < head.pieces; piece++) {
    const stored = await domain.get(checkpointsTable, checkpointPieceKey(head.id, piece));
    if (stored?.row.kind !== 'piece') throw new Error(`piece ${piece} of checkpoint ${head.id} is missing`);
    yield await readPieces(tables, stored.row.pieces);
  }
}

/** A checkpoint that is being written. Pieces are written one after the other, in the order they come. */
export class CheckpointWriter {
  readonly id: number;
  readonly firstBatch: number;
  readonly journalFrom: number;
  private readonly modules: CheckpointModules;
  private pieces = 0;
  private bytes = 0;
  private tail: Promise<void> = Promise.resolve();
  private failure: unknown;

  /** @param journalFrom row of the journal that holds `firstBatch`, or an earlier one */
  constructor(id: number, firstBatch: number, journalFrom: number, modules: CheckpointModules) {
    this.id = id;
    this.firstBatch = firstBatch;
    this.journalFrom = journalFrom;
    this.modules = modules;
  }

  /** Does not wait; `finish` tells of what went wrong. */
  add(piece: Buffer): void {
    const index = this.pieces++;
    this.bytes += piece.length;
    this.tail = this.tail.then(() => this.write(index, piece));
  }

  /** @param lastBatch must be durable already. @returns the head, which is written */
  async finish(lastBatch: number, createdMs: number): Promise<CheckpointHead> {
    await this.tail;
    if (this.failure !== undefined) throw this.failure;
    const { id, firstBatch, journalFrom, pieces, bytes } = this;
    const head: CheckpointHead = { id, pieces, journalFrom, firstBatch, lastBatch, createdMs, bytes };
    const { tables, domain, fence } = this.modules;
    const row = { kind: 'head', head };
    await tables.transact([{ kind: 'put', domain, table: checkpointsTable, key: checkpointHeadKey, row }], {
      fence,
    });
    return head;
  }

  /** Takes back what was written. */
  async abandon(): Promise<void> {
    await this.tail;
    await removePieces(this.modules, this.id, 0);
  }

  private async write(index: number, piece: Buffer): Promise<void> {
    if (this.failure !== undefined) return;
    const { tables, domain, fence } = this.modules;
    try {
      const row = { kind: 'piece', pieces: await stagePieces(tables, piece) };
      const key = checkpointPieceKey(this.id, index);
      await tables.transact([{ kind: 'put', domain, table: checkpointsTable, key, row }], { fence });
    } catch (error) {
      this.failure = error;
    }
  }
}

/** Removes pieces of a checkpoint from an index on, up to the first that is not there. */
export async function removePieces(
  { tables, domain, fence }: CheckpointModules,
  id: number,
  from: number,
): Promise<void> {
  for (let piece = from; ; ) {
    const writes: DomainWrite[] = [];
    while (writes.length < storeLimits.removalsPerTransaction) {
      const key = checkpointPieceKey(id, piece);
      if ((await domain.get(checkpointsTable, key)) === undefined) break;
      writes.push({ kind: 'remove', domain, table: checkpointsTable, key });
      piece++;
    }
    if (writes.length === 0) return;
    await tables.transact(writes, { fence });
  }
}
