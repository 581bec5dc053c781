import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingCommandInput,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MappingRow } from '../model/mapping-settings.ts';
import {
  enabledMappings,
  mappingKey,
  mappingsTable,
  noteMappingResult,
  putMapping,
} from '../store/mappings.ts';
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

type Settings = Partial<CreateEventSourceMappingCommandInput>;
const queue = (name: string) => `arn:aws:sqs:${region}:${account}:${name}`;
const create = (FunctionName: string, more: Settings) =>
  world.client().send(new CreateEventSourceMappingCommand({ FunctionName, ...more }));
const get = (UUID = '') => world.client().send(new GetEventSourceMappingCommand({ UUID }));
const update = (UUID = '', more: Partial<UpdateEventSourceMappingCommandInput> = {}) =>
  world.client().send(new UpdateEventSourceMappingCommand({ UUID, ...more }));
const remove = (UUID = '') => world.client().send(new DeleteEventSourceMappingCommand({ UUID }));
const arn = `arn:aws:lambda:${region}:${account}:function`;
const polled = async () => {
  const uuids: string[] = [];
  for await (const { uuid } of enabledMappings(world.context, 'sqs')) uuids.push(uuid);
  return uuids;
};

test('a mapping of a queue has the defaults of queues', async () => {
  await world.putFunction('f');
  const { $metadata, ...made } = await create('f', { EventSourceArn: queue('q') });
  expect($metadata.httpStatusCode).toBe(202);
  expect(made).toEqual({
    UUID: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    EventSourceMappingArn: `arn:aws:lambda:${region}:${account}:event-source-mapping:${made.UUID}`,
    EventSourceArn: queue('q'),
    FunctionArn: `${arn}:f`,
    LastModified: new Date(startMs),
    LastProcessingResult: 'No records processed',
    State: 'Creating',
    StateTransitionReason: 'USER_INITIATED',
    BatchSize: 10,
    MaximumBatchingWindowInSeconds: 0,
    FunctionResponseTypes: [],
  });
  expect(await get(made.UUID)).toMatchObject({ ...made, State: 'Enabled' });
  expect(await polled()).toContain(made.UUID);
});

test('a mapping of a stream has the defaults of streams, and what was said', async () => {
  await world.putFunction('stream');
  const made = await create('stream', {
    EventSourceArn: `arn:aws:kinesis:${region}:${account}:stream/s`,
    Enabled: false,
    StartingPosition: 'AT_TIMESTAMP',
    StartingPositionTimestamp: new Date(startMs),
    ParallelizationFactor: 2,
    FilterCriteria: { Filters: [{ Pattern: '{"data":{"a":[{"prefix":"x"}]}}' }] },
  });
  expect(await get(made.UUID)).toMatchObject({
    BatchSize: 100,
    StartingPosition: 'AT_TIMESTAMP',
    StartingPositionTimestamp: new Date(startMs),
    ParallelizationFactor: 2,
    MaximumRecordAgeInSeconds: -1,
    MaximumRetryAttempts: -1,
    BisectBatchOnFunctionError: false,
    TumblingWindowInSeconds: 0,
    DestinationConfig: { OnFailure: {} },
    FilterCriteria: { Filters: [{ Pattern: '{"data":{"a":[{"prefix":"x"}]}}' }] },
  });
});

