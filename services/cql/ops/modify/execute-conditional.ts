/** Executes prepared modifications of which some have conditions: one, or those of a batch. */
import type { Soon } from '../../engine/storage.ts';
import type { Executing, QueryOptions, Result } from '../api.ts';
import { CasRequest, partitionOf } from './cas.ts';
import { checkConditionalConsistency } from './consistency.ts';
import type { Write } from './execute.ts';

export function executeConditional(
  writes: readonly Write[],
  isBatch: boolean,
  options: QueryOptions,
  executing: Executing,
): Soon<Result> {
  checkConditionalConsistency(options);
  return new CasRequest(partitionOf(writes, isBatch), writes, isBatch, options, executing).execute();
}
