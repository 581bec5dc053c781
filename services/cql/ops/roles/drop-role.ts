/** DROP ROLE and DROP USER. */
import { invalid } from '../../errors.ts';
import type { DropRole } from '../../parser/ast.ts';
import type { Executing, Prepared, Result } from '../api.ts';
import { plainStatement, voidResult } from '../misc/statement.ts';
import { checkRolePermission, type RoleModules, roleResource, unauthorized } from './modules.ts';

export function prepareDropRole(statement: DropRole, modules: RoleModules): Prepared {
  return plainStatement({ execute: (executing) => dropRole(statement, executing, modules) });
}

async function dropRole(
  { role, ifExists }: DropRole,
  { caller }: Executing,
  modules: RoleModules,
): Promise<Result> {
  const { roles } = modules;
  await checkRolePermission(modules, caller, 'DROP', roleResource(role));
  const dropped = await roles.inherited(role);
  if (dropped.some(({ isSuperuser }) => isSuperuser) && !caller.isSuperuser)
    throw unauthorized('Only superusers can drop a role with superuser status');
  if (caller.role === role) throw invalid('Cannot DROP primary role for current login');
  await roles.drop(role, ifExists);
  return voidResult;
}
