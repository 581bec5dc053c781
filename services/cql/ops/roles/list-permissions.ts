/** LIST of permissions: of everybody, of one role, on one resource or on what it is a part of. */
import {
  type AuthResource,
  permissions as allPermissions,
  resourceChain,
  resourceName,
  resourceNamed,
  resourceText,
} from '../../auth/resources.ts';
import { invalid } from '../../errors.ts';
import type { ListPermissions } from '../../parser/ast.ts';
import { textValue } from '../../system/values.ts';
import type { Caller, Executing, Permission, Prepared, Result } from '../api.ts';
import { plainStatement, voidResult } from '../misc/statement.ts';
import { type RoleModules, resultColumns, roleResource, textType, unauthorized } from './modules.ts';
import { isInSchema, resourceOf } from './resource-syntax.ts';

const columns = resultColumns('permissions', [
  ['role', textType],
  ['username', textType],
  ['resource', textType],
  ['permission', textType],
]);

export function prepareListPermissions(statement: ListPermissions, modules: RoleModules): Prepared {
  return plainStatement({ execute: (executing) => list(statement, executing, modules) });
}

interface Shown {
  readonly role: string;
  readonly resource: AuthResource;
  readonly permission: Permission;
}

async function list(
  statement: ListPermissions,
  { caller, schema, keyspace }: Executing,
  modules: RoleModules,
): Promise<Result> {
  const { roles } = modules;
  const { role, recursive, permissions } = statement;
  const resource = statement.resource && resourceOf(statement.resource, schema(), keyspace);
  if (resource !== undefined) {
    const isThere =
      resource.kind === 'role'
        ? (await roles.role(resource.role)) !== undefined
        : isInSchema(resource, schema());
    if (!isThere) throw invalid(`${resourceText(resource)} doesn't exist`);
  }
  if (role !== undefined && (await roles.role(role)) === undefined)
    throw invalid(`${resourceText(roleResource(role))} doesn't exist`);
  await checkMayList(role, caller, modules);
  const rows = await shown(role, resource, recursive, permissions, modules);
  if (rows.length === 0) return voidResult;
  return {
    kind: 'rows',
    columns,
    rows: rows.map((row) => [row.role, row.role, resourceText(row.resource), row.permission].map(textValue)),
  };
}

async function checkMayList(
  role: string | undefined,
  caller: Caller,
  { authorizer }: RoleModules,
): Promise<void> {
  const rights = await authorizer.rights(caller.role);
  if (caller.isSuperuser || (role !== undefined && rights.roles.includes(role))) return;
  if (rights.has('DESCRIBE', role === undefined ? { kind: 'all-roles' } : roleResource(role))) return;
  throw unauthorized(`You are not authorized to view ${role ?? 'everyone'}'s permissions`);
}

async function shown(
  role: string | undefined,
  resource: AuthResource | undefined,
  recursive: boolean,
  permissions: readonly Permission[],
  { roles }: RoleModules,
): Promise<Shown[]> {
  const of = role === undefined ? [undefined] : (await roles.inherited(role)).map(({ name }) => name);
  const on = resource && (recursive ? resourceChain(resource) : [resource]).map(resourceName);
  const found: Shown[] = [];
  for (const each of of)
    for (const grant of await roles.grants(each)) {
      if (on !== undefined && !on.includes(grant.resource)) continue;
      const meant = resourceNamed(grant.resource);
      if (meant === undefined) continue;
      for (const permission of permissions)
        if (grant.permissions.has(permission)) found.push({ role: grant.role, resource: meant, permission });
    }
  return found.sort(compareShown);
}

function compareShown(a: Shown, b: Shown): number {
  const [left, right] = [resourceName(a.resource), resourceName(b.resource)];
  if (a.role !== b.role) return a.role < b.role ? -1 : 1;
  if (left !== right) return left < right ? -1 : 1;
  return allPermissions.indexOf(a.permission) - allPermissions.indexOf(b.permission);
}
