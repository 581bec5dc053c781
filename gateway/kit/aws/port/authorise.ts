/** Default deny: an operation runs when every resource it touches allows its action to the caller. */
import { type EvaluationRequest, evaluate } from '../../policy/index.ts';
import type { Principal } from '../../service.ts';
import type { Credential } from '../credentials.ts';
import type { Call, ResourceRef } from '../definition.ts';
import { accessDenied, type ErrorFamily } from '../error-family.ts';
import type { AnyRow } from './registry.ts';

type Context = EvaluationRequest['context'];

/** An operation that names no resource acts on the caller's own account. */
const everything: readonly ResourceRef[] = [{ arn: '*' }];

/**
 * @param context condition keys of the request, made only when a policy has to be asked
 * @throws AwsError access denied, or what looking up a resource gave (NoSuchBucket)
 */
export async function authorise(
  row: AnyRow,
  call: Call<unknown>,
  options: {
    readonly credential: Credential | undefined;
    readonly family: ErrorFamily;
    readonly context: () => Context;
  },
): Promise<void> {
  if (row.access === 'permissionless') return;
  const looked = row.resources(call);
  const found = looked instanceof Promise ? await looked : looked;
  const resources = found.length === 0 ? everything : found;
  const { principal } = call;
  for (const resource of resources) {
    if (ownRootWithoutPolicy(principal, resource)) continue;
    const decision = evaluate({
      principal,
      action: resource.action ?? (typeof row.action === 'string' ? row.action : row.action(call)),
      resource,
      identityPolicies: options.credential?.identityPolicies ?? [],
      resourcePolicies: resource.policy === undefined ? [] : [resource.policy],
      context: { ...row.conditionKeys?.(call), ...options.context() },
    });
    if (decision !== 'allow') throw accessDenied(options.family);
  }
}

/** The root of the owning account may do everything; what nobody owns yet answers for itself (creating, not found). */
function ownRootWithoutPolicy(principal: Principal, resource: ResourceRef): boolean {
  return (
    principal.kind === 'root' &&
    resource.policy === undefined &&
    (resource.ownerAccountId === undefined || resource.ownerAccountId === principal.accountId)
  );
}
