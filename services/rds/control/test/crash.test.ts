/** The process dies before or after each call that an operation makes of its instances: the next one ends what was begun. */
import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  CreateDBInstanceReadReplicaCommand,
  CreateDBSnapshotCommand,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DeleteDBSnapshotCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  ModifyDBInstanceCommand,
  PromoteReadReplicaCommand,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { expect, it } from 'vitest';
import { errorOf, openWorld, type World } from './support/world.ts';

const DBInstanceIdentifier = 'db1';
const plain = {
  DBInstanceIdentifier,
  DBInstanceClass: 'db.t3.micro',
  Engine: 'postgres',
  AllocatedStorage: 20,
  MasterUsername: 'master',
  MasterUserPassword: 'password1',
};

interface Case {
  readonly name: string;
  /** Calls of the instances at which the process dies. */
  readonly calls: readonly string[];
  prepare(rds: RDSClient, world: World): Promise<unknown>;
  act(rds: RDSClient): Promise<unknown>;
  check(rds: RDSClient, world: World): Promise<void>;
}

const shown = async (rds: RDSClient, name = 'db1') =>
  (await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: name }))).DBInstances![0]!;
const create = (rds: RDSClient) => rds.send(new CreateDBInstanceCommand(plain));
const gone = (rds: RDSClient) => errorOf(shown(rds));

