/** A store over a node in memory, with one keyspace of two tables whose values are single bytes. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalNodePorts } from '@hypergate/node/api';
import type { OpenTables, TableStore } from '@hypergate/table';
import { layoutOf as byteLayout, columnIds } from '../../engine/test/support/table.ts';
import { domainAddress } from '../../model/tables.ts';
import { withKeyspace } from '../../schema/keyspace.ts';
import type { ColumnKind, ColumnSchema, KeyspaceSchema, TableSchema } from '../../schema/model.ts';
import type { CqlType } from '../../types/api.ts';
import { CqlStore, type CqlStoreModules } from '../cql-store.ts';

export { byteLayout };

const blob: CqlType = { kind: 'native', name: 'blob' };
const map: CqlType = { kind: 'map', key: blob, value: blob, frozen: false };
const counter: CqlType = { kind: 'native', name: 'counter' };

function column(
  name: string,
  id: number,
  kind: ColumnKind,
  position = -1,
  type = blob,
  order: ColumnSchema['order'] = 'none',
): ColumnSchema {
  return { name, id, type, kind, position, order };
}

/** @param id one hexadecimal digit */
export function byteTable(id: string, isCounter = false, grace = 1_000_000): TableSchema {
  const partitionKey = [column('p', 0, 'partition_key', 0)];
  const clustering = [
    column('c', 1, 'clustering', 0, blob, 'asc'),
    column('d', 2, 'clustering', 1, blob, 'desc'),
  ];
  const value = isCounter ? counter : blob;
  const regulars = [
    column('first', columnIds.first, 'regular', -1, value),
    ...(isCounter ? [] : [column('map', columnIds.map, 'regular', -1, map)]),
    column('second', columnIds.second, 'regular', -1, value),
  ];
  const statics = [
    ...(isCounter ? [] : [column('sm', columnIds.staticMap, 'static', -1, map)]),
    column('sv', columnIds.staticValue, 'static', -1, value),
  ];
  return {
    id: id.repeat(32),
    keyspace: 'k',
    name: `t${id}`,
    kind: 'table',
    columns: new Map(
      [...partitionKey, ...clustering, ...statics, ...regulars].map((each) => [each.name, each]),
    ),
    partitionKey,
    clustering,
    statics,
    regulars,
    isCounter,
    isCompact: false,
    params: { gc_grace_seconds: grace },
    indexes: [],
    dropped: [],
    nextColumnId: 30,
  };
}

export const table = byteTable('a');
export const counterTable = byteTable('c', true);

export function keyspaceOf(...tables: readonly TableSchema[]): KeyspaceSchema {
  return {
    name: 'k',
    durableWrites: true,
    replication: { class: 'org.apache.cassandra.locator.SimpleStrategy', replication_factor: '1' },
    isVirtual: false,
    tables: new Map(tables.map((each) => [each.name, each])),
    types: new Map(),
    functions: new Map(),
    aggregates: new Map(),
  };
}

export interface StoreOptions
  extends Partial<
    Pick<
      CqlStoreModules,
      | 'fresh'
      | 'memtableBytesMax'
      | 'cacheBytesMax'
      | 'settleRoundBytes'
      | 'settleIntervalMs'
      | 'onSchema'
      | 'onFailure'
      | 'hiddenTables'
      | 'derive'
    >
  > {
  readonly holder?: string;
  /** Seconds. */
  readonly now?: () => number;
}

export async function openCqlStore(
  node: LocalNodePorts,
  tables: OpenTables,
  { holder = 'gateway', now = () => 100, ...more }: StoreOptions = {},
): Promise<CqlStore> {
  return CqlStore.open({
    tables,
    domain: await tables.ensureDomain(domainAddress),
    node,
    holder: Buffer.from(holder.padEnd(32)),
    random: { bytes: (length) => randomBytes(length) },
    now: () => now() * 1000,
    hiddenTables: () => [],
    derive: () => [],
    delay: async (ms, signal) => {
      await delay(ms, undefined, { signal }).catch(() => undefined);
    },
    settleIntervalMs: 5,
    onSchema: () => undefined,
    onFailure: (error) => {
      throw error;
    },
    ...more,
  });
}

/** The same tables, with something between them and the transactions that are written. */
export function withTransact(
  tables: OpenTables,
  transact: (
    write: TableStore['transact'],
    ...parameters: Parameters<TableStore['transact']>
  ) => Promise<unknown>,
): OpenTables {
  return new Proxy(tables, {
    get(target, name) {
      if (name === 'transact') {
        const write = target.transact.bind(target);
        return (...parameters: Parameters<TableStore['transact']>) => transact(write, ...parameters);
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Makes the keyspace. */
export function createTables(store: CqlStore, ...all: readonly TableSchema[]): Promise<void> {
  return store.changeSchema((schema) => ({
    schema: withKeyspace(schema, keyspaceOf(...all)),
    result: undefined,
  }));
}
