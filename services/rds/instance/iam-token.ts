/**
 * Tokens of IAM database authentication: `HOST:PORT/?Action=connect&DBUser=…&X-Amz-…`, a presigned URL without its scheme, signed for the
 * service `rds-db` and good for fifteen minutes
 * (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html). Whoever has the credentials of the
 * account that owns the database logs in as any role that has `rds_iam`.
 */
import { type Clock, type CredentialStore, SignatureFailure, verifyPresigned } from '@hypergate/kit';

export interface TokenExpectation {
  readonly user: string;
  /** Names under which clients reach the database. */
  readonly hosts: readonly string[];
  readonly port: number;
  /** Of the database's owner. */
  readonly accountId: string;
}

const secondsMax = 900;

export async function isTokenOf(
  token: string,
  expected: TokenExpectation,
  modules: { readonly credentials: CredentialStore; readonly clock: Clock },
): Promise<boolean> {
  const parts = /^([\w.-]+|\[[0-9a-f:]+\]):(\d{1,5})(\/\?.*)$/i.exec(token);
  if (parts === null) return false;
  const [, host, port, target] = parts as unknown as [string, string, string, string];
  if (Number(port) !== expected.port || !expected.hosts.includes(host.toLowerCase())) return false;
  try {
    const use = await verifyPresigned({ host: `${host}:${port}`, target, signingName: 'rds-db' }, modules);
    const { credential, query, expiresSeconds = Number.POSITIVE_INFINITY } = use;
    return (
      query.get('Action') === 'connect' &&
      query.get('DBUser') === expected.user &&
      expiresSeconds <= secondsMax &&
      credential.principal.kind === 'root' &&
      credential.principal.accountId === expected.accountId
    );
  } catch (error) {
    if (error instanceof SignatureFailure) return false;
    throw error;
  }
}
