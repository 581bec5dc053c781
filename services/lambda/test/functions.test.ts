/** Functions as the SDK's client sees them. */
import { createHash } from 'node:crypto';
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { functionKey, functionsTable, scopePartition, versionsTable } from '../model/tables.ts';
import { provisionedKey, provisionedTable } from '../store/provisioned.ts';
import {
  account,
  type ControlWorld,
  errorOf,
  newFunction,
  openControlWorld,
  otherAccount,
  region,
  role,
  zipOf,
} from './support/control-world.ts';

let world: ControlWorld;
beforeAll(async () => {
  world = await openControlWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const hashOf = (code: string) => createHash('sha256').update(zipOf(code)).digest('base64');
const arnOf = (name: string) => `arn:aws:lambda:${region}:${account}:function:${name}`;
const notFound = (name: string) => `ResourceNotFoundException: Function not found: ${arnOf(name)}`;

/** Every name is used by one test. */
let count = 0;
let name = '';
beforeEach(() => {
  name = `function-${count++}`;
});

describe('a function that is created', () => {
  it('is shown with what it says and with AWS defaults for the rest', async () => {
    const client = world.client();
    const { $metadata, RevisionId, RuntimeVersionConfig, ...made } = await client.send(
      new CreateFunctionCommand(newFunction(name)),
    );
    expect($metadata.httpStatusCode).toBe(201);
    expect(RevisionId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(RuntimeVersionConfig?.RuntimeVersionArn).toMatch(
      new RegExp(`^arn:aws:lambda:${region}::runtime:[0-9a-f]{64}$`),
    );
    expect(made).toEqual({
      FunctionName: name,
      FunctionArn: arnOf(name),
      Runtime: 'nodejs24.x',
      Role: role,
      Handler: 'index.handler',
      CodeSize: zipOf('one').length,
      Description: '',
      Timeout: 3,
      MemorySize: 128,
      LastModified: '2026-03-04T05:06:07.089+0000',
      CodeSha256: hashOf('one'),
      Version: '$LATEST',
      TracingConfig: { Mode: 'PassThrough' },
      State: 'Active',
      LastUpdateStatus: 'Successful',
      PackageType: 'Zip',
      Architectures: ['x86_64'],
      EphemeralStorage: { Size: 512 },
      SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
      LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${name}` },
    });
    const found = await client.send(new GetFunctionCommand({ FunctionName: name }));
    expect(found.Configuration).toEqual({ ...made, RevisionId, RuntimeVersionConfig });
    expect(found.Code).toEqual({
      RepositoryType: 'S3',
      Location: `http://gateway.example/code/${encodeURIComponent(hashOf('one'))}`,
    });
    expect(found.Tags).toBeUndefined();
  });

  it('keeps all that it was given', async () => {
    const client = world.client();
    const given = {
      ...newFunction(name),
      Description: 'what it does',
      Timeout: 900,
      MemorySize: 10_240,
      EphemeralStorage: { Size: 10_240 },
      Environment: { Variables: { MODE: 'fast' } },
      Tags: { team: 'one' },
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON', LogGroup: '/other/group' },
      DeadLetterConfig: { TargetArn: `arn:aws:sqs:${region}:${account}:failed` },
      VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] },
      KMSKeyArn: `arn:aws:kms:${region}:${account}:key/1`,
    } as const;
    await client.send(new CreateFunctionCommand(given as never));
    const { Configuration, Tags } = await client.send(new GetFunctionCommand({ FunctionName: name }));
    expect(Tags).toEqual({ team: 'one' });
    expect(Configuration).toMatchObject({
      Description: 'what it does',
      Timeout: 900,
      MemorySize: 10_240,
      EphemeralStorage: { Size: 10_240 },
      Environment: { Variables: { MODE: 'fast' } },
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: {
        LogFormat: 'JSON',
        LogGroup: '/other/group',
        ApplicationLogLevel: 'INFO',
        SystemLogLevel: 'INFO',
      },
      DeadLetterConfig: given.DeadLetterConfig,
      VpcConfig: { ...given.VpcConfig, VpcId: '', Ipv6AllowedForDualStack: false },
      KMSKeyArn: given.KMSKeyArn,
    });
  });

  it('is refused under a name that is taken, and nothing of it stays', async () => {
    const client = world.client();
    await client.send(new CreateFunctionCommand(newFunction(name)));
    const open = world.packages.open;
    expect(await errorOf(client.send(new CreateFunctionCommand(newFunction(name, 'unheard of'))))).toBe(
      `ResourceConflictException: Function already exist: ${name}`,
    );
    expect(world.packages.open).toBe(open);
    expect(await world.packages.uses()).not.toHaveProperty(hashOf('unheard of'));
  });

  it('is made once when many create it at the same time', async () => {
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        errorOf(world.client().send(new CreateFunctionCommand(newFunction(name, `${name} ${i}`)))),
      ),
    );
    expect(made.filter((answer) => answer.startsWith('no error'))).toHaveLength(1);
    expect(new Set(made.filter((answer) => !answer.startsWith('no error')))).toEqual(
      new Set([`ResourceConflictException: Function already exist: ${name}`]),
    );
    const uses = Object.keys(await world.packages.uses());
    const hashes = Array.from({ length: 8 }, (_, i) => hashOf(`${name} ${i}`));
    expect(uses.filter((hash) => hashes.includes(hash))).toHaveLength(1);
  });

  it('takes its code out of a bucket, with what the caller may read there', async () => {
    const client = world.client();
    world.objects.set('code/one.zip', zipOf('from a bucket'));
    world.objects.set('code/one.zip/v2', zipOf('second version'));
    const from = (Code: object) => ({ ...newFunction(name), Code });
    const made = await client.send(
      new CreateFunctionCommand(from({ S3Bucket: 'code', S3Key: 'one.zip', S3ObjectVersion: 'v2' })),
    );
    expect(made.CodeSha256).toBe(hashOf('second version'));
    const update = { FunctionName: name, S3Bucket: 'code', S3Key: 'one.zip' };
    const updated = await client.send(new UpdateFunctionCodeCommand(update));
    expect(updated.CodeSha256).toBe(hashOf('from a bucket'));
    expect(await errorOf(client.send(new UpdateFunctionCodeCommand({ ...update, S3Key: 'none' })))).toBe(
      'InvalidParameterValueException: Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.',
    );
    expect(
      await errorOf(client.send(new UpdateFunctionCodeCommand({ ...update, S3Bucket: 'forbidden' }))),
    ).toBe(
      'AccessDeniedException: Your access has been denied by S3, please make sure your request credentials have permission to GetObject for forbidden/one.zip. S3 Error Code: AccessDenied. S3 Error Message: Access Denied',
    );
  });

  it('has a first version when that is asked for', async () => {
    const client = world.client();
    const made = await client.send(new CreateFunctionCommand({ ...newFunction(name), Publish: true }));
    expect([made.Version, made.FunctionArn]).toEqual(['1', arnOf(name)]);
    const again = await client.send(new PublishVersionCommand({ FunctionName: name }));
    expect([again.Version, again.FunctionArn]).toEqual(['1', `${arnOf(name)}:1`]);
    const { Versions } = await client.send(new ListVersionsByFunctionCommand({ FunctionName: name }));
    expect(Versions?.map(({ Version, FunctionArn }) => [Version, FunctionArn])).toEqual([
      ['$LATEST', `${arnOf(name)}:$LATEST`],
      ['1', `${arnOf(name)}:1`],
    ]);
  });
});

