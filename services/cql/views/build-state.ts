/** How far views are built: `system.view_builds_in_progress` and `system.built_views`, as in Cassandra. */
import { isRowLive } from '../engine/liveness.ts';
import type { ColumnData, Mutation, Row } from '../engine/model.ts';
import type { Reader } from '../engine/storage.ts';
import type { TableSchema } from '../schema/model.ts';
import { systemKeyspaces } from '../schema/system/keyspaces.ts';
import type { Value } from '../types/api.ts';

const { tables } = systemKeyspaces.find(({ name }) => name === 'system')!;
export const builtViews: TableSchema = tables.get('built_views')!;
export const viewBuilds: TableSchema = tables.get('view_builds_in_progress')!;

/** One build goes over all tokens. */
const wholeRing = String(-(2n ** 63n));

interface Named {
  readonly keyspace: string;
  readonly name: string;
}

export async function isBuilt(reader: Reader, view: Named): Promise<boolean> {
  const row = await rowOf(reader, builtViews, view, [view.name]);
  return row !== undefined && isRowLive(row, 0);
}

/** The token up to which everything is built. */
export async function builtTo(reader: Reader, view: Named): Promise<bigint | undefined> {
  const row = await rowOf(reader, viewBuilds, view, [view.name, wholeRing, wholeRing]);
  const data = row?.columns.get(viewBuilds.columns.get('last_token')!.id);
  if (data?.kind !== 'cell' || data.cell.value === undefined) return undefined;
  return BigInt(Buffer.from(data.cell.value).toString());
}

export function progressMutation(view: Named, token: bigint, rows: number, timestamp: bigint): Mutation {
  const built = Buffer.alloc(8);
  built.writeBigInt64BE(BigInt(rows));
  return put(viewBuilds, view, [view.name, wholeRing, wholeRing], timestamp, {
    last_token: Buffer.from(String(token)),
    keys_built: built,
  });
}

/** It is built. @param now seconds since 1970 */
export function builtMutations(view: Named, timestamp: bigint, now: number): Mutation[] {
  return [
    put(builtViews, view, [view.name], timestamp, { status_replicated: Buffer.of(0) }),
    remove(viewBuilds, view, [view.name, wholeRing, wholeRing], timestamp, now),
  ];
}

/** It is going to be dropped: a new one of its name begins anew. @param now seconds since 1970 */
export function forgetMutations(view: Named, timestamp: bigint, now: number): Mutation[] {
  return [
    remove(builtViews, view, [view.name], timestamp, now),
    remove(viewBuilds, view, [view.name, wholeRing, wholeRing], timestamp, now),
  ];
}

async function rowOf(
  reader: Reader,
  table: TableSchema,
  { keyspace }: Named,
  names: readonly string[],
): Promise<Row | undefined> {
  const prefix = names.map((name) => Buffer.from(name));
  const slices = [{ start: { prefix, side: 'before' }, end: { prefix, side: 'after' } }] as const;
  const cursor = await reader.read(table, Buffer.from(keyspace), { slices });
  return cursor?.next();
}

function put(
  table: TableSchema,
  view: Named,
  names: readonly string[],
  timestamp: bigint,
  values: Readonly<Record<string, Value>>,
): Mutation {
  const columns = new Map<number, ColumnData>();
  for (const [name, value] of Object.entries(values))
    columns.set(table.columns.get(name)!.id, {
      kind: 'cell',
      cell: { timestamp, value, ttl: 0, localTime: 0 },
    });
  const marker = { timestamp, ttl: 0, expiresAt: 0 };
  return mutationOf(table, view, { clustering: bytesOf(names), marker, deletion: undefined, columns });
}

function remove(
  table: TableSchema,
  view: Named,
  names: readonly string[],
  timestamp: bigint,
  now: number,
): Mutation {
  const deletion = { timestamp, localTime: now };
  return mutationOf(table, view, {
    clustering: bytesOf(names),
    marker: undefined,
    deletion,
    columns: new Map(),
  });
}

function bytesOf(names: readonly string[]): Value[] {
  return names.map((name) => Buffer.from(name));
}

function mutationOf(table: TableSchema, { keyspace }: Named, row: Row): Mutation {
  const key = Buffer.from(keyspace);
  return { table: table.id, key, deletion: undefined, statics: undefined, rows: [row], tombstones: [] };
}
