import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  DescribeDBClustersCommand,
  EnableHttpEndpointCommand,
} from '@aws-sdk/client-rds';
import {
  BatchExecuteStatementCommand,
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteSqlCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  type Field,
  type RDSDataClient,
  RollbackTransactionCommand,
  type SqlParameter,
} from '@aws-sdk/client-rds-data';
import { createPooledRandom } from '@hypergate/node/crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelInstances } from '../../control/test/support/model-instances.ts';
import {
  account,
  errorOf,
  openWorld,
  otherAccount,
  region,
  type World,
} from '../../control/test/support/world.ts';
import { type PlainEngine, startPlainEngine } from '../../test/support/plain-engine.ts';
import { DataApi } from '../index.ts';
import { dataLimits } from '../limits.ts';

const resourceArn = `arn:aws:rds:${region}:${account}:db:db1`;
let engine: PlainEngine;
let api: DataApi;
let world: World;
let client: RDSDataClient;
let id: string;
let secretArn: string;

beforeAll(async () => {
  engine = await startPlainEngine();
  const admin = await engine.connect();
  await admin.query('CREATE ROLE master LOGIN CREATEDB');
  await admin.query('GRANT ALL ON SCHEMA public TO master');
  await admin.query('CREATE DATABASE app OWNER master');
  await admin.end();
  const instances = new ModelInstances();
  instances.onConnect = ({ user, database }) => engine.connect(database, user);
  const limits = { ...dataLimits, statementTimeoutMs: 1500, connectionIdleMs: 200, transactionIdleMs: 400 };
  api = new DataApi({ instances, random: createPooledRandom(), nowMs: Date.now }, limits);
  world = await openWorld({ instances, more: (run) => api.definition(run) });
  client = world.data();
  const made = await world.client().send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: 'db1',
      DBInstanceClass: 'db.t3.micro',
      Engine: 'postgres',
      AllocatedStorage: 20,
      MasterUsername: 'master',
      MasterUserPassword: 'password1',
      DBName: 'app',
    }),
  );
  id = made.DBInstance!.DbiResourceId!;
  secretArn = `arn:aws:secretsmanager:${region}:${account}:secret:rds-db-credentials/${id}/master`;
  await run('CREATE TABLE t (id bigserial PRIMARY KEY, name varchar(20) NOT NULL, amount numeric(10, 2))');
});
afterAll(async () => {
  await api?.close();
  await world?.close();
  await engine?.remove();
});

const run = (sql: string, more: Partial<ExecuteStatementCommandInput> = {}) =>
  client.send(new ExecuteStatementCommand({ resourceArn, secretArn, sql, ...more }));
const one = async (sql: string, more: Partial<ExecuteStatementCommandInput> = {}) =>
  (await run(sql, more)).records![0]![0]!;
const begin = async () =>
  (await client.send(new BeginTransactionCommand({ resourceArn, secretArn }))).transactionId!;
const commit = (transactionId: string) =>
  client.send(new CommitTransactionCommand({ resourceArn, secretArn, transactionId }));
const rollback = (transactionId: string) =>
  client.send(new RollbackTransactionCommand({ resourceArn, secretArn, transactionId }));