describe('an update', () => {
  it('of the configuration changes what it names and leaves the rest', async () => {
    const client = world.client();
    const first = await client.send(
      new CreateFunctionCommand({ ...newFunction(name), Environment: { Variables: { AB: '1' } } }),
    );
    world.clock.ms += 1000;
    const changed = await client.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName: name,
        Timeout: 7,
        RevisionId: first.RevisionId,
      }),
    );
    expect(changed).toMatchObject({ Timeout: 7, MemorySize: 128, Environment: { Variables: { AB: '1' } } });
    expect(changed.RevisionId).not.toBe(first.RevisionId);
    expect(changed.LastModified).not.toBe(first.LastModified);
    const stale = { FunctionName: name, Timeout: 8, RevisionId: first.RevisionId };
    expect(await errorOf(client.send(new UpdateFunctionConfigurationCommand(stale)))).toBe(
      'PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
    );
    const cleared = await client.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: name, Environment: { Variables: {} } }),
    );
    expect([cleared.Timeout, cleared.Environment]).toEqual([7, { Variables: {} }]);
  });

  it('of the code takes the place of the package, whose bytes go with their last use', async () => {
    const client = world.client();
    await client.send(new CreateFunctionCommand(newFunction(name, `${name} old`)));
    expect(await world.packages.uses()).toHaveProperty([hashOf(`${name} old`)], 1);
    const ZipFile = zipOf(`${name} new`);
    const dry = await client.send(
      new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile, DryRun: true }),
    );
    expect(dry.CodeSha256).toBe(hashOf(`${name} new`));
    expect(await world.packages.uses()).not.toHaveProperty([hashOf(`${name} new`)]);
    const published = await client.send(
      new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile, Publish: true }),
    );
    expect([published.Version, published.FunctionArn]).toEqual(['1', `${arnOf(name)}:1`]);
    const uses = await world.packages.uses();
    expect(uses).not.toHaveProperty([hashOf(`${name} old`)]);
    expect(uses).toHaveProperty([hashOf(`${name} new`)], 2);
    await client.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile }));
    expect(await world.packages.uses()).toHaveProperty([hashOf(`${name} new`)], 2);
  });

  it('is lost for nobody when many come at the same time', async () => {
    const client = world.client();
    await client.send(new CreateFunctionCommand(newFunction(name)));
    const parts = [
      { Timeout: 77 },
      { MemorySize: 777 },
      { Description: 'mine' },
      { Handler: 'other.handler' },
      { EphemeralStorage: { Size: 777 } },
      { TracingConfig: { Mode: 'Active' } },
      { Environment: { Variables: { MINE: 'yes' } } },
    ] as const;
    await Promise.all(
      parts.map((part) =>
        client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, ...part })),
      ),
    );
    const whole = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    expect(whole).toMatchObject(Object.assign({}, ...parts));
    const keys = Array.from({ length: 10 }, (_, i) => i + 1);
    const answers = await Promise.all(
      keys.map((Timeout) =>
        client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Timeout })),
      ),
    );
    const { RevisionId } = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    expect(new Set(answers.map((answer) => answer.RevisionId)).size).toBe(10);
    expect(answers.map((answer) => answer.RevisionId)).toContain(RevisionId);
    const versions = await Promise.all(
      keys.map((i) =>
        client.send(
          new UpdateFunctionCodeCommand({
            FunctionName: name,
            ZipFile: zipOf(`${name} ${i}`),
            Publish: true,
          }),
        ),
      ),
    );
    expect(versions.map(({ Version }) => Number(Version)).sort((a, b) => a - b)).toEqual(keys);
    const { Versions } = await client.send(new ListVersionsByFunctionCommand({ FunctionName: name }));
    for (const version of versions)
      expect(Versions?.find(({ Version }) => Version === version.Version)?.CodeSha256).toBe(
        version.CodeSha256,
      );
  });

  it('ends environments of $LATEST', async () => {
    const client = world.client();
    await client.send(new CreateFunctionCommand(newFunction(name)));
    const found = await world.context.functions.resolve(name, undefined, { account, region });
    const before = world.retired.length;
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Timeout: 4 }));
    await client.send(
      new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: zipOf('x'), DryRun: true }),
    );
    await client.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: zipOf('x') }));
    await client.send(new DeleteFunctionCommand({ FunctionName: name }));
    const { id } = found.function;
    expect(world.retired.slice(before)).toEqual([`${id}:$LATEST`, `${id}:$LATEST`, id]);
  });
});

