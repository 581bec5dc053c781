/** CREATE, ALTER and DROP ROLE, and the same of USER, which is an older word for a role that may log in. */
import type { AlterRole, CreateRole, DropRole, RoleOptions } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { roleName, userName } from './names.ts';
import { propertyMap } from './properties.ts';

type Options = { -readonly [Name in keyof RoleOptions]: RoleOptions[Name] };

/** @param cursor behind `CREATE ROLE`, as of what follows here */
export function createRole(cursor: Cursor): CreateRole {
  const ifNotExists = cursor.acceptIfNotExists();
  const role = roleName(cursor);
  const options = roleOptions(cursor);
  options.login ??= false;
  options.superuser ??= false;
  return { kind: 'createRole', role, ifNotExists, options };
}

export function alterRole(cursor: Cursor): AlterRole {
  const ifExists = cursor.acceptIfExists();
  return { kind: 'alterRole', role: roleName(cursor), ifExists, options: roleOptions(cursor) };
}

export function dropRole(cursor: Cursor): DropRole {
  const ifExists = cursor.acceptIfExists();
  return { kind: 'dropRole', role: roleName(cursor), ifExists };
}

export function createUser(cursor: Cursor): CreateRole {
  const ifNotExists = cursor.acceptIfNotExists();
  const role = userName(cursor);
  const options = userOptions(cursor);
  options.login = true;
  options.superuser ??= false;
  return { kind: 'createRole', role, ifNotExists, options };
}

export function alterUser(cursor: Cursor): AlterRole {
  const ifExists = cursor.acceptIfExists();
  return { kind: 'alterRole', role: userName(cursor), ifExists, options: userOptions(cursor) };
}

export function dropUser(cursor: Cursor): DropRole {
  const ifExists = cursor.acceptIfExists();
  return { kind: 'dropRole', role: userName(cursor), ifExists };
}

function noOptions(): Options {
  return {
    password: undefined,
    hashedPassword: undefined,
    superuser: undefined,
    login: undefined,
    options: undefined,
    datacenters: undefined,
  };
}

function userOptions(cursor: Cursor): Options {
  const options = noOptions();
  if (cursor.accept('WITH')) {
    if (cursor.accept('HASHED')) {
      cursor.expect('PASSWORD');
      options.hashedPassword = cursor.expect('STRING_LITERAL').value;
    } else {
      if (!cursor.is('PASSWORD')) throw cursor.noAlternative();
      cursor.take();
      options.password = cursor.expect('STRING_LITERAL').value;
    }
  }
  if (cursor.accept('SUPERUSER')) options.superuser = true;
  else if (cursor.accept('NOSUPERUSER')) options.superuser = false;
  return options;
}

function roleOptions(cursor: Cursor): Options {
  const options = noOptions();
  if (!cursor.accept('WITH')) return options;
  do roleOption(cursor, options);
  while (cursor.accept('AND'));
  if (options.password !== undefined && options.hashedPassword !== undefined) {
    throw cursor.refuse("Options 'password' and 'hashed password' are mutually exclusive");
  }
  return options;
}

function roleOption(cursor: Cursor, options: Options): void {
  switch (cursor.kind) {
    case 'PASSWORD':
      cursor.expectAll('PASSWORD', '=');
      set(cursor, options, 'password', cursor.expect('STRING_LITERAL').value, 'PASSWORD');
      return;
    case 'HASHED':
      cursor.expectAll('HASHED', 'PASSWORD', '=');
      set(cursor, options, 'hashedPassword', cursor.expect('STRING_LITERAL').value, 'HASHED_PASSWORD');
      return;
    case 'OPTIONS':
      cursor.expectAll('OPTIONS', '=');
      set(cursor, options, 'options', propertyMap(cursor), 'OPTIONS');
      return;
    case 'SUPERUSER':
      cursor.expectAll('SUPERUSER', '=');
      set(cursor, options, 'superuser', boolean(cursor), 'SUPERUSER');
      return;
    case 'LOGIN':
      cursor.expectAll('LOGIN', '=');
      set(cursor, options, 'login', boolean(cursor), 'LOGIN');
      return;
    case 'ACCESS':
      cursor.expectAll('ACCESS', 'TO');
      options.datacenters = datacenters(cursor);
      return;
    default:
      throw cursor.noAlternative();
  }
}

function set<Name extends keyof Options>(
  cursor: Cursor,
  options: Options,
  name: Name,
  value: Options[Name],
  shownName: string,
): void {
  if (options[name] !== undefined) throw cursor.refuse(`Multiple definition for property '${shownName}'`);
  options[name] = value;
}

function boolean(cursor: Cursor): boolean {
  return cursor.expect('BOOLEAN_LITERAL').value === 'true';
}

function datacenters(cursor: Cursor): 'all' | string[] {
  if (cursor.accept('ALL')) {
    cursor.expect('DATACENTERS');
    return 'all';
  }
  if (!cursor.is('DATACENTERS')) throw cursor.noAlternative();
  cursor.expectAll('DATACENTERS', '{');
  const names = cursor.list((from) => from.expect('STRING_LITERAL').value);
  cursor.expect('}');
  return names;
}
