/** A schema in memory, for tests of what stands above. */
import type { Schema } from '../../schema/model.ts';
import { emptySchema } from '../../schema/system/keyspaces.ts';
import { ListenedSchema } from './listened-schema.ts';

class Memory {
  schema: Schema = emptySchema;
  changed: (before: Schema, after: Schema) => void = () => undefined;

  async changeSchema<Result>(
    change: (schema: Schema) => { readonly schema: Schema; readonly result: Result },
  ): Promise<Result> {
    const before = this.schema;
    const { schema, result } = change(before);
    if (schema === before) return result;
    this.schema = schema;
    this.changed(before, schema);
    return result;
  }
}

export function memorySchema(): ListenedSchema {
  const memory = new Memory();
  const schemas = new ListenedSchema(memory);
  memory.changed = (before, after) => schemas.changed(before, after);
  return schemas;
}
