/** GRANT, REVOKE and LIST. Of the permissions in a statement only those count that its resource has. */
import type {
  GrantPermissions,
  GrantRole,
  ListPermissions,
  ListRoles,
  ListUsers,
  Permission,
  Resource,
} from './ast.ts';
import type { Cursor } from './cursor.ts';
import { argumentTypes } from './functions.ts';
import { functionName, isFunctionName, isRoleName, keyspaceName, roleName, tableName } from './names.ts';
import type { Kind } from './tokens.ts';

const all: readonly Permission[] = [
  ...(['CREATE', 'ALTER', 'DROP', 'SELECT', 'MODIFY', 'AUTHORIZE', 'DESCRIBE', 'EXECUTE'] as const),
];

const data: readonly Permission[] = ['CREATE', 'ALTER', 'DROP', 'SELECT', 'MODIFY', 'AUTHORIZE'];
const functions: readonly Permission[] = ['CREATE', 'ALTER', 'DROP', 'AUTHORIZE', 'EXECUTE'];
const mbeans: readonly Permission[] = ['AUTHORIZE', 'DESCRIBE', 'EXECUTE', 'MODIFY', 'SELECT'];

/** With the name that Cassandra has for the type of the resource. */
const applicable: Readonly<Record<Resource['kind'], readonly [string, readonly Permission[]]>> = {
  allKeyspaces: ['DataResource', data],
  keyspace: ['DataResource', data],
  allTablesInKeyspace: ['DataResource', data],
  table: ['DataResource', ['ALTER', 'DROP', 'SELECT', 'MODIFY', 'AUTHORIZE']],
  allRoles: ['RoleResource', ['CREATE', 'ALTER', 'DROP', 'AUTHORIZE', 'DESCRIBE']],
  role: ['RoleResource', ['ALTER', 'DROP', 'AUTHORIZE', 'DESCRIBE']],
  allFunctions: ['FunctionResource', functions],
  allFunctionsInKeyspace: ['FunctionResource', functions],
  function: ['FunctionResource', ['ALTER', 'DROP', 'AUTHORIZE', 'EXECUTE']],
  allMBeans: ['JMXResource', mbeans],
  mbean: ['JMXResource', mbeans],
};

export function grant(cursor: Cursor): GrantPermissions | GrantRole {
  return grantOrRevoke(cursor, 'GRANT', 'TO');
}

export function revoke(cursor: Cursor): GrantPermissions | GrantRole {
  return grantOrRevoke(cursor, 'REVOKE', 'FROM');
}

function grantOrRevoke(cursor: Cursor, verb: 'GRANT' | 'REVOKE', preposition: 'TO' | 'FROM') {
  const next = cursor.peek(1);
  if (!isPermission(next.kind) && !(next.kind === 'ALL' && cursor.peek(2).kind !== preposition)) {
    if (!isRoleName(next) && next.kind !== 'QMARK') throw cursor.noAlternative(1);
    cursor.expect(verb);
    return grantRole(cursor, verb === 'GRANT' ? 'grantRole' : 'revokeRole', preposition);
  }
  cursor.expect(verb);
  const written = permissions(cursor);
  cursor.expect('ON');
  const on = resource(cursor);
  cursor.expect(preposition);
  const role = roleName(cursor);
  const kind = verb === 'GRANT' ? 'grantPermissions' : 'revokePermissions';
  return { kind, permissions: filtered(cursor, written, on), resource: on, role } as const;
}

function grantRole(cursor: Cursor, kind: GrantRole['kind'], preposition: 'TO' | 'FROM'): GrantRole {
  const role = roleName(cursor);
  cursor.expect(preposition);
  return { kind, role, grantee: roleName(cursor) };
}

function isPermission(kind: Kind): kind is Permission {
  return (all as readonly string[]).includes(kind);
}

function permissions(cursor: Cursor): readonly Permission[] {
  if (cursor.accept('ALL')) {
    cursor.accept('PERMISSIONS');
    return all;
  }
  const written = new Set(cursor.list(permission));
  return all.filter((one) => written.has(one));
}

function permission(cursor: Cursor): Permission {
  const { kind } = cursor;
  if (!isPermission(kind)) throw cursor.mismatch(undefined);
  cursor.take();
  cursor.accept('PERMISSION');
  return kind;
}

