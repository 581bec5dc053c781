/** Statements about roles and permissions: all of them are judged when they are executed, as what they need depends on roles. */
import type { RoleStatement } from '../../parser/ast.ts';
import type { Prepared } from '../api.ts';
import { prepareAlterRole } from './alter-role.ts';
import { prepareCreateRole } from './create-role.ts';
import { prepareDropRole } from './drop-role.ts';
import { prepareGrantPermissions } from './grant-permissions.ts';
import { prepareGrantRole } from './grant-role.ts';
import { prepareListPermissions } from './list-permissions.ts';
import { prepareListRoles, prepareListUsers } from './list-roles.ts';
import type { RoleModules } from './modules.ts';

export type { RoleModules } from './modules.ts';

export function prepareRoleStatement(statement: RoleStatement, modules: RoleModules): Prepared {
  switch (statement.kind) {
    case 'createRole':
      return prepareCreateRole(statement, modules);
    case 'alterRole':
      return prepareAlterRole(statement, modules);
    case 'dropRole':
      return prepareDropRole(statement, modules);
    case 'grantRole':
    case 'revokeRole':
      return prepareGrantRole(statement, modules);
    case 'grantPermissions':
    case 'revokePermissions':
      return prepareGrantPermissions(statement, modules);
    case 'listPermissions':
      return prepareListPermissions(statement, modules);
    case 'listRoles':
      return prepareListRoles(statement, modules);
    case 'listUsers':
      return prepareListUsers(modules);
  }
}
