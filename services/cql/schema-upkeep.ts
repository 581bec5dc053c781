/** Changes of the schema with what they bring about: an index that is made has its entries before the statement is answered. */
import type { WriteClock } from './engine/storage.ts';
import { type BuildModules, buildIndex, forgetMutation } from './indexes/index.ts';
import type { SchemaListener, SchemaStore } from './ops/schema/schema-store.ts';
import type { Changed } from './schema/changes/index.ts';
import type { IndexSchema, Schema, TableSchema } from './schema/model.ts';

export class SchemaUpkeep implements SchemaStore {
  readonly #store: SchemaStore;
  readonly #building: BuildModules & { readonly clock: WriteClock };
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(store: SchemaStore, building: BuildModules, now: () => number) {
    this.#store = store;
    this.#building = building;
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
    const [old, made] = [indexesOf(before), indexesOf(changed.schema)];
    for (const [name, { table, index }] of made) {
      if (!old.has(name)) await buildIndex(this.#building, table, index);
    }
    const gone = [...old].filter(([name]) => !made.has(name));
    if (gone.length > 0) {
      const { storage, clock } = this.#building;
      const seconds = Math.floor(this.#now() / 1000);
      await storage.write(
        gone.map(([, { table, index }]) => forgetMutation(table.keyspace, index, clock.next(), seconds)),
      );
    }
    return changed;
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