describe('a function that is deleted', () => {
  it('leaves nothing: no version, no package, no record', async () => {
    const client = world.client();
    await client.send(new CreateFunctionCommand({ ...newFunction(name, name), Publish: true }));
    const { function: row } = await world.context.functions.resolve(name, '1', { account, region });
    const { $metadata, ...answer } = await client.send(new DeleteFunctionCommand({ FunctionName: name }));
    expect([$metadata.httpStatusCode, answer]).toEqual([204, { StatusCode: 204 }]);
    expect(await errorOf(client.send(new GetFunctionCommand({ FunctionName: name })))).toBe(notFound(name));
    expect(await errorOf(client.send(new DeleteFunctionCommand({ FunctionName: name })))).toBe(
      notFound(name),
    );
    expect(await world.packages.uses()).not.toHaveProperty([hashOf(name)]);
    const { domain } = world.context;
    expect(await domain.scan(versionsTable, Buffer.from(row.id), {})).toEqual([]);
    const names = await domain.scan(functionsTable, scopePartition({ account, region }), {});
    expect(names.map(({ sort }) => Buffer.from(sort).toString())).not.toContain(name);
  });

  it('takes along what other parts keep of it', async () => {
    const client = world.client();
    const { domain } = world.context;
    await client.send(new CreateFunctionCommand({ ...newFunction(name), Publish: true }));
    const { row } = (await domain.get(functionsTable, functionKey({ account, region }, name)))!;
    const keep = (qualifier: string) =>
      world.context.tables.transact([
        {
          kind: 'put',
          domain,
          table: provisionedTable,
          key: provisionedKey(row.id, qualifier),
          row: {
            account,
            region,
            functionName: name,
            functionId: row.id,
            qualifier,
            requested: 1,
            modifiedMs: 0,
          },
        },
      ]);
    const kept = async (qualifier: string) =>
      (await domain.get(provisionedTable, provisionedKey(row.id, qualifier))) !== undefined;
    await keep('1');
    await keep('live');
    await client.send(new DeleteFunctionCommand({ FunctionName: name, Qualifier: '1' }));
    expect([await kept('1'), await kept('live')]).toEqual([false, true]);
    await client.send(new DeleteFunctionCommand({ FunctionName: name }));
    expect(await kept('live')).toBe(false);
  });

  it('is whole or one version, and never $LATEST or an alias', async () => {
    const client = world.client();
    await client.send(new CreateFunctionCommand({ ...newFunction(name), Publish: true }));
    const remove = (Qualifier: string) =>
      errorOf(client.send(new DeleteFunctionCommand({ FunctionName: name, Qualifier })));
    expect(await remove('$LATEST')).toBe(
      'InvalidParameterValueException: $LATEST version cannot be deleted without deleting the function.',
    );
    expect(await remove('live')).toBe(
      'InvalidParameterValueException: Deletion of aliases is not currently supported.',
    );
    expect(await remove('9')).toBe('no error: {"StatusCode":204}');
    expect(await remove('1')).toBe('no error: {"StatusCode":204}');
    expect(await errorOf(client.send(new GetFunctionCommand({ FunctionName: name, Qualifier: '1' })))).toBe(
      `${notFound(name)}:1`,
    );
    const next = await client.send(new PublishVersionCommand({ FunctionName: name }));
    expect(next.Version).toBe('2');
  });
});

