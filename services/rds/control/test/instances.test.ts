import {
  AddTagsToResourceCommand,
  CreateDBInstanceCommand,
  type CreateDBInstanceCommandInput,
  CreateDBInstanceReadReplicaCommand,
  CreateDBProxyCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  ListTagsForResourceCommand,
  ModifyDBInstanceCommand,
  type RDSClient,
  RemoveTagsFromResourceCommand,
  StopDBInstanceCommand,
  waitUntilDBInstanceAvailable,
} from '@aws-sdk/client-rds';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runMaintenance } from '../index.ts';
import { masterSecretName } from '../secrets.ts';
import { account, errorOf, openWorld, otherAccount, region, type World } from './support/world.ts';

const plain: CreateDBInstanceCommandInput = {
  DBInstanceIdentifier: 'db1',
  DBInstanceClass: 'db.t3.micro',
  Engine: 'postgres',
  AllocatedStorage: 20,
  MasterUsername: 'master',
  MasterUserPassword: 'password1',
};
const arn = (name: string) => `arn:aws:rds:${region}:${account}:db:${name}`;

let world: World;
let rds: RDSClient;
beforeEach(async () => {
  world = await openWorld();
  rds = world.client();
});
afterEach(() => world.close());

const create = async (more: Partial<CreateDBInstanceCommandInput> = {}) =>
  (await rds.send(new CreateDBInstanceCommand({ ...plain, ...more }))).DBInstance!;
const shown = async (name = 'db1') =>
  (await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: name }))).DBInstances![0]!;
const modelOf = async (name = 'db1') => world.instances.models.get((await shown(name)).DbiResourceId!)!;

