import {
  CreateDBInstanceCommand,
  CreateDBSubnetGroupCommand,
  DeleteDBInstanceCommand,
  DeleteDBSubnetGroupCommand,
  DescribeAccountAttributesCommand,
  DescribeCertificatesCommand,
  DescribeDBEngineVersionsCommand,
  DescribeDBLogFilesCommand,
  DescribeDBSubnetGroupsCommand,
  DescribeEventCategoriesCommand,
  DescribeEventsCommand,
  DescribeOptionGroupsCommand,
  DescribeOrderableDBInstanceOptionsCommand,
  DescribePendingMaintenanceActionsCommand,
  ModifyDBSubnetGroupCommand,
  paginateDescribeOrderableDBInstanceOptions,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { account, errorOf, openWorld, region, type World } from './support/world.ts';

let world: World;
let rds: RDSClient;
beforeAll(async () => {
  world = await openWorld();
  rds = world.client();
});
afterAll(() => world.close());

it('offers one version of each engine and major', async () => {
  const versions = async (more: object) =>
    (await rds.send(new DescribeDBEngineVersionsCommand(more))).DBEngineVersions!.map(
      (one) => one.EngineVersion,
    );
  expect(await versions({ Engine: 'postgres' })).toEqual(['15.18', '16.14', '17.10', '18.4']);
  expect(await versions({ Engine: 'postgres', DefaultOnly: true })).toEqual(['15.18']);
  expect(await versions({ DBParameterGroupFamily: 'aurora-postgresql17' })).toEqual(['17.10']);
  expect(await versions({ Engine: 'mysql' })).toEqual([]);
});

it('offers classes, in pages', async () => {
  const names = new Set<string>();
  const pages = paginateDescribeOrderableDBInstanceOptions(
    { client: rds, pageSize: 20 },
    { Engine: 'postgres' },
  );
  let count = 0;
  for await (const page of pages) {
    count += page.OrderableDBInstanceOptions!.length;
    for (const { DBInstanceClass } of page.OrderableDBInstanceOptions!) names.add(DBInstanceClass!);
  }
  expect(count).toBe(names.size * 4 * 3);
  const unknown = new DescribeOrderableDBInstanceOptionsCommand({ Engine: 'db2' });
  expect(await errorOf(rds.send(unknown))).toMatch(/^InvalidParameterValue: /);
});

it('answers what tools ask for before they begin', async () => {
  const certificates = await rds.send(new DescribeCertificatesCommand({}));
  expect(certificates.Certificates).toMatchObject([{ CertificateIdentifier: 'rds-ca-rsa2048-g1' }]);
  const options = await rds.send(
    new DescribeOptionGroupsCommand({ EngineName: 'postgres', MajorEngineVersion: '15' }),
  );
  expect(options.OptionGroupsList).toMatchObject([{ OptionGroupName: 'default:postgres-15' }]);
  expect(
    (await rds.send(new DescribePendingMaintenanceActionsCommand({}))).PendingMaintenanceActions,
  ).toEqual([]);
  const { AccountQuotas } = await rds.send(new DescribeAccountAttributesCommand({}));
  expect(AccountQuotas!.find((one) => one.AccountQuotaName === 'DBInstances')).toMatchObject({ Max: 40 });
  const logs = new DescribeDBLogFilesCommand({ DBInstanceIdentifier: 'none' });
  expect(await errorOf(rds.send(logs))).toMatch(/^DBInstanceNotFound: /);
});

it('subnet groups are kept while instances are in them', async () => {
  const DBSubnetGroupName = 'Group';
  const make = (SubnetIds: string[]) =>
    rds.send(new CreateDBSubnetGroupCommand({ DBSubnetGroupName, DBSubnetGroupDescription: 'd', SubnetIds }));
  expect(await errorOf(make(['subnet-1']))).toMatch(/^DBSubnetGroupDoesNotCoverEnoughAZs: /);
  expect(await errorOf(make(['subnet-1', 'net']))).toMatch(/^InvalidSubnet: /);
  await make(['subnet-1', 'subnet-2']);
  expect(await errorOf(make(['subnet-1', 'subnet-2']))).toMatch(/^DBSubnetGroupAlreadyExists: /);
  await rds.send(new ModifyDBSubnetGroupCommand({ DBSubnetGroupName, SubnetIds: ['subnet-3', 'subnet-4'] }));
  const { DBSubnetGroups } = await rds.send(new DescribeDBSubnetGroupsCommand({}));
  expect(DBSubnetGroups).toMatchObject([
    {
      DBSubnetGroupName: 'group',
      DBSubnetGroupArn: `arn:aws:rds:${region}:${account}:subgrp:group`,
      Subnets: [{ SubnetIdentifier: 'subnet-3' }, { SubnetIdentifier: 'subnet-4' }],
    },
  ]);
  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: 'db1',
      DBInstanceClass: 'db.t3.micro',
      Engine: 'postgres',
      AllocatedStorage: 20,
      MasterUsername: 'master',
      MasterUserPassword: 'password1',
      DBSubnetGroupName,
    }),
  );
  const remove = () => rds.send(new DeleteDBSubnetGroupCommand({ DBSubnetGroupName }));
  expect(await errorOf(remove())).toMatch(/^InvalidDBSubnetGroupStateFault: /);
  await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'db1', SkipFinalSnapshot: true }));
  await world.context.jobs.settled();
  await remove();
  expect(await errorOf(remove())).toMatch(/^DBSubnetGroupNotFoundFault: /);
});

it('events go back an hour unless more is asked for, and fourteen days at most', async () => {
  const scope = { account, region };
  const { clock, context } = world;
  const hourMs = 3_600_000;
  const add = (message: string) => context.events.add(scope, 'db-snapshot', 'ev', 'creation', message);
  await add('old');
  clock.ms += 15 * 24 * hourMs;
  await add('yesterday');
  clock.ms += 24 * hourMs;
  await add('now');
  const events = async (more: object) =>
    (await rds.send(new DescribeEventsCommand({ SourceType: 'db-snapshot', ...more }))).Events!.map(
      (one) => one.Message,
    );
  expect(await events({})).toEqual(['now']);
  expect(await events({ Duration: 2 * 24 * 60 })).toEqual(['yesterday', 'now']);
  expect(await events({ StartTime: new Date(0) })).toEqual(['yesterday', 'now']);
  expect(await events({ StartTime: new Date(0), EventCategories: ['deletion'] })).toEqual([]);
  expect(await errorOf(events({ SourceType: 'db-cloud' }))).toMatch(/^InvalidParameterValue: /);
  const { EventCategoriesMapList } = await rds.send(
    new DescribeEventCategoriesCommand({ SourceType: 'db-cluster' }),
  );
  expect(EventCategoriesMapList![0]!.EventCategories).toContain('failover');
  // What is too old went as new ones came.
  const kept: string[] = [];
  for await (const { message } of context.events.between(scope, 0, clock.ms)) kept.push(message);
  expect(kept).not.toContain('old');
});
