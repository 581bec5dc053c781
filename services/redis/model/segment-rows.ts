/**
 * Rows of large collections (version 1), named by their key's record (model/key-row.ts):
 *   row = level u8 ‖ (level 0, a segment: pieces of its content | a page: refs of what is one level below)
 * And notes of rows that no record names, or soon none will: whoever finds a note removes those.
 *   note = database u8 ‖ SHA-256 of the key (32) ‖ generation ‖ number ‖ of each row: level u8 ‖ id ‖ version ‖ parts
 */
import { FormatError } from '@hypergate/kit/bytes';
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
import { contentHash, readRefs, type SegmentRef, writeRefs } from './key-row.ts';

export type SegmentRow =
  | { readonly level: 0; readonly pieces: readonly Piece[] }
  | { readonly level: number; readonly refs: readonly SegmentRef[] };

/** Where the rows of a value are. */
export interface SegmentPlace {
  readonly database: number;
  /** SHA-256 of the key. */
  readonly keyHash: Buffer;
  readonly generation: number;
}

/** A segment or page of a value. */
export interface SegmentName {
  readonly level: number;
  readonly id: number;
  readonly version: number;
  /** Rows that it takes. */
  readonly parts: number;
}

export interface LeftoverRow extends SegmentPlace {
  readonly names: readonly SegmentName[];
}

/** Key: place, level, id and version of the segment or page, and the part of a very long one. */
export const segmentsTable: TableDefinition<SegmentRow> = {
  name: 'redis.segments',
  description: 'Parts of large collections, named by the records of their keys',
  formats: [
    rowFormat<SegmentRow>(
      (to, row) => {
        to.u8(row.level);
        if ('pieces' in row) writePieces(to, row.pieces);
        else writeRefs(to, row.refs);
      },
      (from) => {
        const level = from.u8();
        return level === 0 ? { level, pieces: readPiecesRow(from) } : { level, refs: readRefs(from) };
      },
    ),
  ],
  chunks: (row) => ('pieces' in row ? chunksOf(row.pieces) : []),
};

/** Key: a number, from 0 on without gaps. */
export const leftoversTable: TableDefinition<LeftoverRow> = {
  name: 'redis.leftovers',
  description: 'Parts of large collections that are being written or removed',
  formats: [
    rowFormat(
      (to, row) => {
        to.u8(row.database);
        to.raw(row.keyHash);
        to.varint(row.generation);
        to.varint(row.names.length);
        for (const { level, id, version, parts } of row.names) {
          to.u8(level);
          for (const number of [id, version, parts]) to.varint(number);
        }
      },
      (from) => {
        const database = from.u8();
        const keyHash = Buffer.from(from.raw(32));
        const generation = from.varint();
        const names = Array.from({ length: from.varint() }, () => ({
          level: from.u8(),
          id: from.varint(),
          version: from.varint(),
          parts: from.varint(),
        }));
        if (names.length === 0) throw new FormatError('a note of nothing');
        return { database, keyHash, generation, names };
      },
    ),
  ],
};

export function segmentPlace(database: number, key: Buffer, generation: number): SegmentPlace {
  return { database, keyHash: contentHash(key), generation };
}

export function segmentKey(place: SegmentPlace, name: Omit<SegmentName, 'parts'>, part = 0): RecordKey {
  return {
    partition: Buffer.concat([Buffer.of(place.database), place.keyHash]),
    sort: Buffer.concat([
      numberBytes(place.generation),
      Buffer.of(name.level),
      numberBytes(name.id),
      numberBytes(name.version),
      Buffer.of(part),
    ]),
  };
}

export function leftoverKey(index: number): RecordKey {
  return { partition: Buffer.alloc(0), sort: numberBytes(index) };
}
