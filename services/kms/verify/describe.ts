/**
 * What a verified document says about a key, an alias or a recorded call, or that there is none. It shows no key material: the gateway
 * has none, and records hold none. Everything in the document must be part of the claim. Runs in browsers.
 */
import { ProofRefused, sameBytes } from '@hypergate/node/verifier';
import {
  type ProofClaim,
  refuseUnused,
  type UsedParts,
  type VerifiedDocument,
  type VerifiedRecord,
} from '@hypergate/table/verify';
import { sha256 } from '@noble/hashes/sha2.js';
import type { AliasRecord } from '../engine/key-record.ts';
import { auditVersion, decodeAudit } from '../model/audit.ts';
import { decodeAlias, decodeKey, recordVersion } from '../model/records.ts';
import { describeAudit } from './describe-audit.ts';
import { describeKey } from './describe-key.ts';
import { timeText } from './facts.ts';
import { type KmsSubject, parseSubject } from './subject.ts';

const encoder = new TextEncoder();
/** The same in every gateway. */
export const kmsDomain: Uint8Array = sha256(encoder.encode('hypergate/kms/v1'));

type Claim = Omit<ProofClaim, 'content'>;

/** @throws ProofRefused when the document proves something else than its subject */
export function describeProof(document: VerifiedDocument): ProofClaim {
  const used: UsedParts = new Set();
  const claim = describe(parseSubject(document.subject), document, used);
  refuseUnused(document, used);
  return { ...claim, content: undefined };
}

function describe(subject: KmsSubject, document: VerifiedDocument, used: UsedParts): Claim {
  const absent = document.absences.find((part) => isRecordOf(part, subject));
  if (absent !== undefined) {
    used.add(absent);
    return { statement: `there is no ${nameOf(subject)}`, facts: [] };
  }
  const record = document.records.find((part) => isRecordOf(part, subject));
  if (record === undefined) throw new ProofRefused(`the ${nameOf(subject)} is not proven`);
  used.add(record);
  return describeRecord(subject, record);
}

interface Place {
  readonly table: string;
  readonly partition: string;
  readonly sort: string;
}

/** As services/kms/model/tables.ts names records. */
function placeOf(subject: KmsSubject): Place {
  switch (subject.kind) {
    case 'key':
      return { table: 'kms.keys', partition: '', sort: subject.keyId };
    case 'alias':
      return { table: 'kms.aliases', partition: subject.account, sort: `alias/${subject.name}` };
    case 'audit':
      return { table: 'kms.audit', partition: '', sort: subject.requestId };
  }
}

function isRecordOf(part: VerifiedDocument['absences'][number], subject: KmsSubject): boolean {
  const { table, partition, sort } = placeOf(subject);
  return (
    part.table === table &&
    sameBytes(part.domain, kmsDomain) &&
    sameBytes(part.partition, encoder.encode(partition)) &&
    sameBytes(part.sort, encoder.encode(sort))
  );
}

function nameOf(subject: KmsSubject): string {
  switch (subject.kind) {
    case 'key':
      return `key ${subject.keyId}`;
    case 'alias':
      return `alias "alias/${subject.name}" of the account ${subject.account}`;
    case 'audit':
      return `audit record of the request ${subject.requestId}`;
  }
}

function describeRecord(subject: KmsSubject, { row, rowVersion }: VerifiedRecord): Claim {
  requireVersion(rowVersion, subject.kind === 'audit' ? auditVersion : recordVersion);
  switch (subject.kind) {
    case 'key': {
      const key = decodeKey(row);
      if (key.keyId !== subject.keyId) throw new ProofRefused('another key is proven');
      return describeKey(key);
    }
    case 'alias': {
      const alias = decodeAlias(row);
      if (alias.name !== `alias/${subject.name}` || alias.account !== subject.account)
        throw new ProofRefused('another alias is proven');
      return describeAlias(nameOf(subject), alias);
    }
    case 'audit': {
      const audit = decodeAudit(row);
      if (audit.requestId !== subject.requestId) throw new ProofRefused('another call is proven');
      return describeAudit(audit);
    }
  }
}

function requireVersion(version: number, known: number): void {
  if (version !== known) throw new ProofRefused(`rows in version ${version} are not known`);
}

const describeAlias = (name: string, { targetKeyId, createdMs, updatedMs }: AliasRecord): Claim => ({
  statement: `the ${name} means the key ${JSON.stringify(targetKeyId)}`,
  facts: [
    ['created', timeText(createdMs)],
    ['changed', timeText(updatedMs)],
  ],
});
