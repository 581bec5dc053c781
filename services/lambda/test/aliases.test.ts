/** Aliases, and to which version a call goes. */
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  GetFunctionCommand,
  ListAliasesCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pickVersion } from '../engine/alias-routing.ts';
import {
  account,
  type ControlWorld,
  errorOf,
  newFunction,
  openControlWorld,
  region,
} from './support/control-world.ts';

let world: ControlWorld;
beforeAll(async () => {
  world = await openControlWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

let count = 0;
let FunctionName = '';
const arn = () => `arn:aws:lambda:${region}:${account}:function:${FunctionName}`;
const scope = { account, region };

/** With versions 1 and 2. */
beforeEach(async () => {
  FunctionName = `aliased-${count++}`;
  const client = world.client();
  await client.send(new CreateFunctionCommand({ ...newFunction(FunctionName), Publish: true }));
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9 }));
  await client.send(new PublishVersionCommand({ FunctionName }));
});

const create = (more: object) =>
  world.client().send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1', ...more }));
const half = { RoutingConfig: { AdditionalVersionWeights: { '2': 0.5 } } };

describe('an alias', () => {
  it('is shown as it was made, and gone when it is deleted', async () => {
    const client = world.client();
    const named = { FunctionName, Name: 'live' };
    const { $metadata, RevisionId, ...made } = await create({ Description: 'in use', ...half });
    expect($metadata.httpStatusCode).toBe(201);
    expect(made).toEqual({
      AliasArn: `${arn()}:live`,
      Name: 'live',
      FunctionVersion: '1',
      Description: 'in use',
      ...half,
    });
    const { $metadata: _, ...found } = await client.send(new GetAliasCommand(named));
    expect(found).toEqual({ ...made, RevisionId });
    const gone = await client.send(new DeleteAliasCommand(named));
    expect(gone.$metadata.httpStatusCode).toBe(204);
    expect(await errorOf(client.send(new GetAliasCommand(named)))).toBe(
      `ResourceNotFoundException: Cannot find alias arn: ${arn()}:live`,
    );
    expect(await errorOf(client.send(new DeleteAliasCommand(named)))).toBe('no error: {}');
  });

  it('changes in what an update names, on condition of its revision', async () => {
    const client = world.client();
    const { RevisionId } = await create({ Description: 'in use', ...half });
    const update = (more: object) =>
      client.send(new UpdateAliasCommand({ FunctionName, Name: 'live', ...more }));
    const described = await update({ Description: 'still', RevisionId });
    expect(described).toMatchObject({ Description: 'still', FunctionVersion: '1', ...half });
    expect(await errorOf(update({ Description: 'late', RevisionId }))).toMatch(
      /^PreconditionFailedException/,
    );
    const moved = await update({ FunctionVersion: '2', RoutingConfig: { AdditionalVersionWeights: {} } });
    expect([moved.FunctionVersion, moved.RoutingConfig]).toEqual(['2', undefined]);
    expect(
      await errorOf(client.send(new UpdateAliasCommand({ FunctionName, Name: 'none', Description: '' }))),
    ).toBe(`ResourceNotFoundException: Alias not found: ${arn()}:none`);
  });

  it('leads GetFunction to its version under its own ARN', async () => {
    await create({});
    const client = world.client();
    const byName = await client.send(new GetFunctionCommand({ FunctionName, Qualifier: 'live' }));
    expect(byName.Configuration).toMatchObject({ FunctionArn: `${arn()}:live`, Version: '1', Timeout: 3 });
    const byArn = await client.send(new GetFunctionCommand({ FunctionName: `${arn()}:live` }));
    expect(byArn.Configuration).toEqual(byName.Configuration);
    expect(await errorOf(client.send(new GetFunctionCommand({ FunctionName, Qualifier: 'dead' })))).toBe(
      `ResourceNotFoundException: Function not found: ${arn()}:dead`,
    );
  });

  it('is listed by name, and by the versions it leads to', async () => {
    const client = world.client();
    await create({ Name: 'b', FunctionVersion: '2' });
    await create({ Name: 'a', ...half });
    await create({ Name: 'c' });
    const list = async (more: object) => {
      const page = await client.send(new ListAliasesCommand({ FunctionName, ...more }));
      return { names: page.Aliases?.map(({ Name }) => Name), NextMarker: page.NextMarker };
    };
    expect((await list({})).names).toEqual(['a', 'b', 'c']);
    expect((await list({ FunctionVersion: '2' })).names).toEqual(['a', 'b']);
    const first = await list({ MaxItems: 2 });
    expect(first.names).toEqual(['a', 'b']);
    expect(await list({ MaxItems: 2, Marker: first.NextMarker })).toEqual({ names: ['c'] });
  });

  it('keeps the version that it leads to from being deleted', async () => {
    const client = world.client();
    await create(half);
    const remove = (Qualifier: string) =>
      errorOf(client.send(new DeleteFunctionCommand({ FunctionName, Qualifier })));
    expect(await remove('1')).toMatch(/^ResourceConflictException: .*live/);
    expect(await remove('2')).toMatch(/^ResourceConflictException: .*live/);
    await client.send(new DeleteAliasCommand({ FunctionName, Name: 'live' }));
    expect(await remove('1')).toMatch(/^no error/);
  });

  it('is made once when many create it, and goes with its function', async () => {
    const client = world.client();
    const answers = await Promise.all(Array.from({ length: 6 }, () => errorOf(create({}))));
    expect(answers.filter((answer) => answer.startsWith('no error'))).toHaveLength(1);
    expect(answers).toContain(`ResourceConflictException: Alias already exists: ${arn()}:live`);
    await client.send(new DeleteFunctionCommand({ FunctionName }));
    await client.send(new CreateFunctionCommand(newFunction(FunctionName)));
    const { Aliases } = await client.send(new ListAliasesCommand({ FunctionName }));
    expect(Aliases).toEqual([]);
  });

  it.each([
    [
      { Name: '2024' },
      "ValidationException: 1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
    ],
    [{ FunctionVersion: '10' }, 'ResourceNotFoundException: Function not found: ARN:10'],
    [
      { FunctionVersion: '$LATEST', ...half },
      'InvalidParameterValueException: $LATEST is not supported for an alias pointing to more than 1 version',
    ],
    [
      { FunctionVersion: '2', ...half },
      'InvalidParameterValueException: Invalid function version 2. Function version 2 is already included in routing configuration.',
    ],
    [
      { RoutingConfig: { AdditionalVersionWeights: { '2': 0.1, '3': 0.1 } } },
      'InvalidParameterValueException: Number of items in AdditionalVersionWeights cannot be greater than 1',
    ],
    [
      { RoutingConfig: { AdditionalVersionWeights: { '2': 2 } } },
      "ValidationException: 1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]",
    ],
    [
      { RoutingConfig: { AdditionalVersionWeights: { $LATEST: 0.5 } } },
      "ValidationException: 1 validation error detected: Value '{$LATEST=0.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]",
    ],
  ])('is refused in the words of AWS: %j', async (more, error) => {
    expect(await errorOf(create(more))).toBe(error.replace('ARN', arn()));
  });
});

