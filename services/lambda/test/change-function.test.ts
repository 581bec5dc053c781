/** Changes of a function by several gateways: in one order, and none is lost. */
import { CreateFunctionCommand, DeleteFunctionCommand } from '@aws-sdk/client-lambda';
import { ConditionFailed } from '@hypergate/table';
import { expect, it } from 'vitest';
import { lambdaLimits } from '../limits.ts';
import type { FunctionRow } from '../model/function-rows.ts';
import { changeFunction, findFunction, retried } from '../store/functions.ts';
import { account, errorOf, newFunction, openControlWorld, region } from './support/control-world.ts';

const named = { account, region, name: 'shared', qualifier: undefined };

/** Resolves when so many wait; whoever comes later does not wait. */
function meeting(size: number): () => Promise<void> {
  let waiting = 0;
  const all = Promise.withResolvers<void>();
  return () => {
    if (++waiting === size) all.resolve();
    return all.promise;
  };
}

it('what two gateways decided on the same record is decided again by the one that was second', async () => {
  await using world = await openControlWorld();
  await world.client().send(new CreateFunctionCommand(newFunction(named.name)));
  const gateways = [world.context, await world.another()];
  const met = meeting(gateways.length);
  let decisions = 0;
  const tag = (index: number) => async (current: FunctionRow) => {
    decisions++;
    await met();
    const row = { ...current, tags: { ...current.tags, [`gateway-${index}`]: 'was here' } };
    return { row, writes: [], result: undefined };
  };
  await Promise.all(gateways.map((gateway, index) => changeFunction(gateway, named, tag(index))));
  for (const gateway of gateways) {
    const found = await findFunction(gateway, named);
    expect(found?.row.tags).toEqual({ 'gateway-0': 'was here', 'gateway-1': 'was here' });
  }
  expect(decisions).toBe(3);
});

it('a change of a function that is deleted meanwhile finds none', async () => {
  await using world = await openControlWorld();
  const client = world.client();
  await client.send(new CreateFunctionCommand(newFunction(named.name)));
  const change = changeFunction(await world.another(), named, async (current) => {
    await client.send(new DeleteFunctionCommand({ FunctionName: named.name }));
    return { row: current, writes: [], result: undefined };
  });
  expect(await errorOf(change)).toBe(
    `AwsError: Function not found: arn:aws:lambda:${region}:${account}:function:shared`,
  );
  expect(await findFunction(world.context, named)).toBeUndefined();
});

it('who never is first gives up after so many attempts', async () => {
  let attempts = 0;
  const work = retried(async () => {
    attempts++;
    throw new ConditionFailed(0);
  });
  await expect(work).rejects.toThrow(ConditionFailed);
  expect(attempts).toBe(lambdaLimits.changeAttemptsMax);
});
