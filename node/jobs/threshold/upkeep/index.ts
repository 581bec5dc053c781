/** What keys need over a long life, beside calls: missing shares come back, shares are made anew. */
export { upkeepHandlers } from './handlers.ts';
export { upkeepLimits } from './limits.ts';
export { type MendModules, mendKey, surveyKey } from './mend.ts';
export type { Pass } from './pass.ts';
export { type Replacement, type ReplacementStage, readReplacement } from './replacement.ts';
export { Upkeep, type UpkeepEvent, type UpkeepModules, type UpkeepStatus } from './upkeep.ts';
export { countKeys, walkKeys } from './walk.ts';
