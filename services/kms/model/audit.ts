/**
 * Format v1 of the audit row: who called what with which keys, written before a key is used. It is what custodians check a task
 * against, together with the call itself, whose hash stands here.
 */
import type { ControlChoices } from '../engine/control/call.ts';
import { type RowReader, RowWriter, readAll } from './fields.ts';

export const auditVersion = 1;

export interface AuditControl {
  /** Number of the control call, from 1 on; 0 while it has none: key material is made first, by these choices. */
  readonly sequence: number;
  /** When the gateway took the call; of a resubmission the first time. Milliseconds since 1970. */
  readonly nowMs: number;
  readonly choices: ControlChoices;
}

export interface AuditRow {
  readonly timeMs: number;
  readonly requestId: string;
  /** Of KMS, or a `DueOperation`, which nobody called. */
  readonly operation: string;
  /** Empty of a `DueOperation`, as are account and access key. */
  readonly principalArn: string;
  readonly account: string;
  readonly accessKeyId: string;
  readonly region: string;
  /** Keys that the call is about, as far as they are known before it. */
  readonly keyIds: readonly string[];
  /** SHA-256 of the encoded signed call, 32 bytes; zeros when there is none. */
  readonly callHash: Uint8Array;
  /** `aws:*` condition keys that the gateway alone can know: address, encryption of the connection. */
  readonly context: readonly (readonly [key: string, value: string])[];
  /** Members of the request when its body is withheld: see `withheldParameters`. */
  readonly parameters?: string | undefined;
  readonly control?: AuditControl | undefined;
  /** The call was recorded before, and it is not known whether it reached the custodians. */
  readonly resubmission: boolean;
  /**
   * How the call ended, `ok` or the code of its error, when nothing was done for it after its record. With a number: custodians refused
   * the call that had it, and nothing has it from here on.
   */
  readonly outcome?: string | undefined;
}

export function encodeAudit(row: AuditRow): Uint8Array {
  const to = new RowWriter().u64(row.timeMs).string(row.requestId).string(row.operation);
  to.string(row.principalArn).string(row.account).string(row.accessKeyId).string(row.region);
  to.list(row.keyIds, (keyId) => to.string(keyId));
  if (row.callHash.length !== 32) throw new RangeError('a hash has 32 bytes');
  to.bytes(row.callHash);
  to.list(row.context, ([key, value]) => to.string(key).string(value));
  to.maybe(row.parameters, (text) => to.string(text));
  to.maybe(row.control, (control) => writeControl(to, control));
  to.u8(row.resubmission ? 1 : 0);
  return to.maybe(row.outcome, (outcome) => to.string(outcome)).done();
}

/** @throws ProofRefused */
export function decodeAudit(bytes: Uint8Array): AuditRow {
  return readAll(bytes, (from) => ({
    timeMs: from.u64('the time'),
    requestId: from.string('the request id'),
    operation: from.string('the operation'),
    principalArn: from.string('the principal'),
    account: from.string('the account'),
    accessKeyId: from.string('the access key'),
    region: from.string('the region'),
    keyIds: from.list('the keys', () => from.string('a key id')),
    callHash: from.bytes(32, 'the hash of the call'),
    context: from.list(
      'the context',
      () => [from.string('a condition key'), from.string('its value')] as const,
    ),
    parameters: from.maybe('the parameters', () => from.string('the parameters')),
    control: from.maybe('the control call', () => readControl(from)),
    resubmission: from.flag('the mark of a resubmission'),
    outcome: from.maybe('the outcome', () => from.string('the outcome')),
  }));
}

/** What has to be the same when a control call is recorded again. */
export function writeControl(to: RowWriter, { sequence, nowMs, choices }: AuditControl): RowWriter {
  to.u64(sequence).u64(nowMs);
  to.maybe(choices.keyId, (keyId) => to.string(keyId));
  to.maybe(choices.handle, (handle) => to.hex(handle));
  to.maybe(choices.materialId, (id) => to.hex(id));
  return to.maybe(choices.grantId, (id) => to.hex(id));
}

function readControl(from: RowReader): AuditControl {
  return {
    sequence: from.u64('the sequence'),
    nowMs: from.u64('the time of the call'),
    choices: {
      keyId: from.maybe('a key id', () => from.string('a key id')),
      handle: from.maybe('a handle', () => from.hex(16, 'a handle')),
      materialId: from.maybe('a key material id', () => from.hex(32, 'a key material id')),
      grantId: from.maybe('a grant id', () => from.hex(32, 'a grant id')),
    },
  };
}
