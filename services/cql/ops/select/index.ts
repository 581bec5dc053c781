/** SELECT. */
export { findTable } from './find-table.ts';
export type { IndexCondition, IndexReader } from './index-reader.ts';
export { prepareSelect, type SelectContext } from './prepare.ts';
