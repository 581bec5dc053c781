import {
  DeleteFunctionConcurrencyCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetFunctionConcurrencyCommand,
  GetProvisionedConcurrencyConfigCommand,
  ListProvisionedConcurrencyConfigsCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createProvisioning } from '../store/provisioning.ts';
import {
  account,
  CountingInvoker,
  errorOf,
  openSettings,
  region,
  type SettingsWorld,
} from './support/settings-world.ts';

let world: SettingsWorld;
beforeEach(async () => {
  world = await openSettings();
});
afterEach(() => world.close());

const reserve = (FunctionName: string, ReservedConcurrentExecutions: number) =>
  world.client().send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
const reserved = async (FunctionName: string) =>
  (await world.client().send(new GetFunctionConcurrencyCommand({ FunctionName })))
    .ReservedConcurrentExecutions;
const provision = (FunctionName: string, Qualifier: string, ProvisionedConcurrentExecutions: number) =>
  world.client().send(
    new PutProvisionedConcurrencyConfigCommand({
      FunctionName,
      Qualifier,
      ProvisionedConcurrentExecutions,
    }),
  );
const provisioned = (FunctionName: string, Qualifier: string) =>
  world.client().send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }));

test('a reservation is kept, changed and given up; none at all is not one of 0', async () => {
  await world.putFunction('f');
  expect(await reserved('f')).toBeUndefined();
  for (const count of [5, 0]) {
    await reserve('f', count);
    expect(await reserved('f')).toBe(count);
  }
  await world.client().send(new DeleteFunctionConcurrencyCommand({ FunctionName: 'f' }));
  expect(await reserved('f')).toBeUndefined();
});

test('a hundred stay unreserved, also when functions reserve at once', async () => {
  await world.putFunction('a');
  await world.putFunction('b');
  world.overtakeBy(() => reserve('a', 500));
  expect(await errorOf(reserve('b', 401))).toBe(
    "InvalidParameterValueException: Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
  );
  await reserve('b', 400);
  expect([await reserved('a'), await reserved('b')]).toEqual([500, 400]);
});

test('versions and aliases reserve nothing, and nobody less than nothing', async () => {
  await world.putFunction('f', { versions: ['1'] });
  expect(await errorOf(reserve('f:1', 1))).toMatch(
    /^InvalidParameterValueException: This operation is permitted on Lambda functions only\./,
  );
  expect(await errorOf(reserve('f', -1))).toMatch(
    /^ValidationException: .* at 'reservedConcurrentExecutions' .* greater than or equal to 0$/,
  );
});

test('provisioned environments are under way at first and ready when they are there', async () => {
  await world.putFunction('f', { versions: ['1'], aliases: { live: '1' } });
  const made = await provision('f', 'live', 3);
  expect(made.$metadata.httpStatusCode).toBe(202);
  expect(made).toMatchObject({
    RequestedProvisionedConcurrentExecutions: 3,
    AllocatedProvisionedConcurrentExecutions: 0,
    Status: 'IN_PROGRESS',
    LastModified: '2026-03-04T05:06:07+0000',
  });
  await world.context.provisioning.settled();
  world.invoker.busy = 1;
  expect(await provisioned('f', 'live')).toMatchObject({
    RequestedProvisionedConcurrentExecutions: 3,
    AllocatedProvisionedConcurrentExecutions: 3,
    AvailableProvisionedConcurrentExecutions: 2,
    Status: 'READY',
  });
  expect(world.invoker.provisioned.get('f:1')).toBe(3);
  const { ProvisionedConcurrencyConfigs } = await world
    .client()
    .send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName: 'f' }));
  expect(ProvisionedConcurrencyConfigs).toMatchObject([
    { FunctionArn: `arn:aws:lambda:${region}:${account}:function:f:live`, Status: 'READY' },
  ]);
});

