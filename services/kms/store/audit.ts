/**
 * The audit trail. A call that uses a key is recorded before it does, and its record is what custodians check it by. Any other call is
 * recorded with its outcome before it is answered; no call is answered without a record.
 */
import type { CallEvidence, RecordEvidence } from '@hypergate/node/api';
import type { DomainWrite } from '@hypergate/table';
import type { AuditControl, AuditRow } from '../model/audit.ts';
import { auditKey, auditTable } from '../model/tables.ts';
import type { KmsCall } from './call.ts';
import type { KmsContext } from './context.ts';

export interface AuditFacts {
  /** Keys that the call uses, in the order of its tasks. */
  readonly keyIds: readonly string[];
}

export interface Audited {
  /** Of the record: no other record of the log has it. */
  readonly revision: number;
  readonly evidence: CallEvidence;
}

type AuditModules = Pick<KmsContext, 'tables' | 'domain'>;

/** Commits the audit record of a call, which key material is used for next. */
export async function audited(
  context: AuditModules,
  call: KmsCall,
  { keyIds }: AuditFacts,
  control?: AuditControl,
): Promise<Audited> {
  for (const keyId of keyIds) call.keyIds.add(keyId);
  return commitAudit(context, nextRow(call, keyIds, { control }), call.bytes);
}

/**
 * How a call ended that was, or was not, recorded before: the first lazily, the other before this resolves.
 * @param outcome `ok` or the code of an error
 */
export async function finished(context: KmsContext, call: KmsCall, outcome: string): Promise<void> {
  const keyIds = [...call.keyIds];
  const [first] = call.rows;
  if (first === undefined) {
    const { tables, domain } = context;
    await tables.transact([auditWrite(domain, nextRow(call, keyIds, { outcome }))]);
    return;
  }
  context.outcomes.add({
    ...first,
    operation: call.operation,
    keyIds,
    outcome,
    cryptographic: call.usesKeys,
  });
}

/** A row for the call; those after the first have names of their own. */
export function nextRow(
  call: KmsCall,
  keyIds: readonly string[],
  { control, outcome }: { readonly control?: AuditControl | undefined; readonly outcome?: string } = {},
): AuditRow {
  const number = call.rows.length;
  const requestId = number === 0 ? call.requestId : `${call.requestId}/${number}`;
  const timeMs = control?.nowMs ?? call.timeMs;
  call.rows.push({ timeMs, requestId });
  return {
    timeMs,
    requestId,
    operation: call.operation,
    principalArn: call.principal.arn,
    account: call.principal.accountId,
    accessKeyId: call.principal.accessKeyId,
    region: call.region,
    keyIds,
    callHash: call.hash,
    context: call.claimed,
    parameters: call.parameters,
    control,
    resubmission: false,
    outcome,
  };
}

/** One transaction of this row alone. */
export async function commitAudit(
  { tables, domain }: AuditModules,
  row: AuditRow,
  call: Uint8Array,
): Promise<Audited> {
  const applied = await tables.transact([auditWrite(domain, row)], { evidence: 0 });
  return { revision: applied.revision, evidence: evidenceOf(applied.evidence, call) };
}

/** Never over another row: names of requests are random, and the gateway's own are numbered. */
export const auditWrite = (domain: KmsContext['domain'], row: AuditRow): DomainWrite => ({
  kind: 'put',
  domain,
  table: auditTable,
  key: auditKey(row),
  row,
  condition: 'absent',
});

export function evidenceOf(record: RecordEvidence | undefined, call: Uint8Array): CallEvidence {
  if (record === undefined) throw new Error('a record was applied without its evidence');
  return { record, call };
}
