/** Where the schema is kept. */
import type { Changed } from '../../schema/changes/index.ts';
import type { Schema } from '../../schema/model.ts';

export interface SchemaStore {
  readonly schema: Schema;
  /**
   * Resolves when the change is durable, and everybody here sees it.
   * @param decide says what the schema is to be, or throws; called again when somebody else changed it meanwhile, so it has no other effects
   */
  change(decide: (schema: Schema) => Changed): Promise<Changed>;
  /** Calls back after each change, also of other gateways. @returns what ends that */
  onChange(listener: SchemaListener): () => void;
}

export type SchemaListener = (before: Schema, after: Schema) => void;
