/** Who may do something with a function: policies of callers, and the function's own. */
import { CreateFunctionCommand, DeleteFunctionCommand, GetFunctionCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changeFunction } from '../store/functions.ts';
import {
  account,
  type ControlWorld,
  errorOf,
  newFunction,
  openControlWorld,
  otherAccount,
  region,
} from './support/control-world.ts';

let world: ControlWorld;
beforeAll(async () => {
  world = await openControlWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const arnOf = (name: string) => `arn:aws:lambda:${region}:${account}:function:${name}`;

/** Every name is used by one test. */
let count = 0;
let name = '';
beforeEach(() => {
  name = `function-${count++}`;
});

describe('who may', () => {
  it('is decided by policies on the ARN of the function', async () => {
    const client = world.client();
    await client.send(new CreateFunctionCommand(newFunction(name)));
    const reader = world.user(`reader-${name}`, [
      {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'lambda:GetFunction', Resource: arnOf(name) }],
      },
    ]);
    expect((await reader.send(new GetFunctionCommand({ FunctionName: name }))).Configuration?.Timeout).toBe(
      3,
    );
    expect(await errorOf(reader.send(new GetFunctionCommand({ FunctionName: 'other' })))).toMatch(
      /^AccessDeniedException/,
    );
    expect(await errorOf(reader.send(new DeleteFunctionCommand({ FunctionName: name })))).toMatch(
      /^AccessDeniedException/,
    );
  });

  it('is nobody of another account, whether a function is there or not', async () => {
    const client = world.client();
    await client.send(new CreateFunctionCommand(newFunction(name)));
    const other = world.client(otherAccount);
    const FunctionName = arnOf(name);
    const answers = [
      await errorOf(other.send(new GetFunctionCommand({ FunctionName }))),
      await errorOf(other.send(new GetFunctionCommand({ FunctionName: arnOf('not-there') }))),
      await errorOf(other.send(new CreateFunctionCommand({ ...newFunction(arnOf('new')) }))),
      await errorOf(other.send(new DeleteFunctionCommand({ FunctionName }))),
    ];
    expect(new Set(answers)).toEqual(
      new Set(['AccessDeniedException: The caller is not authorized to perform this action.']),
    );
    expect(await errorOf(other.send(new GetFunctionCommand({ FunctionName: name })))).toBe(
      `ResourceNotFoundException: Function not found: arn:aws:lambda:${region}:${otherAccount}:function:${name}`,
    );
  });

  it('is also somebody of another account whom the policy of the function allows it', async () => {
    await world.client().send(new CreateFunctionCommand(newFunction(name)));
    const named = { account, region, name, qualifier: undefined };
    const statement = {
      Sid: 's1',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${otherAccount}:root` },
      Action: 'lambda:GetFunction',
      Resource: arnOf(name),
    } as const;
    await changeFunction(world.context, named, async (current) => ({
      row: { ...current, policies: { '': { revisionId: 'r', statements: [statement] } } },
      writes: [],
      result: undefined,
    }));
    const get = (more: object) =>
      errorOf(
        world.client(otherAccount).send(new GetFunctionCommand({ FunctionName: arnOf(name), ...more })),
      );
    expect(await get({})).toMatch(/^no error/);
    expect(await get({ Qualifier: 'live' })).toMatch(/^AccessDeniedException/);
  });
});
