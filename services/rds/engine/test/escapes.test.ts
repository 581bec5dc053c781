/**
 * Ways out of a database that are known from other providers' histories, walked as the master user and as a role without any right.
 * Each has to end with PostgreSQL's own error; afterwards the promises still hold.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowedExtensions } from '../allowed-extensions.ts';
import type { EngineMajor } from '../api.ts';
import type { StartedEngine } from '../engine.ts';
import { hasIamRole, removedRoles } from '../roles.ts';
import { attachStandby } from './support/standby-client.ts';
import { connectAs, type EngineWorld, engineWorld } from './support/world.ts';

const denied = '42501';
const unavailable = '0A000';

/** [what it would give, statement, code] as the master user. */
const walk: readonly (readonly [name: string, sql: string, code: string | RegExp])[] = [
  // Programs and files.
  ['a program', "copy (select 1) to program 'touch /tmp/hypergate-escape'", denied],
  ['a program that reads', "create temp table p (l text); copy p from program 'id'", denied],
  ['a file to read', "create temp table f (l text); copy f from '/etc/passwd'", denied],
  ['a file to write', "copy (select 1) to '/tmp/hypergate-escape'", denied],
  ['pg_read_file', "select pg_read_file('/etc/passwd')", denied],
  ['pg_read_binary_file', "select pg_read_binary_file('PG_VERSION')", denied],
  ['pg_stat_file', "select pg_stat_file('PG_VERSION')", denied],
  ['pg_ls_dir', "select pg_ls_dir('/')", denied],
  ['lo_import', "select lo_import('/etc/passwd')", denied],
  ['lo_export', "select lo_export(1, '/tmp/hypergate-escape')", denied],
  ['pg_hba_file_rules', 'select * from pg_hba_file_rules', denied],
  ['pg_ident_file_mappings', 'select * from pg_ident_file_mappings', denied],
  ['pg_file_settings', 'select * from pg_file_settings', denied],
  ['a tablespace', "create tablespace t location '/tmp'", denied],
  ['pg_current_logfile', 'select pg_rotate_logfile()', denied],
  // Code.
  ['a function in C', "create function c() returns int language c as 'libc', 'getpid'", denied],
  ['an internal function', "create function i() returns int language internal as 'pg_backend_pid'", denied],
  ['a language', 'create language plpython3u', /^(?:0A000|42501|42704|58P01)$/],
  ['a handler', 'create language evil handler plpgsql_call_handler', denied],
  ['a library', "load '/tmp/evil.so'", denied],
  [
    'a base type',
    'create type b; create function b_in(cstring) returns b language internal as $$int4in$$',
    denied,
  ],
  ['an operator class', 'create operator class x for type int4 using btree as operator 1 <', denied],
  ['an access method', 'create access method x type index handler bthandler', denied],
  ['an event trigger', 'create event trigger e on ddl_command_end execute function x()', /^(?:42501|42883)$/],
  ['a wrapper of foreign data', 'create foreign data wrapper w', denied],
  ['a cast between built-in types', 'create cast (int4 as point) with inout', denied],
  // Roles.
  ['being rdsadmin', 'set role rdsadmin', denied],
  ['a session of rdsadmin', 'set session authorization rdsadmin', denied],
  ['membership in rdsadmin', 'grant rdsadmin to postgres', denied],
  ["rdsadmin's password", "alter role rdsadmin password 'x'", denied],
  ["rdsadmin's settings", "alter role rdsadmin set search_path = 'evil'", denied],
  ["rdsadmin's settings here", "alter role rdsadmin in database app set search_path = 'evil'", denied],
  ['no rdsadmin', 'drop role rdsadmin', denied],
  ['another name for it', 'alter role rdsadmin rename to x', denied],
  ['a superuser', 'create role s superuser', denied],
  ['superuser for itself', 'alter role postgres superuser', denied],
  ['replication for itself', 'alter role postgres replication', denied],
  ['a replicating role', 'create role r replication', denied],
  ['a role beside row security', 'create role r bypassrls', denied],
  ['settings for all', "alter role all set search_path = 'evil'", denied],
  ["rdsadmin's objects", 'reassign owned by rdsadmin to postgres', denied],
  ["no objects of rdsadmin's", 'drop owned by rdsadmin', denied],
  ['the verifiers of passwords', 'select rolpassword from pg_authid', denied],
  ['the shadow', 'select passwd from pg_shadow', denied],
  ...removedRoles.map(
    (role) => [`membership in ${role}`, `grant ${role} to postgres`, /^(?:42704|42501)$/] as const,
  ),
  // Settings.
  ['alter system', "alter system set archive_command = 'id'", /^(?:42501|0A000)$/],
  ['a reload', 'select pg_reload_conf()', denied],
  ['a library path', "set dynamic_library_path = '/tmp'", denied],
  ['libraries of a session', "set session_preload_libraries = 'evil'", denied],
  ['libraries for a database', "alter database app set session_preload_libraries = 'evil'", denied],
  ['changed catalogs', 'set allow_system_table_mods = on', denied],
  ['the log of statements', "set log_statement = 'all'", denied],
  ['triggers off', 'set session_replication_role = replica', denied],
  ['rights on a parameter', 'grant alter system on parameter archive_command to postgres', denied],
  ['damaged pages', 'set zero_damaged_pages = on', denied],
  // The write-ahead log and replication.
  ['a physical slot', "select pg_create_physical_replication_slot('s')", denied],
  ['a logical slot', "select pg_create_logical_replication_slot('s', 'test_decoding')", denied],
  ['no slot', "select pg_drop_replication_slot('hypergate')", denied],
  ['an origin', "select pg_replication_origin_create('o')", denied],
  ['a subscription', "create subscription s connection 'host=x' publication p", denied],
  ['a backup', "select pg_backup_start('x')", denied],
  ['a log switch', 'select pg_switch_wal()', denied],
  ['a promotion', 'select pg_promote()', denied],
  // Databases that the gateway needs.
  ['no postgres', 'drop database postgres', denied],
  ['another name for postgres', 'alter database postgres rename to x', denied],
  ['settings of postgres', "alter database postgres set search_path = 'evil'", denied],
  ['postgres as its own', 'alter database postgres owner to postgres', denied],
  ['no template', 'drop database template1', denied],
  ['a changed template', 'alter database template1 is_template false', denied],
  // The catalogs themselves.
  ['an update of roles', "update pg_authid set rolsuper = true where rolname = 'postgres'", denied],
  ['an update of databases', 'update pg_database set datallowconn = false', denied],
  [
    'a function in pg_catalog',
    'create function pg_catalog.f() returns int language sql as $$select 1$$',
    denied,
  ],
  ['another now()', 'alter function pg_catalog.now() security definer', denied],
  ['no now()', 'drop function pg_catalog.now()', denied],
  // Extensions that are not here.
  ...[
    'adminpack',
    'file_fdw',
    'plpython3u',
    'plperl',
    'pltcl',
    'dblink',
    'postgres_fdw',
    'earthdistance',
  ].map((name) => [`extension ${name}`, `create extension ${name}`, unavailable] as const),
];

