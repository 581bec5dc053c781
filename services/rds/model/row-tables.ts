/**
 * What is kept of the rows of customers' tables, for proofs: a record for every row, a relation over each bucket of a table's
 * rows, a record for every table's shape, and for every database how far in the write-ahead log they are. Names are input of
 * the address function: never renamed. Numbers are LEB128; texts have their length in front.
 *
 *   rds.watermarks  database -> state u8 ‖ oid ‖ LSN
 *   rds.relations   database's oid (4), schema ‖ 0 ‖ table
 *                     -> state u8 ‖ oid ‖ LSN ‖ rows ‖ records ‖ buckets ‖ columns (name, type) ‖ key columns ‖ fingerprint
 *   rds.rows        database's oid (4) ‖ table's oid (4), row key -> LSN ‖ copies ‖ values
 *     value = 0 (null) | 1 ‖ text | 2 ‖ bytes ‖ SHA-256 of a long text
 *   rds.row-buckets database's oid (4) ‖ table's oid (4), bucket (4) -> nothing; a relation over records of rds.rows
 */
import { createHash } from 'node:crypto';
import type { RecordKey, RowFormat, TableDefinition } from '@hypergate/table';
import type { Lsn } from './lsn.ts';
import { RowFormatError, RowReader, RowWriter } from './row-bytes.ts';

export interface WatermarkRow {
  /** `changing`: a part of what is behind `lsn` is shown already. */
  readonly state: 'current' | 'changing';
  readonly databaseOid: number;
  /** Records of the database's current tables show every transaction that committed up to here. */
  readonly lsn: Lsn;
}

export interface ColumnShape {
  readonly name: string;
  /** As `format_type` writes it. */
  readonly type: string;
}

export interface RelationRow {
  /** `behind`: its records are not what the watermark says; they are being read anew. */
  readonly state: 'current' | 'behind';
  readonly oid: number;
  /** Of the watermark that it was written with. */
  readonly lsn: Lsn;
  readonly rows: number;
  /** Fewer than rows when there are copies. */
  readonly records: number;
  /** `rds.row-buckets` has those from 0 on, except empty ones. */
  readonly buckets: number;
  readonly columns: readonly ColumnShape[];
  /** Positions among the columns, in the primary key's order; none: no primary key. */
  readonly keyColumns: readonly number[];
  /** Of the catalogue's rows that its records were made with. */
  readonly fingerprint: string;
}

export type Value =
  | { readonly kind: 'null' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'long'; readonly bytes: number; readonly sha256: Buffer };

export interface RowRow {
  /** Commit that made it, or position at which it was read. */
  readonly lsn: Lsn;
  /** Rows with these values; more than one only without a primary key. */
  readonly copies: number;
  /** Of the relation's columns, in their order. */
  readonly values: readonly Value[];
}

const states = ['current', 'changing', 'behind'] as const;
const hashBytes = 32;

function stateOf<State extends (typeof states)[number]>(number: number, allowed: readonly State[]): State {
  const state = states[number] as State;
  if (!allowed.includes(state)) throw new RowFormatError('a state that is not known');
  return state;
}

function format<Row>(
  write: (to: RowWriter, row: Row) => void,
  read: (from: RowReader) => Row,
): RowFormat<Row> {
  return {
    version: 1,
    encode(row) {
      const to = new RowWriter();
      write(to, row);
      return to.take();
    },
    decode(bytes) {
      const from = new RowReader(bytes);
      const row = read(from);
      from.end();
      return row;
    },
  };
}

export const watermarksTable: TableDefinition<WatermarkRow> = {
  name: 'rds.watermarks',
  description: 'How far the records of each database are in its write-ahead log',
  formats: [
    format<WatermarkRow>(
      (to, { state, databaseOid, lsn }) => {
        for (const number of [states.indexOf(state), databaseOid, lsn]) to.number(number);
      },
      (from) => ({
        state: stateOf(from.number(), ['current', 'changing']),
        databaseOid: from.number(),
        lsn: from.number(),
      }),
    ),
  ],
  index: () => Buffer.alloc(0),
};

