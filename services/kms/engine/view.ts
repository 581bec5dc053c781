/** What calls are decided on. The gateway reads it from its tables, a custodian from its store; both have it from the same calls. */

import { type KeyName, notFound, parseKeyName } from './key-names.ts';
import type { AliasRecord, GrantRecord, KeyRecord } from './key-record.ts';
import { keyArn } from './key-record.ts';
import type { Operation } from './operations.ts';
import { keyMissing } from './states.ts';

export interface ControlView {
  /** Deleted keys as well: their ids never return. */
  key(keyId: string): Promise<KeyRecord | undefined>;
  /** @param name with `alias/` */
  alias(account: string, name: string): Promise<AliasRecord | undefined>;
  grant(keyId: string, grantId: string): Promise<GrantRecord | undefined>;
  /** All that name this grantee. */
  grantsOf(keyId: string, grantee: string): Promise<readonly GrantRecord[]>;
  /** The key that has, or had, a version with this handle. */
  handleOwner(handle: string): Promise<string | undefined>;
}

export interface Found {
  readonly key: KeyRecord;
  /** Name by which the request reached the key, for `kms:RequestAlias`. */
  readonly alias?: string;
}

/** @throws KmsError NotFoundException, InvalidArnException */
export async function resolveKey(
  view: ControlView,
  text: string,
  caller: { readonly account: string; readonly region: string },
  operation: Operation,
): Promise<Found> {
  const name = parseKeyName(text, caller, operation);
  const found = name.kind === 'key' ? { keyId: name.keyId } : await aliasTarget(view, name, caller.region);
  const key = await view.key(found.keyId);
  if (key === undefined || key.account !== name.account || key.region !== caller.region)
    throw notFound(name, caller.region);
  if (key.state === 'Deleted') throw keyMissing(keyArn(key));
  return name.kind === 'alias' ? { key, alias: name.name } : { key };
}

async function aliasTarget(
  view: ControlView,
  name: KeyName & { readonly kind: 'alias' },
  region: string,
): Promise<{ readonly keyId: string }> {
  const alias = await view.alias(name.account, name.name);
  if (alias === undefined) throw notFound(name, region);
  return { keyId: alias.targetKeyId };
}