test.each([
  [
    'kafka',
    {
      EventSourceArn: `arn:aws:kafka:${region}:${account}:cluster/c/1-2`,
      Topics: ['t'],
      StartingPosition: 'LATEST',
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'g' },
    },
  ],
  [
    'self-managed Kafka',
    {
      SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['b.example.com:9092'] } },
      Topics: ['t'],
      StartingPosition: 'TRIM_HORIZON',
    },
  ],
  [
    'MQ',
    {
      EventSourceArn: `arn:aws:mq:${region}:${account}:broker:b:b-1`,
      Queues: ['q'],
      SourceAccessConfigurations: [{ Type: 'BASIC_AUTH', URI: 'arn:aws:secretsmanager:x' }],
    },
  ],
  [
    'DocumentDB',
    {
      EventSourceArn: `arn:aws:rds:${region}:${account}:cluster:c`,
      StartingPosition: 'LATEST',
      DocumentDBEventSourceConfig: { DatabaseName: 'd', CollectionName: 'c', FullDocument: 'UpdateLookup' },
    },
  ],
  [
    'DynamoDB',
    {
      EventSourceArn: `arn:aws:dynamodb:${region}:${account}:table/tab/stream/2026-01-01T00:00:00.000`,
      StartingPosition: 'LATEST',
    },
  ],
] satisfies [string, Settings][])('a mapping of %s shows what was said', async (kind, settings) => {
  const { name } = await world.putFunction(`kind-${kind.replace(' ', '-')}`);
  const { UUID } = await create(name, { ...settings, Enabled: false });
  expect(await get(UUID)).toMatchObject({
    ...settings,
    State: 'Disabled',
    StateTransitionReason: 'Event sources of this kind are not polled by this service.',
  });
  const refused = /^InvalidParameterValueException: .* event sources are not polled by this service: /;
  expect(await errorOf(create(name, { ...settings, Enabled: true }))).toMatch(refused);
  expect(await errorOf(create(name, settings))).toMatch(refused);
  expect(await errorOf(update(UUID, { Enabled: true }))).toMatch(refused);
  await update(UUID, { BatchSize: 5 });
  expect(await get(UUID)).toMatchObject({ BatchSize: 5, State: 'Disabled' });
});

test('a mapping that says it is enabled although nothing polls it is shown disabled', async () => {
  const { name } = await world.putFunction('of-before');
  const { UUID = '' } = await create(name, { EventSourceArn: queue('of-before') });
  const found = await world.context.domain.get(mappingsTable, mappingKey({ account, region }, UUID));
  const row: MappingRow = { ...found!.row, kind: 'kinesis' };
  await world.context.tables.transact([putMapping(world.context, row, 'present')]);
  expect((await get(UUID)).State).toBe('Disabled');
});

test('what an update names without a value is taken away', async () => {
  await world.putFunction('blank');
  const kept = {
    ScalingConfig: { MaximumConcurrency: 2 },
    ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 3 },
    MetricsConfig: { Metrics: ['EventCount' as const] },
    KMSKeyArn: `arn:aws:kms:${region}:${account}:key/k`,
    FilterCriteria: { Filters: [{ Pattern: '{"body":["x"]}' }] },
    FunctionResponseTypes: ['ReportBatchItemFailures' as const],
  };
  const { UUID } = await create('blank', { EventSourceArn: queue('blank'), ...kept });
  await update(UUID, { BatchSize: 3 });
  expect(await get(UUID)).toMatchObject(kept);
  await update(UUID, {
    ScalingConfig: {},
    ProvisionedPollerConfig: {},
    MetricsConfig: { Metrics: [] },
    KMSKeyArn: '',
    FilterCriteria: {},
    FunctionResponseTypes: [],
  });
  const { $metadata: _, ...shown } = await get(UUID);
  for (const name of [
    'ScalingConfig',
    'ProvisionedPollerConfig',
    'MetricsConfig',
    'KMSKeyArn',
    'FilterCriteria',
  ])
    expect(shown).not.toHaveProperty(name);
  expect(shown).toMatchObject({ BatchSize: 3, FunctionResponseTypes: [] });
});

test('the failure destination of a stream can be taken away', async () => {
  await world.putFunction('fails');
  const { UUID } = await create('fails', {
    EventSourceArn: `arn:aws:kinesis:${region}:${account}:stream/fails`,
    StartingPosition: 'LATEST',
    Enabled: false,
    DestinationConfig: { OnFailure: { Destination: queue('dead') } },
  });
  expect((await get(UUID)).DestinationConfig).toEqual({ OnFailure: { Destination: queue('dead') } });
  await update(UUID, { DestinationConfig: { OnFailure: {} } });
  expect((await get(UUID)).DestinationConfig).toEqual({ OnFailure: {} });
});

