/** Layers, who may use them, and functions that do. */
import { createHash } from 'node:crypto';
import {
  AddLayerVersionPermissionCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  DeleteLayerVersionCommand,
  GetFunctionConfigurationCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  GetLayerVersionPolicyCommand,
  ListLayersCommand,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
  RemoveLayerVersionPermissionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { lambdaLimits } from '../limits.ts';
import {
  account,
  type ControlWorld,
  errorOf,
  newFunction,
  openControlWorld,
  otherAccount,
  region,
  zipOf,
} from './support/control-world.ts';
import { MemoryPackages } from './support/memory-packages.ts';

let world: ControlWorld;
beforeAll(async () => {
  world = await openControlWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

let count = 0;
let LayerName = '';
beforeEach(() => {
  LayerName = `layer-${count++}`;
});
const hashOf = (code: string) => createHash('sha256').update(zipOf(code)).digest('base64');
const arn = (version?: number) =>
  `arn:aws:lambda:${region}:${account}:layer:${LayerName}${version === undefined ? '' : `:${version}`}`;
const publish = (more: object = {}) =>
  world
    .client()
    .send(new PublishLayerVersionCommand({ LayerName, Content: { ZipFile: zipOf(LayerName) }, ...more }));

describe('a layer version', () => {
  it('is shown as it was published, by name and by ARN', async () => {
    const client = world.client();
    const said = {
      Description: 'shared code',
      CompatibleRuntimes: ['nodejs22.x', 'nodejs24.x'],
      CompatibleArchitectures: ['arm64'],
      LicenseInfo: 'MIT',
    } as const;
    const { $metadata, ...made } = await publish(said);
    expect($metadata.httpStatusCode).toBe(201);
    expect(made).toEqual({
      ...said,
      LayerArn: arn(),
      LayerVersionArn: arn(1),
      Version: 1,
      CreatedDate: '2026-03-04T05:06:07.089+0000',
      Content: {
        CodeSha256: hashOf(LayerName),
        CodeSize: zipOf(LayerName).length,
        Location: `http://gateway.example/code/${encodeURIComponent(hashOf(LayerName))}`,
      },
    });
    const byName = await client.send(new GetLayerVersionCommand({ LayerName, VersionNumber: 1 }));
    const byArn = await client.send(new GetLayerVersionByArnCommand({ Arn: arn(1) }));
    for (const { $metadata: _, ...found } of [byName, byArn]) expect(found).toEqual(made);
  });

  it('has a number of its own, also among many at the same time and after it was deleted', async () => {
    const client = world.client();
    const made = await Promise.all(Array.from({ length: 5 }, () => publish()));
    expect(made.map(({ Version }) => Version).sort()).toEqual([1, 2, 3, 4, 5]);
    await client.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber: 5 }));
    expect((await publish()).Version).toBe(6);
    expect(await world.packages.uses()).toHaveProperty([hashOf(LayerName)], 5);
  });

  it('is listed newest first, and only where it fits', async () => {
    const client = world.client();
    await publish({ CompatibleRuntimes: ['nodejs24.x'] });
    await publish({ CompatibleRuntimes: ['python3.13'], CompatibleArchitectures: ['arm64'] });
    await publish();
    const list = async (more: object) => {
      const page = await client.send(new ListLayerVersionsCommand({ LayerName, ...more }));
      return { versions: page.LayerVersions?.map(({ Version }) => Version), NextMarker: page.NextMarker };
    };
    expect((await list({})).versions).toEqual([3, 2, 1]);
    expect((await list({ CompatibleRuntime: 'nodejs24.x' })).versions).toEqual([1]);
    expect((await list({ CompatibleArchitecture: 'x86_64' })).versions).toEqual([3, 1]);
    const first = await list({ MaxItems: 2 });
    expect(await list({ MaxItems: 2, Marker: first.NextMarker })).toEqual({ versions: [1] });
    const { Layers } = await client.send(new ListLayersCommand({ CompatibleArchitecture: 'arm64' }));
    expect(Layers?.find((one) => one.LayerName === LayerName)?.LatestMatchingVersion?.Version).toBe(2);
    expect(await errorOf(client.send(new ListLayersCommand({ CompatibleRuntime: 'none' as never })))).toMatch(
      /^ValidationException: 1 validation error detected: Value 'none' at 'compatibleRuntime'/,
    );
  });

  it('is gone when it was deleted, and deleting it again is no error', async () => {
    const client = world.client();
    await publish();
    const named = { LayerName, VersionNumber: 1 };
    expect(await errorOf(client.send(new DeleteLayerVersionCommand(named)))).toBe('no error: {}');
    expect(await errorOf(client.send(new DeleteLayerVersionCommand(named)))).toBe('no error: {}');
    expect(await errorOf(client.send(new GetLayerVersionCommand(named)))).toBe(
      'ResourceNotFoundException: The resource you requested does not exist.',
    );
    expect(await errorOf(client.send(new GetLayerVersionByArnCommand({ Arn: arn(1) })))).toBe(
      'ResourceNotFoundException: The resource you requested does not exist.',
    );
    const { Layers } = await client.send(new ListLayersCommand({}));
    expect(Layers?.map((one) => one.LayerName)).not.toContain(LayerName);
    expect(await world.packages.uses()).not.toHaveProperty([hashOf(LayerName)]);
    expect(await errorOf(client.send(new GetLayerVersionCommand({ LayerName, VersionNumber: 0 })))).toBe(
      'InvalidParameterValueException: Layer Version Cannot be less than 1',
    );
  });

  it('names all that is wrong with it', async () => {
    expect(
      await errorOf(
        publish({ CompatibleRuntimes: ['invalidruntime'], CompatibleArchitectures: ['invalidarch'] }),
      ),
    ).toMatch(
      /^ValidationException: 2 validation errors detected: Value '\[invalidruntime\]' at 'compatibleRuntimes' failed .*; Value '\[invalidarch\]' at 'compatibleArchitectures' failed to satisfy constraint: Member must satisfy constraint: \[Member must satisfy enum value set: \[x86_64, arm64\], Member must not be null\]$/,
    );
  });
});

