/**
 * Calls that a service makes for its own caller, as a custodian judges them. The gateway's record says what was asked of KMS, which nobody
 * signed; the signed call is the one to the service. So the call must be the caller's, to this service and region, and be one for which the
 * service asks this of KMS; then key policies, identity policies and grants decide as for a call of the caller's own, with `kms:ViaService`
 * and the encryption context as given.
 */
import { CustodyError } from '@hypergate/node/api';
import { isViaService, viaCaller, viaInput } from '../engine/access/via.ts';
import { KmsError } from '../engine/errors.ts';
import type { Input } from '../engine/input.ts';
import { isOperation, type Operation } from '../engine/operations.ts';
import type { AuditRow } from '../model/audit.ts';
import type { ViaCall } from '../model/via.ts';
import { type CheckedCall, refused, requireSameCaller, timeKeys } from './audit-evidence.ts';
import type { CallFacts } from './read-call.ts';
import { arnsOf, mayAskFor } from './via-s3.ts';

export interface ViaOptions {
  readonly region: string;
  readonly s3Domains: readonly string[];
  /** When the gateway took the call. */
  readonly nowMs: number;
}

/** Member of the encryption context that names what a request to S3 is about. */
const s3Arn = 'aws:s3:arn';

/** @throws CustodyError `refused` */
export function checkViaCall(
  row: AuditRow,
  via: ViaCall,
  facts: CallFacts,
  options: ViaOptions,
): CheckedCall {
  const { region, nowMs } = options;
  const { operation } = row;
  const { service } = via;
  if (!isViaService(service)) throw refused(`${service} is no service that calls for its callers`);
  const unsigned = facts.signedAtMs === undefined;
  if (!unsigned && (facts.signingName !== service || facts.region !== region))
    throw refused('the call was signed for another service or region');
  if (row.region !== region) throw refused('the record is of another region');
  requireSameCaller(row, facts);
  if (row.context.length > 0) throw refused('the record may not say where a service calls from');
  if (!isOperation(operation)) throw refused('the record is of another operation');
  checkRequest(operation, via, facts, options);
  const { principal, identityPolicies } = facts;
  const caller = viaCaller(
    { principal, identityPolicies, context: timeKeys(nowMs, region), region },
    service,
  );
  return { operation, input: inputOf(operation, via), withheld: false, caller, timeMs: nowMs };
}

function checkRequest(
  operation: Operation,
  { context }: ViaCall,
  { request }: CallFacts,
  { s3Domains }: ViaOptions,
): void {
  if (request === undefined || !mayAskFor(operation, request))
    throw refused('the call is none for which this is asked');
  const arns = arnsOf(operation, request, s3Domains);
  // A key is made for an object as well, but of no context.
  const named = operation === 'CreateKey' ? arns[0] : context?.[s3Arn];
  if (named === undefined || !arns.includes(named)) throw refused('the call is about another object');
}

function inputOf(operation: Operation, via: ViaCall): Input {
  try {
    return viaInput(operation, via);
  } catch (error) {
    if (error instanceof KmsError) throw new CustodyError('refused', error.message, { cause: error });
    throw error;
  }
}
