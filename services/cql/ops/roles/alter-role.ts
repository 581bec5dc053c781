/** ALTER ROLE and ALTER USER. Everybody may set their own password. */
import { invalid } from '../../errors.ts';
import type { AlterRole, RoleOptions } from '../../parser/ast.ts';
import type { Caller, Executing, Prepared, Result } from '../api.ts';
import { plainStatement, voidResult } from '../misc/statement.ts';
import { checkOptions, hashOf } from './create-role.ts';
import { checkRolePermission, type RoleModules, roleResource, unauthorized } from './modules.ts';

export function prepareAlterRole(statement: AlterRole, modules: RoleModules): Prepared {
  return plainStatement({ execute: (executing) => alterRole(statement, executing, modules) });
}

async function alterRole(
  { role, options, ifExists }: AlterRole,
  { caller }: Executing,
  modules: RoleModules,
): Promise<Result> {
  const { roles } = modules;
  checkOptions(options);
  if (Object.values(options).every((value) => value === undefined))
    throw invalid("ALTER [ROLE|USER] can't be empty");
  await checkAccess(role, options, caller, modules);
  if ((await roles.role(role)) === undefined) {
    if (ifExists) return voidResult;
    throw invalid(`${role} doesn't exist`);
  }
  const change = {
    canLogin: options.login,
    isSuperuser: options.superuser,
    saltedHash: await hashOf(options, modules),
  };
  await roles.alter(role, change, options.datacenters);
  return voidResult;
}

async function checkAccess(
  role: string,
  options: RoleOptions,
  caller: Caller,
  modules: RoleModules,
): Promise<void> {
  const rights = await modules.authorizer.rights(caller.role);
  if (options.superuser !== undefined && rights.roles.includes(role))
    throw unauthorized(
      "You aren't allowed to alter your own superuser status or that of a role granted to you",
    );
  if (options.superuser !== undefined && !caller.isSuperuser)
    throw unauthorized('Only superusers are allowed to alter superuser status');
  if (caller.isSuperuser) return;
  if (role !== caller.role) {
    await checkRolePermission(modules, caller, 'ALTER', roleResource(role));
    return;
  }
  if (options.login !== undefined) throw unauthorized("You aren't allowed to alter LOGIN");
  if (options.datacenters !== undefined) throw unauthorized("You aren't allowed to alter DATACENTERS");
}
