import {
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionEventInvokeConfigCommand,
  ListFunctionEventInvokeConfigsCommand,
  PutFunctionEventInvokeConfigCommand,
  type PutFunctionEventInvokeConfigCommandInput,
  UpdateFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findEventInvoke } from '../store/event-invoke.ts';
import {
  account,
  errorOf,
  openSettings,
  otherAccount,
  region,
  type SettingsWorld,
  startMs,
} from './support/settings-world.ts';

let world: SettingsWorld;
beforeAll(async () => {
  world = await openSettings();
});
afterAll(() => world.close());

type Settings = Partial<PutFunctionEventInvokeConfigCommandInput>;
const put = (FunctionName: string, more: Settings) =>
  world.client().send(new PutFunctionEventInvokeConfigCommand({ FunctionName, ...more }));
const update = (FunctionName: string, more: Settings) =>
  world.client().send(new UpdateFunctionEventInvokeConfigCommand({ FunctionName, ...more }));
const get = (FunctionName: string) =>
  world.client().send(new GetFunctionEventInvokeConfigCommand({ FunctionName }));
const functionArn = (name: string) => `arn:aws:lambda:${region}:${account}:function:${name}`;
const queue = `arn:aws:sqs:${region}:${account}:dead`;
const missing = (name: string) =>
  `ResourceNotFoundException: The function ${functionArn(name)}:$LATEST doesn't have an EventInvokeConfig`;

test('what is put is shown, and found by whoever carries invocations out', async () => {
  const row = await world.putFunction('f');
  const made = await put('f', {
    MaximumRetryAttempts: 0,
    MaximumEventAgeInSeconds: 60,
    DestinationConfig: {
      OnSuccess: { Destination: functionArn('next') },
      OnFailure: { Destination: queue },
    },
  });
  const { $metadata: _, ...shown } = made;
  expect(shown).toEqual({
    LastModified: new Date(startMs),
    FunctionArn: `${functionArn('f')}:$LATEST`,
    MaximumRetryAttempts: 0,
    MaximumEventAgeInSeconds: 60,
    DestinationConfig: {
      OnSuccess: { Destination: functionArn('next') },
      OnFailure: { Destination: queue },
    },
  });
  expect(await get('f')).toMatchObject(shown);
  expect(await findEventInvoke(world.context, row.id, undefined)).toMatchObject({
    maximumRetryAttempts: 0,
    onFailure: queue,
  });
});

test('an update keeps what it does not name; putting again does not', async () => {
  await world.putFunction('g');
  await put('g', { MaximumRetryAttempts: 1, DestinationConfig: { OnFailure: { Destination: queue } } });
  expect(await update('g', { MaximumEventAgeInSeconds: 100 })).toMatchObject({
    MaximumRetryAttempts: 1,
    MaximumEventAgeInSeconds: 100,
    DestinationConfig: { OnFailure: { Destination: queue } },
  });
  await update('g', { DestinationConfig: { OnFailure: { Destination: '' } } });
  expect((await get('g')).DestinationConfig).toEqual({ OnSuccess: {}, OnFailure: {} });
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = await put('g', { MaximumRetryAttempts: 2 });
  expect([MaximumRetryAttempts, MaximumEventAgeInSeconds]).toEqual([2, undefined]);
});

test('what nobody put is not there to be read, updated or deleted', async () => {
  await world.putFunction('none');
  const remove = new DeleteFunctionEventInvokeConfigCommand({ FunctionName: 'none' });
  expect(await errorOf(get('none'))).toBe(missing('none'));
  expect(await errorOf(update('none', { MaximumRetryAttempts: 1 }))).toBe(missing('none'));
  expect(await errorOf(world.client().send(remove))).toBe(missing('none'));
  await put('none', { MaximumRetryAttempts: 1 });
  await world.client().send(remove);
  expect(await errorOf(get('none'))).toBe(missing('none'));
});

test('each qualifier has its own', async () => {
  await world.putFunction('q', { versions: ['1'], aliases: { live: '1' } });
  await put('q', { MaximumRetryAttempts: 0 });
  await put('q', { Qualifier: 'live', MaximumRetryAttempts: 1 });
  const { FunctionEventInvokeConfigs } = await world
    .client()
    .send(new ListFunctionEventInvokeConfigsCommand({ FunctionName: 'q' }));
  expect(FunctionEventInvokeConfigs?.map((one) => [one.FunctionArn, one.MaximumRetryAttempts])).toEqual([
    [`${functionArn('q')}:$LATEST`, 0],
    [`${functionArn('q')}:live`, 1],
  ]);
});

const to = (Destination: string) => ({ DestinationConfig: { OnFailure: { Destination } } });
test.each([
  [
    {},
    'InvalidParameterValueException: You must specify at least one of error handling or destination setting.',
  ],
  [
    { MaximumRetryAttempts: 3 },
    "ValidationException: 1 validation error detected: Value '3' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 2",
  ],
  [
    { MaximumEventAgeInSeconds: 59 },
    "ValidationException: 1 validation error detected: Value '59' at 'maximumEventAgeInSeconds' failed to satisfy constraint: Member must have value greater than or equal to 60",
  ],
  [
    to(functionArn('self')),
    "InvalidParameterValueException: You can't specify the function as a destination for itself.",
  ],
  [
    to(`arn:aws:sns:${region}:${account}:topic`),
    `InvalidParameterValueException: The destination ARN arn:aws:sns:${region}:${account}:topic is invalid: it has to name a Lambda function or an SQS queue.`,
  ],
  [
    to(`${queue}.fifo`),
    `InvalidParameterValueException: The destination ARN ${queue}.fifo is invalid: FIFO queues are not supported.`,
  ],
  [
    to(queue.replace(account, otherAccount)),
    `InvalidParameterValueException: The destination ARN ${queue.replace(account, otherAccount)} is invalid: it has to be of the account and region of the function.`,
  ],
])('%o is refused', async (settings: Settings, message) => {
  await world.putFunction('self');
  expect(await errorOf(put('self', settings))).toBe(message);
});
