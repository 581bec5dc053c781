/** CreateGrant, RetireGrant, RevokeGrant. */
import { grantNames } from '../access/caller.ts';
import {
  checkGrantTokens,
  granteeBucket,
  grantToken,
  isGrantId,
  mayRetire,
  readGrantToken,
} from '../access/grants.ts';
import { requireAccess } from '../access/require-access.ts';
import { canonicalContext, sameContext } from '../encryption-context.ts';
import { internal, invalid, kmsError } from '../errors.ts';
import { flagOf, type Input, objectOf, pairsOf, required, textOf, textsOf } from '../input.ts';
import {
  type EncryptionContext,
  type GrantOperation,
  type GrantRecord,
  grantOperations,
  type KeyRecord,
  keyArn,
} from '../key-record.ts';
import { kmsLimits } from '../limits.ts';
import { isAsymmetric, isSymmetric } from '../specs.ts';
import { checkState } from '../states.ts';
import type { ControlView } from '../view.ts';
import { type ControlCall, type ControlOutcome, changedKey, chosen, hex32 } from './call.ts';
import { findKey } from './on-key.ts';

export async function createGrant(view: ControlView, call: ControlCall): Promise<ControlOutcome> {
  const { input, caller, choices, nowMs } = call;
  const { key } = await findKey(view, call, 'KeyId');
  checkGrantTokens(textsOf(input, 'GrantTokens'));
  const grant: GrantRecord = {
    grantId: chosen(choices, 'grantId', hex32),
    keyId: key.keyId,
    ...termsOf(input, key),
    issuingAccount: caller.principal.accountId,
    createdMs: nowMs,
  };
  await requireAccess(view, caller, { operation: 'CreateGrant', input, key, grant });
  checkState(key, 'CreateGrant');
  refuseDryRun(input);
  const same = await namedAlike(view, grant);
  if (same !== undefined) return { keyId: key.keyId, changes: [], output: named(same) };
  if (key.grants >= kmsLimits.grantsPerKeyMax)
    throw kmsError('LimitExceededException', `A key has at most ${kmsLimits.grantsPerKeyMax} grants.`);
  const bucket = granteeBucket(grant.granteePrincipal);
  if (!grant.grantId.startsWith(bucket) || (await view.grant(key.keyId, grant.grantId)) !== undefined)
    throw internal('the grant id does not fit');
  const change = { kind: 'grant', keyId: key.keyId, grantId: grant.grantId, grant } as const;
  return {
    keyId: key.keyId,
    changes: [changedKey({ ...key, grants: key.grants + 1 }), change],
    output: named(grant),
  };
}

export async function revokeGrant(view: ControlView, call: ControlCall): Promise<ControlOutcome> {
  const { key } = await findKey(view, call, 'KeyId');
  await requireAccess(view, call.caller, { operation: 'RevokeGrant', input: call.input, key });
  const grant = await existing(view, key.keyId, required(textOf(call.input, 'GrantId'), 'GrantId'));
  refuseDryRun(call.input);
  return without(key, grant);
}

export async function retireGrant(view: ControlView, call: ControlCall): Promise<ControlOutcome> {
  const { input, caller } = call;
  const { keyId, grantId } = await retired(view, call);
  const grant = await existing(view, keyId, grantId);
  const key = await view.key(keyId);
  if (key === undefined || key.state === 'Deleted') throw kmsError('NotFoundException');
  if (!mayRetire(caller.principal, grant)) {
    throw kmsError(
      'AccessDeniedException',
      `User: ${caller.principal.arn} is not authorized to perform: kms:RetireGrant on resource: ${keyArn(key)}`,
    );
  }
  refuseDryRun(input);
  return without(key, grant);
}

/** A token, or key and grant. @throws KmsError */
async function retired(
  view: ControlView,
  call: ControlCall,
): Promise<{ readonly keyId: string; readonly grantId: string }> {
  const { input } = call;
  const token = textOf(input, 'GrantToken');
  const grantId = textOf(input, 'GrantId');
  const named = textOf(input, 'KeyId') !== undefined && grantId !== undefined;
  if ((token === undefined) !== named)
    throw invalid('Specify either a grant token or both a key ID and a grant ID.');
  if (token !== undefined) return readGrantToken(token);
  const { key } = await findKey(view, call, 'KeyId');
  return { keyId: key.keyId, grantId: required(grantId, 'GrantId') };
}

async function existing(view: ControlView, keyId: string, grantId: string): Promise<GrantRecord> {
  if (!isGrantId(grantId)) throw kmsError('InvalidGrantIdException', `Invalid grant ID ${grantId}`);
  const grant = await view.grant(keyId, grantId);
  if (grant === undefined) throw kmsError('NotFoundException', `Grant ID ${grantId} not found`);
  return grant;
}

const without = (key: KeyRecord, { grantId }: GrantRecord): ControlOutcome => ({
  keyId: key.keyId,
  changes: [
    changedKey({ ...key, grants: key.grants - 1 }),
    { kind: 'grant', keyId: key.keyId, grantId, grant: undefined },
  ],
  output: {},
});

const named = ({ keyId, grantId }: GrantRecord) => ({
  GrantId: grantId,
  GrantToken: grantToken(keyId, grantId),
});

function refuseDryRun(input: Input): void {
  if (flagOf(input, 'DryRun')) throw kmsError('DryRunOperationException');
}

