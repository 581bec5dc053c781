/** GRANT and REVOKE of permissions: by those who have them and may give them away. */

import type { AuthResource } from '../../auth/resources.ts';
import { invalid } from '../../errors.ts';
import type { GrantPermissions } from '../../parser/ast.ts';
import type { Executing, Prepared, Result } from '../api.ts';
import { plainStatement, voidResult } from '../misc/statement.ts';
import { checkPermission, type RoleModules } from './modules.ts';
import { isInSchema, missing, resourceOf } from './resource-syntax.ts';

export function prepareGrantPermissions(statement: GrantPermissions, modules: RoleModules): Prepared {
  return plainStatement({ execute: (executing) => change(statement, executing, modules) });
}

async function change(
  { kind, permissions, resource: syntax, role }: GrantPermissions,
  { caller, schema, keyspace }: Executing,
  modules: RoleModules,
): Promise<Result> {
  const { roles } = modules;
  if ((await roles.role(role)) === undefined) throw invalid(`Role ${role} doesn't exist`);
  if (syntax.kind === 'function' && syntax.name.keyspace === 'system')
    throw invalid('Altering permissions on builtin functions is not supported');
  const resource = resourceOf(syntax, schema(), keyspace);
  await checkExists(resource, schema(), roles);
  for (const permission of ['AUTHORIZE', ...permissions] as const)
    await checkPermission(modules, caller, permission, resource);
  if (kind === 'grantPermissions') await roles.grant(role, resource, permissions);
  else await roles.revoke(role, resource, permissions);
  return voidResult;
}

export async function checkExists(
  resource: AuthResource,
  schema: ReturnType<Executing['schema']>,
  roles: RoleModules['roles'],
): Promise<void> {
  const isThere =
    resource.kind === 'role' ? (await roles.role(resource.role)) !== undefined : isInSchema(resource, schema);
  if (!isThere) throw missing(resource);
}
