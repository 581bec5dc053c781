/** The process that keeps shares of keys. */

export { type Committee, checkCommittee, indicesOf, type Member } from '../committee.ts';
export { memberOf } from '../identity.ts';
export { thresholdLimits } from '../limits.ts';
export type { EvidenceModule } from './authorisation.ts';
export { custodianName } from './channel.ts';
export {
  type Composition,
  type Custodian,
  type CustodianModules,
  type CustodianOptions,
  type CustodianParts,
  openCustodian,
} from './custodian.ts';
export { encodeCommittee } from './format/committee.ts';
export type { MemberAddress } from './format/control.ts';
export { decodeKeyTask, encodeKeyTask } from './format/key-task.ts';
export { custodianLimits } from './limits.ts';
export { PeerLinks } from './links.ts';
export { custodianSecrets } from './secrets.ts';
export { type SigningModules, type SuccessionRequest, signSuccession } from './sign-succession.ts';
export { type CustodianStore, ForeignDirectory } from './store/custodian-store.ts';
export {
  committeesOf,
  followingOf,
  type Handover,
  type Succession,
  type SuccessionSignature,
  signersMin,
} from './succession.ts';
