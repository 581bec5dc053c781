import { describe, expect, test } from 'vitest';
import type { Permission, Resource, RoleOptions, Statement } from '../ast.ts';
import { errorOf, qualified, statementOf, statementOfKind } from './support.ts';

const none: RoleOptions = {
  password: undefined,
  hashedPassword: undefined,
  superuser: undefined,
  login: undefined,
  options: undefined,
  datacenters: undefined,
};
const created: RoleOptions = { ...none, login: false, superuser: false };

describe('roles and users', () => {
  test.each<[string, Statement]>([
    [
      'CREATE ROLE IF NOT EXISTS Ann',
      { kind: 'createRole', role: 'ann', ifNotExists: true, options: created },
    ],
    [
      "CREATE ROLE 'Ann' WITH PASSWORD = 'p' AND LOGIN = true AND SUPERUSER = FALSE AND OPTIONS = {'a': 1} AND ACCESS TO DATACENTERS {'x', 'y'}",
      {
        kind: 'createRole',
        role: 'Ann',
        ifNotExists: false,
        options: {
          password: 'p',
          hashedPassword: undefined,
          login: true,
          superuser: false,
          options: new Map([['a', '1']]),
          datacenters: ['x', 'y'],
        },
      },
    ],
    [
      'ALTER ROLE "Ann" WITH HASHED PASSWORD = \'h\'',
      { kind: 'alterRole', role: 'Ann', ifExists: false, options: { ...none, hashedPassword: 'h' } },
    ],
    [
      'ALTER ROLE IF EXISTS a WITH ACCESS TO ALL DATACENTERS',
      { kind: 'alterRole', role: 'a', ifExists: true, options: { ...none, datacenters: 'all' } },
    ],
    ['DROP ROLE IF EXISTS a', { kind: 'dropRole', role: 'a', ifExists: true }],
    [
      "CREATE USER Ann WITH PASSWORD 'p' SUPERUSER",
      {
        kind: 'createRole',
        role: 'Ann',
        ifNotExists: false,
        options: { ...none, password: 'p', login: true, superuser: true },
      },
    ],
    [
      "CREATE USER IF NOT EXISTS 'x'",
      {
        kind: 'createRole',
        role: 'x',
        ifNotExists: true,
        options: { ...none, login: true, superuser: false },
      },
    ],
    [
      'ALTER USER a NOSUPERUSER',
      { kind: 'alterRole', role: 'a', ifExists: false, options: { ...none, superuser: false } },
    ],
    ['DROP USER a', { kind: 'dropRole', role: 'a', ifExists: false }],
    ['LIST USERS', { kind: 'listUsers' }],
    ['LIST ROLES', { kind: 'listRoles', role: undefined, recursive: true }],
    ["LIST ROLES OF 'X' NORECURSIVE", { kind: 'listRoles', role: 'X', recursive: false }],
    ['GRANT a TO "B"', { kind: 'grantRole', role: 'a', grantee: 'B' }],
    ['GRANT all TO b', { kind: 'grantRole', role: 'all', grantee: 'b' }],
    ['REVOKE a FROM b', { kind: 'revokeRole', role: 'a', grantee: 'b' }],
  ])('%s', (text, tree) => expect(statementOf(text)).toEqual(tree));

  test.each([
    ['CREATE ROLE a WITH LOGIN = true AND LOGIN = true', "Multiple definition for property 'LOGIN'"],
    [
      "CREATE ROLE a WITH PASSWORD = 'p' AND HASHED PASSWORD = 'h'",
      "Options 'password' and 'hashed password' are mutually exclusive",
    ],
    [
      'CREATE USER "a"',
      'Quoted strings are are not supported for user names and USER is deprecated, please use ROLE',
    ],
    ['CREATE ROLE ?', 'Bind variables cannot be used for role names'],
    [
      'CREATE ROLE a WITH PASSWORD = p',
      "line 1:30 mismatched input 'p' expecting STRING_LITERAL (...ROLE a WITH PASSWORD = [p])",
    ],
  ])('%s: %s', (text, message) => expect(errorOf(text).message).toBe(message));
});

