import {
  CreateFunctionUrlConfigCommand,
  type CreateFunctionUrlConfigCommandInput,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  ListFunctionUrlConfigsCommand,
  UpdateFunctionUrlConfigCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forgetSettings } from '../store/settings.ts';
import { findUrl } from '../store/urls.ts';
import {
  account,
  errorOf,
  openSettings,
  region,
  type SettingsWorld,
  startMs,
} from './support/settings-world.ts';

let world: SettingsWorld;
beforeAll(async () => {
  world = await openSettings();
});
afterAll(() => world.close());

const create = (FunctionName: string, more: Partial<CreateFunctionUrlConfigCommandInput> = {}) =>
  world.client().send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE', ...more }));
const get = (FunctionName: string, Qualifier?: string) =>
  world
    .client()
    .send(
      new GetFunctionUrlConfigCommand({ FunctionName, ...(Qualifier === undefined ? {} : { Qualifier }) }),
    );
const idOf = (url: string | undefined) => /^http:\/\/([a-z0-9]{32})\.lambda-url\./.exec(url ?? '')?.[1] ?? '';
const arn = `arn:aws:lambda:${region}:${account}:function`;

test('a URL has an id that is found again, and what was said of it', async () => {
  const row = await world.putFunction('plain');
  const made = await create('plain', {
    Cors: {
      AllowOrigins: ['https://*.example.com'],
      AllowMethods: ['GET'],
      MaxAge: 60,
      AllowCredentials: true,
    },
  });
  const { $metadata: _, ...shown } = made;
  expect(shown).toEqual({
    FunctionUrl: expect.stringMatching(/^http:\/\/[a-z0-9]{32}\.lambda-url\.eu-central-1\.localhost:4566\/$/),
    FunctionArn: `${arn}:plain`,
    AuthType: 'NONE',
    InvokeMode: 'BUFFERED',
    CreationTime: new Date(startMs).toISOString(),
    Cors: {
      AllowOrigins: ['https://*.example.com'],
      AllowMethods: ['GET'],
      MaxAge: 60,
      AllowCredentials: true,
    },
  });
  expect(made.$metadata.httpStatusCode).toBe(201);
  expect(await findUrl(world.context, idOf(made.FunctionUrl))).toMatchObject({
    functionId: row.id,
    functionName: 'plain',
    account,
    qualifier: '',
  });
  expect(await get('plain')).toMatchObject(shown);
});

test('an update changes what it names and nothing else', async () => {
  await world.putFunction('updated');
  const made = await create('updated', { Cors: { AllowOrigins: ['*'] } });
  world.time.ms = startMs + 5000;
  await world
    .client()
    .send(new UpdateFunctionUrlConfigCommand({ FunctionName: 'updated', InvokeMode: 'RESPONSE_STREAM' }));
  expect(await get('updated')).toMatchObject({
    FunctionUrl: made.FunctionUrl,
    AuthType: 'NONE',
    InvokeMode: 'RESPONSE_STREAM',
    Cors: { AllowOrigins: ['*'] },
    CreationTime: made.CreationTime,
    LastModifiedTime: new Date(startMs + 5000).toISOString(),
  });
  world.time.ms = startMs;
});

