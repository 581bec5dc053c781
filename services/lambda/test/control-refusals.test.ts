/** What is refused, in the words that AWS uses for it (recorded answers of the service; API reference). */
import {
  CreateFunctionCommand,
  GetFunctionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runtimes } from '../engine/runtimes.ts';
import { lambdaLimits } from '../limits.ts';
import { putVersion } from '../store/functions.ts';
import {
  account,
  type ControlWorld,
  errorOf,
  newFunction,
  openControlWorld,
  region,
  zipOf,
} from './support/control-world.ts';

let world: ControlWorld;
beforeAll(async () => {
  world = await openControlWorld();
  await world.client().send(new CreateFunctionCommand(newFunction('there')));
});
afterAll(() => world[Symbol.asyncDispose]());

const create = (more: object) =>
  errorOf(world.client().send(new CreateFunctionCommand({ ...newFunction('new'), ...more })));
const invalid = (value: string, where: string, constraint: string) =>
  `ValidationException: 1 validation error detected: Value${value === '' ? '' : ` '${value}'`} at '${where}' failed to satisfy constraint: ${constraint}`;
const parameter = (message: string) => `InvalidParameterValueException: ${message}`;
const variables = (Variables: Record<string, string>) => ({ Environment: { Variables } });

it.each([
  [
    { Role: 'r1' },
    invalid(
      'r1',
      'role',
      'Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+',
    ),
  ],
  [
    { Runtime: 'non-existent-runtime' },
    parameter(
      `Value non-existent-runtime at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${runtimes.join(', ')}] or be a valid ARN`,
    ),
  ],
  [
    { Runtime: 'nodejs12.x' },
    parameter(
      'The runtime parameter of nodejs12.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.',
    ),
  ],
  [
    { Runtime: undefined },
    parameter('Runtime and Handler are mandatory parameters for functions created with deployment packages.'),
  ],
  [{ Timeout: 901 }, invalid('901', 'timeout', 'Member must have value less than or equal to 900')],
  [{ Timeout: 0 }, invalid('0', 'timeout', 'Member must have value greater than or equal to 1')],
  [{ MemorySize: 127 }, invalid('127', 'memorySize', 'Member must have value greater than or equal to 128')],
  [
    { EphemeralStorage: { Size: 10_241 } },
    invalid('10241', 'ephemeralStorage.size', 'Member must have value less than or equal to 10240'),
  ],
  [{ Handler: 'a b' }, invalid('a b', 'handler', 'Member must satisfy regular expression pattern: [^\\s]+')],
  [
    { Architectures: ['x86_64', 'arm64'] },
    invalid('[x86_64, arm64]', 'architectures', 'Member must have length less than or equal to 1'),
  ],
  [
    { Architectures: ['X86_64'] },
    invalid(
      '[X86_64]',
      'architectures',
      'Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]',
    ),
  ],
  [
    { SnapStart: { ApplyOn: 'invalidOption' } },
    invalid(
      'invalidOption',
      'snapStart.applyOn',
      'Member must satisfy enum value set: [PublishedVersions, None]',
    ),
  ],
  [
    { SnapStart: { ApplyOn: 'PublishedVersions' } },
    parameter('nodejs24.x is not supported for SnapStart enabled functions.'),
  ],
  [
    variables({ '1A': 'secret' }),
    invalid(
      '',
      'environment.variables',
      'Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]',
    ),
  ],
  [
    variables({ AWS_REGION: 'secret', _HANDLER: 'secret' }),
    parameter(
      'Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION, _HANDLER',
    ),
  ],
  [
    variables({ LARGE_VAR: 'x'.repeat(4096) }),
    parameter(
      'Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.',
    ),
  ],
  [
    { Code: { ZipFile: Buffer.from('this is not a zip') } },
    parameter('Could not unzip uploaded file. Please check your file, then try to upload again.'),
  ],
  [{ Code: {} }, parameter('Please provide a source for function code.')],
  [
    { Code: { ZipFile: zipOf('x'), S3Bucket: 'b', S3Key: 'k' } },
    parameter('Please do not provide other FunctionCode parameters when providing a ZipFile.'),
  ],
  [
    { Code: { ImageUri: 'image' } },
    parameter("Please don't provide ImageUri when updating a function with packageType Zip."),
  ],
  [
    { PackageType: 'Image' },
    parameter('Container images are not supported by this service: give the code as a zip file.'),
  ],
  [
    { VpcConfig: { SubnetIds: ['bad'] } },
    invalid(
      '[bad]',
      'vpcConfig.subnetIds',
      'Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: subnet-[0-9a-z]*]',
    ),
  ],
  [
    { Tags: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, ''])) },
    parameter('Number of tags exceeds resource tag limit.'),
  ],
  [
    { CodeSigningConfigArn: `arn:aws:lambda:${region}:${account}:code-signing-config:csc-0123456789abcdef0` },
    `CodeSigningConfigNotFoundException: The code signing configuration cannot be found. Check that the provided configuration is not deleted: arn:aws:lambda:${region}:${account}:code-signing-config:csc-0123456789abcdef0.`,
  ],
  [
    { LoggingConfig: { LogFormat: 'Text', SystemLogLevel: 'WARN' } },
    parameter('Log levels can be set only if the log format is JSON.'),
  ],
])('CreateFunction refuses %j', async (more, error) => expect(await create(more)).toBe(error));

