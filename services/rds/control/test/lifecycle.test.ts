import {
  CreateDBInstanceCommand,
  type CreateDBInstanceCommandInput,
  CreateDBInstanceReadReplicaCommand,
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  DescribeEventsCommand,
  ModifyDBInstanceCommand,
  PromoteReadReplicaCommand,
  type RDSClient,
  RebootDBInstanceCommand,
  StartDBInstanceCommand,
  StopDBInstanceCommand,
  waitUntilDBInstanceDeleted,
} from '@aws-sdk/client-rds';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InstanceRefusal } from '../../instance/api.ts';
import { ensureDefault } from '../index.ts';
import { masterSecretName } from '../secrets.ts';
import { account, errorOf, openWorld, region, type World } from './support/world.ts';

const plain: CreateDBInstanceCommandInput = {
  DBInstanceIdentifier: 'db1',
  DBInstanceClass: 'db.t3.micro',
  Engine: 'postgres',
  AllocatedStorage: 20,
  MasterUsername: 'master',
  MasterUserPassword: 'password1',
};

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

describe('starting, stopping, rebooting', () => {
  const DBInstanceIdentifier = 'db1';

  it('goes through its states', async () => {
    await create();
    world.instances.isPrompt = false;
    expect(
      (await rds.send(new StopDBInstanceCommand({ DBInstanceIdentifier }))).DBInstance!.DBInstanceStatus,
    ).toBe('stopping');
    expect(await errorOf(rds.send(new StartDBInstanceCommand({ DBInstanceIdentifier })))).toMatch(
      /^InvalidDBInstanceState: /,
    );
    world.instances.settle();
    expect((await shown()).DBInstanceStatus).toBe('stopped');
    expect(
      (await rds.send(new StartDBInstanceCommand({ DBInstanceIdentifier }))).DBInstance!.DBInstanceStatus,
    ).toBe('starting');
    world.instances.settle();
    expect(
      (await rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier }))).DBInstance!.DBInstanceStatus,
    ).toBe('rebooting');
    world.instances.settle();
    await world.context.jobs.settled();
    const { Events } = await rds.send(
      new DescribeEventsCommand({ SourceType: 'db-instance', SourceIdentifier: 'db1' }),
    );
    expect(Events!.map(({ Message }) => Message)).toEqual(
      expect.arrayContaining([
        'DB instance created',
        'DB instance stopped',
        'DB instance started',
        'DB instance restarted',
      ]),
    );
  });

  it('takes a snapshot first, when one is named', async () => {
    await create();
    await rds.send(new StopDBInstanceCommand({ DBInstanceIdentifier, DBSnapshotIdentifier: 'last' }));
    await world.context.jobs.settled();
    expect((await shown()).DBInstanceStatus).toBe('stopped');
    const { DBSnapshots } = await rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: 'last' }));
    expect(DBSnapshots![0]!.Status).toBe('available');
  });

  it('fails over only what is Multi-AZ', async () => {
    await create();
    const failover = () =>
      rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier, ForceFailover: true }));
    expect(await errorOf(failover())).toMatch(/^InvalidParameterCombination: /);
    await rds.send(
      new ModifyDBInstanceCommand({ DBInstanceIdentifier, MultiAZ: true, ApplyImmediately: true }),
    );
    await failover();
    expect((await modelOf()).terms).toBe(2);
  });
});

describe('read replicas', () => {
  const replica = () =>
    rds.send(
      new CreateDBInstanceReadReplicaCommand({
        DBInstanceIdentifier: 'copy',
        SourceDBInstanceIdentifier: 'db1',
      }),
    );

  it('follow their source until they are promoted', async () => {
    const { DbiResourceId } = await create();
    await replica();
    expect(await shown('copy')).toMatchObject({
      ReadReplicaSourceDBInstanceIdentifier: 'db1',
      BackupRetentionPeriod: 0,
    });
    expect((await shown()).ReadReplicaDBInstanceIdentifiers).toEqual(['copy']);
    expect((await modelOf('copy')).source).toEqual({ kind: 'replica', of: DbiResourceId });
    expect(await errorOf(rds.send(new StopDBInstanceCommand({ DBInstanceIdentifier: 'db1' })))).toMatch(
      /^InvalidDBInstanceState: /,
    );
    await rds.send(new PromoteReadReplicaCommand({ DBInstanceIdentifier: 'copy', BackupRetentionPeriod: 5 }));
    const { replicaOf, spec } = await modelOf('copy');
    expect([replicaOf, spec.retentionDays]).toEqual([undefined, 5]);
    expect((await shown('copy')).ReadReplicaSourceDBInstanceIdentifier).toBeUndefined();
    expect(await errorOf(rds.send(new PromoteReadReplicaCommand({ DBInstanceIdentifier: 'copy' })))).toMatch(
      /is not a read replica/,
    );
  });

  it('need backups of their source, and go on alone when it is deleted', async () => {
    await create({ BackupRetentionPeriod: 0 });
    expect(await errorOf(replica())).toMatch(/^InvalidDBInstanceState: Automated backups are not enabled/);
    await rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'db1', BackupRetentionPeriod: 1 }));
    await replica();
    await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'db1', SkipFinalSnapshot: true }));
    await world.context.jobs.settled();
    expect((await modelOf('copy')).replicaOf).toBeUndefined();
    expect((await shown('copy')).ReadReplicaSourceDBInstanceIdentifier).toBeUndefined();
  });
});

