/** Statements that modify: INSERT, UPDATE, DELETE, BATCH and TRUNCATE. */
export {
  type BatchItem,
  type BatchKind,
  prepareBatch,
  prepareBatchMessage,
  prepareModification,
} from './batch.ts';
export type { ModifyContext } from './context.ts';
export { prepareDelete } from './delete.ts';
export { type Before, type Effects, noEffects, type TableEffects } from './effects.ts';
export { prepareInsert } from './insert.ts';
export { prepareTruncate } from './truncate.ts';
export { prepareUpdate } from './update.ts';
