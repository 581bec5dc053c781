/**
 * Decides whether a call is allowed, by AWS's rules
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html):
 *
 * 1. any matching Deny refuses, except that the owner's root can always mend the resource's policy;
 * 2. the root of the owning account may do everything else, unless the resource's policy has to delegate to it;
 * 3. within one account an Allow of the caller's policies or of the resource's policy naming the caller is enough;
 * 4. across accounts both sides must allow: the caller's policies (a root has all) and the resource's policy, which
 *    may name the caller or its account;
 * 5. callers without credentials need a resource policy for everyone;
 * 6. otherwise the call is refused.
 */
import type { Principal } from '../service.ts';
import type { ContextLookup } from './conditions.ts';
import { Policy, parsePolicy, type Statement } from './document.ts';
import { policyCacheMax } from './limits.ts';
import type { Variables } from './pattern.ts';

export type Decision = 'allow' | 'explicit-deny' | 'implicit-deny';

export interface EvaluationRequest {
  readonly principal: Principal;
  /** `s3:GetObject`. */
  readonly action: string;
  readonly resource: {
    readonly arn: string;
    /** Absent when the resource does not exist: the caller's account counts as owner. */
    readonly ownerAccountId?: string;
  };
  /** Parsed policies, or documents as stored (parsed once, then remembered). */
  readonly identityPolicies: readonly unknown[];
  readonly resourcePolicies: readonly unknown[];
  /** Condition keys in any case (`aws:SourceIp`, `s3:prefix`); keys of the principal and the owner are added. */
  readonly context: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Identity policies, and being the account's root, count only if the resource's policy delegates to the account, as for KMS keys. */
  readonly resourcePolicyDelegates?: boolean;
}

/** Actions on a resource's own policy that a Deny cannot take from the owner's root, lest the resource be lost. */
const RECOVERY_ACTIONS = new Set(['s3:getbucketpolicy', 's3:putbucketpolicy', 's3:deletebucketpolicy']);

/** @throws PolicyError when a stored document is malformed: nothing is decided on half a policy */
export function evaluate(request: EvaluationRequest): Decision {
  const { principal, resource } = request;
  const owner = resource.ownerAccountId;
  const anonymous = principal.kind === 'anonymous';
  const sameAccount = !anonymous && (owner === undefined || owner === principal.accountId);
  const rootOfOwner = principal.kind === 'root' && sameAccount;
  const match = new StatementMatcher(request);
  if (rootOfOwner && RECOVERY_ACTIONS.has(match.action)) return 'allow';

  let identityAllows = principal.kind === 'root';
  let resourceAllows: 'direct' | 'account' | 'none' = 'none';
  for (const document of anonymous ? [] : request.identityPolicies) {
    for (const statement of policyOf(document, 'identity').statements) {
      if (!match.matches(statement)) continue;
      if (statement.effect === 'Deny') return 'explicit-deny';
      identityAllows = true;
    }
  }
  for (const document of request.resourcePolicies) {
    for (const statement of policyOf(document, 'resource').statements) {
      const how = match.principal(statement);
      if (how === 'none' || !match.matches(statement)) continue;
      if (statement.effect === 'Deny') return 'explicit-deny';
      if (resourceAllows !== 'direct') resourceAllows = how;
    }
  }

  if (rootOfOwner && request.resourcePolicyDelegates !== true) return 'allow';
  if (anonymous) return resourceAllows === 'direct' ? 'allow' : 'implicit-deny';
  if (!sameAccount) return identityAllows && resourceAllows !== 'none' ? 'allow' : 'implicit-deny';
  if (resourceAllows === 'direct') return 'allow';
  const identityCounts = request.resourcePolicyDelegates !== true || resourceAllows === 'account';
  return identityAllows && identityCounts ? 'allow' : 'implicit-deny';
}

/** Matches statements against one request; the context is prepared once. */
class StatementMatcher {
  readonly action: string;
  readonly #request: EvaluationRequest;
  #keys: ReadonlyMap<string, readonly string[]> | undefined;
  readonly #lookup: ContextLookup = (key) => (this.#keys ??= contextKeys(this.#request)).get(key);
  readonly #variables: Variables = (key) => {
    const values = this.#lookup(key);
    return values?.length === 1 ? values[0] : undefined;
  };

  constructor(request: EvaluationRequest) {
    this.#request = request;
    this.action = request.action.toLowerCase();
  }

  /** Action, resource and conditions; the principal is asked apart. */
  matches(statement: Statement): boolean {
    const { actions, resources, conditions } = statement;
    const { arn } = this.#request.resource;
    if (actions.patterns.some((p) => p.matches(this.action, this.#variables)) === actions.negated)
      return false;
    if (resources !== undefined) {
      if (resources.patterns.some((p) => p.matches(arn, this.#variables)) === resources.negated) return false;
    }
    return conditions.every((condition) => condition(this.#lookup, this.#variables));
  }

  principal(statement: Statement): 'direct' | 'account' | 'none' {
    if (statement.principals === undefined) return 'none';
    const { set, negated } = statement.principals;
    const how = set.match(this.#request.principal);
    // A Deny speaks of everyone in a named account.
    if (!negated) return statement.effect === 'Deny' && how !== 'none' ? 'direct' : how;
    // NotPrincipal errs towards refusal: a Deny spares only callers it names themselves, an Allow leaves out whole accounts.
    const spared = statement.effect === 'Deny' ? how === 'direct' : how !== 'none';
    return spared ? 'none' : 'direct';
  }
}

function contextKeys(request: EvaluationRequest): Map<string, readonly string[]> {
  const keys = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(request.context)) {
    if (value !== undefined) keys.set(key.toLowerCase(), typeof value === 'string' ? [value] : value);
  }
  const { principal, resource } = request;
  if (resource.ownerAccountId !== undefined) keys.set('aws:resourceaccount', [resource.ownerAccountId]);
  if (principal.kind === 'anonymous') {
    keys.set('aws:principaltype', ['Anonymous']);
    keys.set('aws:userid', ['anonymous']);
    return keys;
  }
  keys.set('aws:principalarn', [principal.arn]);
  keys.set('aws:principalaccount', [principal.accountId]);
  keys.set('aws:userid', [principal.userId]);
  const types = { root: 'Account', user: 'User', role: 'AssumedRole' } as const;
  keys.set('aws:principaltype', [types[principal.kind]]);
  if (principal.kind === 'user') {
    keys.set('aws:username', [principal.arn.slice(principal.arn.lastIndexOf('/') + 1)]);
  }
  return keys;
}

const parsedObjects = new WeakMap<object, Policy>();
const parsedTexts = new Map<string, Policy>();

/** Parsed policies by the stored document: the same text or object is parsed once. @throws PolicyError */
export function policyOf(document: unknown, kind: 'identity' | 'resource'): Policy {
  if (document instanceof Policy) return document;
  if (typeof document === 'string') {
    const key = `${kind} ${document}`;
    const known = parsedTexts.get(key);
    if (known !== undefined) return known;
    const policy = parsePolicy(document, { kind });
    const oldest = parsedTexts.keys().next();
    if (parsedTexts.size >= policyCacheMax && oldest.done !== true) parsedTexts.delete(oldest.value);
    parsedTexts.set(key, policy);
    return policy;
  }
  const known = typeof document === 'object' && document !== null ? parsedObjects.get(document) : undefined;
  if (known?.kind === kind) return known;
  const policy = parsePolicy(document, { kind });
  if (typeof document === 'object' && document !== null) parsedObjects.set(document, policy);
  return policy;
}