describe('creating an instance', () => {
  it('is creating, then available, with an endpoint', async () => {
    world.instances.isPrompt = false;
    expect(await create({ EngineVersion: '16' })).toMatchObject({
      DBInstanceIdentifier: 'db1',
      DBInstanceArn: arn('db1'),
      DBInstanceStatus: 'creating',
      Engine: 'postgres',
      EngineVersion: '16.14',
      MasterUsername: 'master',
      BackupRetentionPeriod: 1,
      DBParameterGroups: [{ DBParameterGroupName: 'default.postgres16', ParameterApplyStatus: 'in-sync' }],
    });
    world.instances.settle();
    await waitUntilDBInstanceAvailable({ client: rds, maxWaitTime: 60 }, { DBInstanceIdentifier: 'DB1' });
    const { Endpoint, DbiResourceId } = await shown();
    expect(Endpoint).toMatchObject({ Address: 'localhost', Port: expect.any(Number) });
    expect(DbiResourceId).toMatch(/^db-[A-Z2-7]{26}$/);
  });

  it('tells the instance what was asked for, and keeps the credentials of its master user', async () => {
    const { DbiResourceId } = await create({
      DBName: 'app',
      Port: 6000,
      BackupRetentionPeriod: 7,
      EnableIAMDatabaseAuthentication: true,
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    expect(world.instances.models.get(DbiResourceId!)!.spec).toMatchObject({
      name: 'db1',
      major: 15,
      masterUser: 'master',
      masterPassword: 'password1',
      database: 'app',
      port: 6000,
      iamAuthentication: true,
      retentionDays: 7,
    });
    const scope = { account, region };
    const secret = await world.context.secrets.find(scope, masterSecretName(DbiResourceId!, 'master'));
    expect(secret).toMatchObject({ user: 'master', password: 'password1' });
    expect(
      await world.context.secrets.find(scope, `${masterSecretName(DbiResourceId!, 'master')}-AbCdEf`),
    ).toEqual(secret);
  });

  it('makes a password for a managed secret, and names the secret', async () => {
    const { MasterUserPassword: _, ...rest } = plain;
    const made = await rds.send(new CreateDBInstanceCommand({ ...rest, ManageMasterUserPassword: true }));
    const { MasterUserSecret, DbiResourceId } = made.DBInstance!;
    expect(MasterUserSecret).toMatchObject({ SecretStatus: 'active' });
    const name = MasterUserSecret!.SecretArn!.split(':secret:')[1]!;
    const secret = await world.context.secrets.find({ account, region }, name);
    expect(secret!.password).toBe(world.instances.models.get(DbiResourceId!)!.password);
  });

  it('leaves nothing when the instance refuses', async () => {
    world.instances.refuses = { call: 'create', reason: 'too-many' };
    expect(await errorOf(create())).toMatch(/^InsufficientDBInstanceCapacity: /);
    expect((await rds.send(new DescribeDBInstancesCommand({}))).DBInstances).toEqual([]);
    await create();
  });

  it.each<[Partial<CreateDBInstanceCommandInput>, RegExp]>([
    [
      { DBInstanceIdentifier: '1db' },
      /^InvalidParameterValue: The parameter DBInstanceIdentifier is not a valid identifier/,
    ],
    [{ DBInstanceIdentifier: 'a--b' }, /^InvalidParameterValue: /],
    [{ DBInstanceIdentifier: 'a'.repeat(64) }, /^InvalidParameterValue: /],
    [{ DBInstanceClass: 'large' }, /^InvalidParameterValue: Invalid DB Instance class: large/],
    [{ Engine: 'mysql' }, /^InvalidParameterValue: Invalid DB engine/],
    [{ Engine: 'aurora-postgresql' }, /^InvalidParameterCombination: /],
    [{ EngineVersion: '9.6' }, /^InvalidParameterCombination: Cannot find version 9.6 for postgres/],
    [{ MasterUsername: 'rdsadmin' }, /^InvalidParameterValue: MasterUsername rdsadmin cannot be used/],
    [{ MasterUsername: '1a' }, /^InvalidParameterValue: Invalid master user name/],
    [{ MasterUsername: undefined }, /^InvalidParameterValue: The parameter MasterUsername must be provided/],
    [{ MasterUserPassword: 'short' }, /^InvalidParameterValue: .* shorter than 8 characters/],
    [{ MasterUserPassword: 'with/slash' }, /^InvalidParameterValue: .* printable ASCII/],
    [
      { MasterUserPassword: undefined },
      /^InvalidParameterValue: The parameter MasterUserPassword must be provided/,
    ],
    [{ ManageMasterUserPassword: true }, /^InvalidParameterCombination: /],
    [{ AllocatedStorage: 5 }, /^InvalidParameterValue: Invalid storage size/],
    [{ AllocatedStorage: undefined }, /^InvalidParameterValue: Invalid storage size/],
    [{ BackupRetentionPeriod: 36 }, /^InvalidParameterValue: Invalid backup retention period: 36/],
    [{ Port: 80 }, /^InvalidParameterValue: Invalid port/],
    [{ DBName: '1abc' }, /^InvalidParameterValue: DBName must begin with a letter/],
    [{ DBParameterGroupName: 'none' }, /^DBParameterGroupNotFound: DBParameterGroup not found: none/],
    [{ DBParameterGroupName: 'default.postgres16' }, /^InvalidParameterCombination: The parameter group/],
    [{ DBSubnetGroupName: 'none' }, /^DBSubnetGroupNotFoundFault: /],
    [{ DBClusterIdentifier: 'none' }, /^DBClusterNotFoundFault: /],
    [{ StorageType: 'floppy' }, /^InvalidParameterValue: /],
    [{ Domain: 'd' }, /^InvalidParameterCombination: /],
    [{ PreferredBackupWindow: 'at night' }, /^InvalidParameterValue: Invalid backup window/],
    [{ PreferredMaintenanceWindow: 'sunday' }, /^InvalidParameterValue: Invalid maintenance window/],
    [{ Tags: [{ Key: 'aws:x', Value: '' }] }, /^InvalidParameterValue: /],
  ])('refuses %j', async (more, error) => {
    expect(await errorOf(create(more))).toMatch(error);
    expect(world.instances.models.size).toBe(0);
  });

  it('refuses a name that is taken, and storage beyond the quota', async () => {
    await create();
    expect(await errorOf(create({ DBInstanceIdentifier: 'DB1' }))).toBe(
      'DBInstanceAlreadyExists: DB instance already exists',
    );
    await create({ DBInstanceIdentifier: 'db2', AllocatedStorage: 60_000 });
    expect(await errorOf(create({ DBInstanceIdentifier: 'db3', AllocatedStorage: 60_000 }))).toMatch(
      /^StorageQuotaExceeded: /,
    );
  });

  it('names are of an account and a region', async () => {
    await create();
    const elsewhere = world.client(account, 'us-east-1');
    await elsewhere.send(new CreateDBInstanceCommand(plain));
    await world.client(otherAccount).send(new CreateDBInstanceCommand(plain));
    expect(world.instances.models.size).toBe(3);
    const foreign = new DescribeDBInstancesCommand({ DBInstanceIdentifier: arn('db1') });
    expect(await errorOf(world.client(otherAccount).send(foreign))).toMatch(/^DBInstanceNotFound: /);
  });
});

describe('describing instances', () => {
  it('pages, by markers of its own', async () => {
    for (let i = 0; i < 25; i++) await create({ DBInstanceIdentifier: `db${String(i).padStart(2, '0')}` });
    const first = await rds.send(new DescribeDBInstancesCommand({ MaxRecords: 20 }));
    expect(first.DBInstances).toHaveLength(20);
    const second = await rds.send(new DescribeDBInstancesCommand({ MaxRecords: 20, Marker: first.Marker }));
    expect(second.DBInstances!.map((one) => one.DBInstanceIdentifier)).toEqual([
      'db20',
      'db21',
      'db22',
      'db23',
      'db24',
    ]);
    expect(second.Marker).toBeUndefined();
    expect(await errorOf(rds.send(new DescribeDBSnapshotsCommand({ Marker: first.Marker })))).toMatch(
      /^InvalidParameterValue: /,
    );
    expect(await errorOf(rds.send(new DescribeDBInstancesCommand({ MaxRecords: 19 })))).toMatch(
      /between 20 and 100/,
    );
  });

  it('filters', async () => {
    await create();
    await create({ DBInstanceIdentifier: 'db2' });
    const filtered = (Name: string, ...Values: string[]) =>
      rds.send(new DescribeDBInstancesCommand({ Filters: [{ Name, Values }] }));
    expect((await filtered('db-instance-id', arn('db2'), 'other')).DBInstances).toHaveLength(1);
    expect((await filtered('engine', 'postgres')).DBInstances).toHaveLength(2);
    expect(await errorOf(filtered('colour', 'red'))).toMatch(
      /^InvalidParameterValue: Unrecognized filter name/,
    );
  });

  it('says what is not there, and what is not built', async () => {
    expect(await errorOf(shown('none'))).toBe('DBInstanceNotFound: DBInstance none not found.');
    const proxy = new CreateDBProxyCommand({
      DBProxyName: 'p',
      EngineFamily: 'POSTGRESQL',
      RoleArn: 'r',
      VpcSubnetIds: ['s'],
    });
    expect(await errorOf(rds.send(proxy))).toMatch(/^NotImplemented: /);
  });

  it('is for those whom a policy allows it', async () => {
    await create();
    const reader = world.user('reader', [
      {
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Action: 'rds:Describe*', Resource: arn('db1') },
      },
    ]);
    await reader.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'db1' }));
    expect(await errorOf(reader.send(new DescribeDBInstancesCommand({})))).toMatch(/^AccessDenied: /);
    expect(await errorOf(reader.send(new StopDBInstanceCommand({ DBInstanceIdentifier: 'db1' })))).toMatch(
      /^AccessDenied: /,
    );
  });
});

