/**
 * What the record of a row or of a partition's head holds (version 1):
 *   body = 0 ‖ row (engine/mutation-codec.ts)
 *        | 1 ‖ counted to ‖ row: of counters; deltas of the journal up to that row of it are in it
 *        | 2 ‖ counted to ‖ mutation without rows: the head
 */
import { ByteReader, ByteWriter, FormatError } from '@hypergate/kit/bytes';
import type { Deletion, RangeTombstone } from '../engine/model.ts';
import { decodeMutation, decodeRow, encodeMutation, encodeRow } from '../engine/mutation-codec.ts';
import type { StoredRow } from '../engine/record-source.ts';
import type { Value } from '../types/api.ts';

/** What a partition has besides rows. */
export interface StoredHead {
  readonly kind: 'head';
  readonly key: Value;
  readonly deletion: Deletion | undefined;
  readonly statics: StoredRow | undefined;
  readonly tombstones: readonly RangeTombstone[];
}

export type RowBody = { readonly kind: 'row'; readonly row: StoredRow } | StoredHead;

const scratch = new ByteWriter(4096);
const scratchBytesMax = 1024 * 1024;

function taken(): Buffer {
  const bytes = Buffer.from(scratch.buffer.subarray(0, scratch.length));
  if (scratch.buffer.length > scratchBytesMax) scratch.buffer = Buffer.allocUnsafe(4096);
  return bytes;
}

export function encodeRowBody(row: StoredRow): Buffer {
  scratch.length = 0;
  if (row.countedTo === undefined) scratch.u8(0);
  else {
    scratch.u8(1);
    scratch.varint(row.countedTo);
  }
  encodeRow(scratch, row);
  return taken();
}

/** @param table id of the table */
export function encodeHeadBody(table: string, head: Omit<StoredHead, 'kind'>): Buffer {
  const { key, deletion, statics, tombstones } = head;
  scratch.length = 0;
  scratch.u8(2);
  scratch.varint(statics?.countedTo ?? 0);
  encodeMutation(scratch, { table, key, deletion, statics, rows: [], tombstones });
  return taken();
}

/** @throws FormatError */
export function decodeBody(bytes: Buffer): RowBody {
  const from = new ByteReader(bytes);
  const kind = from.u8();
  switch (kind) {
    case 0:
      return { kind: 'row', row: decodeRow(from) };
    case 1: {
      const countedTo = from.varint();
      return { kind: 'row', row: { ...decodeRow(from), countedTo } };
    }
    case 2: {
      const countedTo = from.varint();
      const { key, deletion, statics, tombstones } = decodeMutation(from);
      return {
        kind: 'head',
        key,
        deletion,
        statics: statics === undefined || countedTo === 0 ? statics : { ...statics, countedTo },
        tombstones,
      };
    }
    default:
      throw new FormatError('a record of rows of an unknown kind');
  }
}
