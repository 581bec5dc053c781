/** The statements that read and write data, of ops/select and ops/modify, with what they need beside the schema. */
import {
  type Effects,
  noEffects,
  prepareBatch,
  prepareBatchMessage,
  prepareModification,
  prepareTruncate,
} from '../ops/modify/index.ts';
import { type IndexReader, prepareSelect } from '../ops/select/index.ts';
import type { DataStatements, PrepareContext } from './statements.ts';

export interface DataModules {
  /** Reads through indexes; without one they are answered by scans. */
  readonly indexes?: IndexReader | undefined;
  /** Writes indexes and views along. */
  readonly effects?: Effects;
}

export function dataStatements({ indexes, effects = noEffects }: DataModules = {}): DataStatements {
  const reading = (context: PrepareContext) => ({ ...context, indexes });
  const writing = (context: PrepareContext) => ({ ...context, effects });
  return {
    select: (statement, context) => prepareSelect(statement, context.schema, reading(context)),
    modify: (statement, context) => prepareModification(statement, context.schema, writing(context)),
    batch: (statement, context) => prepareBatch(statement, context.schema, writing(context)),
    truncate: (statement, context) => prepareTruncate(statement, context.schema, writing(context)),
    batchMessage: prepareBatchMessage,
  };
}
