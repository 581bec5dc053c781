/**
 * Changes of the schema with what they bring about: indexes and views that are made have their entries and rows before the statement is
 * answered.
 */
import { type BuildModules, buildIndex, forgetMutation } from './indexes/index.ts';
import type { SchemaListener, SchemaStore } from './ops/schema/schema-store.ts';
import type { Changed } from './schema/changes/index.ts';
import type { IndexSchema, Schema, TableSchema } from './schema/model.ts';
import { type BuildViewModules, buildView, forgetView } from './views/index.ts';

export class SchemaUpkeep implements SchemaStore {
  readonly #store: SchemaStore;
  readonly #indexes: BuildModules;
  readonly #views: BuildViewModules;
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(store: SchemaStore, indexes: BuildModules, views: BuildViewModules, now: () => number) {
    this.#store = store;
    this.#indexes = indexes;
    this.#views = views;
    this.#now = now;
  }

  get schema(): Schema {
    return this.#store.schema;
  }

  onChange(listener: SchemaListener): () => void {
    return this.#store.onChange(listener);
  }

  async change(decide: (schema: Schema) => Changed): Promise<Changed> {
    let before: Schema | undefined;
    const changed = await this.#store.change((schema) => {
      before = schema;
      return decide(schema);
    });
    if (before === undefined || changed.change === undefined) return changed;
    await this.#upkeepIndexes(indexesOf(before), indexesOf(changed.schema));
    await this.#upkeepViews(viewsOf(before), viewsOf(changed.schema));
    return changed;
  }

  async #upkeepIndexes(
    before: ReadonlyMap<string, Indexed>,
    after: ReadonlyMap<string, Indexed>,
  ): Promise<void> {
    for (const [name, { table, index }] of before) {
      if (after.has(name)) continue;
      const { storage, clock } = this.#indexes;
      const seconds = Math.floor(this.#now() / 1000);
      await storage.write([forgetMutation(table.keyspace, index, clock.next(), seconds)]);
    }
    for (const [name, { table, index }] of after) {
      if (!before.has(name)) await buildIndex(this.#indexes, table, index);
    }
  }

  async #upkeepViews(
    before: ReadonlyMap<string, TableSchema>,
    after: ReadonlyMap<string, TableSchema>,
  ): Promise<void> {
    for (const [id, view] of before) if (!after.has(id)) await forgetView(this.#views, view);
    for (const [id, view] of after) if (!before.has(id)) await buildView(this.#views, view);
  }
}

interface Indexed {
  readonly table: TableSchema;
  readonly index: IndexSchema;
}

/** By what tells an index from others, also from those of the same name before it. */
function indexesOf({ keyspaces }: Schema): Map<string, Indexed> {
  const found = new Map<string, Indexed>();
  for (const { tables } of keyspaces.values()) {
    for (const table of tables.values()) {
      for (const index of table.indexes) found.set(`${table.id} ${index.id}`, { table, index });
    }
  }
  return found;
}

/** By id. */
function viewsOf({ keyspaces }: Schema): Map<string, TableSchema> {
  const found = new Map<string, TableSchema>();
  for (const { tables } of keyspaces.values()) {
    for (const table of tables.values()) if (table.kind === 'view') found.set(table.id, table);
  }
  return found;
}