describe('values', () => {
  it.each<[string, Field]>([
    ['NULL', { isNull: true }],
    ['true', { booleanValue: true }],
    ['42', { longValue: 42 }],
    ['9007199254740991::bigint', { longValue: 9007199254740991 }],
    ['1.5::float8', { doubleValue: 1.5 }],
    ["'NaN'::float8", { doubleValue: Number.NaN }],
    ['1.50::numeric', { stringValue: '1.50' }],
    ["'text'::text", { stringValue: 'text' }],
    ["'\\x00ff'::bytea", { blobValue: Uint8Array.of(0, 255) }],
    ["'2026-01-02'::date", { stringValue: '2026-01-02' }],
    ["'2026-01-02 03:04:05.5'::timestamp", { stringValue: '2026-01-02 03:04:05.5' }],
    ["'2026-01-02 03:04:05+01'::timestamptz", { stringValue: '2026-01-02 02:04:05' }],
    [`'{"a": 1}'::jsonb`, { stringValue: '{"a": 1}' }],
    ["'(1,2)'::point", { stringValue: '(1,2)' }],
    ['ARRAY[1, NULL, 3]', { arrayValue: { longValues: [1, null, 3] as number[] } }],
    [
      `ARRAY['a "b"', 'c,d', NULL, 'NULL', '']`,
      { arrayValue: { stringValues: ['a "b"', 'c,d', null, 'NULL', ''] as string[] } },
    ],
    ['ARRAY[true, false]', { arrayValue: { booleanValues: [true, false] } }],
    ['ARRAY[1.5::float8]', { arrayValue: { doubleValues: [1.5] } }],
    ["'[2:3]={4,5}'::int[]", { arrayValue: { longValues: [4, 5] } }],
    ["'{}'::int[]", { arrayValue: { longValues: [] } }],
    [
      'ARRAY[ARRAY[1, 2], ARRAY[3, 4]]',
      { arrayValue: { arrayValues: [{ longValues: [1, 2] }, { longValues: [3, 4] }] } },
    ],
  ])('SELECT %s', async (expression, field) => {
    expect(await one(`SELECT ${expression}`)).toEqual(field);
  });

  it.each<[SqlParameter, string, Field]>([
    [{ value: { isNull: true } }, ':p::int', { isNull: true }],
    [{ value: { booleanValue: true } }, ':p', { booleanValue: true }],
    [{ value: { longValue: -9007199254740991 } }, ':p', { longValue: -9007199254740991 }],
    [{ value: { doubleValue: 0.1 } }, ':p', { doubleValue: 0.1 }],
    [{ value: { stringValue: "it's :p $1" } }, ':p', { stringValue: "it's :p $1" }],
    [{ value: { blobValue: Uint8Array.of(0, 1, 255) } }, ':p', { blobValue: Uint8Array.of(0, 1, 255) }],
    [{ value: { stringValue: '2026-01-02' }, typeHint: 'DATE' }, ':p + 1', { stringValue: '2026-01-03' }],
    [{ value: { stringValue: '1.10' }, typeHint: 'DECIMAL' }, ':p * 2', { stringValue: '2.20' }],
    [{ value: { stringValue: '{"a":1}' }, typeHint: 'JSON' }, "(:p::json)->>'a'", { stringValue: '1' }],
    [{ value: { stringValue: '03:04:05' }, typeHint: 'TIME' }, ':p', { stringValue: '03:04:05' }],
    [
      { value: { stringValue: '2026-01-02 03:04:05' }, typeHint: 'TIMESTAMP' },
      ':p',
      { stringValue: '2026-01-02 03:04:05' },
    ],
    [
      { value: { stringValue: '6F9619FF-8B86-D011-B42D-00CF4FC964FF' }, typeHint: 'UUID' },
      ':p',
      { stringValue: '6f9619ff-8b86-d011-b42d-00cf4fc964ff' },
    ],
    [{ value: { isNull: true }, typeHint: 'UUID' }, ':p', { isNull: true }],
    [
      { value: { arrayValue: { stringValues: ['a"b\\', 'NULL', '{,}'] } } },
      ':p::text[]',
      { arrayValue: { stringValues: ['a"b\\', 'NULL', '{,}'] } },
    ],
    [{ value: { arrayValue: { longValues: [1, 2] } } }, ':p', { arrayValue: { longValues: [1, 2] } }],
    [
      { value: { arrayValue: { arrayValues: [{ longValues: [1] }, { longValues: [2] }] } } },
      ':p',
      { arrayValue: { arrayValues: [{ longValues: [1] }, { longValues: [2] }] } },
    ],
  ])('a parameter %j as %s', async (parameter, expression, field) => {
    expect(await one(`SELECT ${expression}`, { parameters: [{ name: 'p', ...parameter }] })).toEqual(field);
  });

  it.each<[SqlParameter | undefined, RegExp]>([
    [undefined, /^BadRequestException: Cannot find parameter: p/],
    [
      { name: 'p', value: { stringValue: 'tomorrow' }, typeHint: 'DATE' },
      /^BadRequestException: .* in the form of DATE/,
    ],
    [{ name: 'p', value: { longValue: 1 }, typeHint: 'UUID' }, /^BadRequestException: .* must be a string/],
    [{ name: 'p', value: { stringValue: 'a\0b' } }, /^BadRequestException: .* zero character/],
    [{ value: { longValue: 1 } }, /^BadRequestException: A parameter has no name/],
  ])('refuses %j', async (parameter, error) => {
    expect(
      await errorOf(run('SELECT :p', { parameters: parameter === undefined ? [] : [parameter] })),
    ).toMatch(error);
  });

  it('keeps all digits of what a double does not hold', async () => {
    const { longReturnType, decimalReturnType } = {
      longReturnType: 'STRING',
      decimalReturnType: 'DOUBLE_OR_LONG',
    } as const;
    expect(await one('SELECT 9223372036854775807', { resultSetOptions: { longReturnType } })).toEqual({
      stringValue: '9223372036854775807',
    });
    expect(await one('SELECT 1.25::numeric', { resultSetOptions: { decimalReturnType } })).toEqual({
      doubleValue: 1.25,
    });
    const { formattedRecords } = await run(
      "SELECT 9223372036854775807 AS n, 'x' AS t, NULL AS z, ARRAY[1,2] AS a",
      { formatRecordsAs: 'JSON' },
    );
    expect(formattedRecords).toBe('[{"n":9223372036854775807,"t":"x","z":null,"a":[1,2]}]');
    expect(await errorOf(run('SELECT 1 AS a, 2 AS a', { formatRecordsAs: 'JSON' }))).toMatch(
      /^UnsupportedResultException: /,
    );
  });
});