describe('permissions', () => {
  it('are statements of a policy with a revision', async () => {
    const client = world.client();
    await publish();
    const named = { LayerName, VersionNumber: 1 };
    const add = (more: object) =>
      client.send(
        new AddLayerVersionPermissionCommand({
          ...named,
          StatementId: 's1',
          Action: 'lambda:GetLayerVersion',
          Principal: '*',
          ...more,
        }),
      );
    const read = async () => {
      const found = await client.send(new GetLayerVersionPolicyCommand(named));
      return { policy: JSON.parse(found.Policy!) as unknown, RevisionId: found.RevisionId };
    };
    expect(await errorOf(client.send(new GetLayerVersionPolicyCommand(named)))).toBe(
      'ResourceNotFoundException: No policy is associated with the given resource.',
    );
    const first = await add({});
    const shared = { Effect: 'Allow', Action: 'lambda:GetLayerVersion', Resource: arn(1) };
    expect(JSON.parse(first.Statement!)).toEqual({ Sid: 's1', Principal: '*', ...shared });
    expect(await errorOf(add({}))).toBe(
      'ResourceConflictException: The statement id (s1) provided already exists. Please provide a new statement id, or remove the existing statement.',
    );
    expect(await errorOf(add({ StatementId: 's2', RevisionId: 'other' }))).toBe(
      'PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id',
    );
    await add({ StatementId: 's2', Principal: otherAccount, RevisionId: first.RevisionId });
    expect((await read()).policy).toEqual({
      Version: '2012-10-17',
      Id: 'default',
      Statement: [
        { Sid: 's1', Principal: '*', ...shared },
        { Sid: 's2', Principal: { AWS: `arn:aws:iam::${otherAccount}:root` }, ...shared },
      ],
    });
    await client.send(new RemoveLayerVersionPermissionCommand({ ...named, StatementId: 's1' }));
    expect((await read()).policy).toMatchObject({ Statement: [{ Sid: 's2' }] });
    expect(
      await errorOf(client.send(new RemoveLayerVersionPermissionCommand({ ...named, StatementId: 's1' }))),
    ).toBe('ResourceNotFoundException: Statement s1 is not found in resource policy.');
    expect(await errorOf(add({ StatementId: 's3', Action: '*' }))).toBe(
      "ValidationException: 1 validation error detected: Value '*' at 'action' failed to satisfy constraint: Member must satisfy regular expression pattern: lambda:GetLayerVersion",
    );
    expect(await errorOf(add({ VersionNumber: 2 }))).toBe(
      `ResourceNotFoundException: Layer version ${arn(2)} does not exist.`,
    );
  });

  it('decide whether another account sees and uses it, and nobody learns what it may not see', async () => {
    const other = world.client(otherAccount);
    await publish();
    const see = () => errorOf(other.send(new GetLayerVersionByArnCommand({ Arn: arn(1) })));
    const use = (version: number) =>
      errorOf(other.send(new CreateFunctionCommand({ ...newFunction(LayerName), Layers: [arn(version)] })));
    const denied = (version: number) =>
      `AccessDeniedException: User: arn:aws:iam::${otherAccount}:root is not authorized to perform: lambda:GetLayerVersion on resource: ${arn(version)} because no resource-based policy allows the lambda:GetLayerVersion action`;
    expect(await see()).toMatch(/^AccessDeniedException/);
    expect(await use(1)).toBe(denied(1));
    expect(await use(7)).toBe(denied(7));
    await world.client().send(
      new AddLayerVersionPermissionCommand({
        LayerName,
        VersionNumber: 1,
        StatementId: 's1',
        Action: 'lambda:GetLayerVersion',
        Principal: otherAccount,
      }),
    );
    expect(await see()).toMatch(/^no error/);
    expect(await use(1)).toMatch(/^no error/);
    const remove = new DeleteLayerVersionCommand({ LayerName: arn(), VersionNumber: 1 });
    expect(await errorOf(other.send(remove))).toMatch(/^AccessDeniedException/);
  });
});

