/** For tests of what starts custodians. */
export { random, until, untilReady } from './cluster.ts';
export {
  allow,
  encodeToyEvidence,
  toyAuthority,
  toyEvidence,
  toyEvidenceModule,
} from './toy-authority.ts';
export { learnToyCommon, toyHandlers, toyScheme } from './toy-handlers.ts';
