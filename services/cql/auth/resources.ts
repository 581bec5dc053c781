/** What permissions are for: its name in tables, its text in messages, what it is a part of. As Apache Cassandra 4.0 has them. */
import type { Permission, Resource } from '../ops/api.ts';
import { isSystemKeyspace } from '../schema/system/names.ts';

export type AuthResource =
  | Resource
  | { readonly kind: 'all-tables'; readonly keyspace: string }
  | { readonly kind: 'all-mbeans' }
  | { readonly kind: 'mbean'; readonly name: string };

/** In the order in which lists show them. */
export const permissions: readonly Permission[] = [
  'CREATE',
  'ALTER',
  'DROP',
  'SELECT',
  'MODIFY',
  'AUTHORIZE',
  'DESCRIBE',
  'EXECUTE',
];

/** As tables keep it. Types of a function's arguments stand there as CQL writes them. */
export function resourceName(resource: AuthResource): string {
  switch (resource.kind) {
    case 'all-keyspaces':
      return 'data';
    case 'keyspace':
      return `data/${resource.keyspace}`;
    case 'all-tables':
      return `data/${resource.keyspace}/*`;
    case 'table':
      return `data/${resource.keyspace}/${resource.table}`;
    case 'all-roles':
      return 'roles';
    case 'role':
      return `roles/${resource.role}`;
    case 'all-functions':
      return 'functions';
    case 'keyspace-functions':
      return `functions/${resource.keyspace}`;
    case 'function':
      return `functions/${resource.keyspace}/${resource.name}[${resource.argumentTypes.join('^')}]`;
    case 'all-mbeans':
      return 'mbean';
    case 'mbean':
      return `mbean/${resource.name}`;
  }
}

/** Undefined for a name that nothing here has written. */
export function resourceNamed(name: string): AuthResource | undefined {
  const at = name.indexOf('/');
  const root = at < 0 ? name : name.slice(0, at);
  const rest = at < 0 ? undefined : name.slice(at + 1);
  switch (root) {
    case 'data':
      return dataNamed(rest);
    case 'roles':
      return rest === undefined ? { kind: 'all-roles' } : { kind: 'role', role: rest };
    case 'functions':
      return functionNamed(rest);
    case 'mbean':
      return rest === undefined ? { kind: 'all-mbeans' } : { kind: 'mbean', name: rest };
    default:
      return undefined;
  }
}

function dataNamed(rest: string | undefined): AuthResource {
  if (rest === undefined) return { kind: 'all-keyspaces' };
  const [keyspace, table] = rest.split('/') as [string, string | undefined];
  if (table === undefined) return { kind: 'keyspace', keyspace };
  return table === '*' ? { kind: 'all-tables', keyspace } : { kind: 'table', keyspace, table };
}

function functionNamed(rest: string | undefined): AuthResource | undefined {
  if (rest === undefined) return { kind: 'all-functions' };
  const parts = /^([^/]+)(?:\/([^[]+)\[(.*)\])?$/s.exec(rest);
  if (parts === null) return undefined;
  const [, keyspace, name, types] = parts as unknown as [string, string, string | undefined, string];
  if (name === undefined) return { kind: 'keyspace-functions', keyspace };
  return { kind: 'function', keyspace, name, argumentTypes: types === '' ? [] : types.split('^') };
}

/** As messages and lists show it. */
export function resourceText(resource: AuthResource): string {
  switch (resource.kind) {
    case 'all-keyspaces':
      return '<all keyspaces>';
    case 'keyspace':
      return `<keyspace ${resource.keyspace}>`;
    case 'all-tables':
      return `<all tables in ${resource.keyspace}>`;
    case 'table':
      return `<table ${resource.keyspace}.${resource.table}>`;
    case 'all-roles':
      return '<all roles>';
    case 'role':
      return `<role ${resource.role}>`;
    case 'all-functions':
      return '<all functions>';
    case 'keyspace-functions':
      return `<all functions in ${resource.keyspace}>`;
    case 'function':
      return `<function ${resource.keyspace}.${resource.name}(${resource.argumentTypes.join(', ')})>`;
    case 'all-mbeans':
      return '<all mbeans>';
    case 'mbean':
      return `<mbean ${resource.name}>`;
  }
}

/** Who may something with one of these may it with the first. */
export function resourceChain(resource: AuthResource): AuthResource[] {
  const all: AuthResource[] = [resource];
  for (let next = parentOf(resource); next !== undefined; next = parentOf(next)) all.push(next);
  return all;
}

function parentOf(resource: AuthResource): AuthResource | undefined {
  switch (resource.kind) {
    case 'table':
      return { kind: 'all-tables', keyspace: resource.keyspace };
    case 'all-tables':
      return { kind: 'keyspace', keyspace: resource.keyspace };
    case 'keyspace':
      // Who may write to all keyspaces could otherwise become a superuser by writing to the table of roles, and who may read them
      // could see hashes of passwords (CVE-2025-23015).
      return isSystemKeyspace(resource.keyspace) ? undefined : { kind: 'all-keyspaces' };
    case 'role':
      return { kind: 'all-roles' };
    case 'function':
      return { kind: 'keyspace-functions', keyspace: resource.keyspace };
    case 'keyspace-functions':
      return { kind: 'all-functions' };
    case 'mbean':
      return { kind: 'all-mbeans' };
    case 'all-keyspaces':
    case 'all-roles':
    case 'all-functions':
    case 'all-mbeans':
      return undefined;
  }
}

const ofTables: readonly Permission[] = ['ALTER', 'DROP', 'SELECT', 'MODIFY', 'AUTHORIZE'];
const ofBeans: readonly Permission[] = ['AUTHORIZE', 'DESCRIBE', 'EXECUTE', 'MODIFY', 'SELECT'];

/** Permissions that there are for it: what whoever makes it gets. */
export function permissionsFor({ kind }: AuthResource): readonly Permission[] {
  switch (kind) {
    case 'all-keyspaces':
    case 'keyspace':
    case 'all-tables':
      return ['CREATE', ...ofTables];
    case 'table':
      return ofTables;
    case 'all-roles':
      return ['CREATE', 'ALTER', 'DROP', 'AUTHORIZE', 'DESCRIBE'];
    case 'role':
      return ['ALTER', 'DROP', 'AUTHORIZE', 'DESCRIBE'];
    case 'all-functions':
    case 'keyspace-functions':
      return ['CREATE', 'ALTER', 'DROP', 'AUTHORIZE', 'EXECUTE'];
    case 'function':
      return ['ALTER', 'DROP', 'AUTHORIZE', 'EXECUTE'];
    case 'all-mbeans':
    case 'mbean':
      return ofBeans;
  }
}
