/** Where the AWS port finds the secret of an access key, and who is behind it. */
import type { Account, Principal } from '../service.ts';
import { readSession } from './session-credentials.ts';

export interface Credential {
  readonly secretAccessKey: string;
  readonly principal: Principal;
  /** Set for temporary credentials: a request must bring exactly this token, and one without it must bring none. */
  readonly sessionToken?: string;
  /** Of temporary credentials, milliseconds since 1970. */
  readonly expiresMs?: number;
  /** Identity policy documents of a user or role; a root principal needs none. */
  readonly identityPolicies?: readonly unknown[];
}

export interface CredentialStore {
  /** @param sessionToken as sent. @returns undefined for an unknown or disabled key */
  lookup(
    accessKeyId: string,
    sessionToken?: string,
  ): Credential | undefined | Promise<Credential | undefined>;
}

/** The configured accounts, each with its root principal, and sessions that were issued for them. */
export class StaticCredentialStore implements CredentialStore {
  readonly #byAccessKey = new Map<string, Credential>();
  readonly #accounts = new Map<string, Account>();

  constructor(accounts: readonly Account[]) {
    for (const account of accounts) {
      if (this.#byAccessKey.has(account.accessKeyId)) {
        throw new Error(`access key ${account.accessKeyId} is given to two accounts`);
      }
      this.#accounts.set(account.accessKeyId, account);
      this.#byAccessKey.set(account.accessKeyId, {
        secretAccessKey: account.secretAccessKey,
        principal: rootPrincipal(account),
      });
    }
  }

  lookup(accessKeyId: string, sessionToken?: string): Credential | undefined {
    const own = this.#byAccessKey.get(accessKeyId);
    if (own !== undefined || sessionToken === undefined) return own;
    const session = readSession(sessionToken, (issuer) => this.#accounts.get(issuer));
    return session?.accessKeyId === accessKeyId ? session : undefined;
  }
}

export function rootPrincipal(account: Account): Principal {
  return {
    kind: 'root',
    accountId: account.accountId,
    userId: account.userId,
    arn: `arn:aws:iam::${account.accountId}:root`,
    displayName: account.displayName,
    accessKeyId: account.accessKeyId,
  };
}

/** Who calls without credentials. */
export const anonymousPrincipal: Principal = {
  kind: 'anonymous',
  accountId: '',
  userId: '65a011a29cdf8ec533ec3d1ccaae921c',
  arn: 'anonymous',
  displayName: '',
  accessKeyId: '',
};
