/** Tables of the system, written down in short: columns as CREATE TABLE has them, with `/` between the parts of the key. */
import { hash } from 'node:crypto';
import { buildTable } from '../changes/create-table.ts';
import type { KeyspaceSchema, TableParams, TableSchema } from '../model.ts';
import { noProperties } from '../params/properties.ts';
import { defaultTableParams } from '../params/table-params.ts';
import { parseTypeText } from '../type-text.ts';

export interface Definition {
  readonly name: string;
  readonly comment: string;
  /** Partition key, and behind a slash clustering columns: `a, b / c`. */
  readonly key: string;
  /** `name type`, with semicolons between them. */
  readonly columns: string;
  readonly params?: TableParams;
}

const names = (text: string | undefined) =>
  (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

/** As Cassandra names its own tables: a UUID (version 3) of keyspace and table. */
function idOf(keyspace: string, name: string): string {
  const hex = hash('md5', keyspace + name, 'hex');
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${hex.slice(0, 12)}3${hex.slice(13, 16)}${variant}${hex.slice(18)}`;
}

function define(
  keyspace: string,
  kind: 'table' | 'virtual',
  common: TableParams,
  { name, comment, key, columns, params }: Definition,
): TableSchema {
  const [partition, clustering] = key.split('/');
  const primaryKey = { partition: names(partition), clustering: names(clustering) };
  const table = buildTable(
    {
      keyspace,
      name,
      columns: columns.split(';').map((column) => {
        const [, columnName, type] = /^\s*(\S+)\s+(.+?)\s*$/s.exec(column)!;
        return { name: columnName!, type: parseTypeText(type!), isStatic: false };
      }),
      primaryKeys: [primaryKey],
      clusteringOrder: [],
      compactStorage: false,
      properties: noProperties,
      ifNotExists: false,
    },
    primaryKey,
    new Map(),
    idOf(keyspace, name),
  );
  return { ...table, kind, params: { ...defaultTableParams, ...common, ...params, comment } };
}

export function defineKeyspace(
  name: string,
  replication: Readonly<Record<string, string>>,
  isVirtual: boolean,
  common: TableParams,
  definitions: readonly Definition[],
): KeyspaceSchema {
  const kind = isVirtual ? 'virtual' : 'table';
  const tables = definitions.map((definition) => define(name, kind, common, definition));
  return {
    name,
    durableWrites: true,
    replication,
    isVirtual,
    tables: new Map(tables.map((table) => [table.name, table])),
    types: new Map(),
    functions: new Map(),
    aggregates: new Map(),
  };
}
