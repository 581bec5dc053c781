/**
 * Credentials for the Data API, in the place of a Secrets Manager. Each master user has one: it is called
 * `rds-db-credentials/<resource id>/<user>`, or, where RDS manages the password, as `MasterUserSecret` of the instance says.
 */
import type { SecretRecord } from '../model/control-records.ts';
import { nameKey, type Scope, secretTable } from '../model/control-tables.ts';
import { invalidValue } from './errors.ts';
import { controlLimits } from './limits.ts';
import type { ControlStore, ControlWrite } from './store.ts';

const arn = /^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]{1,64}):(\d{12}):secret:(.{1,512})$/;
/** Secrets Manager puts it behind the name. */
const suffix = /-[A-Za-z0-9]{6}$/;

export function secretArn(scope: Scope, name: string): string {
  return `arn:aws:secretsmanager:${scope.region}:${scope.account}:secret:${name}`;
}

export function parseSecretArn(text: string): (Scope & { readonly name: string }) | undefined {
  const [, region, account, name] = arn.exec(text) ?? [];
  return name === undefined ? undefined : { region: region!, account: account!, name };
}

export const masterSecretName = (resource: string, user: string): string =>
  `rds-db-credentials/${resource}/${user}`;

export const managedSecretName = (resource: string): string => `rds!${resource.toLowerCase()}`;

export class Secrets {
  readonly #store: ControlStore;

  constructor(store: ControlStore) {
    this.#store = store;
  }

  /** @param name with or without the six characters that Secrets Manager adds */
  async find(scope: Scope, name: string): Promise<SecretRecord | undefined> {
    const whole = await this.#store.get(secretTable, scope, name);
    if (whole !== undefined || !suffix.test(name)) return whole;
    return this.#store.get(secretTable, scope, name.replace(suffix, ''));
  }

  put(secret: SecretRecord): ControlWrite {
    return this.#store.put(secretTable, secret);
  }

  remove(scope: Scope, name: string): ControlWrite {
    return {
      kind: 'remove',
      domain: this.#store.domain,
      table: secretTable,
      key: nameKey(scope, name),
    };
  }

  /** Credentials of any role, under a name of the caller's choice. @throws AwsError */
  async save(secret: SecretRecord): Promise<void> {
    if (secret.name.length === 0 || secret.name.length > controlLimits.secretNameCharsMax)
      throw invalidValue('The name of a secret has 1 to 512 characters.');
    await this.#store.write(this.put(secret));
  }
}