test('a queue that is not there, or shows messages again too soon, is refused', async () => {
  await world.putFunction('impatient');
  world.queues.absent.add('absent');
  expect(await errorOf(create('impatient', { EventSourceArn: queue('absent') }))).toBe(
    'InvalidParameterValueException: Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.',
  );
  world.queues.visibilityMs = 2000;
  const refused = await errorOf(create('impatient', { EventSourceArn: queue('short') }));
  world.queues.visibilityMs = 3000;
  expect(refused).toBe(
    'InvalidParameterValueException: Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds',
  );
  await create('impatient', { EventSourceArn: queue('short') });
  world.queues.visibilityMs = 30_000;
});

test('an update changes what it names, and says what begins', async () => {
  await world.putFunction('g', { versions: ['1'] });
  const { UUID } = await create('g', { EventSourceArn: queue('u'), Enabled: false });
  expect((await get(UUID)).State).toBe('Disabled');
  expect(await polled()).not.toContain(UUID);
  expect((await update(UUID, { Enabled: true })).State).toBe('Enabling');
  expect(await polled()).toContain(UUID);
  const changed = {
    BatchSize: 500,
    MaximumBatchingWindowInSeconds: 5,
    ScalingConfig: { MaximumConcurrency: 2 },
  };
  expect((await update(UUID, changed)).State).toBe('Updating');
  await update(UUID, { FunctionResponseTypes: ['ReportBatchItemFailures'], FunctionName: 'g:1' });
  expect(await get(UUID)).toMatchObject({
    ...changed,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    FunctionArn: `${arn}:g:1`,
    State: 'Enabled',
  });
  expect((await update(UUID, { Enabled: false })).State).toBe('Disabling');
});

test('a source and a function have one mapping, until it is deleted or moves', async () => {
  await world.putFunction('one');
  await world.putFunction('two');
  const settings = { EventSourceArn: queue('pair') };
  let uuid: string | undefined;
  world.overtakeBy(async () => {
    uuid = (await create('one', settings)).UUID;
  });
  expect(await errorOf(create('one', settings))).toBe(
    `ResourceConflictException: An event source mapping with event source arn (" ${queue('pair')} ") and function (" one ") already exists. Please update or delete the existing mapping with UUID ${uuid}`,
  );
  const { EventSourceMappings } = await world
    .client()
    .send(new ListEventSourceMappingsCommand({ EventSourceArn: queue('pair') }));
  expect(EventSourceMappings?.map(({ UUID: one }) => one)).toEqual([uuid]);
  const { UUID } = await create('two', settings);
  expect(await errorOf(update(UUID, { FunctionName: 'one' }))).toMatch(/^ResourceConflictException/);
  expect((await remove(uuid)).State).toBe('Deleting');
  await update(UUID, { FunctionName: 'one' });
  await create('two', settings);
  expect(await errorOf(get(uuid))).toBe(
    'ResourceNotFoundException: The resource you requested does not exist.',
  );
});