function filtered(cursor: Cursor, written: readonly Permission[], on: Resource): readonly Permission[] {
  const [typeName, has] = applicable[on.kind];
  const kept = written.filter((one) => has.includes(one));
  if (kept.length === 0) {
    throw cursor.refuse(`Resource type ${typeName} does not support any of the requested permissions`);
  }
  return kept;
}

function resource(cursor: Cursor): Resource {
  const next = cursor.peek(1);
  switch (cursor.kind) {
    case 'ALL':
      return allOf(cursor);
    case 'KEYSPACE':
      cursor.take();
      return { kind: 'keyspace', keyspace: keyspaceName(cursor) };
    case 'ROLE':
      if (!isRoleName(next)) break;
      cursor.take();
      return { kind: 'role', role: roleName(cursor) };
    case 'FUNCTION':
      if (!isFunctionName(next)) break;
      cursor.take();
      return { kind: 'function', name: functionName(cursor), argumentTypes: argumentTypes(cursor) };
    case 'MBEAN':
    case 'MBEANS':
      if (next.kind !== 'STRING_LITERAL') break;
      return mbean(cursor);
    default:
  }
  cursor.accept('COLUMNFAMILY');
  return { kind: 'table', table: tableName(cursor) };
}

/** What follows `ALL`; a table may be called `all`. */
function allOf(cursor: Cursor): Resource {
  switch (cursor.peek(1).kind) {
    case 'KEYSPACES':
      cursor.expectAll('ALL', 'KEYSPACES');
      return { kind: 'allKeyspaces' };
    case 'TABLES':
      cursor.expectAll('ALL', 'TABLES', 'IN', 'KEYSPACE');
      return { kind: 'allTablesInKeyspace', keyspace: keyspaceName(cursor) };
    case 'FUNCTIONS':
      cursor.expectAll('ALL', 'FUNCTIONS');
      if (!cursor.accept('IN')) return { kind: 'allFunctions' };
      cursor.expect('KEYSPACE');
      return { kind: 'allFunctionsInKeyspace', keyspace: keyspaceName(cursor) };
    case 'ROLES':
      cursor.expectAll('ALL', 'ROLES');
      return { kind: 'allRoles' };
    case 'MBEANS':
      cursor.expectAll('ALL', 'MBEANS');
      return { kind: 'allMBeans' };
    default:
      return { kind: 'table', table: tableName(cursor) };
  }
}

/** The names of Java's management beans: nothing here has one, but rights to them may be kept. */
function mbean(cursor: Cursor): Resource {
  const { kind } = cursor.take();
  const { value } = cursor.expect('STRING_LITERAL');
  if (value === '') throw cursor.refuse('Empty JMX object name supplied');
  if (value === '*:*') throw cursor.refuse('Please use ALL MBEANS instead of wildcard pattern');
  if (!/^[^:\n]*:[^:\n]+$/.test(value)) throw cursor.refuse(`${value} is not a valid JMX object name`);
  if (kind === 'MBEANS' && !/[*?]/.test(value)) {
    throw cursor.refuse(`Plural form used, but non-pattern JMX object name specified (${value})`);
  }
  return { kind: 'mbean', name: value };
}

export function list(cursor: Cursor): ListPermissions | ListRoles | ListUsers {
  const next = cursor.peek(1).kind;
  if (next !== 'USERS' && next !== 'ROLES' && next !== 'ALL' && !isPermission(next)) {
    throw cursor.noAlternative(1);
  }
  cursor.expect('LIST');
  if (cursor.accept('USERS')) return { kind: 'listUsers' };
  if (cursor.accept('ROLES')) {
    const role = cursor.accept('OF') ? roleName(cursor) : undefined;
    return { kind: 'listRoles', role, recursive: !cursor.accept('NORECURSIVE') };
  }
  const written = permissions(cursor);
  const on = cursor.accept('ON') ? resource(cursor) : undefined;
  const role = cursor.accept('OF') ? roleName(cursor) : undefined;
  const recursive = !cursor.accept('NORECURSIVE');
  return { kind: 'listPermissions', permissions: written, resource: on, role, recursive };
}
