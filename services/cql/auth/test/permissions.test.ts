/** What roles may do, by statements as clients send them. */
import { auth, Client, types } from 'cassandra-driver';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openServer, type TestServer } from '../../test/support/open-server.ts';

let server: TestServer;
let root: Client;
const users = new Map<string, Client>();

async function connect(name: string, password: string): Promise<Client> {
  const client = new Client({
    contactPoints: ['127.0.0.1'],
    localDataCenter: 'datacenter1',
    protocolOptions: { port: server.port },
    authProvider: new auth.PlainTextAuthProvider(name, password),
  });
  await client.connect();
  return client;
}

const roles = ['reader', 'writer', 'maker', 'owner', 'heir', 'nobody'] as const;
type RoleName = (typeof roles)[number];

beforeAll(async () => {
  // Functions are made here, not called.
  const user = { compile: () => ({ isCalledWith: () => true, call: () => undefined }) };
  server = await openServer({ user });
  root = await connect('cassandra', 'cassandra');
  const run = (query: string) => root.execute(query);
  await run("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
  await run('CREATE TABLE ks.t (k int PRIMARY KEY, v int)');
  await run('CREATE TABLE ks.other (k int PRIMARY KEY)');
  await run("CREATE FUNCTION ks.kept (x int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'return x'");
  for (const role of roles) await run(`CREATE ROLE ${role} WITH PASSWORD = 'p' AND LOGIN = true`);
  await run('GRANT SELECT ON ks.t TO reader');
  await run('GRANT MODIFY ON KEYSPACE ks TO writer');
  await run('GRANT CREATE ON KEYSPACE ks TO maker');
  await run('GRANT ALL ON KEYSPACE ks TO owner');
  await run('GRANT reader TO heir');
  await run('GRANT writer TO heir');
  for (const role of roles) users.set(role, await connect(role, 'p'));
});
afterAll(async () => {
  for (const client of [root, ...users.values()]) await client.shutdown();
  await server.close();
});

/** The message, or that it was done. */
async function attempt(role: RoleName, query: string): Promise<string> {
  try {
    await users.get(role)!.execute(query);
    return 'done';
  } catch (error) {
    const { code, message } = error as Error & { readonly code: number };
    return code === types.responseErrorCodes.unauthorized ? message : `${code} ${message}`;
  }
}

const matrix: readonly (readonly [query: string, need: string, may: readonly RoleName[]])[] = [
  ['SELECT * FROM ks.t', 'SELECT permission on <table ks.t>', ['reader', 'owner', 'heir']],
  ['SELECT * FROM ks.other', 'SELECT permission on <table ks.other>', ['owner']],
  ['INSERT INTO ks.t (k) VALUES (1)', 'MODIFY permission on <table ks.t>', ['writer', 'owner', 'heir']],
  ['TRUNCATE ks.t', 'MODIFY permission on <table ks.t>', ['writer', 'owner', 'heir']],
  [
    'CREATE TABLE IF NOT EXISTS ks.t (k int PRIMARY KEY)',
    'CREATE permission on <keyspace ks>',
    ['maker', 'owner'],
  ],
  ['CREATE TYPE IF NOT EXISTS ks.u (a int)', 'CREATE permission on <keyspace ks>', ['maker', 'owner']],
  ["ALTER TABLE ks.t WITH comment = 'x'", 'ALTER permission on <table ks.t>', ['owner']],
  ['CREATE INDEX IF NOT EXISTS i ON ks.t (v)', 'ALTER permission on <table ks.t>', ['owner']],
  ['DROP TABLE IF EXISTS ks.gone', 'DROP permission on <table ks.gone>', ['owner']],
  ['DROP FUNCTION ks.kept', 'DROP permission on <function ks.kept(int)>', []],
  ['DROP FUNCTION IF EXISTS ks.kept(int)', 'DROP permission on <function ks.kept(int)>', []],
  // What is not there belongs to nobody.
  ['DROP FUNCTION IF EXISTS ks.gone(int)', 'DROP', roles],
  ['DROP AGGREGATE IF EXISTS ks.gone', 'DROP', roles],
  ['ALTER KEYSPACE ks WITH durable_writes = true', 'ALTER permission on <keyspace ks>', ['owner']],
  [
    "CREATE KEYSPACE mine WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    'CREATE permission on <all keyspaces>',
    [],
  ],
  ['GRANT SELECT ON ks.t TO nobody', 'AUTHORIZE permission on <table ks.t>', ['owner']],
  ['SELECT * FROM system_auth.roles', 'SELECT permission on <table system_auth.roles>', []],
  ['SELECT * FROM system_views.clients', 'SELECT permission on <table system_views.clients>', []],
  ['SELECT * FROM system.local', 'SELECT', roles],
  ['SELECT * FROM system_schema.tables', 'SELECT', roles],
];

describe.each(matrix)('%s', (query, need, may) => {
  beforeEach(() => root.execute('REVOKE SELECT ON ks.t FROM nobody'));

  test.each(roles)('%s', async (role) => {
    const refusal = `User ${role} has no ${need} or any of its parents`;
    expect(await attempt(role, query)).toBe(may.includes(role) ? 'done' : refusal);
  });
});

test('a permission is gone as soon as it is revoked, also for a statement that was prepared', async () => {
  const select = () => users.get('nobody')!.execute('SELECT * FROM ks.t', [], { prepare: true });
  await root.execute('GRANT SELECT ON ks.t TO nobody');
  await select();
  await root.execute('REVOKE SELECT ON ks.t FROM nobody');
  await expect(select()).rejects.toThrow('User nobody has no SELECT permission on <table ks.t>');
});

test('who makes a table may do everything with it, and nobody may with one that is made after it was dropped', async () => {
  const [maker, nobody] = [users.get('maker')!, users.get('nobody')!];
  await maker.execute('CREATE TABLE ks.made (k int PRIMARY KEY)');
  await maker.execute('INSERT INTO ks.made (k) VALUES (1)');
  await maker.execute('GRANT SELECT ON ks.made TO nobody');
  await nobody.execute('SELECT * FROM ks.made');
  await maker.execute('DROP TABLE ks.made');
  await root.execute('CREATE TABLE ks.made (k int PRIMARY KEY)');
  expect(await attempt('nobody', 'SELECT * FROM ks.made')).toContain('has no SELECT permission');
  expect(await attempt('maker', 'SELECT * FROM ks.made')).toContain('has no SELECT permission');
});

test('what is made has no permissions that were left of another one under its name', async () => {
  await server.server.roles.grant('nobody', { kind: 'table', keyspace: 'ks', table: 'left' }, ['SELECT']);
  await root.execute('CREATE TABLE ks.left (k int PRIMARY KEY)');
  expect(await attempt('nobody', 'SELECT * FROM ks.left')).toContain('has no SELECT permission');
});

test('permissions for all keyspaces are none for those of the system, where roles are kept', async () => {
  await root.execute('GRANT ALL ON ALL KEYSPACES TO nobody');
  try {
    expect(await attempt('nobody', 'SELECT * FROM ks.other')).toBe('done');
    for (const [query, permission, table] of [
      ['SELECT salted_hash FROM system_auth.roles', 'SELECT', 'system_auth.roles'],
      [
        "UPDATE system_auth.roles SET is_superuser = true WHERE role = 'nobody'",
        'MODIFY',
        'system_auth.roles',
      ],
      ['TRUNCATE system_auth.role_members', 'MODIFY', 'system_auth.role_members'],
      ['SELECT * FROM system_traces.sessions', 'SELECT', 'system_traces.sessions'],
      ['SELECT * FROM system_views.clients', 'SELECT', 'system_views.clients'],
      ['GRANT SELECT ON system_auth.roles TO nobody', 'AUTHORIZE', 'system_auth.roles'],
    ])
      expect(await attempt('nobody', query!)).toBe(
        `User nobody has no ${permission} permission on <table ${table}> or any of its parents`,
      );
  } finally {
    await root.execute('REVOKE ALL ON ALL KEYSPACES FROM nobody');
  }
});

test('what the system keeps may be shown to others, and written by none of them', async () => {
  for (const query of [
    'GRANT MODIFY ON system_auth.roles TO nobody',
    'GRANT ALL ON KEYSPACE system_auth TO nobody',
    'GRANT AUTHORIZE ON KEYSPACE system_traces TO nobody',
  ])
    await expect(root.execute(query)).rejects.toThrow(
      'Granting permissions on system keyspaces is strictly limited, this operation is not permitted',
    );
  await root.execute('GRANT SELECT ON KEYSPACE system_traces TO nobody');
  expect(await attempt('nobody', 'SELECT * FROM system_traces.sessions')).toBe('done');
  await root.execute('REVOKE SELECT ON KEYSPACE system_traces FROM nobody');
});

test('nobody writes to what describes the system, not even a superuser', async () => {
  const refused = (query: string) => expect(root.execute(query)).rejects;
  await refused("INSERT INTO system.local (key) VALUES ('x')").toThrow(
    'system keyspace is not user-modifiable.',
  );
  await refused("DELETE FROM system_schema.tables WHERE keyspace_name = 'ks'").toThrow(
    'system_schema keyspace is not user-modifiable.',
  );
  await refused("INSERT INTO system_views.settings (name) VALUES ('x')").toThrow(
    'Modification is not supported by table system_views.settings',
  );
  await refused('TRUNCATE system_views.settings').toThrow('Cannot truncate virtual tables');
  await refused('CREATE TABLE system.mine (k int PRIMARY KEY)').toThrow(
    'system keyspace is not user-modifiable.',
  );
  await refused('DROP TABLE system_auth.roles').toThrow('Cannot DROP <table system_auth.roles>');
});

test('roles are listed with what they have, by those who may know', async () => {
  const listed = async (client: Client, query: string) =>
    (await client.execute(query)).rows?.map((row) => row.values().map(String).join(' '));
  expect(await listed(root, 'LIST ROLES OF heir')).toEqual([
    'heir false true [object Object] ALL',
    'reader false true [object Object] ALL',
    'writer false true [object Object] ALL',
  ]);
  expect(await listed(users.get('heir')!, 'LIST ALL PERMISSIONS OF heir')).toEqual([
    'reader reader <table ks.t> SELECT',
    'writer writer <keyspace ks> MODIFY',
  ]);
  expect(await listed(root, 'LIST SELECT ON ks.t OF reader')).toEqual(['reader reader <table ks.t> SELECT']);
  expect(await listed(users.get('nobody')!, 'LIST USERS')).toEqual(['nobody false ALL']);
  expect(await attempt('nobody', 'LIST ALL OF reader')).toBe(
    "You are not authorized to view reader's permissions",
  );
  expect(await attempt('nobody', 'LIST ALL')).toBe("You are not authorized to view everyone's permissions");
  expect(await attempt('nobody', 'LIST ROLES OF reader')).toBe(
    'You are not authorized to view roles granted to reader ',
  );
});

describe('roles are changed by those who may', () => {
  const lacks = (role: RoleName) =>
    `User ${role} does not have sufficient privileges to perform the requested operation`;

  test.each<[query: string, message: string]>([
    ['CREATE ROLE x', lacks('nobody')],
    ['DROP ROLE reader', lacks('nobody')],
    ["ALTER ROLE reader WITH PASSWORD = 'x'", lacks('nobody')],
    ['ALTER ROLE reader WITH SUPERUSER = true', 'Only superusers are allowed to alter superuser status'],
    [
      'ALTER ROLE nobody WITH SUPERUSER = true',
      "You aren't allowed to alter your own superuser status or that of a role granted to you",
    ],
    ['ALTER ROLE nobody WITH LOGIN = false', "You aren't allowed to alter LOGIN"],
    ['GRANT reader TO nobody', lacks('nobody')],
    ['REVOKE reader FROM heir', lacks('nobody')],
    ["ALTER ROLE nobody WITH PASSWORD = 'p'", 'done'],
  ])('%s', async (query, message) => expect(await attempt('nobody', query)).toBe(message));
});

test.each<[query: string, message: string]>([
  ['CREATE ROLE reader', 'reader already exists'],
  ["CREATE ROLE ''", "Role name can't be an empty string"],
  ['DROP ROLE none', "none doesn't exist"],
  ['DROP ROLE cassandra', 'Cannot DROP primary role for current login'],
  ['ALTER ROLE none WITH LOGIN = true', "none doesn't exist"],
  ['ALTER ROLE reader', "ALTER [ROLE|USER] can't be empty"],
  ['GRANT none TO reader', "none doesn't exist"],
  ['GRANT reader TO heir', 'heir is a member of reader'],
  ['GRANT heir TO reader', 'heir is a member of reader'],
  ['REVOKE heir FROM reader', 'reader is not a member of heir'],
  ['GRANT SELECT ON ks.t TO none', "Role none doesn't exist"],
  ['GRANT SELECT ON ks.none TO reader', "Resource <table ks.none> doesn't exist"],
  ['GRANT EXECUTE ON FUNCTION ks.f(int) TO reader', "Resource <function ks.f(int)> doesn't exist"],
  ['LIST ALL ON ROLE none', "<role none> doesn't exist"],
  [
    "CREATE ROLE o WITH OPTIONS = {'a': 'b'}",
    "org.apache.cassandra.auth.CassandraRoleManager doesn't support OPTIONS",
  ],
  [
    "CREATE ROLE d WITH ACCESS TO DATACENTERS {'far'}",
    "Invalid value(s) for DATACENTERS '[far]',All values must be valid datacenters",
  ],
  [
    "CREATE ROLE h WITH HASHED PASSWORD = '$2a$10$JSJEMFm6GeaW9XxT5JIheuEtPvat6i7uKbnTcxX3c1wshIIsGyUtG'",
    'Hashes of bcrypt are not taken: give the password itself, or a hash that this server made',
  ],
])('%s', async (query, message) => {
  await expect(root.execute(query)).rejects.toThrow(message);
});

test('IF [NOT] EXISTS makes no trouble', async () => {
  await root.execute("CREATE ROLE IF NOT EXISTS reader WITH PASSWORD = 'other'");
  await root.execute('DROP ROLE IF EXISTS none');
  await root.execute('ALTER ROLE IF EXISTS none WITH LOGIN = true');
  await (await connect('reader', 'p')).shutdown();
});

test('superusers are made by granting one, until it is revoked', async () => {
  await root.execute('CREATE ROLE chief WITH SUPERUSER = true');
  await root.execute('GRANT chief TO nobody');
  expect(await attempt('nobody', 'SELECT * FROM system_auth.roles')).toBe('done');
  await root.execute('DROP ROLE chief');
  expect(await attempt('nobody', 'SELECT * FROM system_auth.roles')).toContain('has no SELECT permission');
});

test('a role that may not be in this data centre cannot log in', async () => {
  await root.execute(
    "CREATE ROLE far WITH PASSWORD = 'p' AND LOGIN = true AND ACCESS TO DATACENTERS {'datacenter1'}",
  );
  await (await connect('far', 'p')).shutdown();
  const { rows } = await root.execute('LIST ROLES OF far');
  expect(rows[0]?.get('datacenters')).toBe("'datacenter1'");
});

test('nothing was unexpected', () => expect(server.unexpected).toEqual([]));
