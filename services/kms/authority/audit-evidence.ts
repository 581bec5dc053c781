/** From an audited call to what a custodian goes by: the row is this service's, the call is the one it names, and it is its caller's. */
import { createHash } from 'node:crypto';
import type { AuditedCall, Bytes } from '@hypergate/node/api';
import { CustodyError } from '@hypergate/node/api';
import { ProofRefused, sameBytes } from '@hypergate/node/verifier';
import { readRecord } from '@hypergate/table/verify';
import type { Caller } from '../engine/access/caller.ts';
import type { DueOperation } from '../engine/control/due.ts';
import { dueOperations } from '../engine/control/due.ts';
import type { Input } from '../engine/input.ts';
import { isOperation, type Operation, withheldOperations } from '../engine/operations.ts';
import { type AuditRow, auditVersion, decodeAudit, writeControl } from '../model/audit.ts';
import { RowWriter } from '../model/fields.ts';
import { auditTableName, domainAddress } from '../model/tables.ts';
import { readParameters } from '../model/withheld.ts';
import type { CallFacts } from './read-call.ts';

export const refused = (message: string, cause?: unknown): CustodyError =>
  new CustodyError('refused', message, cause === undefined ? undefined : { cause });

/** @throws CustodyError `refused` */
export function readAuditRow({ domain, record, call }: AuditedCall): AuditRow {
  if (!sameBytes(domain, domainAddress)) throw refused('the record stands in another domain');
  const row = parse(record);
  const hash = isDue(row.operation) ? new Uint8Array(32) : callHash(call);
  if (!sameBytes(hash, row.callHash) || (isDue(row.operation) && call.length > 0))
    throw refused('the record is of another call');
  return row;
}

export const callHash = (call: Bytes): Bytes => new Uint8Array(createHash('sha256').update(call).digest());

export const isDue = (operation: string): operation is DueOperation =>
  (dueOperations as readonly string[]).includes(operation);

function parse(record: Bytes): AuditRow {
  try {
    const { table, row, rowVersion } = readRecord(record);
    if (table !== auditTableName || rowVersion !== auditVersion) throw refused('no audit record');
    return decodeAudit(row);
  } catch (error) {
    if (error instanceof ProofRefused) throw refused(`audit record: ${error.message}`, error);
    throw error;
  }
}

/** The number of a control call that custodians refused, which nothing has from then on. */
export const isVoid = ({ outcome }: Pick<AuditRow, 'outcome'>): boolean => outcome !== undefined;

export interface CheckedCall {
  readonly operation: Operation;
  readonly input: Input;
  readonly withheld: boolean;
  readonly caller: Caller;
  /** When the gateway took it. */
  readonly timeMs: number;
}

/** The gateway may say what no signature covers, but nothing that a policy could take for the caller's own. */
const claimedKeys: ReadonlySet<string> = new Set([
  'aws:SourceIp',
  'aws:SecureTransport',
  'aws:UserAgent',
  'aws:Referer',
]);

/**
 * @param nowMs when the gateway took the call
 * @throws CustodyError `refused` unless row and call agree
 */
export function checkCall(row: AuditRow, facts: CallFacts, region: string, nowMs: number): CheckedCall {
  const { principal, operation } = facts;
  const unsigned = facts.signedAtMs === undefined;
  if (!unsigned && (facts.signingName !== 'kms' || facts.region !== region))
    throw refused('the call was signed for another service or region');
  if (row.region !== region) throw refused('the record is of another region');
  if (operation !== row.operation || !isOperation(operation))
    throw refused('the record is of another operation');
  requireSameCaller(row, facts);
  for (const [key] of row.context) if (!claimedKeys.has(key)) throw refused(`the record may not say ${key}`);
  const { input, withheld } = inputOf(row, facts, operation);
  const context = { ...timeKeys(nowMs, region), ...Object.fromEntries(row.context) };
  const caller = { principal, identityPolicies: facts.identityPolicies, context, region };
  return { operation, input, withheld, caller, timeMs: nowMs };
}

/** @throws CustodyError `refused` */
export function requireSameCaller(row: AuditRow, { principal }: CallFacts): void {
  if (
    principal.arn !== row.principalArn ||
    principal.accountId !== row.account ||
    principal.accessKeyId !== row.accessKeyId
  )
    throw refused('the record is of another caller');
}

/** Condition keys that a custodian knows by itself. */
export const timeKeys = (nowMs: number, region: string) => ({
  'aws:CurrentTime': new Date(nowMs).toISOString(),
  'aws:EpochTime': String(Math.floor(nowMs / 1000)),
  'aws:RequestedRegion': region,
});

function inputOf(
  row: AuditRow,
  facts: CallFacts,
  operation: Operation,
): { readonly input: Input; readonly withheld: boolean } {
  if (facts.input !== undefined) return { input: facts.input, withheld: false };
  if (!withheldOperations.includes(operation) || row.parameters === undefined)
    throw refused('the body of the call is missing');
  const input = readParameters(operation, row.parameters);
  if (input === undefined) throw refused('the record does not repeat the members of the call');
  return { input, withheld: true };
}

/**
 * Over all control calls: what changes the state, and nothing that a resubmission changes. The same call with its number, and the number
 * without the call, make different hashes.
 */
export function nextHash(before: Bytes, row: AuditRow): Bytes {
  const { control } = row;
  if (control === undefined) throw refused('no control call');
  const to = new RowWriter().bytes(before).string(row.operation).string(row.region).bytes(row.callHash);
  to.list(row.context, ([key, value]) => to.string(key).string(value));
  to.maybe(row.parameters, (text) => to.string(text));
  to.list(isDue(row.operation) ? row.keyIds : [], (keyId) => to.string(keyId));
  const hash = createHash('sha256').update(
    isVoid(row) ? 'hypergate/kms/control/void/v1' : 'hypergate/kms/control/v1',
  );
  return new Uint8Array(hash.update(writeControl(to, control).done()).digest());
}
