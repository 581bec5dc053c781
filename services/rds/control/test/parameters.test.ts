import { readFileSync } from 'node:fs';
import {
  CopyDBParameterGroupCommand,
  CreateDBInstanceCommand,
  CreateDBParameterGroupCommand,
  DeleteDBParameterGroupCommand,
  DescribeDBInstancesCommand,
  DescribeDBParameterGroupsCommand,
  DescribeDBParametersCommand,
  ModifyDBParameterGroupCommand,
  type Parameter,
  paginateDescribeDBParameters,
  type RDSClient,
  RebootDBInstanceCommand,
  ResetDBParameterGroupCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineMajors } from '../../engine/api.ts';
import { type PlainEngine, startPlainEngine } from '../../test/support/plain-engine.ts';
import { catalogue } from '../parameters/gen/catalogue.ts';
import { cataloguePath, readParameters, renderCatalogue } from '../parameters/generate.ts';
import { checkParameter, families, parametersOf } from '../parameters/index.ts';
import { errorOf, openWorld, type World } from './support/world.ts';

let world: World;
let rds: RDSClient;
beforeAll(async () => {
  world = await openWorld();
  rds = world.client();
});
afterAll(() => world.close());

const DBParameterGroupName = 'mine';
const modify = (
  ParameterName: string,
  ParameterValue: string,
  ApplyMethod: Parameter['ApplyMethod'] = 'immediate',
) =>
  rds.send(
    new ModifyDBParameterGroupCommand({
      DBParameterGroupName,
      Parameters: [{ ParameterName, ParameterValue, ApplyMethod }],
    }),
  );
const create = (name: string, DBParameterGroupFamily = 'postgres15') =>
  rds.send(
    new CreateDBParameterGroupCommand({
      DBParameterGroupName: name,
      DBParameterGroupFamily,
      Description: 'd',
    }),
  );
const instance = async () => {
  const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'db1' }));
  const { DbiResourceId, DBParameterGroups } = DBInstances![0]!;
  return {
    parameters: world.instances.models.get(DbiResourceId!)!.spec.parameters,
    status: DBParameterGroups![0]!.ParameterApplyStatus,
  };
};