test('a function has one URL, and one for each alias', async () => {
  await world.putFunction('several', { versions: ['1'], aliases: { a: '1', b: '1' } });
  const urls = [await create('several'), await create('several', { Qualifier: 'a' })];
  expect(urls[1]?.FunctionArn).toBe(`${arn}:several:a`);
  expect(await errorOf(create('several', { Qualifier: 'a' }))).toBe(
    `ResourceConflictException: Failed to create function url config for [functionArn = ${arn}:several:a]. Error message:  FunctionUrlConfig exists for this Lambda function`,
  );
  const listed: (string | undefined)[] = [];
  let Marker: string | undefined;
  do {
    const command = new ListFunctionUrlConfigsCommand({
      FunctionName: 'several',
      MaxItems: 1,
      ...(Marker === undefined ? {} : { Marker }),
    });
    const page = await world.client().send(command);
    expect(page.FunctionUrlConfigs).toHaveLength(1);
    listed.push(page.FunctionUrlConfigs?.[0]?.FunctionUrl);
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  expect(listed).toEqual(urls.map(({ FunctionUrl }) => FunctionUrl));
});

test('of two that make a URL at once one does', async () => {
  await world.putFunction('raced');
  let made: string | undefined;
  world.overtakeBy(async () => {
    made = (await create('raced')).FunctionUrl;
  });
  expect(await errorOf(create('raced'))).toMatch(/^ResourceConflictException/);
  expect((await get('raced')).FunctionUrl).toBe(made);
});

test('a URL that was deleted is found by nobody', async () => {
  await world.putFunction('deleted');
  const id = idOf((await create('deleted')).FunctionUrl);
  const command = new DeleteFunctionUrlConfigCommand({ FunctionName: 'deleted' });
  await world.client().send(command);
  expect(await findUrl(world.context, id)).toBeUndefined();
  const missing = 'ResourceNotFoundException: The resource you requested does not exist.';
  expect(await errorOf(get('deleted'))).toBe(missing);
  expect(await errorOf(world.client().send(command))).toBe(missing);
});

test('what belongs to an alias goes with it, and what belongs to a function with the function', async () => {
  const row = await world.putFunction('gone', { versions: ['1'], aliases: { a: '1' } });
  const ids = [
    (await create('gone')).FunctionUrl,
    (await create('gone', { Qualifier: 'a' })).FunctionUrl,
  ].map(idOf);
  const left = async () =>
    (await Promise.all(ids.map((id) => findUrl(world.context, id)))).map((one) => one !== undefined);
  await world.context.tables.transact(await forgetSettings(world.context, row, 'a'));
  expect(await left()).toEqual([true, false]);
  await world.context.tables.transact(await forgetSettings(world.context, row));
  expect(await left()).toEqual([false, false]);
});

test.each([
  [{ Qualifier: '1' }, "Value '1' at 'qualifier' failed"],
  [
    { AuthType: 'ALL' as 'NONE' },
    "Value 'ALL' at 'authType' failed to satisfy constraint: Member must satisfy enum value set: [NONE, AWS_IAM]",
  ],
  [
    { Cors: { MaxAge: 86_401 } },
    "Value '86401' at 'cors.maxAge' failed to satisfy constraint: Member must have value less than or equal to 86400",
  ],
  [{ Cors: { AllowMethods: ['OPTIONS'] } }, "Value 'OPTIONS' at 'cors.allowMethods.member' failed"],
  [{ Cors: { AllowHeaders: ['x\r\nset-cookie: y'] } }, "at 'cors.allowHeaders.member' failed"],
  [
    { Cors: { AllowOrigins: Array.from({ length: 101 }, () => 'http://a') } },
    "at 'cors.allowOrigins' failed",
  ],
])('%o is refused', async (members, message) => {
  const { name } = await world.putFunction(`r-${crypto.randomUUID().slice(0, 8)}`, { versions: ['1'] });
  const refused = await errorOf(create(name, members));
  expect(refused).toMatch(/^ValidationException: /);
  expect(refused).toContain(message);
  expect(await errorOf(get(name))).toMatch(/^ResourceNotFoundException/);
});

test('a marker of another listing is refused', async () => {
  await world.putFunction('markers');
  const Marker = Buffer.from(JSON.stringify(['mappings', 'x'])).toString('base64url');
  for (const one of [Marker, 'nonsense'])
    expect(
      await errorOf(
        world.client().send(new ListFunctionUrlConfigsCommand({ FunctionName: 'markers', Marker: one })),
      ),
    ).toMatch(/^InvalidParameterValueException: Invalid value for Marker/);
});
