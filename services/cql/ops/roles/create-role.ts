/** CREATE ROLE and CREATE USER. */
import { authLimits } from '../../auth/limits.ts';
import { checkHash } from '../../auth/passwords.ts';
import { invalid } from '../../errors.ts';
import type { CreateRole, RoleOptions } from '../../parser/ast.ts';
import { dataCentre } from '../../system/node-facts.ts';
import type { Executing, Prepared, Result } from '../api.ts';
import { plainStatement, voidResult } from '../misc/statement.ts';
import { checkRolePermission, grantToCreator, type RoleModules, unauthorized } from './modules.ts';

export function prepareCreateRole(statement: CreateRole, modules: RoleModules): Prepared {
  return plainStatement({ execute: (executing) => createRole(statement, executing, modules) });
}

async function createRole(
  { role, options, ifNotExists }: CreateRole,
  { caller }: Executing,
  modules: RoleModules,
): Promise<Result> {
  const { roles } = modules;
  await checkRolePermission(modules, caller, 'CREATE', { kind: 'all-roles' });
  if (options.superuser === true && !caller.isSuperuser)
    throw unauthorized('Only superusers can create a role with superuser status');
  checkOptions(options);
  if (role === '') throw invalid("Role name can't be an empty string");
  if (Buffer.byteLength(role) > authLimits.roleNameBytesMax)
    throw invalid(`The name of a role may have ${authLimits.roleNameBytesMax} bytes at most`);
  // Before the password is hashed, which takes a while.
  if ((await roles.role(role)) !== undefined) {
    if (ifNotExists) return voidResult;
    throw invalid(`${role} already exists`);
  }
  const change = {
    canLogin: options.login ?? false,
    isSuperuser: options.superuser ?? false,
    saltedHash: await hashOf(options, modules),
  };
  if (await roles.create(role, change, options.datacenters, ifNotExists))
    await grantToCreator(modules, caller, role);
  return voidResult;
}

/** @throws CqlError `invalid` */
export function checkOptions({ options, datacenters }: RoleOptions): void {
  if (options !== undefined)
    throw invalid("org.apache.cassandra.auth.CassandraRoleManager doesn't support OPTIONS");
  if (datacenters === undefined || datacenters === 'all') return;
  const unknown = datacenters.filter((name) => name !== dataCentre);
  if (unknown.length > 0)
    throw invalid(
      `Invalid value(s) for DATACENTERS '[${unknown.join(', ')}]',All values must be valid datacenters`,
    );
}

/** Undefined: nothing was said of a password. */
export async function hashOf(
  { password, hashedPassword }: RoleOptions,
  { passwords }: RoleModules,
): Promise<string | undefined> {
  if (hashedPassword !== undefined) return checkHash(hashedPassword);
  return password === undefined ? undefined : await passwords.hash(password);
}
