/**
 * The tables of this service. The rows of a keyspace (model/rows.ts) stand in a domain of its own, all else in one domain. Names are input of the address function: never renamed.
 *
 * What is written stands in `cql.journal` first, in the order in which it happened. What has been settled from there is in the
 * records of the others; `cql.state` says up to which row of the journal that is.
 */
import { createHash } from 'node:crypto';
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

/** Of everything but rows; the same in every gateway. */
export const domainAddress: Buffer = createHash('sha256').update('hypergate/cql/v1').digest();

/** Of the rows of a keyspace that nobody made. */
export function systemDomainAddress(keyspace: string): Buffer {
  return createHash('sha256').update(`hypergate/cql/v1/${keyspace}`).digest();
}

const writerBytes = 16;
const addressBytes = 32;

/** Statements that became durable together. Format of `body`: model/journal-body.ts. */
export interface JournalRow {
  /** Random, of whoever wrote it: tells its own row from another gateway's. */
  readonly writer: Buffer;
  readonly body: readonly Piece[];
}

/** Key: number of the row, counted from 1 without gaps. */
export const journalTable: TableDefinition<JournalRow> = {
  name: 'cql.journal',
  description: 'What was written and is not in records of rows yet, in order',
  formats: [
    rowFormat(
      (to, row) => {
        to.raw(row.writer);
        writePieces(to, row.body);
      },
      (from) => ({ writer: Buffer.from(from.raw(writerBytes)), body: readPiecesRow(from) }),
    ),
  ],
  chunks: (row) => chunksOf(row.body),
};

export interface StateRow {
  /** Row of the journal up to which everything is in records. */
  readonly settled: number;
  /** Latest time of writing that was given by then, in microseconds. */
  readonly clock: bigint;
}

/** Key: empty. */
export const stateTable: TableDefinition<StateRow> = {
  name: 'cql.state',
  description: 'Up to where the journal is in records',
  formats: [
    rowFormat(
      (to, row) => {
        to.varint(row.settled);
        to.i64(row.clock);
      },
      (from) => ({ settled: from.varint(), clock: from.i64() }),
    ),
  ],
};

export interface KeyspaceRow {
  /** Stored form (schema/stored.ts). */
  readonly schema: readonly Piece[];
}

/** Key: name of the keyspace. */
export const keyspacesTable: TableDefinition<KeyspaceRow> = {
  name: 'cql.keyspaces',
  description: 'Schemas of keyspaces',
  formats: [
    rowFormat(
      (to, row) => writePieces(to, row.schema),
      (from) => ({ schema: readPiecesRow(from) }),
    ),
  ],
  index: () => Buffer.alloc(0),
  chunks: (row) => chunksOf(row.schema),
};

export interface DomainRow {
  readonly domain: Buffer;
}

/** Key: name of a keyspace. */
export const domainsTable: TableDefinition<DomainRow> = {
  name: 'cql.domains',
  description: 'Where the rows of keyspaces are',
  formats: [
    rowFormat(
      (to, row) => to.raw(row.domain),
      (from) => ({ domain: Buffer.from(from.raw(addressBytes)) }),
    ),
  ],
  index: () => Buffer.alloc(0),
};

export interface TableRow {
  /**
   * Row of the journal that made the table, or truncated it the last time; 0 of the system's. So a table that gets the id of a dropped one has
   * other rows: those of earlier generations are gone.
   */
  readonly generation: number;
}

/** Key: id of a table, also of a hidden one. None is as good as generation 0. */
export const tablesTable: TableDefinition<TableRow> = {
  name: 'cql.tables',
  description: 'Generations of tables',
  formats: [
    rowFormat(
      (to, row) => to.varint(row.generation),
      (from) => ({ generation: from.varint() }),
    ),
  ],
  index: () => Buffer.alloc(0),
};

/** Rows of a table, or of a generation of it, that nothing shows any more; they are removed little by little. */
export interface LeftoverRow {
  readonly domain: Buffer;
  /** As keys of rows have it; empty: the whole domain goes. */
  readonly partition: Buffer;
}

/** Key: domain and partition. */
export const leftoversTable: TableDefinition<LeftoverRow> = {
  name: 'cql.leftovers',
  description: 'Rows of dropped and truncated tables that are still to be removed',
  formats: [
    rowFormat(
      (to, row) => {
        to.raw(row.domain);
        to.bytes(row.partition);
      },
      (from) => ({ domain: Buffer.from(from.raw(addressBytes)), partition: Buffer.from(from.bytes()) }),
    ),
  ],
  index: () => Buffer.alloc(0),
};

const secretBytes = 32;

/** Key: what it is for. */
export const secretsTable: TableDefinition<Buffer> = {
  name: 'cql.secrets',
  description: 'Keys that all gateways share, such as that of paging states',
  formats: [
    rowFormat(
      (to, secret) => to.raw(secret),
      (from) => Buffer.from(from.raw(secretBytes)),
    ),
  ],
};

export const pagingSecretKey: RecordKey = { partition: Buffer.alloc(0), sort: Buffer.from('paging') };

export const cqlTables = [
  journalTable,
  stateTable,
  keyspacesTable,
  domainsTable,
  tablesTable,
  leftoversTable,
  secretsTable,
];

const none = Buffer.alloc(0);

export function journalKey(row: number): RecordKey {
  return { partition: none, sort: numberBytes(row) };
}

export const stateKey: RecordKey = { partition: none, sort: none };

export function keyspaceKey(name: string): RecordKey {
  return { partition: none, sort: Buffer.from(name) };
}

/** @param id as `TableSchema.id` */
export function tableKey(id: string): RecordKey {
  return { partition: none, sort: Buffer.from(id, 'hex') };
}

export function leftoverKey({ domain, partition }: LeftoverRow): RecordKey {
  return { partition: none, sort: Buffer.concat([domain, partition]) };
}
