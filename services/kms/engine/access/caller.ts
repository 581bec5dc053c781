/** Who calls, and what policies are asked with. */
import type { Principal } from '@hypergate/kit';

export interface Caller {
  readonly principal: Principal;
  /** Documents of a user or role; a root has all permissions of its account. */
  readonly identityPolicies: readonly unknown[];
  /** `aws:*` condition keys of the request. */
  readonly context: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly region: string;
  /** Signing name of the service that calls for this caller; its own call when absent. See `viaCaller`. */
  readonly via?: string;
}

/** Names by which grants can mean this caller: itself, and the role behind a session. */
export function grantNames({ arn, accountId, kind }: Principal): readonly string[] {
  const session = /^(arn:[^:]*):sts::([^:]*):assumed-role\/([^/]+)\//.exec(arn);
  const names = [arn];
  if (session !== null) names.push(`${session[1]}:iam::${session[2]}:role/${session[3]}`);
  if (kind === 'root') names.push(accountId);
  return names;
}
