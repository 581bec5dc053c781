/** Statements about roles and what they may do. */
import type { QualifiedName } from './ast.ts';
import type { TypeSyntax } from './ast-terms.ts';

export type Permission =
  | ('CREATE' | 'ALTER' | 'DROP' | 'SELECT')
  | ('MODIFY' | 'AUTHORIZE' | 'DESCRIBE' | 'EXECUTE');

/** What was not written is undefined. */
export interface RoleOptions {
  readonly password: string | undefined;
  readonly hashedPassword: string | undefined;
  readonly superuser: boolean | undefined;
  readonly login: boolean | undefined;
  readonly options: ReadonlyMap<string, string> | undefined;
  readonly datacenters: 'all' | readonly string[] | undefined;
}

export interface CreateRole {
  readonly kind: 'createRole';
  readonly role: string;
  readonly ifNotExists: boolean;
  /** Of CREATE USER with `login` and `superuser` as it means them. */
  readonly options: RoleOptions;
}

export interface AlterRole {
  readonly kind: 'alterRole';
  readonly role: string;
  readonly ifExists: boolean;
  readonly options: RoleOptions;
}

export interface DropRole {
  readonly kind: 'dropRole';
  readonly role: string;
  readonly ifExists: boolean;
}

export interface GrantRole {
  readonly kind: 'grantRole' | 'revokeRole';
  readonly role: string;
  readonly grantee: string;
}

export type Resource =
  | { readonly kind: 'allKeyspaces' | 'allRoles' | 'allFunctions' | 'allMBeans' }
  | {
      readonly kind: 'keyspace' | 'allTablesInKeyspace' | 'allFunctionsInKeyspace';
      readonly keyspace: string;
    }
  | { readonly kind: 'table'; readonly table: QualifiedName }
  | { readonly kind: 'role'; readonly role: string }
  | {
      readonly kind: 'function';
      readonly name: QualifiedName;
      readonly argumentTypes: readonly TypeSyntax[];
    }
  | { readonly kind: 'mbean'; readonly name: string };

export interface GrantPermissions {
  readonly kind: 'grantPermissions' | 'revokePermissions';
  /** Those that the resource has, of those that were written. */
  readonly permissions: readonly Permission[];
  readonly resource: Resource;
  readonly role: string;
}

export interface ListPermissions {
  readonly kind: 'listPermissions';
  readonly permissions: readonly Permission[];
  readonly resource: Resource | undefined;
  readonly role: string | undefined;
  readonly recursive: boolean;
}

export interface ListRoles {
  readonly kind: 'listRoles';
  readonly role: string | undefined;
  readonly recursive: boolean;
}

export interface ListUsers {
  readonly kind: 'listUsers';
}

export type RoleStatement =
  | (CreateRole | AlterRole | DropRole | GrantRole | GrantPermissions)
  | (ListPermissions | ListRoles | ListUsers);
