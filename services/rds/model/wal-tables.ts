/**
 * Tables of an instance's write-ahead log. Names are input of the address function: never renamed.
 *
 * `rds.wal` holds batches as they arrived, `rds.segments` older batches folded into blobs, `rds.timelines` where timelines
 * begin. Batches are a chain over all timelines: each names the hash of the one before it (wal/chain.ts). What the private index
 * carries of a stretch is enough to find the log's end and to see that nothing is missing, without reading a row.
 */
import type { ByteReader, ByteWriter } from '@hypergate/kit/bytes';
import type { Bytes } from '@hypergate/node/api';
import {
  type BlobRef,
  chunksOf,
  type Piece,
  type RecordKey,
  readPiecesRow,
  rowFormat,
  type TableDefinition,
  writePieces,
} from '@hypergate/table';
import { type Lsn, readLsn, type Timeline, writeLsn } from './lsn.ts';

/** One batch: what one transaction of the node made durable. */
export interface WalRow {
  readonly timeline: Timeline;
  readonly startLsn: Lsn;
  /** Of the lease under which it was written. */
  readonly term: number;
  readonly endLsn: Lsn;
  /** Link of the batch before it, on whichever timeline; zeros for the first of an instance. */
  readonly prevHash: Buffer;
  /** Link of this batch. */
  readonly hash: Buffer;
  /** Milliseconds since 1970; never less than those of the batch before. */
  readonly receivedMs: number;
  readonly pieces: readonly Piece[];
}

/** Consecutive batches of one timeline. */
export interface SegmentRow {
  readonly endLsn: Lsn;
  /** `prevHash` of the first and `hash` of the last batch. */
  readonly prevHash: Buffer;
  readonly hash: Buffer;
  readonly firstMs: number;
  readonly lastMs: number;
  /** The bytes of all batches. */
  readonly blob: BlobRef;
  /** For each batch: length ‖ milliseconds after the one before. LEB128. */
  readonly batches: readonly Piece[];
}

export interface TimelineRow {
  /** 0 for the first. */
  readonly parent: Timeline;
  readonly switchLsn: Lsn;
  readonly createdMs: number;
}

/** A batch in the place that it has until another takes it. */
export interface WalPlace extends WalStretch {
  readonly place: number;
}

/** What scans show of a batch or segment. */
export interface WalStretch {
  readonly timeline: Timeline;
  readonly start: Lsn;
  readonly end: Lsn;
  readonly hash: Buffer;
  /** Of the last batch. */
  readonly receivedMs: number;
}

export const linkBytes = 32;
const blobIdBytes = 16;
const rowBytes = 128;

/** Key: empty; number of a place. A batch that a segment holds as well gives its place to a later one. */
export const walTable: TableDefinition<WalRow> = {
  name: 'rds.wal',
  description: 'Batches of the write-ahead log, as they were made durable',
  formats: [
    rowFormat(
      (to, row) => {
        to.varint(row.timeline);
        to.varint(row.startLsn);
        to.varint(row.term);
        to.varint(row.endLsn);
        to.raw(row.prevHash);
        to.raw(row.hash);
        to.varint(row.receivedMs);
        writePieces(to, row.pieces);
      },
      (from) => ({
        timeline: from.varint(),
        startLsn: from.varint(),
        term: from.varint(),
        endLsn: from.varint(),
        prevHash: readLink(from),
        hash: readLink(from),
        receivedMs: from.varint(),
        pieces: readPiecesRow(from),
      }),
      ({ pieces }) => rowBytes + sizeOf(pieces),
    ),
  ],
  index: ({ timeline, startLsn, endLsn, receivedMs, hash }) =>
    Buffer.concat([timelineBytes(timeline), lsnBytes(startLsn), shown(endLsn, receivedMs, hash)]),
  chunks: ({ pieces }) => chunksOf(pieces),
};