describe('changing an instance', () => {
  const modify = async (more: object) =>
    (await rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'db1', ...more }))).DBInstance!;

  it('waits for the window with what can wait, and does the rest at once', async () => {
    await create();
    const changed = await modify({
      DBInstanceClass: 'db.m5.large',
      AllocatedStorage: 40,
      BackupRetentionPeriod: 3,
      MasterUserPassword: 'password2',
      DeletionProtection: true,
    });
    expect(changed).toMatchObject({
      DBInstanceClass: 'db.t3.micro',
      AllocatedStorage: 20,
      BackupRetentionPeriod: 3,
      DeletionProtection: true,
      PendingModifiedValues: { DBInstanceClass: 'db.m5.large', AllocatedStorage: 40 },
    });
    const { password, spec } = await modelOf();
    expect([password, spec.retentionDays]).toEqual(['password2', 3]);
    // 2026-01-04 is a Sunday, and the window begins at four.
    world.clock.ms = Date.UTC(2026, 0, 4, 3, 59);
    await runMaintenance(world.context);
    expect((await shown()).AllocatedStorage).toBe(20);
    world.clock.ms = Date.UTC(2026, 0, 4, 4, 10);
    await runMaintenance(world.context);
    expect(await shown()).toMatchObject({
      DBInstanceClass: 'db.m5.large',
      AllocatedStorage: 40,
      PendingModifiedValues: {},
    });
  });

  it('does everything at once when it is told to, and goes on under another name', async () => {
    await create();
    await rds.send(
      new CreateDBInstanceReadReplicaCommand({
        DBInstanceIdentifier: 'copy',
        SourceDBInstanceIdentifier: 'db1',
      }),
    );
    await modify({
      ApplyImmediately: true,
      NewDBInstanceIdentifier: 'db2',
      StorageType: 'gp3',
      MultiAZ: true,
    });
    expect(await shown('db2')).toMatchObject({
      StorageType: 'gp3',
      MultiAZ: true,
      ReadReplicaDBInstanceIdentifiers: ['copy'],
    });
    expect(await errorOf(shown('db1'))).toMatch(/^DBInstanceNotFound: /);
    expect((await modelOf('db2')).spec.name).toBe('db2');
    expect((await shown('copy')).ReadReplicaSourceDBInstanceIdentifier).toBe('db2');
  });

  it('moves to another port with a restart', async () => {
    await create();
    await modify({ DBPortNumber: 7000 });
    const { spec, boots } = await modelOf();
    expect([spec.port, boots]).toEqual([7000, 2]);
  });

  it('begins, renews and ends the management of a password', async () => {
    await create();
    const { MasterUserSecret } = await modify({ ManageMasterUserPassword: true });
    const name = MasterUserSecret!.SecretArn!.split(':secret:')[1]!;
    const find = () => world.context.secrets.find({ account, region }, name);
    const first = (await find())!.password;
    await modify({ RotateMasterUserPassword: true });
    expect((await find())!.password).not.toBe(first);
    expect((await modelOf()).password).toBe((await find())!.password);
    expect(await errorOf(modify({ MasterUserPassword: 'password3' }))).toMatch(
      /^InvalidParameterCombination: /,
    );
    expect(
      (await modify({ ManageMasterUserPassword: false, MasterUserPassword: 'password3' })).MasterUserSecret,
    ).toBeUndefined();
    expect(await find()).toBeUndefined();
  });

  it.each<[object, RegExp]>([
    [{ AllocatedStorage: 19 }, /^InvalidParameterValue: /],
    [{ EngineVersion: '17.10' }, /^InvalidParameterCombination: Cannot upgrade postgres from 15.18 to 17.10/],
    [{ NewDBInstanceIdentifier: 'other' }, /^DBInstanceAlreadyExists: /],
    [{ RotateMasterUserPassword: true }, /^InvalidParameterCombination: /],
    [{ DBParameterGroupName: 'none' }, /^DBParameterGroupNotFound: /],
  ])('refuses %j', async (more, error) => {
    await create();
    await create({ DBInstanceIdentifier: 'other' });
    expect(await errorOf(modify(more))).toMatch(error);
  });

  it('refuses one that is not available, and stays as it was when the instance refuses', async () => {
    world.instances.isPrompt = false;
    await create();
    expect(await errorOf(modify({ AllocatedStorage: 30 }))).toMatch(/^InvalidDBInstanceState: /);
    world.instances.settle();
    world.instances.refuses = { call: 'modify', reason: 'port-taken' };
    expect(await errorOf(modify({ DBPortNumber: 7000, DeletionProtection: true }))).toMatch(
      /^InvalidParameterValue: /,
    );
    expect((await shown()).DeletionProtection).toBe(false);
  });

  it('has tags', async () => {
    await create({ Tags: [{ Key: 'a', Value: '1' }] });
    const ResourceName = arn('db1');
    await rds.send(
      new AddTagsToResourceCommand({
        ResourceName,
        Tags: [
          { Key: 'b', Value: '2' },
          { Key: 'a', Value: '3' },
        ],
      }),
    );
    await rds.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: ['b'] }));
    const list = (name: string) => rds.send(new ListTagsForResourceCommand({ ResourceName: name }));
    expect((await list(ResourceName)).TagList).toEqual([{ Key: 'a', Value: '3' }]);
    expect(await errorOf(list(arn('none')))).toMatch(/^DBInstanceNotFound: /);
    expect(await errorOf(list('db1'))).toMatch(/^InvalidParameterValue: /);
  });
});
