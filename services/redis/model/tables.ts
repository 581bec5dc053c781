/**
 * The tables of this service, all in one domain. Names are input of the address function: never renamed.
 *
 * `redis.journal` holds what happened, row by row, until a checkpoint has it. `redis.checkpoints` holds the newest checkpoint,
 * from which a restart loads. `redis.keys` holds a record for every key, a short while behind: proofs are about those. Of large
 * collections it names rows of `redis.segments`; `redis.leftovers` names such rows while no record does.
 */
import {
  chunksOf,
  numberBytes,
  type Piece,
  type RecordKey,
  readPiecesRow,
  rowFormat,
  type TableDefinition,
  writePieces,
} from '@hypergate/table';
import { keysTable } from './key-row.ts';
import { leftoversTable, segmentsTable } from './segment-rows.ts';

/** One row of the journal: one or more batches of effects, or a part of a batch too large for one row. */
export interface JournalRow {
  readonly firstBatch: number;
  readonly lastBatch: number;
  /** Rows that follow in the same transaction and belong to the same effects. */
  readonly partsLeft: number;
  /** Sequence of: batch f64 ‖ length u32 ‖ effects. */
  readonly pieces: readonly Piece[];
}

export type CheckpointRow =
  | { readonly kind: 'head'; readonly head: CheckpointHead }
  | { readonly kind: 'piece'; readonly pieces: readonly Piece[] };

export interface CheckpointHead {
  /** Names the rows of its pieces. */
  readonly id: number;
  readonly pieces: number;
  /** Row of the journal from which it is replayed on top. */
  readonly journalFrom: number;
  /** First batch that is not wholly in it, and last batch that some entry shows. */
  readonly firstBatch: number;
  readonly lastBatch: number;
  readonly createdMs: number;
  readonly bytes: number;
}

/** Key: number of the row, counted from 1. */
export const journalTable: TableDefinition<JournalRow> = {
  name: 'redis.journal',
  description: 'What happened to the databases since the checkpoint, in order',
  formats: [
    rowFormat(
      (to, row) => {
        to.varint(row.firstBatch);
        to.varint(row.lastBatch);
        to.varint(row.partsLeft);
        writePieces(to, row.pieces);
      },
      (from) => ({
        firstBatch: from.varint(),
        lastBatch: from.varint(),
        partsLeft: from.varint(),
        pieces: readPiecesRow(from),
      }),
    ),
  ],
  chunks: (row) => chunksOf(row.pieces),
};

/** Keys: empty for the head, else id and index of the piece. */
export const checkpointsTable: TableDefinition<CheckpointRow> = {
  name: 'redis.checkpoints',
  description: 'The newest copy of all databases that a restart loads',
  formats: [
    rowFormat<CheckpointRow>(
      (to, row) => {
        if (row.kind === 'piece') {
          to.u8(1);
          writePieces(to, row.pieces);
          return;
        }
        to.u8(0);
        const { id, pieces, journalFrom, firstBatch, lastBatch, createdMs, bytes } = row.head;
        for (const each of [id, pieces, journalFrom, firstBatch, lastBatch, createdMs, bytes])
          to.varint(each);
      },
      (from) => {
        if (from.u8() === 1) return { kind: 'piece', pieces: readPiecesRow(from) };
        const head = {
          id: from.varint(),
          pieces: from.varint(),
          journalFrom: from.varint(),
          firstBatch: from.varint(),
          lastBatch: from.varint(),
          createdMs: from.varint(),
          bytes: from.varint(),
        };
        return { kind: 'head', head };
      },
    ),
  ],
  chunks: (row) => (row.kind === 'piece' ? chunksOf(row.pieces) : []),
};

export const redisTables = [journalTable, checkpointsTable, keysTable, segmentsTable, leftoversTable];

const none = Buffer.alloc(0);

export function journalKey(row: number): RecordKey {
  return { partition: none, sort: numberBytes(row) };
}

export const checkpointHeadKey: RecordKey = { partition: none, sort: none };

export function checkpointPieceKey(id: number, piece: number): RecordKey {
  return { partition: numberBytes(id), sort: numberBytes(piece) };
}
