/** The `Principal` and `NotPrincipal` elements of resource policies. */
import type { Principal } from '../service.ts';
import { PolicyError } from './error.ts';

/**
 * How a statement names the caller: `direct` by its own identity or by `*`, `account` through its account (which
 * delegates to the account's own policies), or not at all.
 */
export type PrincipalMatch = 'direct' | 'account' | 'none';

const ACCOUNT = /^\d{12}$/;
const PRINCIPAL_ARN =
  /^arn:aws[\w-]*:(?:iam|sts)::([^:]*):(root|user\/\S+|role\/\S+|assumed-role\/\S+|federated-user\/\S+)$/;
const UNIQUE_ID = /^[A-Za-z0-9][\w:.-]{2,127}$/;
const KINDS = new Set(['AWS', 'CanonicalUser', 'Service', 'Federated']);

export class PrincipalSet {
  #everyone = false;
  readonly #accounts = new Set<string>();
  readonly #arns = new Set<string>();
  readonly #ids = new Set<string>();

  /** @param element the JSON value. @throws PolicyError */
  constructor(element: unknown) {
    if (element === '*') this.#everyone = true;
    else if (typeof element !== 'object' || element === null || Array.isArray(element)) {
      throw new PolicyError('Invalid principal in policy');
    } else {
      const kinds = Object.entries(element);
      if (kinds.length === 0) throw new PolicyError('Invalid principal in policy');
      for (const [kind, values] of kinds) {
        if (!KINDS.has(kind)) throw new PolicyError('Invalid principal in policy');
        for (const value of Array.isArray(values) ? values : [values]) this.#add(kind, value);
      }
    }
  }

  match(principal: Principal): PrincipalMatch {
    if (this.#everyone) return 'direct';
    if (principal.kind === 'anonymous') return 'none';
    if (this.#arns.has(principal.arn) || this.#ids.has(principal.userId)) return 'direct';
    const role = roleArnOf(principal.arn);
    if (role !== undefined && this.#arns.has(role)) return 'direct';
    if (!this.#accounts.has(principal.accountId)) return 'none';
    return principal.kind === 'root' ? 'direct' : 'account';
  }

  /** `*`: the statement speaks of everyone, also of callers without credentials. */
  get everyone(): boolean {
    return this.#everyone;
  }

  #add(kind: string, value: unknown): void {
    if (typeof value !== 'string' || value === '') throw new PolicyError('Invalid principal in policy');
    // Services and identity providers are never callers here: such entries are kept valid and match nobody.
    if (kind === 'Service' || kind === 'Federated') return;
    if (kind === 'CanonicalUser') this.#ids.add(value);
    else if (value === '*') this.#everyone = true;
    else if (ACCOUNT.test(value)) this.#accounts.add(value);
    else {
      const arn = PRINCIPAL_ARN.exec(value);
      if (arn === null && (value.startsWith('arn:') || !UNIQUE_ID.test(value))) {
        throw new PolicyError('Invalid principal in policy');
      }
      if (/[*?]/.test(value)) throw new PolicyError('Invalid principal in policy');
      if (arn?.[2] === 'root') this.#accounts.add(arn[1]!);
      else if (arn === null) this.#ids.add(value);
      else this.#arns.add(value);
    }
  }
}

/** A session's role: `…sts::1:assumed-role/name/session` is named in policies as `…iam::1:role/name`. */
function roleArnOf(arn: string): string | undefined {
  const match = /^(arn:[^:]*):sts::([^:]*):assumed-role\/([^/]+)\//.exec(arn);
  return match === null ? undefined : `${match[1]}:iam::${match[2]}:role/${match[3]}`;
}
