/** Statements that read and write data, with what they need of indexes and views. */

import {
  type Effects,
  prepareBatch,
  prepareBatchMessage,
  prepareModification,
  prepareTruncate,
} from './ops/modify/index.ts';
import type { IndexReader } from './ops/select/index.ts';
import { prepareSelect } from './ops/select/index.ts';
import type { DataStatements } from './session/index.ts';

export interface DataModules {
  readonly effects: Effects;
  readonly indexes: IndexReader | undefined;
}

export function dataStatements({ effects, indexes }: DataModules): DataStatements {
  return {
    select: (statement, { schema, ...context }) => prepareSelect(statement, schema, { ...context, indexes }),
    modify: (statement, { schema, ...context }) =>
      prepareModification(statement, schema, { ...context, effects }),
    batch: (statement, { schema, ...context }) => prepareBatch(statement, schema, { ...context, effects }),
    truncate: (statement, { schema, ...context }) =>
      prepareTruncate(statement, schema, { ...context, effects }),
    batchMessage: prepareBatchMessage,
  };
}
