/** Calls that change what others are checked against, and what they come to. The same call on the same view comes to the same everywhere. */
import type { Caller } from '../access/caller.ts';
import { internal } from '../errors.ts';
import type { Input } from '../input.ts';
import type { AliasRecord, GrantRecord, KeyRecord } from '../key-record.ts';
import type { operations } from '../operations.ts';
import type { SchemeName } from '../specs.ts';

export type ControlOperation = {
  [Name in keyof typeof operations]: (typeof operations)[Name] extends { readonly control: true }
    ? Name
    : never;
}[keyof typeof operations];

/** What no rule decides: chosen once, at the gateway, and recorded with the call. */
export interface ControlChoices {
  /** Of a new key. */
  readonly keyId?: string | undefined;
  /** Of a new version, 16 bytes in hexadecimal. */
  readonly handle?: string | undefined;
  /** Of imported material, 32 bytes in hexadecimal: the same for the same material of one key. */
  readonly materialId?: string | undefined;
  readonly grantId?: string | undefined;
}

export interface ControlCall {
  readonly operation: ControlOperation;
  /** Its shape was checked. */
  readonly input: Input;
  readonly caller: Caller;
  readonly choices: ControlChoices;
  /** When the gateway took the call. */
  readonly nowMs: number;
}

export type Change =
  | { readonly kind: 'key'; readonly key: KeyRecord }
  | {
      readonly kind: 'alias';
      readonly account: string;
      readonly name: string;
      readonly alias: AliasRecord | undefined;
    }
  | {
      readonly kind: 'grant';
      readonly keyId: string;
      readonly grantId: string;
      readonly grant: GrantRecord | undefined;
    }
  /** The key is gone, and with it all of its grants. */
  | { readonly kind: 'no-grants'; readonly keyId: string };

/** Key material that has to be made or shared before the change counts for callers. */
export interface NewMaterial {
  readonly kind: 'create' | 'import';
  readonly handle: string;
  readonly scheme: SchemeName;
}

export interface ControlOutcome {
  /** The key that the call is about. */
  readonly keyId: string;
  readonly changes: readonly Change[];
  /** Members of the answer. */
  readonly output: Readonly<Record<string, unknown>>;
  readonly material?: NewMaterial | undefined;
}

/** @throws KmsError KMSInternalException when the gateway did not choose what it had to */
export function chosen(choices: ControlChoices, name: keyof ControlChoices, form: RegExp): string {
  const value = choices[name];
  if (value === undefined || !form.test(value)) throw internal(`no ${name} was chosen`);
  return value;
}

export const hex16 = /^[0-9a-f]{32}$/;
export const hex32 = /^[0-9a-f]{64}$/;

export const changedKey = (key: KeyRecord): Change => ({ kind: 'key', key });
