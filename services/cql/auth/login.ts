/**
 * Logins by SASL PLAIN (RFC 4616): a role's name and its password. The first superuser is cassandra with the password cassandra, as
 * everyone knows: so that one is taken where nobody but this machine can connect.
 */
import { CqlError } from '../errors.ts';
import { dataCentre } from '../system/node-facts.ts';
import type { Attempts } from './attempts.ts';
import { authLimits } from './limits.ts';
import type { Passwords } from './passwords.ts';
import type { Roles } from './roles.ts';

export const firstRole = 'cassandra';
const firstPassword = 'cassandra';

export const authenticatorClass = 'org.apache.cassandra.auth.PasswordAuthenticator';

export interface LoginModules {
  readonly roles: Roles;
  readonly passwords: Passwords;
  readonly attempts: Attempts;
  /** Only this machine can connect. */
  readonly isLoopback: boolean;
}

const refused = (message: string) => new CqlError('badCredentials', message);

/** Counts as no failure itself. */
class TooManyFailures extends CqlError {
  constructor() {
    super('badCredentials', 'Too many failed logins from this address; try again later');
    this.name = 'TooManyFailures';
  }
}

export class Login {
  private readonly modules: LoginModules;

  constructor(modules: LoginModules) {
    this.modules = modules;
  }

  /** @returns the role. @throws CqlError `badCredentials`, or `unauthorized` for a role that may not be here */
  async logIn(token: Uint8Array | undefined, address: string): Promise<string> {
    const { attempts } = this.modules;
    // Before the password is looked at, and again when its turn has come: many guesses may have been sent at once.
    const checkMayTry = () => {
      if (!attempts.mayTry(address)) throw new TooManyFailures();
    };
    checkMayTry();
    try {
      return await this.check(token, address, checkMayTry);
    } catch (error) {
      const isFailure = error instanceof CqlError && error.code === 'badCredentials';
      if (isFailure && !(error instanceof TooManyFailures)) attempts.failed(address);
      throw error;
    }
  }

  private async check(
    token: Uint8Array | undefined,
    address: string,
    checkMayTry: () => void,
  ): Promise<string> {
    const { name, password } = readPlain(token);
    const { roles, passwords, isLoopback } = this.modules;
    const role = await roles.role(name);
    const asker = { id: `${address} ${name}`, checkMayTry };
    if (!(await passwords.isRight(password, role?.saltedHash, asker)) || role === undefined)
      throw refused(`Provided username ${name} and/or password are incorrect`);
    if (!isLoopback && name === firstRole && password === firstPassword)
      throw refused(
        `The password of ${firstRole} is the one that everyone knows: set cqlPassword, as others than this machine can connect`,
      );
    // Of the role itself: it does not come with roles that were granted to it.
    if (!role.canLogin) throw refused(`${name} is not permitted to log in`);
    await this.checkDataCentre(name);
    return name;
  }

  private async checkDataCentre(name: string): Promise<void> {
    const centres = await this.modules.roles.dataCentres(name);
    if (centres === undefined || centres.includes(dataCentre)) return;
    throw new CqlError('unauthorized', `You do not have access to this datacenter (${dataCentre})`);
  }
}

/** @throws CqlError */
function readPlain(token: Uint8Array | undefined): { name: string; password: string } {
  if (token === undefined || token.length > authLimits.tokenBytesMax)
    throw new CqlError('protocol', 'A SASL PLAIN token was expected');
  const bytes = Buffer.from(token.buffer, token.byteOffset, token.length);
  // Whom to act as, who it is, and the password behind the last zero.
  const second = bytes.indexOf(0, bytes.indexOf(0) + 1);
  const first = bytes.indexOf(0);
  if (first < 0 || second < 0) throw refused('Authentication ID must not be null');
  const name = bytes.toString('utf8', first + 1, second);
  const password = bytes.toString('utf8', second + 1);
  if (name === '') throw refused('Authentication ID must not be null');
  if (password === '') throw refused('Password must not be null');
  // No role has such a name or password: nothing is looked up, and no long name is repeated.
  const { roleNameBytesMax, passwordBytesMax } = authLimits;
  if (second - first - 1 > roleNameBytesMax || bytes.length - second - 1 > passwordBytesMax)
    throw refused('Provided username and/or password are incorrect');
  return { name, password };
}

/** Makes the first superuser if there is no role yet, and sets the password that the setting says. */
export async function prepareFirstRole(
  { roles, passwords }: Pick<LoginModules, 'roles' | 'passwords'>,
  password: string | undefined,
): Promise<void> {
  const role = await roles.role(firstRole);
  if (role === undefined) {
    // Not hashed in vain at each start of a server that has other roles.
    if ((await roles.all()).length > 0) return;
    await roles.createFirst(firstRole, await passwords.hash(password ?? firstPassword));
    return;
  }
  if (password === undefined || (await passwords.isRight(password, role.saltedHash))) return;
  await roles.alter(firstRole, { saltedHash: await passwords.hash(password) }, undefined);
}
