/** Sizes, markers and codes of format v1. Once released none of these changes. */
import type { RefusalReason } from '../../../api/index.ts';

export const marker = {
  transaction: 0x01,
  batchBody: 0x01,
  signedBatch: 0x01,
  certificate: 0x01,
  logRecord: 0x01,
  atom: 0x01,
  domain: 0x01,
  usage: 0x01,
  lease: 0x01,
  removal: 0x01,
  chunkCount: 0x01,
  positionRecord: 0x01,
} as const;

export const sizes = {
  id: 16,
  domain: 32,
  slot: 24,
  incarnation: 8,
  atomId: 64,
  log: 32,
  taggedHash: 33,
  taggedKey: 33,
  taggedSignature: 65,
  chunkRef: 33 + 4,
} as const;

export const operationCode = {
  'add-vertex': 1,
  'add-hyperedge': 2,
  'remove-vertex': 3,
  'remove-hyperedge': 4,
  'create-domain': 5,
  'remove-domain': 6,
  'put-lease': 7,
} as const;

/** Code of a refusal in stored outcomes; 0 stands for "applied". */
export const refusalCodes: Readonly<Record<RefusalReason, number>> = {
  'expectation-failed': 1,
  'slot-occupied': 2,
  'atom-removed': 3,
  'atom-absent': 4,
  'domain-unknown': 5,
  'domain-exists': 6,
  'domain-not-empty': 7,
  'writer-not-allowed': 8,
  'stale-term': 9,
  'lease-held': 10,
  'outside-window': 11,
  malformed: 12,
};

export const refusalReasons: readonly (RefusalReason | undefined)[] = (() => {
  const reasons: (RefusalReason | undefined)[] = [undefined];
  for (const [reason, code] of Object.entries(refusalCodes)) reasons[code] = reason as RefusalReason;
  return reasons;
})();

/** What each signature and hash is bound to, so that none can stand for another. */
export const context = {
  batch: Buffer.from('hypergate/batch/v1'),
  signedBatch: Buffer.from('hypergate/signed-batch/v1'),
  certificate: Buffer.from('hypergate/certificate/v1'),
  atomData: Buffer.from('hypergate/atom-data/v1'),
  domainData: Buffer.from('hypergate/domain-data/v1'),
  leaseData: Buffer.from('hypergate/lease-data/v1'),
} as const;