describe('publishing', () => {
  it('gives the last version again while nothing changed', async () => {
    const client = world.client();
    await client.send(new CreateFunctionCommand(newFunction(name)));
    const publish = (Description?: string) =>
      client.send(new PublishVersionCommand({ FunctionName: name, ...(Description && { Description }) }));
    const first = await publish('first');
    expect([first.Version, first.Description]).toEqual(['1', 'first']);
    expect((await publish()).Version).toBe('1');
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Description: 'new' }));
    expect([(await publish()).Version, (await publish()).Version]).toEqual(['2', '2']);
    const { Description } = await client.send(
      new GetFunctionConfigurationCommand({ FunctionName: name, Qualifier: '1' }),
    );
    expect(Description).toBe('first');
  });

  it('is refused for other code or another revision than the caller saw', async () => {
    const client = world.client();
    await client.send(new CreateFunctionCommand(newFunction(name)));
    const publish = (more: object) =>
      errorOf(client.send(new PublishVersionCommand({ FunctionName: name, ...more })));
    expect(await publish({ CodeSha256: 'other' })).toBe(
      `InvalidParameterValueException: CodeSHA256 (other) is different from current CodeSHA256 in $LATEST (${hashOf('one')}). Please try again with the CodeSHA256 in $LATEST.`,
    );
    expect(await publish({ RevisionId: 'other' })).toMatch(/^PreconditionFailedException: /);
  });

  it('makes one version when many publish the same at the same time', async () => {
    const client = world.client();
    await client.send(new CreateFunctionCommand(newFunction(name)));
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => client.send(new PublishVersionCommand({ FunctionName: name }))),
    );
    expect(new Set(answers.map(({ Version }) => Version))).toEqual(new Set(['1']));
    expect(new Set(answers.map(({ RevisionId }) => RevisionId)).size).toBe(1);
  });
});