describe('statements', () => {
  it('say how many records they changed, or give them', async () => {
    const inserted = await run("INSERT INTO t (name, amount) VALUES ('a', 1), ('b', 2)");
    expect(inserted).toMatchObject({ numberOfRecordsUpdated: 2, generatedFields: [] });
    expect(inserted.records).toBeUndefined();
    expect((await run("UPDATE t SET amount = 3 WHERE name = 'a' RETURNING amount")).records).toEqual([
      [{ stringValue: '3.00' }],
    ]);
    expect((await run('DELETE FROM t')).numberOfRecordsUpdated).toBe(2);
  });

  it('describe their columns when asked to', async () => {
    const { columnMetadata } = await run(
      'SELECT id, name AS label, amount, 1 + 1 AS sum, ARRAY[1] AS list FROM t',
      { includeResultMetadata: true },
    );
    expect(columnMetadata).toMatchObject([
      {
        name: 'id',
        label: 'id',
        typeName: 'bigserial',
        type: -5,
        tableName: 't',
        nullable: 0,
        isAutoIncrement: true,
        isSigned: true,
      },
      {
        name: 'name',
        label: 'label',
        typeName: 'varchar',
        type: 12,
        precision: 20,
        nullable: 0,
        isCaseSensitive: true,
      },
      { name: 'amount', typeName: 'numeric', precision: 10, scale: 2, nullable: 1 },
      { name: 'sum', typeName: 'int4', tableName: '', nullable: 2 },
      { name: 'list', type: 2003, arrayBaseColumnType: 4 },
    ]);
  });

  it.each<[string, RegExp]>([
    [
      'SELEC 1',
      /^DatabaseErrorException: ERROR: syntax error at or near "SELEC"; Position: 1; SQLState: 42601/,
    ],
    [
      'SELECT * FROM nowhere',
      /^DatabaseErrorException: ERROR: relation "nowhere" does not exist; .*SQLState: 42P01/,
    ],
    ['SELECT 1; SELECT 2', /^BadRequestException: Multistatements aren't supported/],
    [' ', /^BadRequestException: The SQL statement is empty/],
    ['COPY (SELECT 1) TO STDOUT', /^UnsupportedResultException: /],
    ['COPY t FROM STDIN', /^DatabaseErrorException: .*COPY is not for the Data API/],
  ])('%s', async (sql, error) => {
    expect(await errorOf(run(sql))).toMatch(error);
    expect(await one('SELECT 1')).toEqual({ longValue: 1 });
  });

  it('end when their answer is larger than a mebibyte, or they take too long', async () => {
    const large = errorOf(run("SELECT repeat('x', 1000) FROM generate_series(1, 1100)"));
    expect(await large).toBe(
      'BadRequestException: Database returned more than the allowed response size limit',
    );
    expect((await run("SELECT repeat('x', 1000) FROM generate_series(1, 1000)")).records).toHaveLength(1000);
    expect(await errorOf(run('SELECT pg_sleep(30)'))).toMatch(
      /^StatementTimeoutException: .*SQLState: 57014/,
    );
  });

  it('go on after their time when they are told to', async () => {
    await run('CREATE TABLE late (n int)');
    const sql = 'WITH waited AS (SELECT pg_sleep(2.5)) INSERT INTO late SELECT 1 FROM waited';
    expect(await errorOf(run(sql, { continueAfterTimeout: true }))).toMatch(/^StatementTimeoutException: /);
    await expect.poll(async () => (await run('SELECT n FROM late')).records).toEqual([[{ longValue: 1 }]]);
  });

  it('leave nothing behind on their connection', async () => {
    await run("SET TIME ZONE 'Asia/Tokyo'");
    await run('BEGIN');
    await run('CREATE TEMP TABLE mine (n int)');
    expect(await one("SELECT current_setting('TimeZone')")).toEqual({ stringValue: 'UTC' });
    expect(await errorOf(run('SELECT * FROM mine'))).toMatch(/^DatabaseErrorException: /);
  });

  it('connections that nobody uses end', async () => {
    await one('SELECT 1');
    expect(api.connections(id)).toBeGreaterThan(0);
    await expect.poll(() => api.connections(id)).toBe(0);
  });
});

describe('batches', () => {
  const batch = (sql: string, parameterSets: SqlParameter[][]) =>
    client.send(new BatchExecuteStatementCommand({ resourceArn, secretArn, sql, parameterSets }));
  const named = (stringValue: string): SqlParameter[] => [{ name: 'n', value: { stringValue } }];

  it('are done with all sets, or none', async () => {
    const sql = 'INSERT INTO t (name) VALUES (:n)';
    expect((await batch(sql, [named('x'), named('y')])).updateResults).toHaveLength(2);
    expect(await errorOf(batch(sql, [named('z'), named('z'.repeat(30))]))).toMatch(
      /^DatabaseErrorException: .*22001/,
    );
    expect(await one("SELECT count(*) FROM t WHERE name IN ('x', 'y', 'z')")).toEqual({ longValue: 2 });
    expect(await errorOf(batch('SELECT 1', [[]]))).toMatch(/^BadRequestException: /);
    await run('DELETE FROM t');
  });
});

describe('transactions', () => {
  it('are seen by others when they are committed', async () => {
    const transactionId = await begin();
    await run("INSERT INTO t (name) VALUES ('in')", { transactionId });
    expect(await one('SELECT count(*) FROM t')).toEqual({ longValue: 0 });
    expect(await one('SELECT count(*) FROM t', { transactionId })).toEqual({ longValue: 1 });
    expect((await commit(transactionId)).transactionStatus).toBe('Transaction Committed');
    expect(await one('SELECT count(*) FROM t')).toEqual({ longValue: 1 });
    expect(await errorOf(commit(transactionId))).toMatch(/^TransactionNotFoundException: /);
  });

  it('are undone when they are rolled back, or failed', async () => {
    const first = await begin();
    await run('DELETE FROM t', { transactionId: first });
    expect((await rollback(first)).transactionStatus).toBe('Rollback Complete');
    const second = await begin();
    await run('DELETE FROM t', { transactionId: second });
    expect(await errorOf(run('SELECT 1 / 0', { transactionId: second }))).toMatch(/22012/);
    expect(await errorOf(commit(second))).toMatch(/^DatabaseErrorException: /);
    expect(await one('SELECT count(*) FROM t')).toEqual({ longValue: 1 });
  });

  it('take one statement at a time', async () => {
    const transactionId = await begin();
    const all = await Promise.all(Array.from({ length: 8 }, (_, n) => one(`SELECT ${n}`, { transactionId })));
    expect(all).toEqual(Array.from({ length: 8 }, (_, n) => ({ longValue: n })));
    await rollback(transactionId);
  });

  it('end when nobody comes back, and are of one database', async () => {
    const transactionId = await begin();
    expect(await errorOf(run('SELECT 1', { transactionId, database: 'postgres' }))).toMatch(
      /^BadRequestException: Database name/,
    );
    await run('LOCK TABLE t', { transactionId });
    const admin = await engine.connect('app');
    // Waits until the lock is free.
    await admin.query('SELECT count(*) FROM t');
    await admin.end();
    await expect
      .poll(() => errorOf(run('SELECT 1', { transactionId })), { interval: 600 })
      .toMatch(/^TransactionNotFoundException: /);
  });
});

describe('who may', () => {
  it('is decided by resource, secret and password', async () => {
    const other = (more: Partial<ExecuteStatementCommandInput>) => errorOf(run('SELECT 1', more));
    expect(await other({ resourceArn: `arn:aws:rds:${region}:${account}:db:none` })).toMatch(
      /^DatabaseNotFoundException: /,
    );
    expect(await other({ resourceArn: 'db1' })).toMatch(/^BadRequestException: /);
    expect(await other({ secretArn: `${secretArn}x` })).toMatch(/^SecretsErrorException: /);
    expect(await other({ database: 'none' })).toMatch(/^DatabaseNotFoundException: /);
    const scope = { account, region };
    await world.context.secrets.save({
      ...scope,
      name: 'mine',
      createdMs: 0,
      user: 'master',
      password: 'password1',
    });
    await world.context.secrets.save({
      ...scope,
      name: 'wrong',
      createdMs: 0,
      user: 'master',
      password: 'guess',
    });
    const mine = `arn:aws:secretsmanager:${region}:${account}:secret:mine-AbCdEf`;
    expect(await one('SELECT current_user', { secretArn: mine })).toEqual({ stringValue: 'master' });
    expect(await other({ secretArn: 'wrong' })).toBe(
      'BadRequestException: FATAL: password authentication failed for user "master"; SQLState: 28P01',
    );
  });

  it('is asked of policies, for the resource and the secret', async () => {
    const allow = (Action: string, Resource: string) => ({ Effect: 'Allow', Action, Resource });
    const policy = (...Statement: object[]) => [{ Version: '2012-10-17', Statement }];
    const command = new ExecuteStatementCommand({ resourceArn, secretArn, sql: 'SELECT 1' });
    const half = world.dataUser('half', policy(allow('rds-data:*', resourceArn)));
    expect(await errorOf(half.send(command))).toMatch(/^AccessDeniedException: /);
    const whole = world.dataUser(
      'whole',
      policy(allow('rds-data:*', resourceArn), allow('secretsmanager:GetSecretValue', secretArn)),
    );
    expect((await whole.send(command)).records).toEqual([[{ longValue: 1 }]]);
    expect(await errorOf(world.data(otherAccount).send(command))).toMatch(
      /^(?:AccessDenied|Forbidden)Exception: /,
    );
  });

  it('clusters answer once their HTTP endpoint is enabled', async () => {
    const rds = world.client();
    await rds.send(
      new CreateDBClusterCommand({
        DBClusterIdentifier: 'c1',
        Engine: 'aurora-postgresql',
        MasterUsername: 'master',
        ManageMasterUserPassword: true,
        DatabaseName: 'app',
      }),
    );
    const made = await rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: 'c1-1',
        DBInstanceClass: 'db.r6g.large',
        Engine: 'aurora-postgresql',
        DBClusterIdentifier: 'c1',
      }),
    );
    const arn = `arn:aws:rds:${region}:${account}:cluster:c1`;
    const { DBClusters } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: 'c1' }));
    const SecretArn = DBClusters![0]!.MasterUserSecret!.SecretArn!;
    expect(await errorOf(run('SELECT 1', { resourceArn: arn, secretArn: SecretArn }))).toMatch(
      /^HttpEndpointNotEnabledException: /,
    );
    await rds.send(new EnableHttpEndpointCommand({ ResourceArn: arn }));
    expect(await one('SELECT current_database()::text', { resourceArn: arn, secretArn: SecretArn })).toEqual({
      stringValue: 'app',
    });
    expect(made.DBInstance!.DBClusterIdentifier).toBe('c1');
  });

  it('ExecuteSql is no more', async () => {
    const old = new ExecuteSqlCommand({
      dbClusterOrInstanceArn: resourceArn,
      awsSecretStoreArn: secretArn,
      sqlStatements: 'SELECT 1',
    });
    expect(await errorOf(client.send(old))).toMatch(/^BadRequestException: /);
  });
});