const cases: readonly Case[] = [
  {
    name: 'creating an instance',
    calls: ['create'],
    prepare: async () => undefined,
    act: create,
    async check(rds, world) {
      expect((await shown(rds)).DBInstanceStatus).toBe('available');
      expect([...world.instances.models.values()].map(({ password }) => password)).toEqual(['password1']);
    },
  },
  {
    name: 'changing one',
    calls: ['modify'],
    prepare: create,
    act: (rds) =>
      rds.send(
        new ModifyDBInstanceCommand({
          DBInstanceIdentifier,
          MasterUserPassword: 'password2',
          BackupRetentionPeriod: 5,
        }),
      ),
    async check(rds, world) {
      const { DbiResourceId, BackupRetentionPeriod } = await shown(rds);
      const { password, spec } = world.instances.models.get(DbiResourceId!)!;
      expect([password, spec.retentionDays, BackupRetentionPeriod]).toEqual(['password2', 5, 5]);
    },
  },
  {
    name: 'renaming one',
    calls: ['modify'],
    prepare: create,
    act: (rds) =>
      rds.send(
        new ModifyDBInstanceCommand({
          DBInstanceIdentifier,
          NewDBInstanceIdentifier: 'db2',
          ApplyImmediately: true,
        }),
      ),
    async check(rds, world) {
      expect(await gone(rds)).toMatch(/^DBInstanceNotFound: /);
      const { DbiResourceId } = await shown(rds, 'db2');
      expect(world.instances.models.get(DbiResourceId!)!.spec.name).toBe('db2');
    },
  },
  {
    name: 'promoting a replica',
    calls: ['promote', 'modify'],
    prepare: async (rds) => {
      await create(rds);
      const replica = { DBInstanceIdentifier: 'copy', SourceDBInstanceIdentifier: 'db1' };
      await rds.send(new CreateDBInstanceReadReplicaCommand(replica));
    },
    act: (rds) =>
      rds.send(new PromoteReadReplicaCommand({ DBInstanceIdentifier: 'copy', BackupRetentionPeriod: 4 })),
    async check(rds, world) {
      const { DbiResourceId, ReadReplicaSourceDBInstanceIdentifier } = await shown(rds, 'copy');
      const { replicaOf, spec } = world.instances.models.get(DbiResourceId!)!;
      expect([replicaOf, spec.retentionDays, ReadReplicaSourceDBInstanceIdentifier]).toEqual([
        undefined,
        4,
        undefined,
      ]);
    },
  },
  {
    name: 'deleting one after its final snapshot',
    calls: ['snapshot', 'delete'],
    prepare: create,
    act: (rds) =>
      rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier, FinalDBSnapshotIdentifier: 'final' })),
    async check(rds, world) {
      expect(await gone(rds)).toMatch(/^DBInstanceNotFound: /);
      expect(world.instances.models.size).toBe(0);
      const { DBSnapshots } = await rds.send(new DescribeDBSnapshotsCommand({}));
      expect(DBSnapshots).toMatchObject([{ DBSnapshotIdentifier: 'final', Status: 'available' }]);
      expect(world.instances.snapshots.size).toBe(1);
    },
  },
  {
    name: 'taking a snapshot',
    calls: ['snapshot'],
    prepare: create,
    act: (rds) => rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier, DBSnapshotIdentifier: 's1' })),
    async check(rds, world) {
      const { DBSnapshots } = await rds.send(new DescribeDBSnapshotsCommand({}));
      expect(DBSnapshots).toMatchObject([{ DBSnapshotIdentifier: 's1', Status: 'available' }]);
      expect(world.instances.snapshots.size).toBe(1);
    },
  },
  {
    name: 'deleting a snapshot',
    calls: ['deleteSnapshot'],
    prepare: async (rds, world) => {
      await create(rds);
      await rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier, DBSnapshotIdentifier: 's1' }));
      await world.context.jobs.settled();
    },
    act: (rds) => rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: 's1' })),
    async check(rds, world) {
      expect((await rds.send(new DescribeDBSnapshotsCommand({}))).DBSnapshots).toEqual([]);
      expect(world.instances.snapshots.size).toBe(0);
    },
  },
  {
    name: 'making a Multi-AZ DB cluster',
    calls: ['create'],
    prepare: async () => undefined,
    act: (rds) =>
      rds.send(
        new CreateDBClusterCommand({
          DBClusterIdentifier: 'c1',
          Engine: 'postgres',
          DBClusterInstanceClass: 'db.m5d.large',
          AllocatedStorage: 100,
          MasterUsername: 'master',
          MasterUserPassword: 'password1',
        }),
      ),
    async check(rds, world) {
      const { DBClusters } = await rds.send(new DescribeDBClustersCommand({}));
      expect(DBClusters).toMatchObject([{ Status: 'available' }]);
      expect(DBClusters![0]!.DBClusterMembers).toHaveLength(3);
      expect(world.instances.models.size).toBe(3);
    },
  },
  {
    name: 'deleting a Multi-AZ DB cluster',
    calls: ['delete'],
    prepare: (rds) =>
      rds.send(
        new CreateDBClusterCommand({
          DBClusterIdentifier: 'c1',
          Engine: 'postgres',
          DBClusterInstanceClass: 'db.m5d.large',
          AllocatedStorage: 100,
          MasterUsername: 'master',
          MasterUserPassword: 'password1',
        }),
      ),
    act: (rds) =>
      rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'c1', SkipFinalSnapshot: true })),
    async check(rds, world) {
      expect((await rds.send(new DescribeDBClustersCommand({}))).DBClusters).toEqual([]);
      expect(world.instances.models.size).toBe(0);
    },
  },
];

class Dead extends Error {}

const deaths = cases.flatMap((one) =>
  one.calls.flatMap((call) => (['before', 'after'] as const).map((when) => ({ ...one, call, when }))),
);

it.each(deaths)('$name: dies $when $call', async ({ prepare, act, check, call, when }) => {
  let world = await openWorld();
  try {
    const rds = world.client();
    await prepare(rds, world);
    const { instances } = world;
    let isDead = false;
    // Whatever the process would do after its death does not happen.
    instances.die = (name, point) => {
      if (name === call && point === when) isDead = true;
      if (isDead) throw new Dead('the process is dead');
    };
    await errorOf(act(rds));
    await world.context.jobs.settled();
    expect(isDead).toBe(true);
    instances.die = () => undefined;
    world = await world.crash();
    await world.context.jobs.settled();
    await check(world.client(), world);
  } finally {
    await world.close();
  }
});