const majors: readonly EngineMajor[] = [15, 18];

describe.each(majors)('PostgreSQL %i', (major) => {
  let world: EngineWorld;
  let engine: StartedEngine;
  let master: Client;
  let admin: Client;
  beforeAll(async () => {
    world = engineWorld();
    const dataDir = await world.cluster('data', major);
    engine = await world.start(dataDir, { programs: await world.programs(major) });
    await attachStandby(engine);
    master = await connectAs(engine, 'postgres');
    admin = await engine.connect('app');
  });
  afterAll(async () => {
    await engine?.stop('immediate');
    await world?.remove();
  });

  async function codeOf(client: Client, sql: string): Promise<string> {
    try {
      await client.query(`begin; ${sql}`);
      return 'no error';
    } catch (fault) {
      const { code, message } = fault as { code?: string; message: string };
      // Some statements refuse to stand in a transaction before they look at rights.
      if (code !== '25001') return code ?? message;
    } finally {
      await client.query('rollback');
    }
    return client.query(sql).then(
      () => 'no error',
      (fault: { code?: string; message: string }) => fault.code ?? fault.message,
    );
  }

  it.each(walk)('refuses %s', async (_name, sql, code) => {
    const found = await codeOf(master, sql);
    if (typeof code === 'string') expect(found).toBe(code);
    else expect(found).toMatch(code);
  });

  it('finds an error code of its own for what is allowed', async () => {
    expect(await codeOf(master, 'select 1')).toBe('no error');
  });

  it('refuses another role everything that the master may not do', async () => {
    await master.query('create role nobody_special login');
    const client = await connectAs(engine, 'nobody_special');
    for (const [name, sql] of walk) expect([name, await codeOf(client, sql)]).not.toContain('no error');
    await client.end();
  });

  it("does not let anybody end or watch rdsadmin's sessions", async () => {
    const { rows } = await admin.query<{ pid: number }>('select pg_backend_pid() as pid');
    for (const call of ['pg_terminate_backend', 'pg_cancel_backend']) {
      expect(await codeOf(master, `select ${call}(${rows[0]!.pid})`)).toBe(denied);
    }
    const seen = await master.query<{ query: string }>(
      "select query from pg_stat_activity where usename = 'rdsadmin' and query ~ 'pg_backend_pid'",
    );
    expect(seen.rows).toEqual([]);
  });

  it('keeps what a customer presets for a database out of sessions of rdsadmin', async () => {
    await master.query('create schema evil');
    await master.query("create function evil.now() returns text language sql as $$select 'evil'$$");
    for (const setting of [
      'search_path = evil, pg_catalog',
      'statement_timeout = 1',
      'default_transaction_read_only = on',
      'standard_conforming_strings = off',
      "datestyle = 'SQL, DMY'",
      'client_encoding = latin1',
      'row_security = off',
    ]) {
      await master.query(`alter database app set ${setting}`);
    }
    const fresh = await engine.connect('app');
    const kept = {
      search_path: 'pg_catalog,pg_temp',
      statement_timeout: '0',
      datestyle: expect.stringMatching(/^ISO/),
      row_security: 'on',
      default_transaction_read_only: 'off',
      standard_conforming_strings: 'on',
      client_encoding: 'UTF8',
      restrict_nonsystem_relation_kind: expect.stringMatching(/^view, ?foreign-table$/),
    };
    const { rows } = await fresh.query<{ name: string; setting: string }>(
      'select name, current_setting(name) as setting from unnest($1::text[]) as name',
      [Object.keys(kept)],
    );
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual(kept);
    await fresh.end();
    await master.query('alter database app reset all');
  });

  it('does not run the functions behind a view that stands where a table was', async () => {
    await master.query('create table public.victim (n int)');
    await master.query(
      'create function public.grab() returns int language plpgsql as $$begin alter role postgres superuser; return 1; end$$',
    );
    await master.query('drop table public.victim; create view public.victim as select public.grab() as n');
    await expect(admin.query('select * from public.victim')).rejects.toMatchObject({ code: '55000' });
  });

  it('gives every extension of the list to the master user, and no other is there', async () => {
    const { rows } = await admin.query<{ name: string }>('select name from pg_available_extensions');
    expect(rows.map(({ name }) => name).sort()).toEqual(allowedExtensions);
    for (const name of allowedExtensions)
      await master.query(`create extension if not exists "${name}" cascade`);
    const { rows: owned } = await admin.query<{ secdef: string }>(
      `select p.oid::regprocedure::text as secdef from pg_proc p join pg_depend d on d.objid = p.oid and d.deptype = 'e'
        where p.prosecdef`,
    );
    expect(owned).toEqual([]);
  });

  it('does not run a customer’s function as rdsadmin while an extension is made', async () => {
    await master.query('create schema trap');
    await master.query(
      `create function trap.spring(int) returns boolean language plpgsql as
        $$begin alter role postgres superuser; return true; end$$`,
    );
    await master.query('create domain trap.d as int check (trap.spring(value))');
    for (const name of ['cube', 'hstore', 'ltree', 'seg', 'citext']) {
      await master.query(`drop extension if exists "${name}" cascade`);
      await master.query(`create type trap."${name}" as (x trap.d)`);
      await master.query(`create extension "${name}" schema trap cascade`).catch(() => undefined);
    }
    const { rows } = await admin.query("select rolsuper from pg_roles where rolname = 'postgres'");
    expect(rows).toEqual([{ rolsuper: false }]);
  });

  it('gives the master user what RDS gives', async () => {
    await master.query('create role app_owner login; grant app_owner to postgres');
    await master.query('create role by_token login; grant rds_iam to by_token');
    const { rows: byToken } = await admin.query(
      `select r.rolname from pg_roles r where r.rolname in ('postgres', 'by_token') and ${hasIamRole(major)}`,
    );
    expect(byToken).toEqual([{ rolname: 'by_token' }]);
    await master.query('grant pg_monitor to app_owner');
    await master.query('create database other');
    await master.query('checkpoint');
    const client = await connectAs(engine, 'postgres', 'postgres');
    await client.query('create table public.in_postgres (n int)');
    await client.query('create extension pg_trgm');
    await client.end();
    const victim = await connectAs(engine, 'app_owner');
    const { rows } = await victim.query<{ pid: number }>('select pg_backend_pid() as pid');
    await master.query('select pg_terminate_backend($1)', [rows[0]!.pid]);
  });

  it('still keeps its promises after the walk', async () => {
    const { rows } = await admin.query<{ name: string; setting: string }>(
      `select name, setting from pg_settings where name in ('fsync', 'listen_addresses', 'synchronous_standby_names',
        'archive_mode', 'log_statement', 'restart_after_crash')`,
    );
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: 'off',
      listen_addresses: '',
      synchronous_standby_names: 'hypergate',
      archive_mode: 'off',
      log_statement: 'none',
      restart_after_crash: 'off',
    });
    const { rows: supers } = await admin.query(
      'select rolname from pg_roles where rolsuper or rolreplication or rolbypassrls',
    );
    expect(supers).toEqual([{ rolname: 'rdsadmin' }]);
    const { rows: removed } = await admin.query('select from pg_roles where rolname = any($1)', [
      removedRoles,
    ]);
    expect(removed).toEqual([]);
    const { rows: slots } = await admin.query<{ slot_name: string }>(
      'select slot_name from pg_replication_slots',
    );
    expect(slots).toEqual([{ slot_name: 'hypergate' }]);
    expect(existsSync('/tmp/hypergate-escape')).toBe(false);
    expect(readdirSync(join(engine.dataDir, 'pg_tblspc'))).toEqual([]);
  });
});