it('all that is wrong is said at once', async () => {
  expect(await create({ Timeout: 901, MemorySize: 1 })).toBe(
    "ValidationException: 2 validation errors detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900; Value '1' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128",
  );
});

it('an update is held to the same, and changes nothing when refused', async () => {
  const client = world.client();
  const before = await client.send(new GetFunctionCommand({ FunctionName: 'there' }));
  const update = (more: object) =>
    errorOf(client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'there', ...more })));
  expect(await update({ Timeout: 901 })).toMatch(/^ValidationException/);
  expect(await update({ Runtime: 'go1.x' })).toMatch(/^InvalidParameterValueException/);
  expect(await update({ SnapStart: { ApplyOn: 'PublishedVersions' } })).toMatch(
    /^InvalidParameterValueException/,
  );
  const after = await client.send(new GetFunctionCommand({ FunctionName: 'there' }));
  expect(after.Configuration).toEqual(before.Configuration);
});

it('a zip file that is too large is refused before anything looks into it', async () => {
  const ZipFile = Buffer.alloc(lambdaLimits.zipUploadMax + 1);
  const client = world.client();
  const update = client.send(new UpdateFunctionCodeCommand({ FunctionName: 'there', ZipFile }));
  expect(await errorOf(update)).toBe(
    'RequestEntityTooLargeException: Zipped size must be smaller than 52428800 bytes',
  );
});

it.each([
  [`arn:aws:sqs:${region}:222222222222:letters`, 'it has to be of the account and region of the function'],
  [`arn:aws:sqs:eu-north-1:${account}:letters`, 'it has to be of the account and region of the function'],
  [`arn:aws:sqs:${region}:${account}:letters.fifo`, 'FIFO queues are not supported'],
  [`arn:aws:sns:${region}:${account}:topic`, 'it has to name an SQS queue'],
  [`arn:aws:lambda:${region}:${account}:function:other`, 'it has to name an SQS queue'],
])('dead letters cannot go to %s', async (TargetArn, why) => {
  expect(await create({ DeadLetterConfig: { TargetArn } })).toBe(
    parameter(`The target ARN ${TargetArn} of DeadLetterConfig is invalid: ${why}.`),
  );
});

it('a queue of another account does not become the one of dead letters later, either', async () => {
  const TargetArn = `arn:aws:sqs:${region}:222222222222:letters`;
  const update = (DeadLetterConfig: { TargetArn?: string }) =>
    world.client().send(new UpdateFunctionConfigurationCommand({ FunctionName: 'there', DeadLetterConfig }));
  expect(await errorOf(update({ TargetArn }))).toContain('it has to be of the account and region');
  const own = `arn:aws:sqs:${region}:${account}:letters`;
  expect((await update({ TargetArn: own })).DeadLetterConfig).toEqual({ TargetArn: own });
  expect((await update({ TargetArn: '' })).DeadLetterConfig).toBeUndefined();
});

