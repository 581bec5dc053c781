/**
 * What each kind of event source takes
 * (https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html and the guide's pages of parameters).
 */
import { parameterError } from './requirements.ts';

export interface KindRules {
  readonly kind: 'sqs' | 'kinesis' | 'dynamodb' | 'kafka' | 'self-managed-kafka' | 'mq' | 'documentdb';
  /** As AWS names it in messages. */
  readonly shown: string;
  /** There are such sources here, and something reads them. */
  readonly isPolled: boolean;
  readonly batchSize: number;
  /** Members of the request beside those that every kind takes. */
  readonly members: readonly string[];
  readonly startingPositions: readonly ('TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP')[];
}

const streamMembers = [
  'ParallelizationFactor',
  'DestinationConfig',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
  'BisectBatchOnFunctionError',
  'TumblingWindowInSeconds',
  'FunctionResponseTypes',
  'MetricsConfig',
];
const kafkaMembers = [
  'Topics',
  'SourceAccessConfigurations',
  'DestinationConfig',
  'ProvisionedPollerConfig',
  'MetricsConfig',
  'LoggingConfig',
];
const allPositions = ['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'] as const;

const rules: readonly KindRules[] = [
  {
    kind: 'sqs',
    shown: 'SQS',
    isPolled: true,
    batchSize: 10,
    members: ['ScalingConfig', 'FunctionResponseTypes', 'MetricsConfig', 'ProvisionedPollerConfig'],
    startingPositions: [],
  },
  {
    kind: 'kinesis',
    shown: 'Kinesis',
    isPolled: false,
    batchSize: 100,
    members: streamMembers,
    startingPositions: allPositions,
  },
  {
    kind: 'dynamodb',
    shown: 'DynamoDB',
    isPolled: false,
    batchSize: 100,
    members: streamMembers,
    startingPositions: ['TRIM_HORIZON', 'LATEST'],
  },
  {
    kind: 'kafka',
    shown: 'MSK',
    isPolled: false,
    batchSize: 100,
    members: [...kafkaMembers, 'AmazonManagedKafkaEventSourceConfig'],
    startingPositions: allPositions,
  },
  {
    kind: 'self-managed-kafka',
    shown: 'self-managed Kafka',
    isPolled: false,
    batchSize: 100,
    members: [...kafkaMembers, 'SelfManagedEventSource', 'SelfManagedKafkaEventSourceConfig'],
    startingPositions: allPositions,
  },
  {
    kind: 'mq',
    shown: 'MQ',
    isPolled: false,
    batchSize: 100,
    members: ['Queues', 'SourceAccessConfigurations'],
    startingPositions: [],
  },
  {
    kind: 'documentdb',
    shown: 'DocumentDB',
    isPolled: false,
    batchSize: 100,
    members: ['DocumentDBEventSourceConfig', 'SourceAccessConfigurations'],
    startingPositions: allPositions,
  },
];

const every = [
  'UUID',
  'FunctionName',
  'EventSourceArn',
  'Enabled',
  'BatchSize',
  'FilterCriteria',
  'KMSKeyArn',
  'MaximumBatchingWindowInSeconds',
  'StartingPosition',
  'StartingPositionTimestamp',
  'Tags',
];

const arnForm = /^arn:aws[a-zA-Z0-9-]*:([a-zA-Z0-9-]+):([a-z]{2}(?:-[a-z]+)+-\d)?:(\d{12})?:(\S{1,900})$/;

export interface EventSource {
  readonly region: string | undefined;
  readonly account: string | undefined;
  readonly resource: string;
  readonly rules: KindRules;
}

/** @throws AwsError */
export function eventSourceOf(arn: string | undefined, isSelfManaged: boolean): EventSource {
  if (arn === undefined) {
    if (!isSelfManaged) throw parameterError('Unrecognized event source.');
    return { region: undefined, account: undefined, resource: '', rules: rulesOf('self-managed-kafka') };
  }
  if (isSelfManaged)
    throw parameterError('EventSourceArn and SelfManagedEventSource cannot both be specified.');
  const [, service, region, account, resource] = arnForm.exec(arn) ?? [];
  const [, kind, form] = sources.find(([name]) => name === service) ?? [];
  if (kind === undefined || form === undefined || resource === undefined || !form.test(resource))
    throw parameterError(
      'Unrecognized event source, must be kinesis, dynamodb stream, sqs, kafka, mq or documentdb.',
    );
  return { region, account, resource, rules: rulesOf(kind) };
}

const sources: readonly (readonly [service: string, kind: KindRules['kind'], form: RegExp])[] = [
  ['sqs', 'sqs', /^[a-zA-Z0-9-_]{1,80}(?:\.fifo)?$/],
  ['kinesis', 'kinesis', /^stream\/[\w.-]{1,128}(?:\/consumer\/[\w.-]{1,128}:\d+)?$/],
  ['dynamodb', 'dynamodb', /^table\/[\w.-]{3,255}\/stream\/[\w:.-]{1,64}$/],
  ['kafka', 'kafka', /^cluster\/[\w-]{1,64}\/[\w-]{1,64}$/],
  ['mq', 'mq', /^broker:[\w-]{1,50}:[\w-]{1,64}$/],
  ['rds', 'documentdb', /^cluster:[\w-]{1,63}$/],
];

export function rulesOf(kind: KindRules['kind']): KindRules {
  return rules.find((one) => one.kind === kind)!;
}

/**
 * A mapping that nothing reads for is not shown as if it worked: its settings are kept while it is disabled.
 * @throws AwsError
 */
export function requirePolled({ isPolled, shown }: KindRules, isEnabled: boolean): void {
  if (isPolled || !isEnabled) return;
  throw parameterError(
    `${shown} event sources are not polled by this service: a mapping of one can only be kept with Enabled set to false.`,
  );
}

/** @throws AwsError when a member has no meaning for this kind */
export function requireKnownMembers({ members, shown }: KindRules, given: readonly string[]): void {
  const foreign = given.find((member) => !every.includes(member) && !members.includes(member));
  if (foreign !== undefined) throw parameterError(`${foreign} is not supported for ${shown} event sources.`);
}
