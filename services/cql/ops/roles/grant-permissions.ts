/** GRANT and REVOKE of permissions: by those who have them and may give them away. */

import type { AuthResource } from '../../auth/resources.ts';
import { invalid } from '../../errors.ts';
import type { GrantPermissions } from '../../parser/ast.ts';
import { isLocalSystem, isReplicatedSystem } from '../../schema/system/names.ts';
import type { Executing, Permission, Prepared, Result } from '../api.ts';
import { plainStatement, voidResult } from '../misc/statement.ts';
import { checkPermission, type RoleModules, unauthorized } from './modules.ts';
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
  if (kind === 'grantPermissions') checkGrantable(resource, permissions);
  await checkExists(resource, schema(), roles);
  for (const permission of ['AUTHORIZE', ...permissions] as const)
    await checkPermission(modules, caller, permission, resource);
  if (kind === 'grantPermissions') await roles.grant(role, resource, permissions);
  else await roles.revoke(role, resource, permissions);
  return voidResult;
}

const grantableOnSystem: readonly Permission[] = ['SELECT', 'DESCRIBE', 'ALTER'];

/** Whoever might write what the system keeps of roles would be a superuser soon. As Apache Cassandra 4.0.17. */
function checkGrantable(resource: AuthResource, permissions: readonly Permission[]): void {
  const isData = resource.kind === 'keyspace' || resource.kind === 'all-tables' || resource.kind === 'table';
  if (!isData || !(isLocalSystem(resource.keyspace) || isReplicatedSystem(resource.keyspace))) return;
  if (permissions.every((permission) => grantableOnSystem.includes(permission))) return;
  throw unauthorized(
    'Granting permissions on system keyspaces is strictly limited, this operation is not permitted',
  );
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
