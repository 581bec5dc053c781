/** A real server and a projection of it that is told of its write-ahead log as the receiver of it would. */
import type { Client } from 'pg';
import { parseLsn } from '../../model/lsn.ts';
import {
  bucketKey,
  bucketsTable,
  type RowRow,
  relationKey,
  relationsTable,
  rowsPartition,
  rowsTable,
} from '../../model/row-tables.ts';
import {
  type PlainEngine,
  type PlainEngineOptions,
  startPlainEngine,
} from '../../test/support/plain-engine.ts';
import { openStore, type StoreWorld } from '../../test/support/store.ts';
import { Projection } from '../index.ts';

export interface ProjectionWorld {
  readonly engine: PlainEngine;
  readonly store: StoreWorld;
  readonly projection: Projection;
  readonly failures: unknown[];
  /** As the superuser, in `postgres`. */
  readonly admin: Client;
  /** Resolves when the records show all that has been written. */
  settle(database?: string): Promise<void>;
  /** Another projection over the same server and records. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

const pollMs = 20;

export async function openWorld(options: PlainEngineOptions = {}): Promise<ProjectionWorld> {
  await using opened = new AsyncDisposableStack();
  const engine = await startPlainEngine(options);
  opened.defer(() => engine.remove());
  const store = await openStore();
  opened.defer(() => store.close());
  const admin = await engine.connect();
  const watcher = await engine.connect();
  opened.defer(async () => {
    await admin.end();
    await watcher.end();
  });
  const failures: unknown[] = [];
  const open = () =>
    Projection.open(
      store.store,
      { connect: (name) => engine.connect(name) },
      { onFailure: (error) => failures.push(error) },
    );
  let projection = open();
  const flushed = async () => {
    const { rows } = await watcher.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
    return parseLsn(rows[0]!.lsn);
  };
  let polling = Promise.resolve();
  const timer = setInterval(() => {
    polling = polling.then(async () => projection.advanced(await flushed())).catch(() => undefined);
  }, pollMs);
  opened.defer(async () => {
    clearInterval(timer);
    await polling;
    await projection.stop();
  });
  const closing = opened.move();
  return {
    engine,
    store,
    failures,
    admin,
    get projection() {
      return projection;
    },
    async settle(database) {
      const lsn = await flushed();
      projection.advanced(lsn);
      await projection.settled(lsn, database);
    },
    async reopen() {
      await projection.stop();
      projection = open();
    },
    close: () => closing.disposeAsync(),
  };
}

/** Rows of a table as its records say, each as often as it is there, in the order of their texts. */
export async function recordedRows(
  { store }: ProjectionWorld,
  databaseOid: number,
  schema: string,
  table: string,
): Promise<string[] | undefined> {
  const { domain } = store.store;
  const relation = await domain.get(relationsTable, relationKey(databaseOid, schema, table));
  if (relation === undefined) return undefined;
  const { oid, rows, records, buckets } = relation.row;
  const partition = rowsPartition(databaseOid, oid);
  const members = new Set<string>();
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const found = await domain.getRelation(bucketsTable, bucketKey(databaseOid, oid, bucket));
    for (const member of found?.members ?? [])
      members.add(Buffer.from(member.subarray(32, 56)).toString('hex'));
  }
  const found: string[] = [];
  let count = 0;
  for (const { sort } of await domain.scan(rowsTable, partition, {})) {
    const key = { partition, sort: Buffer.from(sort) };
    const { row } = (await domain.get(rowsTable, key))!;
    count += 1;
    if (!members.delete(Buffer.from(domain.slotOf(rowsTable, key)).toString('hex')))
      throw new Error('a row is in no bucket');
    for (let copy = 0; copy < row.copies; copy += 1) found.push(rowText(row));
  }
  if (members.size > 0) throw new Error('buckets have rows that are gone');
  if (count !== records || found.length !== rows) throw new Error('a table has another number of rows');
  return found.sort();
}

function rowText({ values }: RowRow): string {
  return JSON.stringify(
    values.map((value) => {
      if (value.kind === 'null') return null;
      return value.kind === 'text' ? value.text : value.sha256.toString('hex');
    }),
  );
}

/** The same of the table itself. */
export async function selectedRows(client: Client, schema: string, table: string): Promise<string[]> {
  const { rows } = await client.query<(string | null)[]>({
    text: `SELECT * FROM ONLY "${schema.replaceAll('"', '""')}"."${table.replaceAll('"', '""')}"`,
    rowMode: 'array',
    types: { getTypeParser: (() => (value: string) => value) as never },
  });
  return rows.map((row) => JSON.stringify(row)).sort();
}

export async function oidOf(client: Client, database: string): Promise<number> {
  const found = await client.query<{ oid: number }>('SELECT oid::int4 FROM pg_database WHERE datname = $1', [
    database,
  ]);
  return found.rows[0]!.oid;
}

/** Names of all tables with rows of their own. */
export async function tablesOf(client: Client): Promise<[schema: string, table: string][]> {
  const { rows } = await client.query<[string, string]>({
    text: `SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname NOT IN ('pg_catalog', 'information_schema')`,
    rowMode: 'array',
  });
  return rows;
}
