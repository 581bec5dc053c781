/** LIST ROLES and LIST USERS. Who may not see all of them sees those that were granted. */

import { resourceText } from '../../auth/resources.ts';
import type { Role } from '../../auth/role-records.ts';
import { invalid } from '../../errors.ts';
import type { ListRoles } from '../../parser/ast.ts';
import { booleanValue, mapValue, textValue } from '../../system/values.ts';
import type { Caller, Prepared, RowsResult } from '../api.ts';
import { plainStatement } from '../misc/statement.ts';
import {
  booleanType,
  type RoleModules,
  resultColumns,
  roleResource,
  textType,
  unauthorized,
} from './modules.ts';

const roleColumns = resultColumns('roles', [
  ['role', textType],
  ['super', booleanType],
  ['login', booleanType],
  ['options', { kind: 'map', key: textType, value: textType, frozen: true }],
  ['datacenters', textType],
]);

const userColumns = resultColumns('users', [
  ['name', textType],
  ['super', booleanType],
  ['datacenters', textType],
]);

export function prepareListRoles({ role, recursive }: ListRoles, modules: RoleModules): Prepared {
  return plainStatement({
    columns: roleColumns,
    execute: async ({ caller }) => {
      const shown = await visibleRoles(role, recursive, caller, modules);
      const rows = await Promise.all(shown.map((each) => roleRow(each, modules)));
      return { kind: 'rows', columns: roleColumns, rows };
    },
  });
}

export function prepareListUsers(modules: RoleModules): Prepared {
  return plainStatement({
    columns: userColumns,
    execute: async ({ caller }): Promise<RowsResult> => {
      const shown = await visibleRoles(undefined, true, caller, modules);
      const users = shown.filter(({ canLogin }) => canLogin);
      const rows = await Promise.all(
        users.map(async ({ name }) => [
          textValue(name),
          booleanValue(await isSuperuser(name, modules)),
          await dataCentresText(name, modules),
        ]),
      );
      return { kind: 'rows', columns: userColumns, rows };
    },
  });
}

async function visibleRoles(
  role: string | undefined,
  recursive: boolean,
  caller: Caller,
  { authorizer, roles }: RoleModules,
): Promise<Role[]> {
  if (role !== undefined && (await roles.role(role)) === undefined)
    throw invalid(`${resourceText(roleResource(role))} doesn't exist`);
  const rights = await authorizer.rights(caller.role);
  const seesAll = rights.has('DESCRIBE', { kind: 'all-roles' });
  if (!seesAll && role !== undefined && !rights.roles.includes(role))
    throw unauthorized(`You are not authorized to view roles granted to ${role} `);
  if (seesAll && role === undefined) return (await roles.all()).sort(byName);
  const name = role ?? caller.role;
  const inherited = await roles.inherited(name);
  const direct = inherited[0]?.memberOf ?? [];
  return inherited
    .filter((each) => recursive || each.name === name || direct.includes(each.name))
    .sort(byName);
}

const byName = (a: Role, b: Role) => (a.name < b.name ? -1 : 1);

async function roleRow({ name, canLogin }: Role, modules: RoleModules) {
  return [
    textValue(name),
    booleanValue(await isSuperuser(name, modules)),
    booleanValue(canLogin),
    mapValue({}),
    await dataCentresText(name, modules),
  ];
}

async function isSuperuser(name: string, { roles }: RoleModules): Promise<boolean> {
  return (await roles.inherited(name)).some((each) => each.isSuperuser);
}

async function dataCentresText(name: string, { roles }: RoleModules) {
  const centres = await roles.dataCentres(name);
  return textValue(centres === undefined ? 'ALL' : centres.map((each) => `'${each}'`).join(', '));
}
