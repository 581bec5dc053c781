import {
  CreateCodeSigningConfigCommand,
  CreateEventSourceMappingCommand,
  DeleteCodeSigningConfigCommand,
  DeleteFunctionCodeSigningConfigCommand,
  GetCapacityProviderCommand,
  GetCodeSigningConfigCommand,
  GetFunctionCodeSigningConfigCommand,
  GetFunctionRecursionConfigCommand,
  GetRuntimeManagementConfigCommand,
  ListCodeSigningConfigsCommand,
  ListFunctionsByCodeSigningConfigCommand,
  ListTagsCommand,
  PutFunctionCodeSigningConfigCommand,
  PutFunctionRecursionConfigCommand,
  PutRuntimeManagementConfigCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateCodeSigningConfigCommand,
} from '@aws-sdk/client-lambda';
import { schemas } from '@hypergate/kit/aws/gen/lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusals } from '../ops/refused.ts';
import { settingOperations } from '../ops/settings.ts';
import { requireTrustedCode } from '../store/code-signing.ts';
import {
  account,
  errorOf,
  openSettings,
  otherAccount,
  region,
  type SettingsWorld,
} from './support/settings-world.ts';

let world: SettingsWorld;
beforeAll(async () => {
  world = await openSettings();
});
afterAll(() => world.close());

const scope = { account, region };
const functionArn = (name: string) => `arn:aws:lambda:${region}:${account}:function:${name}`;
const profile = `arn:aws:signer:${region}:${account}:/signing-profiles/mine/abcdef0123`;
const createConfig = async (UntrustedArtifactOnDeployment?: 'Warn' | 'Enforce') => {
  const { CodeSigningConfig } = await world.client().send(
    new CreateCodeSigningConfigCommand({
      AllowedPublishers: { SigningProfileVersionArns: [profile] },
      ...(UntrustedArtifactOnDeployment === undefined
        ? {}
        : { CodeSigningPolicies: { UntrustedArtifactOnDeployment } }),
    }),
  );
  return CodeSigningConfig?.CodeSigningConfigArn ?? '';
};
const attach = (FunctionName: string, CodeSigningConfigArn: string) =>
  world.client().send(new PutFunctionCodeSigningConfigCommand({ FunctionName, CodeSigningConfigArn }));

describe('code signing', () => {
  test('a configuration is kept, changed, listed and deleted', async () => {
    const arn = await createConfig();
    expect(arn).toMatch(/^arn:aws:lambda:eu-central-1:111122223333:code-signing-config:csc-[a-z0-9]{17}$/);
    const read = async () =>
      (await world.client().send(new GetCodeSigningConfigCommand({ CodeSigningConfigArn: arn })))
        .CodeSigningConfig;
    expect(await read()).toMatchObject({
      AllowedPublishers: { SigningProfileVersionArns: [profile] },
      CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Warn' },
      LastModified: '2026-03-04T05:06:07.000+0000',
    });
    await world
      .client()
      .send(new UpdateCodeSigningConfigCommand({ CodeSigningConfigArn: arn, Description: 'd' }));
    expect(await read()).toMatchObject({
      Description: 'd',
      AllowedPublishers: { SigningProfileVersionArns: [profile] },
    });
    const { CodeSigningConfigs } = await world.client().send(new ListCodeSigningConfigsCommand({}));
    expect(CodeSigningConfigs?.map((one) => one.CodeSigningConfigArn)).toContain(arn);
    const remove = new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn: arn });
    await world.client().send(remove);
    expect(await errorOf(world.client().send(remove))).toBe(
      `ResourceNotFoundException: The Lambda code signing configuration ${arn} can not be found.`,
    );
  });

  test('a configuration that a function has stays', async () => {
    const arn = await createConfig();
    await world.putFunction('signed');
    await attach('signed', arn);
    const { FunctionArns } = await world
      .client()
      .send(new ListFunctionsByCodeSigningConfigCommand({ CodeSigningConfigArn: arn }));
    expect(FunctionArns).toEqual([functionArn('signed')]);
    const remove = new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn: arn });
    expect(await errorOf(world.client().send(remove))).toMatch(/^ResourceConflictException/);
    const read = new GetFunctionCodeSigningConfigCommand({ FunctionName: 'signed' });
    expect(await world.client().send(read)).toMatchObject({
      CodeSigningConfigArn: arn,
      FunctionName: 'signed',
    });
    await world.client().send(new DeleteFunctionCodeSigningConfigCommand({ FunctionName: 'signed' }));
    expect((await world.client().send(read)).CodeSigningConfigArn).toBeUndefined();
    await world.client().send(remove);
    expect(await errorOf(attach('signed', arn))).toMatch(/^CodeSigningConfigNotFoundException/);
  });

  test('a function never has a configuration that was deleted meanwhile', async () => {
    const remove = (CodeSigningConfigArn: string) =>
      world.client().send(new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn }));
    await world.putFunction('raced');
    const first = await createConfig();
    world.overtakeBy(() => remove(first));
    expect(await errorOf(attach('raced', first))).toMatch(/^CodeSigningConfigNotFoundException/);
    const second = await createConfig();
    world.overtakeBy(() => attach('raced', second));
    expect(await errorOf(remove(second))).toMatch(/^ResourceConflictException/);
  });

  test('code that nobody signed is refused where signatures are enforced', async () => {
    const enforced = await createConfig('Enforce');
    const warned = await createConfig('Warn');
    const check = (arn: string | undefined, signer?: string) =>
      errorOf(requireTrustedCode(world.context, scope, arn, signer).then(() => ({})));
    expect(await check(enforced)).toMatch(/^CodeVerificationFailedException: The code signature failed/);
    expect(await check(enforced, `${profile}9`)).toMatch(/^CodeVerificationFailedException/);
    expect(await check(enforced, profile)).toBe('no error: {}');
    expect(await check(warned)).toBe('no error: {}');
    expect(await check(undefined)).toBe('no error: {}');
    expect(await check(`${enforced.slice(0, -1)}_`)).toMatch(/^CodeSigningConfigNotFoundException/);
  });
});

