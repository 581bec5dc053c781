/** Rows of the keyspace `system`: what drivers and tools ask first. The ring has one node, so it has no peers. */

import { viewsOf } from '../schema/keyspace.ts';
import type { Schema, TableSchema } from '../schema/model.ts';
import { isSystemKeyspace } from '../schema/system/names.ts';
import {
  clusterName,
  cqlVersion,
  dataCentre,
  type NodeFacts,
  onlyToken,
  partitioner,
  rack,
  releaseVersion,
  storagePort,
} from './node-facts.ts';
import type { RowValues } from './table-rows.ts';
import { bigintValue, booleanValue, inetValue, intValue, setValue, textValue, uuidValue } from './values.ts';

export function localRow(node: NodeFacts, schema: Schema): RowValues {
  const address = inetValue(node.address);
  return {
    key: textValue('local'),
    bootstrapped: textValue('COMPLETED'),
    broadcast_address: address,
    broadcast_port: intValue(storagePort),
    cluster_name: textValue(clusterName),
    cql_version: textValue(cqlVersion),
    data_center: textValue(dataCentre),
    gossip_generation: intValue(node.startedAt),
    host_id: uuidValue(node.hostId),
    listen_address: address,
    listen_port: intValue(storagePort),
    native_protocol_version: textValue('5'),
    partitioner: textValue(partitioner),
    rack: textValue(rack),
    release_version: textValue(releaseVersion),
    rpc_address: address,
    rpc_port: intValue(node.port),
    schema_version: uuidValue(schema.version.replaceAll('-', '')),
    tokens: setValue([onlyToken]),
  };
}

/** One range of each table, whose size nobody measured: those who split their scans by it then make one part. */
export function sizeEstimateRows(schema: Schema): RowValues[] {
  const rows: RowValues[] = [];
  for (const keyspace of schema.keyspaces.values()) {
    if (isSystemKeyspace(keyspace.name)) continue;
    for (const { name } of keyspace.tables.values())
      rows.push({
        keyspace_name: textValue(keyspace.name),
        table_name: textValue(name),
        range_start: textValue(onlyToken),
        range_end: textValue(onlyToken),
        mean_partition_size: bigintValue(0),
        partitions_count: bigintValue(0),
      });
  }
  return rows;
}

export function tableEstimateRows(schema: Schema): RowValues[] {
  return sizeEstimateRows(schema).flatMap((row) =>
    ['primary', 'local_primary'].map((type) => ({ ...row, range_type: textValue(type) })),
  );
}

function allViews(schema: Schema): TableSchema[] {
  return [...schema.keyspaces.values()].flatMap((keyspace) =>
    [...keyspace.tables.values()].flatMap((table) => viewsOf(keyspace, table.name)),
  );
}

export type IsViewBuilt = (view: TableSchema) => boolean;

/** Views that show all that their tables have. */
export function builtViewRows(schema: Schema, isBuilt: IsViewBuilt): RowValues[] {
  return allViews(schema)
    .filter(isBuilt)
    .map((view) => ({
      keyspace_name: textValue(view.keyspace),
      view_name: textValue(view.name),
      status_replicated: booleanValue(true),
    }));
}

export function viewStatusRows(node: NodeFacts, schema: Schema, isBuilt: IsViewBuilt): RowValues[] {
  return allViews(schema).map((view) => ({
    keyspace_name: textValue(view.keyspace),
    view_name: textValue(view.name),
    host_id: uuidValue(node.hostId),
    status: textValue(isBuilt(view) ? 'SUCCESS' : 'STARTED'),
  }));
}

export function builtIndexRows(schema: Schema): RowValues[] {
  const rows: RowValues[] = [];
  for (const keyspace of schema.keyspaces.values())
    for (const table of keyspace.tables.values())
      for (const { name } of table.indexes)
        rows.push({ table_name: textValue(keyspace.name), index_name: textValue(name) });
  return rows;
}
