import {
  CopyDBSnapshotCommand,
  CreateDBClusterCommand,
  type CreateDBClusterCommandInput,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DeleteDBSnapshotCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotAttributesCommand,
  DescribeDBSnapshotsCommand,
  FailoverDBClusterCommand,
  ModifyDBClusterCommand,
  ModifyDBSnapshotAttributeCommand,
  type RDSClient,
  RestoreDBClusterFromSnapshotCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
  StartDBClusterCommand,
  StopDBClusterCommand,
} from '@aws-sdk/client-rds';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { account, errorOf, openWorld, otherAccount, region, type World } from './support/world.ts';

let world: World;
let rds: RDSClient;
beforeEach(async () => {
  world = await openWorld();
  rds = world.client();
});
afterEach(() => world.close());

const instanceOf = (name: string) => ({
  DBInstanceIdentifier: name,
  DBInstanceClass: 'db.t3.micro',
  Engine: 'postgres',
  AllocatedStorage: 20,
  MasterUsername: 'master',
  MasterUserPassword: 'password1',
});
const shown = async (name: string) =>
  (await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: name }))).DBInstances![0]!;
const modelOf = async (name: string) => world.instances.models.get((await shown(name)).DbiResourceId!)!;

describe('snapshots', () => {
  const take = (name: string) =>
    rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'db1', DBSnapshotIdentifier: name }));
  const list = async (more: object = {}) =>
    (await rds.send(new DescribeDBSnapshotsCommand(more))).DBSnapshots!;
  const remove = (name: string) => rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: name }));
  const restore = (client: RDSClient, snapshot: string, name = 'db2') =>
    client.send(
      new RestoreDBInstanceFromDBSnapshotCommand({
        DBInstanceIdentifier: name,
        DBSnapshotIdentifier: snapshot,
      }),
    );

  beforeEach(() => rds.send(new CreateDBInstanceCommand(instanceOf('db1'))));

  it('are creating until they are whole, and are restored then', async () => {
    const gate = Promise.withResolvers<void>();
    world.instances.snapshotGate = gate.promise;
    expect((await take('s1')).DBSnapshot).toMatchObject({ Status: 'creating', DBInstanceIdentifier: 'db1' });
    expect(await errorOf(take('S1'))).toMatch(/^DBSnapshotAlreadyExists: /);
    expect(await errorOf(restore(rds, 's1'))).toMatch(/^InvalidDBSnapshotState: /);
    expect(await errorOf(remove('s1'))).toMatch(/^InvalidDBSnapshotState: /);
    gate.resolve();
    await world.context.jobs.settled();
    expect(await list({ DBInstanceIdentifier: 'db1' })).toMatchObject([
      { Status: 'available', PercentProgress: 100 },
    ]);
    await restore(rds, 's1');
    expect((await modelOf('db2')).source.kind).toBe('snapshot');
    expect(await shown('db2')).toMatchObject({ MasterUsername: 'master', AllocatedStorage: 20 });
    expect((await modelOf('db2')).password).toBe('password1');
  });

  it('have their data in common with their copies, until the last is deleted', async () => {
    await take('s1');
    await world.context.jobs.settled();
    await rds.send(
      new CopyDBSnapshotCommand({ SourceDBSnapshotIdentifier: 's1', TargetDBSnapshotIdentifier: 's2' }),
    );
    expect(world.instances.snapshots.size).toBe(1);
    await remove('s1');
    await restore(rds, 's2');
    await remove('s2');
    expect(world.instances.snapshots.size).toBe(0);
    expect(await errorOf(remove('s2'))).toMatch(/^DBSnapshotNotFound: /);
  });

  it('are restored by other accounts only when they are shared with them', async () => {
    await take('s1');
    await world.context.jobs.settled();
    const other = world.client(otherAccount);
    const arn = `arn:aws:rds:${region}:${account}:snapshot:s1`;
    expect(await errorOf(restore(other, arn))).toMatch(/^DBSnapshotNotFound: /);
    const share = { DBSnapshotIdentifier: 's1', AttributeName: 'restore' };
    await rds.send(new ModifyDBSnapshotAttributeCommand({ ...share, ValuesToAdd: [otherAccount] }));
    const { DBSnapshotAttributesResult } = await rds.send(
      new DescribeDBSnapshotAttributesCommand({ DBSnapshotIdentifier: 's1' }),
    );
    expect(DBSnapshotAttributesResult!.DBSnapshotAttributes).toEqual([
      { AttributeName: 'restore', AttributeValues: [otherAccount] },
    ]);
    await restore(other, arn);
    await rds.send(new ModifyDBSnapshotAttributeCommand({ ...share, ValuesToRemove: [otherAccount] }));
    expect(await errorOf(restore(other, arn, 'db3'))).toMatch(/^DBSnapshotNotFound: /);
  });

  it('are no way to a time that is not kept', async () => {
    const toTime = (more: object) =>
      rds.send(
        new RestoreDBInstanceToPointInTimeCommand({
          SourceDBInstanceIdentifier: 'db1',
          TargetDBInstanceIdentifier: 'db2',
          ...more,
        }),
      );
    const { nowMs } = world.instances;
    expect(await errorOf(toTime({}))).toMatch(/^InvalidParameterCombination: /);
    expect(await errorOf(toTime({ RestoreTime: new Date(nowMs - 86_400_000) }))).toMatch(
      /^InvalidParameterValue: /,
    );
    await toTime({ RestoreTime: new Date(nowMs - 1000) });
    const { DbiResourceId: instance } = await shown('db1');
    expect((await modelOf('db2')).source).toEqual({ kind: 'time', instance, atMs: nowMs - 1000 });
  });
});