describe('a function with layers', () => {
  it('goes on with a version that was deleted, whose package goes with the function', async () => {
    const client = world.client();
    await publish();
    const FunctionName = `with-${LayerName}`;
    const made = await client.send(
      new CreateFunctionCommand({ ...newFunction(FunctionName), Layers: [arn(1)], Publish: true }),
    );
    const Layers = [{ Arn: arn(1), CodeSize: zipOf(LayerName).length }];
    expect(made.Layers).toEqual(Layers);
    expect(await world.packages.uses()).toHaveProperty([hashOf(LayerName)], 3);
    await client.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber: 1 }));
    const again = { FunctionName, Layers: [arn(1)] };
    expect((await client.send(new UpdateFunctionConfigurationCommand(again))).Layers).toEqual(Layers);
    const without = { FunctionName, Layers: [] };
    expect((await client.send(new UpdateFunctionConfigurationCommand(without))).Layers).toBeUndefined();
    expect(await errorOf(client.send(new UpdateFunctionConfigurationCommand(again)))).toBe(
      `InvalidParameterValueException: Layer version ${arn(1)} does not exist.`,
    );
    const published = await client.send(
      new GetFunctionConfigurationCommand({ FunctionName, Qualifier: '1' }),
    );
    expect(published.Layers).toEqual(Layers);
    await client.send(new DeleteFunctionCommand({ FunctionName }));
    expect(await world.packages.uses()).not.toHaveProperty([hashOf(LayerName)]);
  });

  it('is refused a version that is deleted while it is made', async () => {
    const client = world.client();
    await publish();
    const keep = vi.spyOn(world.packages, 'keep').mockImplementationOnce(async (ref, uses) => {
      await client.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber: 1 }));
      return MemoryPackages.prototype.keep.call(world.packages, ref, uses);
    });
    const FunctionName = `with-${LayerName}`;
    const create = new CreateFunctionCommand({ ...newFunction(FunctionName), Layers: [arn(1)] });
    expect(await errorOf(client.send(create))).toBe(
      `InvalidParameterValueException: Layer version ${arn(1)} does not exist.`,
    );
    expect(keep).toHaveBeenCalledTimes(1);
    keep.mockRestore();
    expect(await world.packages.uses()).not.toHaveProperty([hashOf(LayerName)]);
  });

  it('is refused what cannot be put together, in the words of AWS', async () => {
    const client = world.client();
    await publish();
    await publish();
    const create = (Layers: string[]) =>
      errorOf(client.send(new CreateFunctionCommand({ ...newFunction(`with-${LayerName}`), Layers })));
    expect(await create([arn(1), arn(2)])).toBe(
      `InvalidParameterValueException: Two different versions of the same layer are not allowed to be referenced in the same function. ${arn(1)} and ${arn(2)} are versions of the same layer.`,
    );
    expect(await create([1, 2, 3, 4, 5, 6].map((i) => arn(i)))).toBe(
      'InvalidParameterValueException: Cannot reference more than 5 layers.',
    );
    expect(await create([arn(1).replace(region, 'us-east-1')])).toBe(
      `InvalidParameterValueException: Layers are not in the same region as the function. Layers are expected to be in region ${region}.`,
    );
    expect(await create([arn()])).toMatch(
      /^ValidationException: 1 validation error detected: Value '\[arn:.*\]' at 'layers' failed to satisfy constraint: Member must satisfy constraint: /,
    );
    const huge = zipOf(`${LayerName} huge`);
    world.packages.unpacked.set(huge.toString(), lambdaLimits.unpackedMax);
    await publish({ Content: { ZipFile: huge } });
    expect(await create([arn(3)])).toBe(
      `InvalidParameterValueException: Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is ${262144000 + zipOf('one').length} bytes.`,
    );
  });
});
