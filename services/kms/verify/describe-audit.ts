/** A recorded call in words. Runs in browsers. */
import { hex } from '@hypergate/node/verifier';
import type { AuditRow } from '../model/audit.ts';
import { readVia } from '../model/via.ts';
import { type Facts, fact, quoted, timeText } from './facts.ts';

export function describeAudit(row: AuditRow): { readonly statement: string; readonly facts: Facts } {
  const { principalArn, operation, timeMs } = row;
  const via = readVia(row.parameters);
  const who = principalArn === '' ? 'the gateway, which nobody called,' : quoted(principalArn);
  const through = via === undefined ? '' : ` through ${quoted(via.service)}`;
  const statement = `${who} called ${quoted(operation)}${through} at ${timeText(timeMs)}, as the gateway recorded`;
  const context = via === undefined ? contextOf(row.parameters) : via.context;
  const facts: Facts = [
    ...fact('account', row.account || undefined, quoted),
    ...fact('access key', row.accessKeyId || undefined, quoted),
    ['region', quoted(row.region)],
    ...row.keyIds.map((keyId) => ['key', quoted(keyId)] as const),
    ...fact('request to the service', via?.operation, quoted),
    ['sha256 of the signed call', hex(row.callHash)],
    ...fact('encryption context', context, (pairs) => JSON.stringify(pairs)),
    ...row.context.map(([name, value]) => [quoted(name), quoted(value)] as const),
    ...fact('number', row.control?.sequence, (sequence) => {
      if (sequence === 0) return 'none yet: key material is made first';
      return row.outcome === undefined
        ? String(sequence)
        : `${sequence}, which changes nothing: custodians refused the call`;
    }),
    ...(row.resubmission ? ([['repeats', 'a call that was recorded before']] as const) : []),
    [
      'outcome',
      row.outcome === undefined ? 'not in this record, which was made before it' : quoted(row.outcome),
    ],
  ];
  return { statement, facts };
}

/** Of a call whose body is withheld. What the row says was written by the gateway: a text that is no JSON has none. */
function contextOf(parameters: string | undefined): unknown {
  if (parameters === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(parameters);
    return typeof value === 'object' && value !== null && 'EncryptionContext' in value
      ? value.EncryptionContext
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
