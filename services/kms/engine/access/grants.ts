/**
 * Grants: who may use a key besides what policies say.
 * https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
 */
import { createHash } from 'node:crypto';
import type { Principal } from '@hypergate/kit';
import { isSubset, sameContext } from '../encryption-context.ts';
import { kmsError } from '../errors.ts';
import { isKeyId } from '../key-names.ts';
import type { EncryptionContext, GrantOperation, GrantRecord } from '../key-record.ts';
import type { ControlView } from '../view.ts';
import { grantNames } from './caller.ts';

/** Grants of a key are kept apart by this byte of the grantee, so that one caller's are found without reading all. */
export const granteeBucket = (grantee: string): string =>
  createHash('sha256').update(grantee).digest('hex').slice(0, 2);

/** @param random 31 bytes */
export const newGrantId = (grantee: string, random: Uint8Array): string =>
  granteeBucket(grantee) + Buffer.from(random).toString('hex');

export const isGrantId = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

/**
 * A grant token names a grant and permits nothing by itself: the grant does. So it can be made again from the ids.
 */
export const grantToken = (keyId: string, grantId: string): string =>
  Buffer.from(`1.${keyId}.${grantId}`).toString('base64url');

/** @throws KmsError InvalidGrantTokenException */
export function readGrantToken(token: string): { readonly keyId: string; readonly grantId: string } {
  const [version, keyId, grantId, more] = Buffer.from(token, 'base64url').toString('latin1').split('.');
  if (version !== '1' || keyId === undefined || grantId === undefined || more !== undefined)
    throw kmsError('InvalidGrantTokenException');
  if (!isKeyId(keyId) || !isGrantId(grantId)) throw kmsError('InvalidGrantTokenException');
  return { keyId, grantId };
}

/** Every token must be one; which grants they name does not matter here, where grants hold at once. @throws KmsError */
export function checkGrantTokens(tokens: readonly string[]): void {
  for (const token of tokens) readGrantToken(token);
}

export interface GrantUse {
  readonly operation: GrantOperation;
  /** Of cryptographic operations of symmetric keys: constraints are about it. */
  readonly context?: EncryptionContext | undefined;
}

export async function grantsFor(
  view: ControlView,
  keyId: string,
  principal: Principal,
): Promise<readonly GrantRecord[]> {
  const found: GrantRecord[] = [];
  for (const name of grantNames(principal)) found.push(...(await view.grantsOf(keyId, name)));
  return found;
}

export function allows(grant: GrantRecord, { operation, context }: GrantUse): boolean {
  if (!grant.operations.includes(operation)) return false;
  if (unconstrained.has(operation)) return true;
  const { contextEquals, contextSubset } = grant;
  if (contextEquals !== undefined && !sameContext(contextEquals, context ?? {})) return false;
  return contextSubset === undefined || isSubset(contextSubset, context ?? {});
}

/** Constraints are about encryption contexts; these operations have none. */
const unconstrained: ReadonlySet<GrantOperation> = new Set([
  'DescribeKey',
  'CreateGrant',
  'RetireGrant',
  'GetPublicKey',
]);

/** Who was granted CreateGrant passes on no more than it has. */
export function isWithin(grant: GrantRecord, parent: GrantRecord): boolean {
  if (!grant.operations.every((operation) => parent.operations.includes(operation))) return false;
  const { contextEquals, contextSubset } = parent;
  if (
    contextEquals !== undefined &&
    (grant.contextEquals === undefined || !sameContext(contextEquals, grant.contextEquals))
  )
    return false;
  const own = grant.contextEquals ?? grant.contextSubset ?? {};
  return contextSubset === undefined || isSubset(contextSubset, own);
}

/** The retiring principal, the grantee if it was granted that, and the account that made the grant. */
export function mayRetire(principal: Principal, grant: GrantRecord): boolean {
  const names = grantNames(principal);
  if (grant.retiringPrincipal !== undefined && names.includes(grant.retiringPrincipal)) return true;
  if (names.includes(grant.granteePrincipal) && grant.operations.includes('RetireGrant')) return true;
  return principal.kind === 'root' && principal.accountId === grant.issuingAccount;
}
