/** Materialized views: storage that keeps them up to date with their base tables, and builds those that are new. */
export { type BuildViewModules, buildUnfinishedViews, buildView, forgetView } from './build.ts';
export { builtViews, isBuilt, viewBuilds } from './build-state.ts';
export { type ViewFilter, viewFilter } from './view-filter.ts';
export { ViewStorage, type ViewStorageModules } from './view-storage.ts';
