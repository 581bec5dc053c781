/**
 * Roles of a new cluster. Customers never get the superuser `rdsadmin`: their most powerful role is the master user, who may make
 * databases and roles and has what RDS gives with `rds_superuser`.
 *
 * Predefined roles that lead out of the database are removed from it. In PostgreSQL 15 whoever has CREATEROLE may grant any role
 * that is no superuser, and so take them; from 16 on this would need ADMIN OPTION, and the removal is a second wall. The server's
 * code knows these roles by number alone, so nothing else changes; the names are reserved and the numbers cannot be had again.
 * `pg_read_all_data` goes with them because it covers pg_authid: a reader would get the verifiers of all passwords.
 */

import { adminRole } from './admin-session.ts';
import type { EngineMajor } from './api.ts';
import { EngineFailure } from './failure.ts';
import { quoteIdentifier, quoteLiteral } from './quoting.ts';

export const removedRoles = [
  'pg_read_server_files',
  'pg_write_server_files',
  'pg_execute_server_program',
  'pg_read_all_data',
  'pg_create_subscription',
] as const;

/** Members of `rds_superuser` monitor, end other sessions and ask for checkpoints. */
const grantedRoles = ['pg_monitor', 'pg_signal_backend', 'pg_checkpoint'];

export interface ClusterUsers {
  readonly masterUser: string;
  /** As PostgreSQL keeps it. */
  readonly masterVerifier: string;
  /** Made besides `postgres`, and the master user's. */
  readonly database?: string;
}

/** Names that a customer's own role or database cannot have. @throws EngineFailure bad-name */
export function checkUsers({ masterUser, database }: { masterUser: string; database?: string }): void {
  const user = masterUser.toLowerCase();
  if (user === adminRole || user === 'public' || user === 'none' || /^(?:pg_|rds_)/.test(user)) {
    throw new EngineFailure('bad-name', `${masterUser} is a reserved word and cannot be the master user.`);
  }
  if (database !== undefined && /^(?:postgres|template[01]|rdsadmin)$/i.test(database)) {
    throw new EngineFailure('bad-name', `${database} is a reserved word and cannot be the database.`);
  }
}

/** Statements for the database `postgres`, as the superuser, without a transaction around them. */
export function clusterStatements(users: ClusterUsers, major: EngineMajor): readonly string[] {
  const master = quoteIdentifier(users.masterUser);
  const removed = removedRoles.map(quoteLiteral).join(', ');
  const ofRemoved = `in (select oid from pg_catalog.pg_authid where rolname in (${removed}))`;
  return [
    `delete from pg_catalog.pg_auth_members where roleid ${ofRemoved} or member ${ofRemoved}`,
    `delete from pg_catalog.pg_authid where rolname in (${removed})`,
    'create role rds_superuser nologin',
    'create role rds_iam nologin',
    `create role ${master} login createdb createrole valid until 'infinity' password ${quoteLiteral(users.masterVerifier)}`,
    `grant ${grantedRoles.join(', ')} to rds_superuser with admin option`,
    `grant rds_superuser to ${master} with admin option`,
    // A member of rds_iam logs in by token alone, so the master user may grant it without having it.
    ...(major >= 16 ? [`grant rds_iam to ${master} with admin true, inherit false, set false`] : []),
    // `postgres` stays rdsadmin's: the gateway's own sessions need it, so nobody else may drop or rename it.
    `grant all on database postgres to ${master} with grant option`,
    `grant all on schema public to ${master} with grant option`,
    `grant all on database template1 to ${master} with grant option`,
    ...(users.database === undefined
      ? []
      : [`create database ${quoteIdentifier(users.database)} owner ${master}`]),
  ];
}

/**
 * Condition on a row of pg_roles named `r`: it logs in by token. From 16 on, who may merely grant rds_iam is a member in name, so what
 * counts is whether the membership gives anything.
 */
export function hasIamRole(major: EngineMajor): string {
  const has = (right: string) => `pg_catalog.pg_has_role(r.oid, i.oid, '${right}')`;
  const member = major >= 16 ? `(${has('usage')} or ${has('set')})` : has('member');
  return `exists (select from pg_catalog.pg_roles i where i.rolname = 'rds_iam' and not r.rolsuper and ${member})`;
}
