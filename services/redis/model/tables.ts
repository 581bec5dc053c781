/**
 * The tables of this service, all in one domain. Names are input of the address function: never renamed.
 *
 * `redis.journal` holds what happened, row by row, until a checkpoint has it. `redis.checkpoints` holds the newest checkpoint,
 * from which a restart loads. `redis.keys` holds a record for every key, a short while behind: proofs are about those.
 */
import { createHash } from 'node:crypto';
import type { RecordKey, RowFormat, TableDefinition } from '@hypergate/table';
import { ByteReader, FormatError } from '../engine/effects/byte-reader.ts';
import { ByteWriter } from '../engine/effects/byte-writer.ts';
import { chunksOf, type Piece, readPiecesRow, writePieces } from './pieces.ts';

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

/** Key of a database: what it held after the batch. */
export interface KeyRow {
  /** Whole name: the record's key is a hash of long ones. */
  readonly key: Buffer;
  readonly type: number;
  /** Milliseconds since 1970, 0: does not expire. */
  readonly expiresAt: number;
  readonly batch: number;
  /** As the type stores it; of several rows when it is longer than `pieceRowBytesMax`. */
  readonly valueBytes: number;
  readonly pieces: readonly Piece[];
}

function format<Row>(
  write: (to: ByteWriter, row: Row) => void,
  read: (from: ByteReader) => Row,
): RowFormat<Row> {
  return {
    version: 1,
    encode(row) {
      const to = new ByteWriter(256);
      write(to, row);
      return to.take();
    },
    decode(bytes) {
      const from = new ByteReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      const row = read(from);
      if (!from.done) throw new FormatError('a row is longer than its content');
      return row;
    },
  };
}

/** Key: number of the row, counted from 1. */
export const journalTable: TableDefinition<JournalRow> = {
  name: 'redis.journal',
  description: 'What happened to the databases since the checkpoint, in order',
  formats: [
    format(
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
    format<CheckpointRow>(
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

/** Key: database, and the key's name or its hash. */
export const keysTable: TableDefinition<KeyRow> = {
  name: 'redis.keys',
  description: 'Every key with its value, for proofs',
  formats: [
    format(
      (to, row) => {
        to.bytes(row.key);
        to.u8(row.type);
        to.varint(row.expiresAt);
        to.varint(row.batch);
        to.varint(row.valueBytes);
        writePieces(to, row.pieces);
      },
      (from) => ({
        key: Buffer.from(from.bytes()),
        type: from.u8(),
        expiresAt: from.varint(),
        batch: from.varint(),
        valueBytes: from.varint(),
        pieces: readPiecesRow(from),
      }),
    ),
  ],
  chunks: (row) => chunksOf(row.pieces),
};

export const redisTables = [journalTable, checkpointsTable, keysTable];

const none = Buffer.alloc(0);

export function journalKey(row: number): RecordKey {
  return { partition: none, sort: numberBytes(row) };
}

export const checkpointHeadKey: RecordKey = { partition: none, sort: none };

export function checkpointPieceKey(id: number, piece: number): RecordKey {
  return { partition: numberBytes(id), sort: numberBytes(piece) };
}

/** Longest name that is itself the record's key. */
const plainKeyBytesMax = 1024;

/** @param part 0 for the record, from 1 on for the further rows of a very long value */
export function keyRecordKey(database: number, key: Buffer, part = 0): RecordKey {
  const sort =
    key.length <= plainKeyBytesMax
      ? Buffer.concat([Buffer.of(0), key])
      : Buffer.concat([Buffer.of(1), createHash('sha256').update(key).digest()]);
  return {
    partition: part === 0 ? Buffer.of(database) : Buffer.concat([Buffer.of(database), numberBytes(part)]),
    sort,
  };
}

function numberBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
