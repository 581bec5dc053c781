/** Rows about projected data, read by the verifier itself (services/rds/model/row-tables.ts). Runs in browsers. */
import { ProofRefused } from '@hypergate/node/verifier';
import { StoredReader } from '@hypergate/table/verify';

export interface WatermarkFacts {
  readonly databaseOid: number;
  readonly lsn: number;
}

export interface RelationFacts {
  readonly oid: number;
  readonly rows: number;
  readonly buckets: number;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly keyColumns: readonly number[];
}

export type ValueFacts =
  | { readonly kind: 'null' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'long'; readonly bytes: number; readonly sha256: Uint8Array };

export interface RowFacts {
  readonly lsn: number;
  readonly copies: number;
  readonly values: readonly ValueFacts[];
}

const columnsMax = 1600;

function open(version: number, row: Uint8Array): StoredReader {
  if (version !== 1) throw new ProofRefused(`rows in version ${version} are not known`);
  return new StoredReader(row, 'the row');
}

/** @throws ProofRefused, as all of these; also when records are not what the watermark says */
export function readWatermark(version: number, row: Uint8Array): WatermarkFacts {
  const reader = open(version, row);
  if (reader.number() !== 0) throw new ProofRefused('the records of the database were being changed');
  const facts = { databaseOid: reader.number(), lsn: reader.number() };
  reader.end();
  return facts;
}

export function readRelation(version: number, row: Uint8Array): RelationFacts {
  const reader = open(version, row);
  if (reader.number() !== 0) throw new ProofRefused('the records of the table were being read anew');
  const oid = reader.number();
  reader.number();
  const rows = reader.number();
  reader.number();
  const buckets = reader.number();
  const columns = reader.list(() => ({ name: reader.text(), type: reader.text() }), columnsMax);
  const keyColumns = reader.list(() => reader.number(), columnsMax);
  if (keyColumns.some((column) => column >= columns.length)) throw new ProofRefused('a key of no column');
  reader.text();
  reader.end();
  return { oid, rows, buckets, columns, keyColumns };
}

export function readRow(version: number, row: Uint8Array): RowFacts {
  const reader = open(version, row);
  const lsn = reader.number();
  const copies = reader.number();
  const values = reader.list(() => readValue(reader), columnsMax);
  reader.end();
  return { lsn, copies, values };
}

function readValue(reader: StoredReader): ValueFacts {
  const kind = reader.number();
  if (kind === 0) return { kind: 'null' };
  if (kind === 1) return { kind: 'text', text: reader.text() };
  if (kind !== 2) throw new ProofRefused('a value of an unknown kind');
  return { kind: 'long', bytes: reader.number(), sha256: reader.raw(32) };
}