describe('clusters', () => {
  const DBClusterIdentifier = 'c1';
  const aurora: CreateDBClusterCommandInput = {
    DBClusterIdentifier,
    Engine: 'aurora-postgresql',
    MasterUsername: 'master',
    MasterUserPassword: 'password1',
  };
  const create = (more: Partial<CreateDBClusterCommandInput> = {}) =>
    rds.send(new CreateDBClusterCommand({ ...aurora, ...more }));
  const cluster = async (name = DBClusterIdentifier) =>
    (await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: name }))).DBClusters![0]!;
  const add = (name: string, clusterName = DBClusterIdentifier) =>
    rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: name,
        DBInstanceClass: 'db.r6g.large',
        Engine: 'aurora-postgresql',
        DBClusterIdentifier: clusterName,
      }),
    );
  const writerOf = async () =>
    (await cluster()).DBClusterMembers!.find(({ IsClusterWriter }) => IsClusterWriter)?.DBInstanceIdentifier;
  const removeMember = (name: string) =>
    rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: name }));
  const remove = (more: object = { SkipFinalSnapshot: true }) =>
    rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier, ...more }));

  it('have a writer with the data, and readers that follow it', async () => {
    expect((await create()).DBCluster).toMatchObject({ Status: 'available', DBClusterMembers: [] });
    await add('m1');
    await add('m2');
    expect(await cluster()).toMatchObject({
      Endpoint: 'localhost',
      MultiAZ: true,
      DBClusterMembers: [
        { DBInstanceIdentifier: 'm1', IsClusterWriter: true },
        { DBInstanceIdentifier: 'm2', IsClusterWriter: false },
      ],
    });
    const { DbiResourceId } = await shown('m1');
    expect((await modelOf('m2')).source).toEqual({ kind: 'replica', of: DbiResourceId });
    expect((await modelOf('m1')).password).toBe('password1');
    expect(await errorOf(create())).toMatch(/^DBClusterAlreadyExistsFault: /);
    expect(await errorOf(remove())).toMatch(/^InvalidDBClusterStateFault: .* still contains DB instances/);
  });

  it('fail over: the data stays where it is, under a new term and the name of the target', async () => {
    await create();
    for (const name of ['m1', 'm2', 'm3']) await add(name);
    const { DbiResourceId } = await shown('m1');
    await rds.send(new FailoverDBClusterCommand({ DBClusterIdentifier, TargetDBInstanceIdentifier: 'm3' }));
    expect(await writerOf()).toBe('m3');
    expect((await shown('m3')).DbiResourceId).toBe(DbiResourceId);
    const { terms, spec } = world.instances.models.get(DbiResourceId!)!;
    expect([terms, spec.name]).toEqual([2, 'm3']);
    const again = new FailoverDBClusterCommand({ DBClusterIdentifier, TargetDBInstanceIdentifier: 'm3' });
    expect(await errorOf(rds.send(again))).toMatch(/^InvalidDBClusterStateFault: /);
  });

  it('keep their data when their writer, and when their last instance is deleted', async () => {
    await create();
    await add('m1');
    await add('m2');
    const { DbiResourceId: volume } = await shown('m1');
    await removeMember('m1');
    await world.context.jobs.settled();
    expect(await writerOf()).toBe('m2');
    expect((await shown('m2')).DbiResourceId).toBe(volume);
    await removeMember('m2');
    await world.context.jobs.settled();
    expect(world.instances.models.get(volume!)!.state).toBe('stopped');
    expect((await cluster()).DBClusterMembers).toEqual([]);
    await add('m3');
    expect([(await shown('m3')).DbiResourceId, (await shown('m3')).DBInstanceStatus]).toEqual([
      volume,
      'available',
    ]);
  });

  it('of the engine postgres have three instances of their own', async () => {
    await create({
      Engine: 'postgres',
      DBClusterInstanceClass: 'db.m5d.large',
      AllocatedStorage: 100,
      StorageType: 'io1',
      Iops: 1000,
    });
    expect((await cluster()).DBClusterMembers).toHaveLength(3);
    expect(await errorOf(removeMember('c1-instance-1'))).toMatch(/^InvalidDBInstanceState: /);
    await rds.send(new StopDBClusterCommand({ DBClusterIdentifier }));
    expect((await cluster()).Status).toBe('stopped');
    await rds.send(new StartDBClusterCommand({ DBClusterIdentifier }));
    expect((await cluster()).Status).toBe('available');
    await remove();
    await world.context.jobs.settled();
    expect(world.instances.models.size).toBe(0);
    expect(await errorOf(cluster())).toMatch(/^DBClusterNotFoundFault: /);
  });

  it('are changed with their instances', async () => {
    await create();
    await add('m1');
    await rds.send(
      new ModifyDBClusterCommand({
        DBClusterIdentifier,
        NewDBClusterIdentifier: 'c2',
        MasterUserPassword: 'password2',
        BackupRetentionPeriod: 9,
        EnableIAMDatabaseAuthentication: true,
      }),
    );
    expect(await cluster('c2')).toMatchObject({
      BackupRetentionPeriod: 9,
      IAMDatabaseAuthenticationEnabled: true,
    });
    const { password, spec } = await modelOf('m1');
    expect([password, spec.retentionDays, spec.iamAuthentication]).toEqual(['password2', 9, true]);
    expect((await shown('m1')).DBClusterIdentifier).toBe('c2');
  });

  it('are restored from their snapshots', async () => {
    await create({ DatabaseName: 'app' });
    const snapshot = { DBClusterIdentifier, DBClusterSnapshotIdentifier: 's1' };
    expect(await errorOf(rds.send(new CreateDBClusterSnapshotCommand(snapshot)))).toMatch(
      /^InvalidDBClusterStateFault: /,
    );
    await add('m1');
    await rds.send(new CreateDBClusterSnapshotCommand(snapshot));
    await world.context.jobs.settled();
    await removeMember('m1');
    await world.context.jobs.settled();
    await remove({ FinalDBSnapshotIdentifier: 'final' });
    await world.context.jobs.settled();
    const { DBClusterSnapshots } = await rds.send(new DescribeDBClusterSnapshotsCommand({}));
    expect(DBClusterSnapshots!.map(({ Status }) => Status)).toEqual(['available', 'available']);
    await rds.send(
      new RestoreDBClusterFromSnapshotCommand({
        DBClusterIdentifier: 'c2',
        SnapshotIdentifier: 's1',
        Engine: 'aurora-postgresql',
      }),
    );
    await add('r1', 'c2');
    expect((await modelOf('r1')).source.kind).toBe('snapshot');
    expect((await cluster('c2')).DatabaseName).toBe('app');
  });
});