describe('parameter groups', () => {
  beforeAll(async () => {
    await create('mine');
    await rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: 'db1',
        DBInstanceClass: 'db.t3.micro',
        Engine: 'postgres',
        AllocatedStorage: 20,
        MasterUsername: 'master',
        MasterUserPassword: 'password1',
        DBParameterGroupName,
      }),
    );
  });

  it('what is dynamic reaches instances at once, what is static with their next reboot', async () => {
    await modify('work_mem', '8192');
    expect(await instance()).toEqual({ parameters: { work_mem: '8192' }, status: 'in-sync' });
    await modify('max_connections', '50', 'pending-reboot');
    expect(await instance()).toEqual({ parameters: { work_mem: '8192' }, status: 'pending-reboot' });
    await rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: 'db1' }));
    expect(await instance()).toEqual({
      parameters: { work_mem: '8192', max_connections: '50' },
      status: 'in-sync',
    });
    await rds.send(new ResetDBParameterGroupCommand({ DBParameterGroupName, ResetAllParameters: true }));
    expect(await instance()).toEqual({ parameters: { max_connections: '50' }, status: 'pending-reboot' });
  });

  it('show the values of a user beside those of the engine', async () => {
    await modify('log_min_duration_statement', '250');
    const all: Parameter[] = [];
    for await (const page of paginateDescribeDBParameters(
      { client: rds, pageSize: 100 },
      { DBParameterGroupName },
    ))
      all.push(...page.Parameters!);
    expect(all.length).toBeGreaterThan(300);
    expect(all.find(({ ParameterName }) => ParameterName === 'max_connections')).toMatchObject({
      ParameterValue: '100',
      Source: 'engine-default',
      ApplyType: 'static',
      DataType: 'integer',
      AllowedValues: '20-262143',
      IsModifiable: true,
    });
    const users = await rds.send(new DescribeDBParametersCommand({ DBParameterGroupName, Source: 'user' }));
    expect(users.Parameters).toMatchObject([
      { ParameterName: 'log_min_duration_statement', ParameterValue: '250' },
    ]);
  });

  it.each<[string, string, Parameter['ApplyMethod'], RegExp]>([
    [
      'max_connections',
      '50',
      'immediate',
      /^InvalidParameterCombination: cannot use immediate apply method for static/,
    ],
    [
      'max_connections',
      '5',
      'pending-reboot',
      /^InvalidParameterValue: Invalid parameter value: 5 for: max_connections/,
    ],
    ['work_mem', 'much', 'immediate', /^InvalidParameterValue: /],
    ['default_transaction_isolation', 'chaos', 'immediate', /^InvalidParameterValue: /],
    ['enable_seqscan', 'perhaps', 'immediate', /^InvalidParameterValue: /],
    ['search_path', 'a\nfsync = off', 'immediate', /^InvalidParameterValue: /],
    ['shared_preload_libraries', 'pg_stat_statements,evil', 'pending-reboot', /^InvalidParameterValue: /],
    ['fsync', '0', 'immediate', /^InvalidParameterValue: The parameter fsync cannot be modified/],
    ['TimeZone', 'Nowhere/Land', 'immediate', /^InvalidParameterValue: /],
    ['DateStyle', 'mine', 'immediate', /^InvalidParameterValue: /],
    ['no_such_thing', '1', 'immediate', /^InvalidParameterValue: Could not find parameter/],
  ])('refuse %s = %s (%s)', async (name, value, method, error) => {
    expect(await errorOf(modify(name, value, method))).toMatch(error);
  });

  it('texts are taken in the engine’s forms', () => {
    const family = families.find(({ name }) => name === 'postgres18')!;
    for (const [name, value] of [
      ['timezone', 'Europe/Berlin'],
      ['datestyle', 'ISO, DMY'],
      ['search_path', '"$user", public'],
      ['log_connections', 'receipt,authorization'],
      ['shared_preload_libraries', 'pg_stat_statements,auto_explain'],
    ] as const)
      expect(checkParameter(family, name, value, undefined)).toBe(value);
  });

  it('are copied, and deleted when nobody uses them', async () => {
    await modify('random_page_cost', '1.1');
    await rds.send(
      new CopyDBParameterGroupCommand({
        SourceDBParameterGroupIdentifier: 'mine',
        TargetDBParameterGroupIdentifier: 'copy',
        TargetDBParameterGroupDescription: 'd',
      }),
    );
    const copied = await rds.send(
      new DescribeDBParametersCommand({ DBParameterGroupName: 'copy', Source: 'user' }),
    );
    expect(copied.Parameters!.map(({ ParameterName }) => ParameterName)).toContain('random_page_cost');
    const remove = (name: string) =>
      rds.send(new DeleteDBParameterGroupCommand({ DBParameterGroupName: name }));
    expect(await errorOf(remove('mine'))).toMatch(/^InvalidDBParameterGroupState: /);
    expect(await errorOf(remove('default.postgres15'))).toMatch(/^InvalidDBParameterGroupState: /);
    await remove('copy');
    expect(await errorOf(remove('copy'))).toMatch(/^DBParameterGroupNotFound: /);
    expect(await errorOf(create('mine'))).toMatch(/^DBParameterGroupAlreadyExists: /);
    expect(await errorOf(create('x', 'postgres9.6'))).toMatch(/^InvalidParameterValue: /);
    const { DBParameterGroups } = await rds.send(new DescribeDBParameterGroupsCommand({}));
    expect(DBParameterGroups!.map((one) => one.DBParameterGroupName)).toEqual(
      expect.arrayContaining(['default.postgres18', 'default.aurora-postgresql15', 'mine']),
    );
  });
});

describe('the catalogue', () => {
  let engine: PlainEngine;
  beforeAll(async () => {
    engine = await startPlainEngine({ major: 17 });
  });
  afterAll(() => engine.remove());

  it('is what the packaged engines give', async () => {
    const committed = (major: (typeof engineMajors)[number]) =>
      catalogue.filter(({ majors }) => majors.includes(major)).map(({ majors: _, ...one }) => one);
    const byMajor = new Map(engineMajors.map((major) => [major, committed(major)]));
    expect(renderCatalogue(byMajor)).toBe(readFileSync(cataloguePath, 'utf8'));
    const now = await readParameters(18);
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect([...now].sort(byName)).toEqual([...committed(18)].sort(byName));
  });

  it('every parameter that may be changed can stand in the engine’s settings', async () => {
    const client = await engine.connect();
    const family = families.find(({ name }) => name === 'postgres17')!;
    const changeable = [...parametersOf(family).values()].filter(({ isModifiable }) => isModifiable);
    expect(changeable.length).toBeGreaterThan(150);
    const refused: string[] = [];
    for (const {
      name,
      engine: { value },
    } of changeable) {
      if (value === undefined) continue;
      const quoted = client.escapeLiteral(value);
      await client
        .query(`ALTER SYSTEM SET ${name} = ${quoted}`)
        .catch((error: Error) => refused.push(error.message));
    }
    await client.end();
    expect(refused).toEqual([]);
  });
});
