/** Evidence of calls, for whoever checks it without being a custodian. */
export { type EvidenceOptions, EvidenceVerifier } from '../custodian/evidence.ts';
export { ThresholdAbort } from '../errors.ts';
export { decodeCallEvidence, encodeCallEvidence } from '../format/call-evidence.ts';
