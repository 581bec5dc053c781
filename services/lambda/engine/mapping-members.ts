/** Members of mappings that some kinds of sources have. Which kinds is checked before. */
import type { MappingSettings } from '../model/mapping-settings.ts';
import type { KindRules } from './mapping-kinds.ts';
import {
  parameterError,
  requireCount,
  requireLength,
  requireOneOf,
  requirePattern,
  requireRange,
} from './requirements.ts';
import { settingLimits } from './setting-limits.ts';

type Wire = Readonly<Record<string, unknown>>;

/** @throws AwsError */
export function kindMembers(
  input: Wire,
  rules: KindRules,
  before: MappingSettings | undefined,
): Partial<MappingSettings> {
  const settings = { ...scaling(input), ...stream(input), ...observation(input), ...access(input) };
  if (before !== undefined) return settings;
  return { ...streamDefaults(rules), ...settings, ...placeIn(input, rules) };
}

/** AWS shows these of streams although nobody gave them. */
function streamDefaults({ kind }: KindRules): Partial<MappingSettings> {
  if (kind !== 'kinesis' && kind !== 'dynamodb') return {};
  return {
    parallelization: 1,
    maximumRecordAgeSeconds: -1,
    maximumRetryAttempts: -1,
    bisectOnError: false,
    tumblingWindowSeconds: 0,
  };
}

function scaling(input: Wire): Partial<MappingSettings> {
  const { ScalingConfig, ProvisionedPollerConfig, FunctionResponseTypes } = input;
  const settings: Partial<MappingSettings> = {};
  const concurrency = (ScalingConfig as Wire | undefined)?.MaximumConcurrency;
  if (typeof concurrency === 'number') {
    const { maximumConcurrencyMin, maximumConcurrencyMax } = settingLimits;
    requireRange(
      concurrency,
      'scalingConfig.maximumConcurrency',
      maximumConcurrencyMin,
      maximumConcurrencyMax,
    );
    settings.maximumConcurrency = concurrency;
  }
  if (ProvisionedPollerConfig !== undefined) {
    const { MinimumPollers: min, MaximumPollers: max } = ProvisionedPollerConfig as Wire;
    if (typeof min === 'number') requireRange(min, 'provisionedPollerConfig.minimumPollers', 1, 200);
    if (typeof max === 'number') requireRange(max, 'provisionedPollerConfig.maximumPollers', 1, 2000);
    if (typeof min === 'number' && typeof max === 'number' && min > max)
      throw parameterError('MinimumPollers must not be greater than MaximumPollers.');
    settings.pollers = {
      ...(typeof min === 'number' ? { min } : {}),
      ...(typeof max === 'number' ? { max } : {}),
    };
  }
  if (Array.isArray(FunctionResponseTypes)) {
    const types = FunctionResponseTypes.map(String);
    requireCount(types, 'functionResponseTypes', 1);
    for (const type of types) requireOneOf(type, 'functionResponseTypes.member', ['ReportBatchItemFailures']);
    settings.reportsItemFailures = types.length > 0;
  }
  return settings;
}

function stream(input: Wire): Partial<MappingSettings> {
  const settings: Partial<MappingSettings> = {};
  const { BisectBatchOnFunctionError, DestinationConfig } = input;
  const { parallelizationMax, recordAgeSecondsMax, streamRetriesMax, tumblingWindowSecondsMax } =
    settingLimits;
  for (const [member, field, min, max] of [
    ['ParallelizationFactor', 'parallelization', 1, parallelizationMax],
    ['MaximumRecordAgeInSeconds', 'maximumRecordAgeSeconds', -1, recordAgeSecondsMax],
    ['MaximumRetryAttempts', 'maximumRetryAttempts', -1, streamRetriesMax],
    ['TumblingWindowInSeconds', 'tumblingWindowSeconds', 0, tumblingWindowSecondsMax],
  ] as const) {
    const value = input[member];
    if (typeof value !== 'number') continue;
    requireRange(value, `${member[0]?.toLowerCase()}${member.slice(1)}`, min, max);
    settings[field] = value;
  }
  const age = settings.maximumRecordAgeSeconds;
  if (age !== undefined && age !== -1 && age < 60)
    throw parameterError('MaximumRecordAgeInSeconds has to be -1, or at least 60.');
  if (typeof BisectBatchOnFunctionError === 'boolean') settings.bisectOnError = BisectBatchOnFunctionError;
  const failure = (DestinationConfig as { OnFailure?: Wire } | undefined)?.OnFailure?.Destination;
  if (typeof failure === 'string' && failure !== '') {
    requireLength(failure, 'destinationConfig.onFailure.destination', settingLimits.destinationArnMax);
    if (!/^arn:aws[a-z-]*:(?:sqs|sns|s3):\S+$/.test(failure))
      throw parameterError(`The destination ARN ${failure} is invalid.`);
    settings.onFailure = failure;
  }
  return settings;
}