describe('listings', () => {
  it('page through functions in the order of names, with all versions if asked', async () => {
    const client = world.client(otherAccount);
    for (const one of ['a', 'b', 'c'])
      await client.send(new CreateFunctionCommand({ ...newFunction(one), Publish: one !== 'b' }));
    const pages = async (more: object) => {
      const seen: string[] = [];
      let Marker: string | undefined;
      do {
        const page = await client.send(new ListFunctionsCommand({ MaxItems: 2, Marker, ...more }));
        expect(page.Functions!.length).toBeLessThanOrEqual(2);
        seen.push(...page.Functions!.map((one) => `${one.FunctionName}:${one.Version}`));
        Marker = page.NextMarker;
      } while (Marker !== undefined);
      return seen;
    };
    expect(await pages({})).toEqual(['a:$LATEST', 'b:$LATEST', 'c:$LATEST']);
    expect(await pages({ FunctionVersion: 'ALL' })).toEqual([
      'a:$LATEST',
      'a:1',
      'b:$LATEST',
      'c:$LATEST',
      'c:1',
    ]);
    const { Functions } = await client.send(new ListFunctionsCommand({}));
    expect(Functions?.[0]).not.toHaveProperty('State');
    const settings = await client.send(new GetAccountSettingsCommand({}));
    expect(settings.AccountUsage).toEqual({ FunctionCount: 3, TotalCodeSize: 5 * zipOf('one').length });
    expect(settings.AccountLimit).toMatchObject({
      CodeSizeUnzipped: 262144000,
      CodeSizeZipped: 52428800,
      ConcurrentExecutions: 1000,
      UnreservedConcurrentExecutions: 1000,
    });
    expect(await errorOf(client.send(new ListFunctionsCommand({ Marker: 'nonsense' })))).toMatch(
      /^InvalidParameterValueException: /,
    );
    expect(
      await errorOf(client.send(new ListFunctionsCommand({ FunctionVersion: 'invalid' as 'ALL' }))),
    ).toBe(
      "ValidationException: 1 validation error detected: Value 'invalid' at 'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: [ALL]",
    );
  });
});
