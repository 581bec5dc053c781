/** A record without what is not needed any more. */
import { inlineBytesMax, type Piece, readPieces, stagePieces, type TableStore } from '@hypergate/table';
import { type PurgeRule, purgeDeletion, purgeRow } from '../engine/purge.ts';
import { decodeBody, encodeHeadBody, encodeRowBody, type RowBody } from '../model/row-body.ts';
import type { RowRecord } from '../model/rows.ts';
import type { TableSchema } from '../schema/model.ts';
import { dueOfDeletion, dueOfRow, dueOfTombstones, never } from './due.ts';
import { graceOf } from './settle-rows.ts';

/**
 * @param now seconds since 1970
 * @param mayPurge whether it may be
 * @returns the record itself when it may not be, undefined when nothing is left
 */
export async function purgeRecord(
  record: RowRecord,
  table: TableSchema,
  now: number,
  tables: TableStore,
  mayPurge: (body: RowBody) => boolean,
): Promise<RowRecord | undefined> {
  const { partitionKey, body } = record;
  const grace = graceOf(table);
  const rule: PurgeRule = { now, goneBefore: now - grace, mayHide: () => false };
  const content = decodeBody(await readPieces(tables, body));
  if (!mayPurge(content)) return record;
  if (content.kind === 'row') {
    const row = purgeRow(content.row, rule);
    if (row === undefined) return undefined;
    const { countedTo } = content.row;
    const bytes = encodeRowBody(countedTo === undefined ? row : { ...row, countedTo });
    return { due: known(dueOfRow(row, grace)), partitionKey, body: await piecesOf(bytes, tables) };
  }
  const deletion = purgeDeletion(content.deletion, rule);
  const tombstones = content.tombstones.filter((range) => purgeDeletion(range.deletion, rule) !== undefined);
  const purged = content.statics === undefined ? undefined : purgeRow(content.statics, rule);
  if (deletion === undefined && tombstones.length === 0 && purged === undefined) return undefined;
  const countedTo = content.statics?.countedTo;
  const statics = purged === undefined || countedTo === undefined ? purged : { ...purged, countedTo };
  const due = Math.min(
    dueOfDeletion(deletion, grace),
    dueOfTombstones(tombstones, grace),
    statics === undefined ? never : dueOfRow(statics, grace),
  );
  const bytes = encodeHeadBody(table.id, { key: content.key, deletion, statics, tombstones });
  return { due: known(due), partitionKey, body: await piecesOf(bytes, tables) };
}

function known(due: number): number {
  return due === never ? 0 : due;
}

async function piecesOf(bytes: Buffer, tables: TableStore): Promise<Piece[]> {
  return bytes.length <= inlineBytesMax ? [{ kind: 'inline', bytes }] : await stagePieces(tables, bytes);
}