test('mappings are listed by function, in pages', async () => {
  await world.putFunction('listed');
  const uuids: (string | undefined)[] = [];
  for (const name of ['l1', 'l2', 'l3'])
    uuids.push((await create('listed', { EventSourceArn: queue(name) })).UUID);
  const found: (string | undefined)[] = [];
  let Marker: string | undefined;
  do {
    const page = await world.client().send(
      new ListEventSourceMappingsCommand({
        FunctionName: 'listed',
        MaxItems: 2,
        ...(Marker === undefined ? {} : { Marker }),
      }),
    );
    found.push(...(page.EventSourceMappings ?? []).map(({ UUID }) => UUID));
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  expect(found).toEqual(uuids.sort());
});

test('another account sees and changes none of it', async () => {
  await world.putFunction('private');
  const { UUID } = await create('private', { EventSourceArn: queue('private') });
  const other = world.client(otherAccount);
  expect(await errorOf(other.send(new GetEventSourceMappingCommand({ UUID })))).toMatch(
    /^ResourceNotFoundException/,
  );
  expect(await errorOf(other.send(new DeleteEventSourceMappingCommand({ UUID })))).toMatch(
    /^ResourceNotFoundException/,
  );
  const { EventSourceMappings } = await other.send(new ListEventSourceMappingsCommand({}));
  expect(EventSourceMappings).toEqual([]);
});

test('what a poller notes is shown, and brings no mapping back', async () => {
  await world.putFunction('noted');
  const { UUID } = await create('noted', { EventSourceArn: queue('noted') });
  for await (const row of enabledMappings(world.context, 'sqs')) {
    if (row.uuid !== UUID) continue;
    await noteMappingResult(world.context, row, 'OK');
    expect((await get(UUID)).LastProcessingResult).toBe('OK');
    await remove(UUID);
    await noteMappingResult(world.context, row, 'PROBLEM');
  }
  expect(await errorOf(get(UUID))).toMatch(/^ResourceNotFoundException/);
});

const refusals: readonly (readonly [Settings, string])[] = [
  [{}, 'InvalidParameterValueException: Unrecognized event source.'],
  [
    { EventSourceArn: `arn:aws:sns:${region}:${account}:t` },
    'InvalidParameterValueException: Unrecognized event source, must be',
  ],
  [
    { EventSourceArn: queue('q').replace(account, otherAccount) },
    'InvalidParameterValueException: The event source has to be of the account',
  ],
  [
    { EventSourceArn: queue('q'), BatchSize: 11 },
    'InvalidParameterValueException: Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
  ],
  [
    { EventSourceArn: queue('q'), BatchSize: 0 },
    "ValidationException: 1 validation error detected: Value '0' at 'batchSize'",
  ],
  [
    { EventSourceArn: queue('q.fifo'), MaximumBatchingWindowInSeconds: 1 },
    'InvalidParameterValueException: Batching window is not supported for FIFO queues',
  ],
  [
    { EventSourceArn: queue('q'), StartingPosition: 'LATEST' },
    'InvalidParameterValueException: StartingPosition is not valid for SQS event sources.',
  ],
  [
    { EventSourceArn: queue('q'), ParallelizationFactor: 1 },
    'InvalidParameterValueException: ParallelizationFactor is not supported for SQS event sources.',
  ],
  [
    { EventSourceArn: queue('q'), ScalingConfig: { MaximumConcurrency: 1 } },
    "ValidationException: 1 validation error detected: Value '1' at 'scalingConfig.maximumConcurrency'",
  ],
  [
    { EventSourceArn: queue('q'), FilterCriteria: { Filters: [{ Pattern: '{"a":1}' }] } },
    'InvalidParameterValueException: Invalid filter pattern definition.',
  ],
  [
    { EventSourceArn: `arn:aws:kinesis:${region}:${account}:stream/s` },
    "ValidationException: 1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null",
  ],
  [
    {
      EventSourceArn: `arn:aws:dynamodb:${region}:${account}:table/tab/stream/l`,
      StartingPosition: 'AT_TIMESTAMP',
    },
    'InvalidParameterValueException: Unsupported starting position for DynamoDB event sources: AT_TIMESTAMP',
  ],
  [
    { EventSourceArn: `arn:aws:mq:${region}:${account}:broker:b:b-1`, Queues: ['q'] },
    'InvalidParameterValueException: SourceAccessConfigurations needs an entry BASIC_AUTH',
  ],
  [
    { EventSourceArn: queue('q'), FunctionName: 'nobody' },
    'InvalidParameterValueException: Function does not exist',
  ],
];

test.each(refusals)('%o is refused', async (settings, message) => {
  await world.putFunction('refuses');
  const refused = await errorOf(create('refuses', settings));
  expect(refused.slice(0, message.length)).toBe(message);
});
