/**
 * Which indexes have entries of everything that was in their table when they were made: rows of `system."IndexInfo"`, as in Cassandra, whose
 * column `table_name` has the name of the keyspace. The value is the id of the hidden table, so that a row which is left of a dropped
 * index says nothing about a new one of its name.
 */
import { isCellLive } from '../engine/liveness.ts';
import type { Mutation, Row } from '../engine/model.ts';
import type { Reader } from '../engine/storage.ts';
import type { IndexSchema, TableSchema } from '../schema/model.ts';
import { systemKeyspaces } from '../schema/system/keyspaces.ts';
import { indexTableOf } from './index-table.ts';

export const indexInfo: TableSchema = systemKeyspaces
  .find(({ name }) => name === 'system')!
  .tables.get('IndexInfo')!;
const valueId = indexInfo.columns.get('value')!.id;

export class BuiltIndexes {
  /** Ids of hidden tables; an id is never used again. */
  readonly #built = new Set<string>();

  /** Known here without reading: of an index that is not, `load` says more. */
  has(table: TableSchema, index: IndexSchema): boolean {
    const hidden = indexTableOf(table, index.name);
    return hidden !== undefined && this.#built.has(hidden.schema.id);
  }

  add(id: string): void {
    this.#built.add(id);
  }

  /** Another gateway may have built it. */
  async load(reader: Reader, table: TableSchema, index: IndexSchema): Promise<boolean> {
    const hidden = indexTableOf(table, index.name);
    if (hidden === undefined) return false;
    const { id } = hidden.schema;
    if (this.#built.has(id)) return true;
    const cursor = await reader.read(indexInfo, Buffer.from(table.keyspace), {
      slices: [
        {
          start: { prefix: [nameOf(index)], side: 'before' },
          end: { prefix: [nameOf(index)], side: 'after' },
        },
      ],
    });
    const value = (await cursor?.next())?.columns.get(valueId);
    if (value?.kind !== 'cell' || !isCellLive(value.cell, 0)) return false;
    if (Buffer.from(value.cell.value!).toString('hex') !== id) return false;
    this.#built.add(id);
    return true;
  }
}

/** It has all entries. */
export function builtMutation(
  table: TableSchema,
  index: IndexSchema,
  id: string,
  timestamp: bigint,
): Mutation {
  const cell = { timestamp, value: Buffer.from(id, 'hex'), ttl: 0, localTime: 0 };
  return infoMutation(table.keyspace, {
    clustering: [nameOf(index)],
    marker: { timestamp, ttl: 0, expiresAt: 0 },
    deletion: undefined,
    columns: new Map([[valueId, { kind: 'cell', cell }]]),
  });
}

/** It is dropped. @param now seconds since 1970 */
export function forgetMutation(
  keyspace: string,
  index: IndexSchema,
  timestamp: bigint,
  now: number,
): Mutation {
  const deletion = { timestamp, localTime: now };
  return infoMutation(keyspace, {
    clustering: [nameOf(index)],
    marker: undefined,
    deletion,
    columns: new Map(),
  });
}

function infoMutation(keyspace: string, row: Row): Mutation {
  const key = Buffer.from(keyspace);
  return { table: indexInfo.id, key, deletion: undefined, statics: undefined, rows: [row], tombstones: [] };
}

function nameOf({ name }: IndexSchema): Buffer {
  return Buffer.from(name);
}
