/** A `SchemaStore` over a store that changes the schema and says so once: whoever wants to know is told from here. */
import type { Changed } from '../../schema/changes/index.ts';
import type { Schema } from '../../schema/model.ts';
import type { SchemaListener, SchemaStore } from './schema-store.ts';

/** What store/cql-store.ts has. */
export interface ChangingSchema {
  readonly schema: Schema;
  changeSchema<Result>(
    change: (schema: Schema) => { readonly schema: Schema; readonly result: Result },
  ): Promise<Result>;
}

export class ListenedSchema implements SchemaStore {
  private readonly store: ChangingSchema;
  private readonly listeners = new Set<SchemaListener>();

  constructor(store: ChangingSchema) {
    this.store = store;
  }

  get schema(): Schema {
    return this.store.schema;
  }

  change(decide: (schema: Schema) => Changed): Promise<Changed> {
    return this.store.changeSchema((schema) => {
      const result = decide(schema);
      return { schema: result.schema, result };
    });
  }

  onChange(listener: SchemaListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** For the store to call. */
  changed(before: Schema, after: Schema): void {
    for (const listener of this.listeners) listener(before, after);
  }
}