describe('tags', () => {
  const tag = (Resource: string, Tags: Record<string, string>) =>
    world.client().send(new TagResourceCommand({ Resource, Tags }));
  const tagsOf = async (Resource: string) =>
    (await world.client().send(new ListTagsCommand({ Resource }))).Tags;

  test('functions, mappings and configurations have tags', async () => {
    await world.putFunction('tagged');
    const { EventSourceMappingArn = '' } = await world.client().send(
      new CreateEventSourceMappingCommand({
        FunctionName: 'tagged',
        EventSourceArn: `arn:aws:sqs:${region}:${account}:q`,
        Tags: { born: 'with' },
      }),
    );
    expect(await tagsOf(EventSourceMappingArn)).toEqual({ born: 'with' });
    for (const arn of [functionArn('tagged'), EventSourceMappingArn, await createConfig()]) {
      await tag(arn, { a: '1', b: '2' });
      await tag(arn, { b: '3', c: '' });
      await world.client().send(new UntagResourceCommand({ Resource: arn, TagKeys: ['a', 'born'] }));
      expect(await tagsOf(arn)).toEqual({ b: '3', c: '' });
    }
  });

  test('versions, unknown resources and too much are refused', async () => {
    await world.putFunction('few', { versions: ['1'] });
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`k${at}`, '']));
    expect(await errorOf(tag(functionArn('few'), many))).toBe(
      'InvalidParameterValueException: Number of tags exceeds resource tag limit.',
    );
    expect(await errorOf(tag(functionArn('few'), { 'aws:x': '' }))).toMatch(
      /^InvalidParameterValueException/,
    );
    expect(await errorOf(tag(functionArn('few'), { ['__proto__']: 'x' }))).toMatch(
      /^InvalidParameterValueException/,
    );
    expect(await errorOf(tag(`${functionArn('few')}:1`, { a: '' }))).toBe(
      'InvalidParameterValueException: Tags on function aliases and versions are not supported. Please specify a function ARN.',
    );
    expect(await errorOf(tag(functionArn('nobody'), { a: '' }))).toMatch(/^ResourceNotFoundException/);
    expect(await errorOf(tag('few', { a: '' }))).toMatch(
      /^ValidationException: 1 validation error detected: Value 'few' at 'resource'/,
    );
    expect(await tagsOf(functionArn('few'))).toEqual({});
  });

  test('another account tags nothing', async () => {
    await world.putFunction('mine');
    const other = world.client(otherAccount);
    const config = await createConfig();
    const tagged = (Resource: string) =>
      errorOf(other.send(new TagResourceCommand({ Resource, Tags: { a: '' } })));
    expect(await tagged(functionArn('mine'))).toMatch(/^AccessDenied/);
    expect(await tagged(config)).toMatch(/^ResourceNotFoundException/);
  });
});

describe('management', () => {
  test('a version keeps how its runtime is updated', async () => {
    await world.putFunction('runtime', { versions: ['1'] });
    const FunctionName = 'runtime';
    const manual = `arn:aws:lambda:${region}::runtime:abc`;
    const put = (UpdateRuntimeOn: 'Auto' | 'Manual', RuntimeVersionArn?: string) =>
      world.client().send(
        new PutRuntimeManagementConfigCommand({
          FunctionName,
          Qualifier: '1',
          UpdateRuntimeOn,
          ...(RuntimeVersionArn === undefined ? {} : { RuntimeVersionArn }),
        }),
      );
    await put('Manual', manual);
    expect(
      await world.client().send(new GetRuntimeManagementConfigCommand({ FunctionName, Qualifier: '1' })),
    ).toMatchObject({
      UpdateRuntimeOn: 'Manual',
      RuntimeVersionArn: manual,
      FunctionArn: `${functionArn('runtime')}:1`,
    });
    expect(await world.client().send(new GetRuntimeManagementConfigCommand({ FunctionName }))).toMatchObject({
      UpdateRuntimeOn: 'Auto',
      FunctionArn: `${functionArn('runtime')}:$LATEST`,
    });
    expect(await errorOf(put('Manual'))).toMatch(/^InvalidParameterValueException/);
    expect(await errorOf(put('Auto', manual))).toMatch(/^InvalidParameterValueException/);
  });

  test('recursion is terminated until it is allowed', async () => {
    await world.putFunction('loop');
    const read = async () =>
      (await world.client().send(new GetFunctionRecursionConfigCommand({ FunctionName: 'loop' })))
        .RecursiveLoop;
    expect(await read()).toBe('Terminate');
    const put = new PutFunctionRecursionConfigCommand({ FunctionName: 'loop', RecursiveLoop: 'Allow' });
    await world.client().send(put);
    expect(await read()).toBe('Allow');
  });
});

describe('refused operations', () => {
  test('they say why', async () => {
    const command = new GetCapacityProviderCommand({ CapacityProviderName: 'c' });
    expect(await errorOf(world.client().send(command))).toBe(
      'InvalidParameterValueException: The operation GetCapacityProvider is refused: capacity providers are not supported: functions run in environments of the gateway.',
    );
  });

  test('each is an operation of the schemas, and none is there twice', () => {
    const names = settingOperations.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !(name in schemas.operations))).toEqual([]);
    expect(Object.keys(refusals).filter((name) => !(name in schemas.operations))).toEqual([]);
  });
});