describe('names of functions', () => {
  const old =
    '(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?';
  const made =
    '(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?';
  const pattern = (value: string, which: string) =>
    invalid(value, 'functionName', `Member must satisfy regular expression pattern: ${which}`);
  const get = (FunctionName: string, Qualifier?: string) =>
    errorOf(world.client().send(new GetFunctionCommand({ FunctionName, Qualifier })));
  const full = `arn:aws:lambda:${region}:${account}:function:there`;

  it.each([
    'there',
    'function:there',
    `${account}:function:there`,
    `${account}:there`,
    `${region}:${account}:there`,
    full,
    `${full}:$LATEST`,
    'there:$LATEST',
  ])('may be written as %s', async (name) => expect(await get(name)).toMatch(/^no error.*"there"/));

  it.each([
    '*',
    'my-function!',
    'invalid-account:function:there',
    'arn:aws:lambda:invalid-region:000000000000:function:there',
    'arn:aws:ec2:eu-central-1:000000000000:instance:i-1',
    `${full}:1:2`,
    `${full}:$LATES`,
    'arn:aws:lambda::000000000000:function:there',
    'arn:aws:lambda:eu-central-1::function:there',
  ])('may not be written as %s', async (name) => {
    expect(await get(name)).toBe(pattern(name, old));
    expect(await create({ FunctionName: name })).toBe(pattern(name, made));
  });

  it('have at most 64 characters where functions are made, and ARNs 140', async () => {
    const long = 'a'.repeat(65);
    expect(await create({ FunctionName: long })).toBe(
      parameter(
        `1 validation error detected: Value '${long}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
      ),
    );
    expect(await create({ FunctionName: 'a'.repeat(141) })).toBe(
      invalid('a'.repeat(141), 'functionName', 'Member must have length less than or equal to 140'),
    );
    expect(await get(long)).toBe(
      `ResourceNotFoundException: Function not found: arn:aws:lambda:${region}:${account}:function:${long}`,
    );
  });

  it('may have one qualifier', async () => {
    expect(await get('there:1', '2')).toBe(
      parameter('The derived qualifier from the function name does not match the specified qualifier.'),
    );
    expect(await get('there', 'invalid!')).toBe(
      invalid(
        'invalid!',
        'qualifier',
        'Member must satisfy regular expression pattern: \\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+',
      ),
    );
    expect(await get('there', 'a'.repeat(129))).toBe(
      invalid('a'.repeat(129), 'qualifier', 'Member must have length less than or equal to 128'),
    );
    expect(await get('there', '$latest')).toBe(
      `ResourceNotFoundException: Function not found: ${full}:$latest`,
    );
  });

  it('of other regions lead nowhere', async () => {
    expect(await get(`arn:aws:lambda:ap-southeast-1:${account}:function:there`)).toBe(
      `ResourceNotFoundException: Functions from 'ap-southeast-1' are not reachable in this region ('${region}')`,
    );
  });
});

it('an account stores so much code and no more', async () => {
  await using other = await openControlWorld();
  const client = other.client();
  const { context } = other;
  const { size } = (await context.packages.stage(account, zipOf('x'), lambdaLimits.unpackedMax)).ref;
  await client.send(new CreateFunctionCommand(newFunction('small', 'x')));
  const row = await context.functions.resolve('small', undefined, { account, region });
  const code = { ...row.version.code, size: lambdaLimits.codeStorageMax - size };
  await context.tables.transact([putVersion(context, { ...row.version, version: '1', code })]);
  other.clock.ms += lambdaLimits.usageMs;
  expect(await errorOf(client.send(new CreateFunctionCommand(newFunction('next', 'x'))))).toBe(
    'CodeStorageExceededException: Code storage limit exceeded.',
  );
});
