/**
 * Entries of what was in a table before its index. What is written meanwhile brings its own, from the schema change on which made the
 * index; so reading the table once is enough, after that change was applied here. Entries are the same however often they are written: after
 * a crash it begins anew.
 */
import type { Mutation, PartitionData, Row } from '../engine/model.ts';
import type { PartitionCursor, Storage, WriteClock } from '../engine/storage.ts';
import type { IndexSchema, Schema, TableSchema } from '../schema/model.ts';
import { type BuiltIndexes, builtMutation } from './built-indexes.ts';
import { entriesOf } from './entries.ts';
import { type IndexTable, indexTableOf, placeOf } from './index-table.ts';
import { indexLimits } from './limits.ts';

export interface BuildModules {
  readonly storage: Storage;
  readonly clock: WriteClock;
  readonly built: BuiltIndexes;
}

/**
 * Resolves when the index has all entries and may be read.
 * @param table as the schema has it now, with the index
 */
export async function buildIndex(
  modules: BuildModules,
  table: TableSchema,
  index: IndexSchema,
  signal?: AbortSignal,
): Promise<void> {
  const hidden = indexTableOf(table, index.name);
  if (hidden === undefined) throw new Error(`${table.name} has no index ${index.name}`);
  const { storage, clock, built } = modules;
  const scan = storage.scan(table, {}, { rowsHint: indexLimits.buildRows });
  for (let cursor = await scan.next(); cursor !== undefined; cursor = await scan.next()) {
    for await (const data of slicesOf(hidden, cursor)) {
      signal?.throwIfAborted();
      const entries: Mutation[] = entriesOf(hidden, data, placeOf(data.key));
      if (entries.length > 0) await storage.write(entries);
    }
  }
  await storage.write([builtMutation(table, index, hidden.schema.id, clock.next())]);
  built.add(hidden.schema.id);
}

/** At the start: indexes that were not finished. */
export async function buildUnfinished(
  modules: BuildModules,
  schema: Schema,
  signal?: AbortSignal,
): Promise<void> {
  for (const { tables } of schema.keyspaces.values()) {
    for (const table of tables.values()) {
      for (const index of table.indexes) {
        if (await modules.built.load(modules.storage, table, index)) continue;
        await buildIndex(modules, table, index, signal);
      }
    }
  }
}

async function* slicesOf(index: IndexTable, cursor: PartitionCursor): AsyncGenerator<PartitionData> {
  const { id } = index.base;
  const empty = { table: id, key: cursor.key, deletion: undefined, tombstones: [] };
  let { statics } = cursor;
  let rows: Row[] = [];
  for (let row = await cursor.next(); row !== undefined; row = await cursor.next()) {
    rows.push(row);
    if (rows.length < indexLimits.buildRows) continue;
    yield { ...empty, statics, rows };
    statics = undefined;
    rows = [];
  }
  if (rows.length > 0 || statics !== undefined) yield { ...empty, statics, rows };
}