describe('permissions', () => {
  const data: Permission[] = ['CREATE', 'ALTER', 'DROP', 'SELECT', 'MODIFY', 'AUTHORIZE'];
  const functions: Permission[] = ['CREATE', 'ALTER', 'DROP', 'AUTHORIZE', 'EXECUTE'];
  const mbeans: Permission[] = ['SELECT', 'MODIFY', 'AUTHORIZE', 'DESCRIBE', 'EXECUTE'];
  test.each<[string, Resource, Permission[]]>([
    ['ALL KEYSPACES', { kind: 'allKeyspaces' }, data],
    ['KEYSPACE ks', { kind: 'keyspace', keyspace: 'ks' }, data],
    ['ALL TABLES IN KEYSPACE ks', { kind: 'allTablesInKeyspace', keyspace: 'ks' }, data],
    ['ks.t', { kind: 'table', table: qualified('t', 'ks') }, data.slice(1)],
    ['TABLE role', { kind: 'table', table: qualified('role') }, data.slice(1)],
    ['role', { kind: 'table', table: qualified('role') }, data.slice(1)],
    ['ALL ROLES', { kind: 'allRoles' }, ['CREATE', 'ALTER', 'DROP', 'AUTHORIZE', 'DESCRIBE']],
    ['ROLE a', { kind: 'role', role: 'a' }, ['ALTER', 'DROP', 'AUTHORIZE', 'DESCRIBE']],
    ['ALL FUNCTIONS', { kind: 'allFunctions' }, functions],
    ['ALL FUNCTIONS IN KEYSPACE ks', { kind: 'allFunctionsInKeyspace', keyspace: 'ks' }, functions],
    [
      'FUNCTION ks.f(int)',
      { kind: 'function', name: qualified('f', 'ks'), argumentTypes: [{ kind: 'native', name: 'int' }] },
      functions.slice(1),
    ],
    ['ALL MBEANS', { kind: 'allMBeans' }, mbeans],
    ["MBEAN 'a:type=b'", { kind: 'mbean', name: 'a:type=b' }, mbeans],
    ["MBEANS 'a:*'", { kind: 'mbean', name: 'a:*' }, mbeans],
  ])('ALL on %s are those that it has', (text, resource, permissions) => {
    const tree = { kind: 'grantPermissions', permissions, resource, role: 'r' };
    expect(statementOf(`GRANT ALL PERMISSIONS ON ${text} TO r`)).toEqual(tree);
  });

  test('are given, taken and listed', () => {
    expect(statementOf('REVOKE SELECT PERMISSION, MODIFY ON ks.t FROM r')).toEqual({
      kind: 'revokePermissions',
      permissions: ['SELECT', 'MODIFY'],
      resource: { kind: 'table', table: qualified('t', 'ks') },
      role: 'r',
    });
    expect(statementOf('LIST ALL PERMISSIONS ON ROLE a OF b NORECURSIVE')).toMatchObject({
      kind: 'listPermissions',
      resource: { kind: 'role', role: 'a' },
      role: 'b',
      recursive: false,
    });
    expect(statementOfKind('LIST SELECT', 'listPermissions').permissions).toEqual(['SELECT']);
  });

  test.each([
    [
      'GRANT EXECUTE ON ks.t TO r',
      'Resource type DataResource does not support any of the requested permissions',
    ],
    ["GRANT ALL ON MBEAN '' TO r", 'Empty JMX object name supplied'],
    ["GRANT ALL ON MBEAN '*:*' TO r", 'Please use ALL MBEANS instead of wildcard pattern'],
    ["GRANT ALL ON MBEAN 'x' TO r", 'x is not a valid JMX object name'],
    [
      "GRANT ALL ON MBEANS 'a:b=c' TO r",
      'Plural form used, but non-pattern JMX object name specified (a:b=c)',
    ],
  ])('%s: %s', (text, message) => expect(errorOf(text).message).toBe(message));
});
