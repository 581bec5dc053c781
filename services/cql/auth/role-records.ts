/** Roles as `system_auth` keeps them: read, and what is written when they change. */
import type { Mutation } from '../engine/model.ts';
import type { Reader } from '../engine/storage.ts';
import {
  type RowValues,
  readRows,
  removal,
  rowMutation,
  scanRows,
  systemTable,
  type WriteTime,
} from '../system/table-rows.ts';
import { booleanValue, setValue, textValue } from '../system/values.ts';
import type { Value } from '../types/api.ts';
import { setElements } from '../types/collections.ts';

export interface Role {
  readonly name: string;
  readonly canLogin: boolean;
  readonly isSuperuser: boolean;
  /** Roles that were granted to it. */
  readonly memberOf: readonly string[];
  readonly saltedHash: string | undefined;
}

const roles = systemTable('system_auth', 'roles');
const members = systemTable('system_auth', 'role_members');
const networks = systemTable('system_auth', 'network_permissions');

const text = (value: Value | null | undefined) => (value == null ? undefined : Buffer.from(value).toString());
export const texts = (value: Value | null | undefined): string[] =>
  value == null ? [] : setElements(value).map((each) => text(each)!);
const isTrue = (value: Value | null | undefined) => value != null && value[0] === 1;

function roleOf(values: RowValues): Role {
  return {
    name: text(values.role)!,
    canLogin: isTrue(values.can_login),
    isSuperuser: isTrue(values.is_superuser),
    memberOf: texts(values.member_of),
    saltedHash: text(values.salted_hash),
  };
}

/** @param now seconds since 1970 */
export async function readRole(reader: Reader, name: string, now: number): Promise<Role | undefined> {
  if (name === '') return undefined;
  const [row] = await readRows(reader, roles, { role: textValue(name) }, now);
  return row && roleOf(row);
}

export async function readRoles(reader: Reader, now: number): Promise<Role[]> {
  return (await scanRows(reader, roles, now)).map(roleOf);
}

/** Undefined stays as it is. */
export interface RoleChange {
  readonly canLogin?: boolean | undefined;
  readonly isSuperuser?: boolean | undefined;
  readonly memberOf?: readonly string[] | undefined;
  readonly saltedHash?: string | undefined;
}

const boolean = (value: boolean | undefined) => (value === undefined ? undefined : booleanValue(value));

export function writeRole(name: string, change: RoleChange, time: WriteTime): Mutation {
  const { memberOf, saltedHash } = change;
  return rowMutation(
    roles,
    {
      role: textValue(name),
      can_login: boolean(change.canLogin),
      is_superuser: boolean(change.isSuperuser),
      member_of: memberOf === undefined ? undefined : memberOf.length === 0 ? null : setValue(memberOf),
      salted_hash: saltedHash === undefined ? undefined : textValue(saltedHash),
    },
    time,
  );
}

/** Those to whom a role was granted. */
export async function readMembers(reader: Reader, role: string, now: number): Promise<string[]> {
  const rows = await readRows(reader, members, { role: textValue(role) }, now);
  return rows.map(({ member }) => text(member)!);
}

export function writeMember(role: string, member: string, time: WriteTime): Mutation {
  return rowMutation(members, { role: textValue(role), member: textValue(member) }, time);
}

export function removeMember(role: string, member: string, time: WriteTime): Mutation {
  return removal(members, { role: textValue(role), member: textValue(member) }, time);
}

/** With what says who its members are and where it may log in. */
export function removeRole(name: string, time: WriteTime): Mutation[] {
  const key = { role: textValue(name) };
  return [removal(roles, key, time), removal(members, key, time), removal(networks, key, time)];
}

/** Data centres; all of them when undefined. */
export async function readDataCentres(
  reader: Reader,
  role: string,
  now: number,
): Promise<readonly string[] | undefined> {
  const [row] = await readRows(reader, networks, { role: textValue(role) }, now);
  return row?.dcs == null ? undefined : texts(row.dcs);
}

export function writeDataCentres(role: string, names: 'all' | readonly string[], time: WriteTime): Mutation {
  const dcs = names === 'all' ? null : setValue(names);
  return rowMutation(networks, { role: textValue(role), dcs }, time);
}
