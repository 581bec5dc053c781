/**
 * Sessions of the superuser `rdsadmin`. A customer owns databases and may attach settings to them, make operators, casts and views:
 * nothing of that may reach a session that may do everything. So what a customer could preset is set by the session itself, which
 * goes before all presets; names are looked up in pg_catalog alone; views and foreign tables of others are not expanded; and what it
 * runs is in no list of queries.
 *
 * Whoever writes statements for such a session: name every object with its schema, read plain tables only (`relkind` r, p, m), never
 * cast a customer's value (casts are functions) and never call what is not in pg_catalog.
 */
import { Client, type ClientConfig } from 'pg';

export const adminRole = 'rdsadmin';

const pinned: Readonly<Record<string, string>> = {
  search_path: 'pg_catalog,pg_temp',
  restrict_nonsystem_relation_kind: 'view,foreign-table',
  role: 'none',
  session_replication_role: 'origin',
  row_security: 'on',
  check_function_bodies: 'on',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  client_min_messages: 'warning',
  client_encoding: 'UTF8',
  standard_conforming_strings: 'on',
  backslash_quote: 'safe_encoding',
  quote_all_identifiers: 'off',
  array_nulls: 'on',
  transform_null_equals: 'off',
  datestyle: 'ISO',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  xmlbinary: 'base64',
  xmloption: 'content',
  default_transaction_isolation: 'read\\ committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  default_tablespace: '',
  temp_tablespaces: '',
  default_table_access_method: 'heap',
  synchronous_commit: 'on',
  jit: 'off',
  track_activities: 'off',
  'pg_stat_statements.track': 'none',
};

/** For the `options` of a connection of rdsadmin, also one for replication. */
export function adminOptions(major: number): string {
  const all = major >= 17 ? { ...pinned, transaction_timeout: '0' } : pinned;
  return Object.entries(all)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

export interface AdminAddress {
  readonly major: number;
  readonly socketDir: string;
  readonly port: number;
  readonly adminPassword: string;
}

/** What the package pg needs for a session of rdsadmin. */
export function adminConfig(address: AdminAddress, database = 'postgres'): ClientConfig {
  return {
    host: address.socketDir,
    port: address.port,
    user: adminRole,
    password: address.adminPassword,
    database,
    application_name: 'hypergate admin',
    options: adminOptions(address.major),
  };
}

/** A session whose loss is an error of its next query, never one that nobody catches. */
export async function connectAdmin(address: AdminAddress, database?: string): Promise<Client> {
  const client = new Client(adminConfig(address, database));
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
