/**
 * Reads a table's rows in the order of their places, some megabytes at a stay. A text is what the type's output function
 * writes; no cast, no view, no expression of the customer's takes part.
 */
import type { TableShape } from './catalog.ts';
import { DigestCounts } from './digest-counts.ts';
import { projectionLimits } from './limits.ts';
import type { Snapshot } from './snapshot.ts';
import { quoteIdentifier, type TextRow, type Visit } from './visit.ts';

/** Where reading a table anew stands. */
export interface TableScan {
  readonly shape: TableShape;
  /** Of the first stay: changes that it does not see must still be made. */
  readonly first: Snapshot;
  /** Place of the last row that was read; undefined before the first. */
  place: string | undefined;
  isDone: boolean;
  /** WAL that had been written when the last stay's snapshot had been taken. */
  endLsn: number;
  /** Keys of rows that were read, or came by changes meanwhile. */
  readonly seen: DigestCounts;
}

export interface ScannedRows {
  readonly scan: TableScan;
  readonly rows: readonly TextRow[];
}

export function beginScan(shape: TableShape, first: Snapshot): TableScan {
  const seen = new DigestCounts();
  return { shape, first, place: undefined, isDone: false, endLsn: 0, seen };
}

/** @param bytesMax of the texts that are brought along. The last batch may exceed it. */
export async function scanTable(visit: Visit, scan: TableScan, bytesMax: number): Promise<TextRow[]> {
  const { schema, table, columns } = scan.shape;
  const list = columns.map(({ name }) => `, ${quoteIdentifier(name)}`).join('');
  const from = `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
  const behind = scan.place === undefined ? '' : ` WHERE ctid > '${scan.place}'::pg_catalog.tid`;
  await visit.query(`DECLARE scanned NO SCROLL CURSOR FOR SELECT ctid${list} FROM ONLY ${from}${behind}`);
  const rows: TextRow[] = [];
  let fetch: number = projectionLimits.fetchRows;
  for (let bytes = 0; bytes < bytesMax && (rows.length === 0 || !visit.isOver()); ) {
    const batch = await visit.query(`FETCH ${fetch} FROM scanned`);
    let batchBytes = 1;
    for (const [place, ...row] of batch) {
      scan.place = place!;
      rows.push(row);
      for (const value of row) batchBytes += value?.length ?? 0;
    }
    if (batch.length < fetch) {
      scan.isDone = true;
      break;
    }
    bytes += batchBytes;
    // About a megabyte at a time, however wide the rows are.
    fetch = Math.max(1, Math.min(5000, Math.floor((1024 * 1024 * fetch) / batchBytes)));
  }
  await visit.query('CLOSE scanned');
  return rows;
}
