/** Audited calls as custodians get them, with calls whose signature is a promise: who signed stands in them. */
import { createHash } from 'node:crypto';
import type { Principal } from '@hypergate/kit';
import type { AuditedCall, Authority, Bytes, ControlHead, ControlStore, KeyTask } from '@hypergate/node/api';
import { callHash } from '../../authority/audit-evidence.ts';
import { CallRefused, createAuthority, type ReadCall } from '../../authority/index.ts';
import type { Input } from '../../engine/index.ts';
import { type AuditControl, type AuditRow, encodeAudit } from '../../model/audit.ts';
import { RowWriter } from '../../model/fields.ts';
import { auditKey, domainAddress } from '../../model/tables.ts';
import { withheldParameters } from '../../model/withheld.ts';
import { region, root, startMs } from './world.ts';

export class MemoryStore implements ControlStore {
  readonly values = new Map<string, Bytes>();

  async get(name: string) {
    return this.values.get(name);
  }
  async put(entries: readonly (readonly [name: string, value: Bytes | undefined])[]) {
    for (const [name, value] of entries) {
      if (value === undefined) this.values.delete(name);
      else this.values.set(name, value);
    }
  }
  async list(prefix: string, max: number, after = '') {
    return [...this.values]
      .filter(([name]) => name.startsWith(prefix) && name > after)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .slice(0, max);
  }
}

export interface Signed {
  readonly operation: string;
  readonly input: Input;
  readonly principal?: Principal;
  readonly identityPolicies?: readonly unknown[];
  readonly signedAtMs?: number;
  readonly signingName?: string;
  readonly region?: string;
}

/** What a call's bytes stand for; the bytes are its hash. */
const calls = new Map<string, Signed & { readonly withheld: boolean }>();

export function encodeCall(signed: Signed, withheld = false): Bytes {
  const text = JSON.stringify({ ...signed, withheld }, (_, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  );
  const bytes = new Uint8Array(createHash('sha256').update(text).digest());
  calls.set(Buffer.from(bytes).toString('hex'), { ...signed, withheld });
  return bytes;
}

const skewMs = 15 * 60_000;

const readCall: ReadCall = async (bytes, nowMs) => {
  const signed = calls.get(Buffer.from(bytes).toString('hex'));
  if (signed === undefined) throw new CallRefused('the signature is wrong');
  const { signedAtMs = startMs } = signed;
  if (Math.abs(signedAtMs - nowMs) > skewMs) throw new CallRefused('it was signed at another time');
  return {
    principal: signed.principal ?? root,
    identityPolicies: signed.identityPolicies ?? [],
    signingName: signed.signingName ?? 'kms',
    region: signed.region ?? region,
    signedAtMs,
    operation: signed.operation,
    input: signed.withheld ? undefined : signed.input,
  };
};

export interface Custodian {
  readonly authority: Authority;
  readonly store: MemoryStore;
  readonly clock: { nowMs: number; now(): number };
}

export function custodian(store = new MemoryStore(), allowsReset = false): Custodian {
  const clock = {
    nowMs: startMs,
    now() {
      return this.nowMs;
    },
  };
  const authority = createAuthority({ store, clock, readCall, region, allowsReset });
  return { authority, store, clock };
}

export interface Recording {
  readonly row?: Partial<AuditRow>;
  readonly revision?: number;
  readonly control?: AuditControl;
  readonly domain?: Bytes;
  readonly table?: string;
}

export function audited(signed: Signed, recording: Recording = {}): AuditedCall {
  const parameters = withheldParameters(signed.operation, signed.input);
  const call = encodeCall(signed, parameters !== undefined);
  const { principal = root, signedAtMs = startMs } = signed;
  return recorded(
    {
      timeMs: signedAtMs,
      requestId: 'request',
      operation: signed.operation,
      principalArn: principal.arn,
      account: principal.accountId,
      accessKeyId: principal.accessKeyId,
      region,
      keyIds: [],
      callHash: callHash(call),
      context: [],
      parameters,
      control: recording.control,
      resubmission: false,
      ...recording.row,
    },
    call,
    recording,
  );
}

/** Of something that time brought: nobody called. */
export function due(operation: string, keyId: string, control: AuditControl): AuditedCall {
  const row: AuditRow = {
    timeMs: control.nowMs,
    requestId: 'due',
    operation,
    principalArn: '',
    account: '',
    accessKeyId: '',
    region,
    keyIds: [keyId],
    callHash: new Uint8Array(32),
    context: [],
    control,
    resubmission: false,
  };
  return recorded(row, new Uint8Array(0), {});
}

function recorded(
  row: AuditRow,
  call: Bytes,
  { revision = 4096, domain, table = 'kms.audit' }: Recording,
): AuditedCall {
  const { sort } = auditKey(row);
  const record = new RowWriter().u8(1).u8(0).u8(table.length).text(table).u16(0).u16(sort.length).bytes(sort);
  record.u16(1).bytes(encodeAudit(row));
  return { revision, domain: domain ?? domainAddress, slot: new Uint8Array(24), record: record.done(), call };
}

/** `accepted`, or why it was not. */
export async function verdict(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'accepted';
  } catch (error) {
    if (!(error instanceof Error) || !('reason' in error)) throw error;
    return `${String(error.reason)}: ${error.message}`;
  }
}

export const judge = ({ authority }: Custodian, call: AuditedCall, task: KeyTask) =>
  verdict(() => authority.authorise(call, task));

export const sameHead = (left: ControlHead, right: ControlHead): boolean =>
  left.sequence === right.sequence && Buffer.compare(left.hash, right.hash) === 0;
