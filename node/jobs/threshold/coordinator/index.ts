/** The gateway's side of its custodians. */
export type { LearnCommon } from './commons.ts';
export {
  type Custody,
  type CustodyEvent,
  type CustodyModules,
  type CustodyOptions,
  type MemberFacts,
  openCustody,
} from './custody.ts';
export { type EpochChange, readEpoch } from './epoch.ts';
export { coordinatorLimits } from './limits.ts';
export type { Address } from './member-link.ts';
