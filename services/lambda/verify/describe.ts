/**
 * What a verified document says about an invocation: which code ran when, and the hashes of what it was given and what it answered; or that
 * none is recorded. Everything in the document must be part of the claim. Runs in browsers.
 */
import { ProofRefused, sameBytes } from '@hypergate/node/verifier';
import {
  type ProofClaim,
  refuseUnused,
  type UsedParts,
  type VerifiedDocument,
} from '@hypergate/table/verify';
import { sha256 } from '@noble/hashes/sha2.js';
import { parseSubject } from './subject.ts';

const utf8 = new TextEncoder();
/** The same in every gateway. */
const lambdaDomain: Uint8Array = sha256(utf8.encode('hypergate/lambda/v1'));
const rowVersion = 1;

/** Members of the record and what they are called; all of them, so that a newer record is not half told. */
const shown: readonly (readonly [member: string, name: string])[] = [
  ['functionArn', 'function'],
  ['version', 'version'],
  ['functionId', 'id of the function'],
  ['codeSha256', 'SHA-256 of the code'],
  ['startedMs', 'started'],
  ['durationMs', 'milliseconds'],
  ['billedMs', 'billed milliseconds'],
  ['initMs', 'milliseconds to start'],
  ['memoryUsedMb', 'MiB used'],
  ['outcome', 'outcome'],
  ['payloadSha256', 'SHA-256 of the payload'],
  ['answerSha256', 'SHA-256 of the answer'],
  ['answerBytes', 'bytes of the answer'],
];

/** @throws ProofRefused when the document proves something else than its subject */
export function describeProof(document: VerifiedDocument): ProofClaim {
  const used: UsedParts = new Set();
  const { account, region, requestId } = parseSubject(document.subject);
  const isIt = (part: VerifiedDocument['absences'][number]): boolean =>
    part.table === 'lambda.invocations' &&
    sameBytes(part.domain, lambdaDomain) &&
    sameBytes(part.partition, utf8.encode(`${account}/${region}`)) &&
    sameBytes(part.sort, utf8.encode(requestId));
  const absent = document.absences.find(isIt);
  const record = document.records.find(isIt);
  const part = absent ?? record;
  if (part === undefined) throw new ProofRefused('the invocation is not proven');
  used.add(part);
  refuseUnused(document, used);
  if (absent !== undefined || record === undefined)
    return { statement: `there is no record of the invocation ${requestId}`, facts: [], content: undefined };
  if (record.rowVersion !== rowVersion) throw new ProofRefused('unknown version of the row of an invocation');
  const row = readRow(record.row);
  if (row.account !== account || row.region !== region || row.requestId !== requestId)
    throw new ProofRefused('another invocation is proven');
  const facts = shown.flatMap(([member, name]): [string, string][] => {
    const value = row[member];
    if (value === undefined) return [];
    return [[name, member === 'startedMs' ? new Date(Number(value)).toISOString() : String(value)]];
  });
  return { statement: `the function ran for the request ${requestId}`, facts, content: undefined };
}

function readRow(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const row: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof row === 'object' && row !== null) return row as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new ProofRefused('the row of the invocation cannot be read');
}