describe('a call', () => {
  it('goes to what it names: $LATEST without a qualifier, a version, or one that an alias leads to', async () => {
    await create(half);
    const { functions } = world.context;
    const plain = await functions.resolve(FunctionName, undefined, scope);
    expect([plain.version.version, plain.invokedArn, plain.qualifier]).toEqual(['$LATEST', arn(), undefined]);
    const second = await functions.resolve(`${account}:function:${FunctionName}:2`, undefined, scope);
    expect([second.version.version, second.invokedArn]).toEqual(['2', `${arn()}:2`]);
    const aliased = await functions.resolve(FunctionName, 'live', scope);
    expect([aliased.invokedArn, aliased.qualifier]).toEqual([`${arn()}:live`, 'live']);
    expect(['1', '2']).toContain(aliased.version.version);
    await expect(functions.resolve(FunctionName, '01', scope)).rejects.toThrow(
      `Function not found: ${arn()}:01`,
    );
  });

  it('reaches every version of an alias that has a share, and no other', async () => {
    const client = world.client();
    await create({ RoutingConfig: { AdditionalVersionWeights: { '2': 1 } } });
    const versionOf = async () =>
      (await world.context.functions.resolve(FunctionName, 'live', scope)).version.version;
    expect(await versionOf()).toBe('2');
    const none = { RoutingConfig: { AdditionalVersionWeights: { '2': 0 } } };
    await client.send(new UpdateAliasCommand({ FunctionName, Name: 'live', ...none }));
    expect(await versionOf()).toBe('1');
  });

  it('finds the policy of the qualifier it names, and the owner of what is not there', async () => {
    const { functions } = world.context;
    expect(await functions.access(FunctionName, 'live', scope)).toEqual({
      arn: `${arn()}:live`,
      ownerAccountId: account,
    });
    expect(
      await functions.access('arn:aws:lambda:eu-central-1:111111111111:function:x', undefined, scope),
    ).toEqual({ arn: 'arn:aws:lambda:eu-central-1:111111111111:function:x', ownerAccountId: '111111111111' });
    expect(await functions.access('no name at all', undefined, scope)).toMatchObject({
      ownerAccountId: account,
    });
  });

  it('falls to versions in proportion to their weights', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 999 }),
        (weight, i) => {
          const fraction = i / 1000;
          const expected = fraction < weight ? '2' : '1';
          expect(pickVersion({ version: '1', weights: { '2': weight } }, fraction)).toBe(expected);
        },
      ),
    );
  });
});