function observation(input: Wire): Partial<MappingSettings> {
  const metrics = (input.MetricsConfig as Wire | undefined)?.Metrics;
  const level = (input.LoggingConfig as Wire | undefined)?.SystemLogLevel;
  const metricNames = ['EventCount', 'ErrorCount', 'KafkaMetrics'] as const;
  const levels = ['DEBUG', 'INFO', 'WARN'] as const;
  return {
    ...(Array.isArray(metrics)
      ? {
          metrics: metrics.map((one) =>
            requireOneOf(String(one), 'metricsConfig.metrics.member', metricNames),
          ),
        }
      : {}),
    ...(typeof level === 'string'
      ? { systemLogLevel: requireOneOf(level, 'loggingConfig.systemLogLevel', levels) }
      : {}),
  };
}

const accessTypes = [
  'BASIC_AUTH',
  'VPC_SUBNET',
  'VPC_SECURITY_GROUP',
  'SASL_SCRAM_512_AUTH',
  'SASL_SCRAM_256_AUTH',
  'VIRTUAL_HOST',
  'CLIENT_CERTIFICATE_TLS_AUTH',
  'SERVER_ROOT_CA_CERTIFICATE',
] as const;

function access(input: Wire): Partial<MappingSettings> {
  const given = input.SourceAccessConfigurations;
  if (!Array.isArray(given)) return {};
  if (given.length > settingLimits.accessConfigurationsMax)
    throw parameterError(
      `SourceAccessConfigurations may have at most ${settingLimits.accessConfigurationsMax} entries.`,
    );
  return {
    access: (given as Wire[]).map(({ Type, URI }) => {
      const uri = String(URI ?? '');
      requireLength(uri, 'sourceAccessConfigurations.member.uRI', 200, 1);
      return { type: requireOneOf(String(Type), 'sourceAccessConfigurations.member.type', accessTypes), uri };
    }),
  };
}

/** What is read at the source: settled when the mapping is made. */
function placeIn(input: Wire, { kind }: KindRules): Partial<MappingSettings> {
  if (kind === 'mq') {
    if (!(input.SourceAccessConfigurations as Wire[] | undefined)?.some(({ Type }) => Type === 'BASIC_AUTH'))
      throw parameterError('SourceAccessConfigurations needs an entry BASIC_AUTH for MQ event sources.');
    return { queues: [only(input.Queues, 'Queues', 'MQ')] };
  }
  if (kind === 'documentdb') return { documentDb: documentDbOf(input.DocumentDBEventSourceConfig as Wire) };
  if (kind !== 'kafka' && kind !== 'self-managed-kafka') return {};
  const topics = [only(input.Topics, 'Topics', 'Kafka')];
  const config = (input.AmazonManagedKafkaEventSourceConfig ?? input.SelfManagedKafkaEventSourceConfig) as
    | Wire
    | undefined;
  if (config?.SchemaRegistryConfig !== undefined)
    throw parameterError('Schema registries are not supported for Kafka event sources.');
  const group = config?.ConsumerGroupId;
  if (typeof group === 'string') {
    requireLength(group, 'consumerGroupId', 200, 1);
    requirePattern(group, 'consumerGroupId', /^[a-zA-Z0-9-/*:_+=.@]*$/, '[a-zA-Z0-9-\\/*:_+=.@-]*');
  }
  return {
    topics,
    ...(typeof group === 'string' ? { consumerGroupId: group } : {}),
    ...(kind === 'kafka' ? {} : { bootstrapServers: serversOf(input.SelfManagedEventSource as Wire) }),
  };
}

function only(list: unknown, member: string, shown: string): string {
  const names = Array.isArray(list) ? list.map(String) : [];
  const [name] = names;
  if (name === undefined || names.length > 1)
    throw parameterError(`${member} has to have exactly one entry for ${shown} event sources.`);
  requireLength(name, `${member.toLowerCase()}.member`, settingLimits.mappingNameMax, 1);
  return name;
}

function serversOf({ Endpoints }: Wire): string[] {
  const servers =
    (Endpoints as Readonly<Record<string, string[]>> | undefined)?.KAFKA_BOOTSTRAP_SERVERS ?? [];
  requireCount(servers, 'selfManagedEventSource.endpoints.value', settingLimits.bootstrapServersMax, 1);
  for (const server of servers)
    requirePattern(
      server,
      'selfManagedEventSource.endpoints.value.member',
      /^[a-zA-Z0-9][a-zA-Z0-9.-]{0,252}:\d{1,5}$/,
      '^(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\\-]*[a-zA-Z0-9])\\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\\-]*[A-Za-z0-9]):[0-9]{1,5}',
    );
  return servers;
}

function documentDbOf(config: Wire | undefined): NonNullable<MappingSettings['documentDb']> {
  const { DatabaseName, CollectionName, FullDocument } = config ?? {};
  if (typeof DatabaseName !== 'string')
    throw parameterError('DocumentDBEventSourceConfig.DatabaseName is needed for DocumentDB event sources.');
  requireLength(DatabaseName, 'documentDBEventSourceConfig.databaseName', 63, 1);
  if (typeof CollectionName === 'string')
    requireLength(CollectionName, 'documentDBEventSourceConfig.collectionName', 57, 1);
  const fullDocument = typeof FullDocument === 'string' ? FullDocument : 'Default';
  return {
    database: DatabaseName,
    ...(typeof CollectionName === 'string' ? { collection: CollectionName } : {}),
    fullDocument: requireOneOf(fullDocument, 'documentDBEventSourceConfig.fullDocument', [
      'UpdateLookup',
      'Default',
    ]),
  };
}
