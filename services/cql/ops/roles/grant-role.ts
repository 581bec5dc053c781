/** GRANT and REVOKE of roles. */
import type { GrantRole } from '../../parser/ast.ts';
import type { Prepared } from '../api.ts';
import { plainStatement, voidResult } from '../misc/statement.ts';
import { checkRolePermission, type RoleModules, roleResource } from './modules.ts';

export function prepareGrantRole({ kind, role, grantee }: GrantRole, modules: RoleModules): Prepared {
  return plainStatement({
    execute: async ({ caller }) => {
      await checkRolePermission(modules, caller, 'AUTHORIZE', roleResource(role));
      if (kind === 'grantRole') await modules.roles.grantRole(role, grantee);
      else await modules.roles.revokeRole(role, grantee);
      return voidResult;
    },
  });
}
