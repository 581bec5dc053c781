/** Secondary indexes: hidden tables of entries that readers check against the rows they stand for. */
export { type BuildModules, buildIndex, buildUnfinished } from './build.ts';
export { BuiltIndexes, forgetMutation, indexInfo } from './built-indexes.ts';
export { indexEffects } from './effects.ts';
export { indexEntries } from './entries.ts';
export { HiddenIndexes, type HiddenIndexModules } from './index-reader.ts';
export { hiddenTablesOf } from './index-table.ts';
export { StaleEntries } from './stale-entries.ts';
