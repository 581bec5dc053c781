/**
 * Tables of checkpoints, in the instance's domain, and in a snapshot's. A checkpoint is the data directory between two positions of
 * the write-ahead log: replayed from `startLsn` on, it is whole from `stopLsn` on. Its pages stand in layers, the newest of
 * which goes before. Names are input of the address function: never renamed.
 */
import { type ByteReader, type ByteWriter, FormatError } from '@hypergate/kit/bytes';
import { type BlobRef, numberBytes, type RecordKey, rowFormat, type TableDefinition } from '@hypergate/table';
import type { Lsn, Timeline } from './lsn.ts';

export const checkpointKinds = ['image', 'delta'] as const;
export type CheckpointKind = (typeof checkpointKinds)[number];

export interface CheckpointRow {
  /** Counted from 1, later ones are larger. */
  readonly id: number;
  /** `image`: it has one layer, with all pages. */
  readonly kind: CheckpointKind;
  /** Why it was taken: a word or two. */
  readonly reason: string;
  /** Major version of PostgreSQL whose files these are. */
  readonly major: number;
  readonly timeline: Timeline;
  readonly startLsn: Lsn;
  readonly stopLsn: Lsn;
  /** When the log had reached `stopLsn`: no transaction before it committed later. Milliseconds since 1970. */
  readonly timeMs: number;
  /** Oldest first. */
  readonly layers: readonly number[];
  /** Content of the file of this name, to the byte. */
  readonly backupLabel: Buffer;
  readonly files: number;
  /** Of all files. */
  readonly dataBytes: number;
}

/** Pages of files, in a blob: layer-format.ts says how. */
export interface LayerRow {
  readonly id: number;
  readonly blob: BlobRef;
  /** Lengths of the blob's parts. */
  readonly packBytes: number;
  readonly hashBytes: number;
  readonly indexBytes: number;
  /** Of the index before compression. */
  readonly indexRawBytes: number;
  readonly pages: number;
  /** Of the pages before compression. */
  readonly rawBytes: number;
}

/** What a snapshot has beside its one checkpoint and that one's layers. */
export interface SnapshotRow {
  readonly createdMs: number;
  /** `15.18` */
  readonly engineVersion: string;
  readonly timeline: Timeline;
  /** Of `timeline`; empty for the first. */
  readonly history: Buffer;
  /** The stretch of the log that `wal` holds, in packs. */
  readonly fromLsn: Lsn;
  readonly toLsn: Lsn;
  readonly wal: BlobRef;
}

const blobIdBytes = 16;

function writeBlob(to: ByteWriter, { id, length, chunkBytes }: BlobRef): void {
  to.raw(id);
  to.varint(length);
  to.varint(chunkBytes);
}

function readBlob(from: ByteReader): BlobRef {
  return { id: Buffer.from(from.raw(blobIdBytes)), length: from.varint(), chunkBytes: from.varint() };
}

const noProjection = Buffer.alloc(0);

export const checkpointsTable: TableDefinition<CheckpointRow> = {
  name: 'rds.checkpoints',
  description: 'Points of the write-ahead log from which a data directory can be made again',
  formats: [
    rowFormat<CheckpointRow>(
      (to, row) => {
        to.varint(row.id);
        to.u8(checkpointKinds.indexOf(row.kind));
        to.bytes(Buffer.from(row.reason));
        for (const each of [row.major, row.timeline, row.startLsn, row.stopLsn, row.timeMs]) to.varint(each);
        to.varint(row.layers.length);
        for (const layer of row.layers) to.varint(layer);
        to.bytes(row.backupLabel);
        to.varint(row.files);
        to.varint(row.dataBytes);
      },
      (from) => ({
        id: from.varint(),
        kind: kindOf(from.u8()),
        reason: from.bytes().toString(),
        major: from.varint(),
        timeline: from.varint(),
        startLsn: from.varint(),
        stopLsn: from.varint(),
        timeMs: from.varint(),
        layers: layersOf(from),
        backupLabel: Buffer.from(from.bytes()),
        files: from.varint(),
        dataBytes: from.varint(),
      }),
    ),
  ],
  index: () => noProjection,
};

function kindOf(code: number): CheckpointKind {
  const kind = checkpointKinds[code];
  if (kind === undefined) throw new FormatError('a checkpoint of an unknown kind');
  return kind;
}

/** Layers of one checkpoint that a row may name. */
const layersMax = 1024;

function layersOf(from: ByteReader): number[] {
  const count = from.varint();
  if (count > layersMax) throw new FormatError('a checkpoint of too many layers');
  return Array.from({ length: count }, () => from.varint());
}

export const layersTable: TableDefinition<LayerRow> = {
  name: 'rds.layers',
  description: 'Pages of the data directory that checkpoints consist of',
  formats: [
    rowFormat<LayerRow>(
      (to, row) => {
        to.varint(row.id);
        writeBlob(to, row.blob);
        for (const each of [row.packBytes, row.hashBytes, row.indexBytes, row.indexRawBytes]) to.varint(each);
        to.varint(row.pages);
        to.varint(row.rawBytes);
      },
      (from) => ({
        id: from.varint(),
        blob: readBlob(from),
        packBytes: from.varint(),
        hashBytes: from.varint(),
        indexBytes: from.varint(),
        indexRawBytes: from.varint(),
        pages: from.varint(),
        rawBytes: from.varint(),
      }),
    ),
  ],
  index: () => noProjection,
};

export const snapshotTable: TableDefinition<SnapshotRow> = {
  name: 'rds.snapshot',
  description: 'The one row that says that a snapshot is whole',
  formats: [
    rowFormat<SnapshotRow>(
      (to, row) => {
        to.varint(row.createdMs);
        to.bytes(Buffer.from(row.engineVersion));
        to.varint(row.timeline);
        to.bytes(row.history);
        to.varint(row.fromLsn);
        to.varint(row.toLsn);
        writeBlob(to, row.wal);
      },
      (from) => ({
        createdMs: from.varint(),
        engineVersion: from.bytes().toString(),
        timeline: from.varint(),
        history: Buffer.from(from.bytes()),
        fromLsn: from.varint(),
        toLsn: from.varint(),
        wal: readBlob(from),
      }),
    ),
  ],
};

const none = Buffer.alloc(0);

/** Also of layers. */
export function checkpointKey(id: number): RecordKey {
  return { partition: none, sort: numberBytes(id) };
}

export const snapshotKey: RecordKey = { partition: none, sort: none };