export const relationsTable: TableDefinition<RelationRow> = {
  name: 'rds.relations',
  description: 'Columns, keys and numbers of rows of the tables',
  formats: [
    format<RelationRow>(
      (to, row) => {
        to.number(states.indexOf(row.state));
        for (const number of [row.oid, row.lsn, row.rows, row.records, row.buckets]) to.number(number);
        to.number(row.columns.length);
        for (const { name, type } of row.columns) {
          to.text(name);
          to.text(type);
        }
        to.number(row.keyColumns.length);
        for (const column of row.keyColumns) to.number(column);
        to.text(row.fingerprint);
      },
      (from) => ({
        state: stateOf(from.number(), ['current', 'behind']),
        oid: from.number(),
        lsn: from.number(),
        rows: from.number(),
        records: from.number(),
        buckets: from.number(),
        columns: Array.from({ length: from.number() }, () => ({ name: from.text(), type: from.text() })),
        keyColumns: Array.from({ length: from.number() }, () => from.number()),
        fingerprint: from.text(),
      }),
    ),
  ],
  index: () => Buffer.alloc(0),
};

export const rowsTable: TableDefinition<RowRow> = {
  name: 'rds.rows',
  description: 'Every row of every table',
  formats: [
    format<RowRow>(
      (to, { lsn, copies, values }) => {
        for (const number of [lsn, copies, values.length]) to.number(number);
        for (const value of values) writeValue(to, value);
      },
      (from) => ({
        lsn: from.number(),
        copies: from.number(),
        values: Array.from({ length: from.number() }, () => readValue(from)),
      }),
    ),
  ],
  index: () => Buffer.alloc(0),
};

export const bucketsTable: TableDefinition<null> = {
  name: 'rds.row-buckets',
  description: 'Which rows each table has, in buckets',
  formats: [
    format<null>(
      () => undefined,
      () => null,
    ),
  ],
};

export const rowTables = [watermarksTable, relationsTable, rowsTable, bucketsTable];

function writeValue(to: RowWriter, value: Value): void {
  switch (value.kind) {
    case 'null':
      to.number(0);
      break;
    case 'text':
      to.number(1);
      to.text(value.text);
      break;
    case 'long':
      to.number(2);
      to.number(value.bytes);
      to.raw(value.sha256);
      break;
  }
}

function readValue(from: RowReader): Value {
  const kind = from.number();
  if (kind === 0) return { kind: 'null' };
  if (kind === 1) return { kind: 'text', text: from.text() };
  if (kind !== 2) throw new RowFormatError('a value of an unknown kind');
  return { kind: 'long', bytes: from.number(), sha256: Buffer.from(from.raw(hashBytes)) };
}

function oidBytes(...oids: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * oids.length);
  oids.forEach((oid, index) => void bytes.writeUInt32BE(oid, 4 * index));
  return bytes;
}

export function watermarkKey(database: string): RecordKey {
  return { partition: Buffer.alloc(0), sort: Buffer.from(database) };
}

/** Neither name can have a zero byte. */
export function relationKey(databaseOid: number, schema: string, table: string): RecordKey {
  return { partition: oidBytes(databaseOid), sort: Buffer.from(`${schema}\0${table}`) };
}

export function relationsPartition(databaseOid: number): Buffer {
  return oidBytes(databaseOid);
}

export function rowsPartition(databaseOid: number, oid: number): Buffer {
  return oidBytes(databaseOid, oid);
}

/** Longest row key that is itself the record's key. */
const plainKeyBytesMax = 1024;

/**
 * Texts in order, each with its length (4) in front; null has the length 2^32 - 1. What is longer than a key may be is its hash.
 * @param texts the primary key's, or without one those of all columns
 */
export function rowSort(texts: readonly (string | null)[]): Buffer {
  const parts = texts.flatMap((text) => {
    const bytes = text === null ? Buffer.alloc(0) : Buffer.from(text);
    return [oidBytes(text === null ? 0xffffffff : bytes.length), bytes];
  });
  const whole = Buffer.concat(parts);
  if (whole.length <= plainKeyBytesMax) return Buffer.concat([Buffer.of(0), whole]);
  return Buffer.concat([Buffer.of(1), createHash('sha256').update(whole).digest()]);
}

export function bucketKey(databaseOid: number, oid: number, bucket: number): RecordKey {
  return { partition: rowsPartition(databaseOid, oid), sort: oidBytes(bucket) };
}