test('what cannot be started is said, without its details', async () => {
  await world.putFunction('f', { versions: ['1', '2'] });
  world.invoker.room = 2;
  await provision('f', '1', 3);
  await world.context.provisioning.settled();
  expect(await provisioned('f', '1')).toMatchObject({
    AllocatedProvisionedConcurrentExecutions: 2,
    Status: 'FAILED',
    StatusReason: '2 of 3 environments could be started.',
  });
  world.invoker.failure = new Error('/secret/path');
  await provision('f', '2', 1);
  await world.context.provisioning.settled();
  expect(await provisioned('f', '2')).toMatchObject({
    Status: 'FAILED',
    StatusReason: 'The environments could not be started.',
  });
  expect(world.errors).toHaveLength(1);
});

test('environments follow an alias, and end when the setting goes', async () => {
  const row = await world.putFunction('f', { versions: ['1', '2'], aliases: { live: '1' } });
  await provision('f', 'live', 2);
  await world.context.provisioning.settled();
  world.functions.aliases.set(`${row.id} live`, '2');
  const place = { scope: { account, region }, functionName: 'f', functionId: row.id, qualifier: 'live' };
  world.context.provisioning.changed(place);
  await world.context.provisioning.settled();
  expect([...world.invoker.provisioned]).toEqual([
    ['f:1', 0],
    ['f:2', 2],
  ]);
  const command = new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: 'f', Qualifier: 'live' });
  await world.client().send(command);
  await world.context.provisioning.settled();
  expect(world.invoker.provisioned.get('f:2')).toBe(0);
  expect(await errorOf(provisioned('f', 'live'))).toBe(
    'ProvisionedConcurrencyConfigNotFoundException: No Provisioned Concurrency Config found for this function',
  );
});

test('a gateway that starts makes ready what the records say', async () => {
  await world.putFunction('f', { versions: ['1'] });
  await provision('f', '1', 4);
  const invoker = new CountingInvoker();
  const provisioning = createProvisioning(world.context, world.functions, invoker);
  await provisioning.start();
  await provisioning.settled();
  expect([...invoker.provisioned]).toEqual([['f:1', 4]]);
});

test('a gateway that is asked follows what another one was told', async () => {
  const { id: functionId } = await world.putFunction('f', { versions: ['1'] });
  const invoker = new CountingInvoker();
  const second = createProvisioning(world.context, world.functions, invoker);
  const place = { scope: { account, region }, functionName: 'f', functionId, qualifier: '1' };
  for (const count of [4, 2]) {
    await provision('f', '1', count);
    expect(second.state(place, count).status).toBe('IN_PROGRESS');
    await second.settled();
    expect(second.state(place, count)).toEqual({ status: 'READY', allocated: count, available: count });
  }
  expect([...invoker.provisioned]).toEqual([['f:1', 2]]);
});

test.each([
  [
    '$LATEST',
    1,
    'InvalidParameterValueException: Provisioned Concurrency Configs cannot be applied to unpublished function versions.',
  ],
  [
    '1',
    0,
    "ValidationException: 1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1",
  ],
  [
    '1',
    1001,
    "InvalidParameterValueException: Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000].",
  ],
  [
    '1',
    901,
    "InvalidParameterValueException: Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
  ],
])('provisioning %s with %d is refused', async (qualifier, count, message) => {
  await world.putFunction('f', { versions: ['1'] });
  expect(await errorOf(provision('f', qualifier, count))).toBe(message);
});

test('what is provisioned fits into what is reserved, from both sides', async () => {
  await world.putFunction('f', { versions: ['1', '2'] });
  await reserve('f', 5);
  await provision('f', '1', 3);
  expect(await errorOf(provision('f', '2', 3))).toBe(
    'InvalidParameterValueException: Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function',
  );
  expect(await errorOf(reserve('f', 2))).toBe(
    "InvalidParameterValueException: ReservedConcurrentExecutions 2 should not be lower than function's total provisioned concurrency [3].",
  );
});

test('an alias and the version behind it are not both provisioned', async () => {
  await world.putFunction('f', { versions: ['1'], aliases: { live: '1' } });
  await provision('f', '1', 1);
  expect(await errorOf(provision('f', 'live', 1))).toMatch(/^ResourceConflictException: Alias can't be used/);
  await world
    .client()
    .send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: 'f', Qualifier: '1' }));
  await provision('f', 'live', 1);
  expect(await errorOf(provision('f', '1', 1))).toMatch(/^ResourceConflictException: Version is pointed by/);
});
