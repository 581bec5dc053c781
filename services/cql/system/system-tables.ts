/** All tables that describe the system. Those of which nothing is known are there and empty. */
import type { Schema, TableSchema } from '../schema/model.ts';
import { systemKeyspaces } from '../schema/system/keyspaces.ts';
import { isReplicatedSystem } from '../schema/system/names.ts';
import {
  builtIndexRows,
  builtViewRows,
  type IsViewBuilt,
  localRow,
  sizeEstimateRows,
  tableEstimateRows,
  viewStatusRows,
} from './local-rows.ts';
import type { NodeFacts } from './node-facts.ts';
import { schemaPartitions } from './schema-rows.ts';
import type { RowValues } from './table-rows.ts';
import { textValue } from './values.ts';
import {
  type CacheInfo,
  type ClientInfo,
  cacheRows,
  clientRows,
  type PoolInfo,
  poolRows,
  settingRows,
} from './views-rows.ts';
import type { VirtualTable } from './virtual-storage.ts';
import { partitionsOf, type VirtualRows } from './virtual-tables.ts';

export interface PreparedInfo {
  readonly id: Uint8Array;
  readonly keyspace: string | undefined;
  readonly text: string;
}

/** What is asked of the running server. */
export interface SystemSources {
  readonly node: () => NodeFacts;
  readonly schema: () => Schema;
  /** Shows all that its table had when it was made. */
  readonly isViewBuilt: IsViewBuilt;
  readonly settings: () => Readonly<Record<string, string>>;
  readonly clients: () => readonly ClientInfo[];
  readonly pools: () => readonly PoolInfo[];
  readonly caches: () => readonly CacheInfo[];
  readonly prepared: () => readonly PreparedInfo[];
}

type Rows = () => readonly RowValues[];

function makers(sources: SystemSources): Readonly<Record<string, Rows>> {
  const { schema } = sources;
  return {
    'system.local': () => [localRow(sources.node(), schema())],
    'system.size_estimates': () => sizeEstimateRows(schema()),
    'system.table_estimates': () => tableEstimateRows(schema()),
    'system.built_views': () => builtViewRows(schema(), sources.isViewBuilt),
    'system.IndexInfo': () => builtIndexRows(schema()),
    'system.prepared_statements': () =>
      sources.prepared().map(({ id, keyspace, text }) => ({
        prepared_id: id,
        logged_keyspace: keyspace === undefined ? undefined : textValue(keyspace),
        query_string: textValue(text),
      })),
    'system_distributed.view_build_status': () =>
      viewStatusRows(sources.node(), schema(), sources.isViewBuilt),
    'system_views.caches': () => cacheRows(sources.caches()),
    'system_views.clients': () => clientRows(sources.clients()),
    'system_views.settings': () => settingRows(sources.settings()),
    'system_views.thread_pools': () => poolRows(sources.pools()),
  };
}

function rowsOf(
  table: TableSchema,
  made: Readonly<Record<string, Rows>>,
  sources: SystemSources,
): VirtualRows {
  const { keyspace, name } = table;
  if (keyspace === 'system_schema' || keyspace === 'system_virtual_schema')
    return schemaPartitions(sources.schema, keyspace, name);
  const make = made[`${keyspace}.${name}`];
  return () => (make === undefined ? [] : partitionsOf(table, make()));
}

export function systemTables(sources: SystemSources): VirtualTable[] {
  const made = makers(sources);
  return (
    systemKeyspaces
      .flatMap((keyspace) => [...keyspace.tables.values()])
      // Of the replicated ones some tables follow from the schema.
      .filter(
        ({ keyspace, name }) => !isReplicatedSystem(keyspace) || made[`${keyspace}.${name}`] !== undefined,
      )
      .map((table) => ({ table, rows: rowsOf(table, made, sources) }))
  );
}