describe('deleting an instance', () => {
  const remove = (more: object) =>
    rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'db1', ...more }));

  it('takes the final snapshot before anything is given up', async () => {
    await create();
    const gate = Promise.withResolvers<void>();
    world.instances.snapshotGate = gate.promise;
    expect((await remove({ FinalDBSnapshotIdentifier: 'final' })).DBInstance!.DBInstanceStatus).toBe(
      'deleting',
    );
    expect(world.instances.models.size).toBe(1);
    expect(await errorOf(remove({ SkipFinalSnapshot: true }))).toMatch(
      /^InvalidDBInstanceState: .* already being deleted/,
    );
    gate.resolve();
    await world.context.jobs.settled();
    await waitUntilDBInstanceDeleted({ client: rds, maxWaitTime: 60 }, { DBInstanceIdentifier: 'db1' });
    expect(world.instances.models.size).toBe(0);
    const { DBSnapshots } = await rds.send(new DescribeDBSnapshotsCommand({}));
    expect(DBSnapshots).toMatchObject([{ DBSnapshotIdentifier: 'final', Status: 'available' }]);
  });

  it('keeps the instance when its final snapshot fails', async () => {
    await create();
    world.instances.refuses = { call: 'snapshot', reason: 'storage-full' };
    await remove({ FinalDBSnapshotIdentifier: 'final' });
    await world.context.jobs.settled();
    expect((await shown()).DBInstanceStatus).toBe('available');
  });

  it('takes the secret along, and leaves the name free', async () => {
    const { DbiResourceId } = await create();
    await remove({ SkipFinalSnapshot: true });
    await world.context.jobs.settled();
    expect(await errorOf(shown())).toMatch(/^DBInstanceNotFound: /);
    const name = masterSecretName(DbiResourceId!, 'master');
    expect(await world.context.secrets.find({ account, region }, name)).toBeUndefined();
    expect((await create()).DbiResourceId).not.toBe(DbiResourceId);
  });

  it('is refused without a word on the final snapshot, and under protection', async () => {
    await create({ DeletionProtection: true });
    expect(await errorOf(remove({ SkipFinalSnapshot: true }))).toMatch(
      /^InvalidDBInstanceState: Cannot delete protected DB Instance/,
    );
    await rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'db1', DeletionProtection: false }));
    expect(await errorOf(remove({}))).toMatch(
      /^InvalidParameterCombination: FinalDBSnapshotIdentifier is required/,
    );
    expect(await errorOf(remove({ SkipFinalSnapshot: true, FinalDBSnapshotIdentifier: 'x' }))).toMatch(
      /^InvalidParameterCombination: /,
    );
  });
});

describe('the default instance', () => {
  const scope = { account, region };

  it('is there from the start, and once deleted stays away', async () => {
    await ensureDefault(world.context, scope);
    await ensureDefault(world.context, scope);
    expect(await shown('default')).toMatchObject({
      MasterUsername: 'postgres',
      DBInstanceStatus: 'available',
    });
    expect((await modelOf('default')).password).toBe('postgres');
    await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'default', SkipFinalSnapshot: true }));
    await world.context.jobs.settled();
    await ensureDefault(world.context, scope);
    expect(await errorOf(shown('default'))).toMatch(/^DBInstanceNotFound: /);
  });

  it('is made at the next start when it could not be at this one', async () => {
    world.instances.refuses = { call: 'create', reason: 'not-ready' };
    await expect(ensureDefault(world.context, scope)).rejects.toThrow(InstanceRefusal);
    await ensureDefault(world.context, scope);
    await shown('default');
  });
});
