/** Permissions as `system_auth` keeps them: by role, and for each resource the roles that have some. */
import type { Mutation } from '../engine/model.ts';
import type { Reader } from '../engine/storage.ts';
import type { Permission } from '../ops/api.ts';
import {
  readRows,
  removal,
  rowMutation,
  scanRows,
  systemTable,
  type WriteTime,
} from '../system/table-rows.ts';
import { setValue, textValue } from '../system/values.ts';
import { permissions as allPermissions } from './resources.ts';
import { texts } from './role-records.ts';

const grants = systemTable('system_auth', 'role_permissions');
// Spelled like this by Cassandra.
const byResource = systemTable('system_auth', 'resource_role_permissons_index');

export interface Grant {
  readonly role: string;
  /** Its name. */
  readonly resource: string;
  readonly permissions: ReadonlySet<Permission>;
}

const known = (names: readonly string[]) => new Set(allPermissions.filter((each) => names.includes(each)));
const text = (value: Uint8Array | null | undefined) => Buffer.from(value!).toString();

/** @param role all of them when undefined. @param now seconds since 1970 */
export async function readGrants(reader: Reader, role: string | undefined, now: number): Promise<Grant[]> {
  const rows =
    role === undefined
      ? await scanRows(reader, grants, now)
      : await readRows(reader, grants, { role: textValue(role) }, now);
  return rows.map((row) => ({
    role: text(row.role),
    resource: text(row.resource),
    permissions: known(texts(row.permissions)),
  }));
}

export async function readRolesWith(reader: Reader, resource: string, now: number): Promise<string[]> {
  const rows = await readRows(reader, byResource, { resource: textValue(resource) }, now);
  return rows.map(({ role }) => text(role));
}

/** In the place of what the role had for that resource. */
export function writeGrant({ role, resource, permissions }: Grant, time: WriteTime): Mutation[] {
  const key = { role: textValue(role), resource: textValue(resource) };
  if (permissions.size === 0) return [removal(grants, key, time), removal(byResource, key, time)];
  return [
    rowMutation(grants, { ...key, permissions: setValue([...permissions]) }, time),
    rowMutation(byResource, key, time),
  ];
}