/** The same grant under the same name is one grant, so that a call can be repeated. */
async function namedAlike(view: ControlView, grant: GrantRecord): Promise<GrantRecord | undefined> {
  if (grant.name === undefined) return undefined;
  const others = await view.grantsOf(grant.keyId, grant.granteePrincipal);
  return others.find(
    (one) =>
      one.name === grant.name &&
      one.retiringPrincipal === grant.retiringPrincipal &&
      one.operations.length === grant.operations.length &&
      one.operations.every((operation) => grant.operations.includes(operation)) &&
      sameMaybe(one.contextEquals, grant.contextEquals) &&
      sameMaybe(one.contextSubset, grant.contextSubset),
  );
}

const sameMaybe = (left: EncryptionContext | undefined, right: EncryptionContext | undefined): boolean =>
  left === undefined || right === undefined ? left === right : sameContext(left, right);

const principalArn =
  /^(?:arn:aws[\w-]*:(?:iam|sts)::\d{12}:(?:root|(?:user|role|assumed-role|federated-user)\/\S+)|\d{12})$/;

/** @throws KmsError */
function termsOf(input: Input, key: KeyRecord) {
  const granteePrincipal = required(textOf(input, 'GranteePrincipal'), 'GranteePrincipal');
  const retiringPrincipal = textOf(input, 'RetiringPrincipal');
  for (const arn of retiringPrincipal === undefined
    ? [granteePrincipal]
    : [granteePrincipal, retiringPrincipal])
    if (!principalArn.test(arn)) throw kmsError('InvalidArnException', `Invalid principal ${arn}`);
  const wanted = textsOf(input, 'Operations');
  if (wanted.length === 0) throw invalid('The grant must allow at least one operation.');
  const operations = grantOperations.filter((operation) => wanted.includes(operation));
  const wrong = operations.find((operation) => !fits(operation, key));
  if (wrong !== undefined)
    throw invalid(
      `Grant operation ${wrong} is not valid for key spec ${key.spec} and key usage ${key.usage}.`,
    );
  const constraints = objectOf(input, 'Constraints') ?? {};
  const contextSubset = constraint(constraints, 'EncryptionContextSubset', key);
  const contextEquals = constraint(constraints, 'EncryptionContextEquals', key);
  return {
    granteePrincipal,
    retiringPrincipal,
    operations,
    name: textOf(input, 'Name'),
    contextSubset,
    contextEquals,
  };
}

function constraint(constraints: Input, member: string, key: KeyRecord): EncryptionContext | undefined {
  const context = pairsOf(constraints, member);
  if (context === undefined) return undefined;
  if (!isSymmetric(key))
    throw invalid('Encryption context constraints are valid only for symmetric encryption keys.');
  if (canonicalContext(context).length > kmsLimits.grantConstraintBytesMax)
    throw invalid(`A grant constraint is larger than ${kmsLimits.grantConstraintBytesMax} bytes.`);
  return context;
}

const always: readonly GrantOperation[] = ['CreateGrant', 'RetireGrant', 'DescribeKey'];

function fits(operation: GrantOperation, key: KeyRecord): boolean {
  if (always.includes(operation)) return true;
  switch (operation) {
    case 'GetPublicKey':
      return isAsymmetric(key);
    case 'Sign':
    case 'Verify':
      return key.usage === 'SIGN_VERIFY';
    case 'GenerateMac':
    case 'VerifyMac':
      return key.usage === 'GENERATE_VERIFY_MAC';
    case 'DeriveSharedSecret':
      return key.usage === 'KEY_AGREEMENT';
    case 'Encrypt':
    case 'Decrypt':
    case 'ReEncryptFrom':
    case 'ReEncryptTo':
      return key.usage === 'ENCRYPT_DECRYPT';
    default:
      return isSymmetric(key);
  }
}

/** ListGrants: what is left when the request names a grant or a grantee. @throws KmsError InvalidGrantIdException */
export function filterGrants(grants: readonly GrantRecord[], input: Input): readonly GrantRecord[] {
  const grantId = textOf(input, 'GrantId');
  const grantee = textOf(input, 'GranteePrincipal');
  if (grantId !== undefined && !isGrantId(grantId))
    throw kmsError('InvalidGrantIdException', `Invalid grant ID ${grantId}`);
  return grants.filter(
    (grant) =>
      (grantId === undefined || grant.grantId === grantId) &&
      (grantee === undefined || grant.granteePrincipal === grantee),
  );
}

/** ListRetirableGrants shows grants of any key to the one who may retire them, or to the root of its account. */
export function mayListRetirable(caller: ControlCall['caller'], retiringPrincipal: string): boolean {
  const { principal } = caller;
  if (grantNames(principal).includes(retiringPrincipal)) return true;
  return principal.kind === 'root' && retiringPrincipal.includes(`::${principal.accountId}:`);
}

/** Members of GrantListEntry. */
export const grantListEntry = (grant: GrantRecord, arn: string): Readonly<Record<string, unknown>> => ({
  KeyId: arn,
  GrantId: grant.grantId,
  Name: grant.name ?? '',
  CreationDate: new Date(grant.createdMs),
  GranteePrincipal: grant.granteePrincipal,
  RetiringPrincipal: grant.retiringPrincipal,
  IssuingAccount: `arn:aws:iam::${grant.issuingAccount}:root`,
  Operations: grant.operations,
  Constraints:
    grant.contextEquals === undefined && grant.contextSubset === undefined
      ? undefined
      : {
          EncryptionContextEquals: grant.contextEquals,
          EncryptionContextSubset: grant.contextSubset,
        },
});
