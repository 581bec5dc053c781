/** Decides whether a caller may do something: key policy, identity policies, grants; a Deny of any policy ends it. */
import { evaluate } from '@hypergate/kit/policy';
import { type KmsError, kmsError } from '../errors.ts';
import type { Input } from '../input.ts';
import {
  type GrantOperation,
  type GrantRecord,
  grantOperations,
  type KeyRecord,
  keyArn,
} from '../key-record.ts';
import { factsOf, type Operation } from '../operations.ts';
import type { ControlView } from '../view.ts';
import type { Caller } from './caller.ts';
import { type ConditionSubject, conditionKeys, contextOf } from './condition-keys.ts';
import { allows, grantsFor, isWithin } from './grants.ts';

export interface AccessRequest extends ConditionSubject {
  readonly operation: Operation;
  readonly input: Input;
  /** Without `kms:`; the operation's own name unless given. */
  readonly action?: string;
  /** CreateGrant: what would be granted. */
  readonly grant?: GrantRecord;
}

/** On a key. @throws KmsError AccessDeniedException */
export async function requireAccess(
  view: ControlView,
  caller: Caller,
  request: AccessRequest & { readonly key: KeyRecord },
): Promise<void> {
  const { key, operation, action = operation } = request;
  const { principal } = caller;
  const foreign = principal.accountId !== key.account;
  if (foreign && factsOf(operation).crossAccount !== true)
    throw denied(caller, action, keyArn(key), 'resource');
  const decision = evaluate({
    principal,
    action: `kms:${action}`,
    resource: { arn: keyArn(key), ownerAccountId: key.account },
    identityPolicies: caller.identityPolicies,
    resourcePolicies: [key.policy],
    context: { ...caller.context, ...keysOf(request, caller) },
    resourcePolicyDelegates: true,
  });
  if (decision === 'allow') return;
  if (decision === 'explicit-deny') throw denied(caller, action, keyArn(key), 'deny');
  if (await isGranted(view, caller, request, action)) return;
  throw denied(caller, action, keyArn(key), foreign ? 'resource' : 'identity');
}

/** On what has no policy of its own: an alias, or everything (`*`). @throws KmsError AccessDeniedException */
export function requireIdentity(caller: Caller, request: AccessRequest, arn: string, account: string): void {
  const { operation, action = operation } = request;
  const decision = evaluate({
    principal: caller.principal,
    action: `kms:${action}`,
    resource: { arn, ownerAccountId: account },
    identityPolicies: caller.identityPolicies,
    resourcePolicies: [],
    context: { ...caller.context, ...keysOf(request, caller) },
  });
  if (decision === 'allow') return;
  throw denied(caller, action, arn, decision === 'explicit-deny' ? 'deny' : 'identity');
}

const keysOf = (request: AccessRequest, caller: Caller) =>
  conditionKeys(request.operation, request.input, request, caller.principal.accountId);

async function isGranted(
  view: ControlView,
  { principal }: Caller,
  request: AccessRequest & { readonly key: KeyRecord },
  action: string,
): Promise<boolean> {
  if (!(grantOperations as readonly string[]).includes(action)) return false;
  const use = {
    operation: action as GrantOperation,
    context: contextOf(request.operation, request.input, request),
  };
  const grants = await grantsFor(view, request.key.keyId, principal);
  const { grant } = request;
  return grants.some((one) => allows(one, use) && (grant === undefined || isWithin(grant, one)));
}

function denied(
  { principal }: Caller,
  action: string,
  arn: string,
  why: 'deny' | 'identity' | 'resource',
): KmsError {
  const reason =
    why === 'deny'
      ? 'with an explicit deny'
      : `because no ${why}-based policy allows the kms:${action} action`;
  return kmsError(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to perform: kms:${action} on resource: ${arn} ${reason}`,
  );
}