/** Key: timeline; start. */
export const segmentsTable: TableDefinition<SegmentRow> = {
  name: 'rds.segments',
  description: 'Older batches of the write-ahead log, folded into blobs',
  formats: [
    rowFormat(
      (to, row) => {
        to.varint(row.endLsn);
        to.raw(row.prevHash);
        to.raw(row.hash);
        to.varint(row.firstMs);
        to.varint(row.lastMs);
        writeBlob(to, row.blob);
        writePieces(to, row.batches);
      },
      (from) => ({
        endLsn: from.varint(),
        prevHash: readLink(from),
        hash: readLink(from),
        firstMs: from.varint(),
        lastMs: from.varint(),
        blob: readBlob(from),
        batches: readPiecesRow(from),
      }),
    ),
  ],
  index: ({ endLsn, lastMs, hash }) => shown(endLsn, lastMs, hash),
  chunks: ({ batches }) => chunksOf(batches),
};

/** Key: empty; timeline. */
export const timelinesTable: TableDefinition<TimelineRow> = {
  name: 'rds.timelines',
  description: 'Where the timelines of the write-ahead log begin',
  formats: [
    rowFormat(
      (to, row) => {
        to.varint(row.parent);
        to.varint(row.switchLsn);
        to.varint(row.createdMs);
      },
      (from) => ({ parent: from.varint(), switchLsn: from.varint(), createdMs: from.varint() }),
    ),
  ],
  index: ({ parent, switchLsn, createdMs }) => {
    const bytes = Buffer.allocUnsafe(20);
    bytes.writeUInt32BE(parent, 0);
    writeLsn(bytes, switchLsn, 4);
    bytes.writeBigUInt64BE(BigInt(createdMs), 12);
    return bytes;
  },
};

export const walTables = [walTable, segmentsTable, timelinesTable];

const none = Buffer.alloc(0);

/** Of `rds.segments`. */
export function stretchKey(timeline: Timeline, start: Lsn): RecordKey {
  return { partition: timelineBytes(timeline), sort: lsnBytes(start) };
}

/** Of `rds.wal`. */
export function placeKey(place: number): RecordKey {
  return { partition: none, sort: timelineBytes(place) };
}

export const placesPartition = none;

export function readPlace(entry: { readonly sort: Bytes; readonly projection: Bytes }): WalPlace {
  const projection = Buffer.from(entry.projection);
  const timeline = projection.readUInt32BE(0);
  const stretch = { sort: projection.subarray(4, 12), projection: projection.subarray(12) };
  return { ...readStretch(timeline, stretch), place: Buffer.from(entry.sort).readUInt32BE(0) };
}

export function timelineKey(timeline: Timeline): RecordKey {
  return { partition: none, sort: timelineBytes(timeline) };
}

export const timelinesPartition = none;

export function timelineBytes(timeline: Timeline): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(timeline);
  return bytes;
}

export function lsnBytes(lsn: Lsn): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  writeLsn(bytes, lsn, 0);
  return bytes;
}

export function readStretch(
  timeline: Timeline,
  entry: { readonly sort: Bytes; readonly projection: Bytes },
): WalStretch {
  const projection = Buffer.from(entry.projection);
  return {
    timeline,
    start: readLsn(Buffer.from(entry.sort), 0),
    end: readLsn(projection, 0),
    receivedMs: Number(projection.readBigUInt64BE(8)),
    hash: projection.subarray(16),
  };
}

export function readTimeline(entry: { readonly sort: Bytes; readonly projection: Bytes }): TimelineRow & {
  readonly timeline: Timeline;
} {
  const projection = Buffer.from(entry.projection);
  return {
    timeline: Buffer.from(entry.sort).readUInt32BE(0),
    parent: projection.readUInt32BE(0),
    switchLsn: readLsn(projection, 4),
    createdMs: Number(projection.readBigUInt64BE(12)),
  };
}

function shown(endLsn: Lsn, receivedMs: number, hash: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(16 + linkBytes);
  writeLsn(bytes, endLsn, 0);
  bytes.writeBigUInt64BE(BigInt(receivedMs), 8);
  bytes.set(hash, 16);
  return bytes;
}

function sizeOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + 128 + (piece.kind === 'inline' ? piece.bytes.length : 0), 0);
}

function readLink(from: ByteReader): Buffer {
  return Buffer.from(from.raw(linkBytes));
}

function writeBlob(to: ByteWriter, blob: BlobRef): void {
  to.raw(blob.id);
  to.varint(blob.length);
  to.varint(blob.chunkBytes);
}

function readBlob(from: ByteReader): BlobRef {
  return { id: Buffer.from(from.raw(blobIdBytes)), length: from.varint(), chunkBytes: from.varint() };
}
