/** What statements about roles work with. */
import { type Authorizer, checkNeed } from '../../auth/authorizer.ts';
import type { Passwords } from '../../auth/passwords.ts';
import { type AuthResource, permissionsFor } from '../../auth/resources.ts';
import type { Roles } from '../../auth/roles.ts';
import { CqlError } from '../../errors.ts';
import type { CqlType } from '../../types/api.ts';
import type { Caller, ColumnSpec, Permission } from '../api.ts';

export interface RoleModules {
  readonly roles: Roles;
  readonly authorizer: Authorizer;
  readonly passwords: Passwords;
}

export const unauthorized = (message: string): CqlError => new CqlError('unauthorized', message);

export const roleResource = (role: string): AuthResource => ({ kind: 'role', role });

/** In other words than elsewhere. @throws CqlError `unauthorized` */
export async function checkRolePermission(
  { authorizer }: RoleModules,
  caller: Caller,
  permission: Permission,
  resource: AuthResource,
): Promise<void> {
  const rights = await authorizer.rights(caller.role);
  if (rights.has(permission, resource)) return;
  throw unauthorized(
    `User ${caller.role} does not have sufficient privileges to perform the requested operation`,
  );
}

/** @throws CqlError `unauthorized` */
export async function checkPermission(
  { authorizer }: RoleModules,
  caller: Caller,
  permission: Permission,
  resource: AuthResource,
): Promise<void> {
  checkNeed(await authorizer.rights(caller.role), permission, resource);
}

/** Whoever makes a role may do everything with it. */
export async function grantToCreator({ roles }: RoleModules, caller: Caller, role: string): Promise<void> {
  await roles.grant(caller.role, roleResource(role), permissionsFor(roleResource(role)));
}

export const resultColumns = (
  table: string,
  columns: readonly (readonly [string, CqlType])[],
): ColumnSpec[] => columns.map(([name, type]) => ({ keyspace: 'system_auth', table, name, type }));

export const textType: CqlType = { kind: 'native', name: 'text' };
export const booleanType: CqlType = { kind: 'native', name: 'boolean' };
