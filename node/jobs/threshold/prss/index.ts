/** Pseudo-random secret sharing: shares of random values and of zeros without a message. */
import type { Handler } from '../party.ts';
import { handOverHandlers } from './hand-over.ts';
import { setupHandlers } from './setup-handlers.ts';

export { handOver } from './hand-over.ts';
export {
  MemoryPrssKeys,
  openPrss,
  type PrssKeySet,
  type PrssKeys,
  type PrssName,
  prssKeysOf,
  prssOf,
  sameName,
} from './keys.ts';
export { prssLimits } from './limits.ts';
export { ensurePrss, renewPrss, repairPrss } from './setup.ts';
export { Prss, type PrssDegree, shareCommitment } from './sharing.ts';
export { positionsWith, type Subset, subsetPolynomialAt, subsetsOf } from './subsets.ts';
export const handlers: readonly Handler[] = [...setupHandlers, ...handOverHandlers];
