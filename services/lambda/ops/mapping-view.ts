/** Mappings as calls show them. */
import { rulesOf } from '../engine/mapping-kinds.ts';
import type { MappingRow, MappingSettings } from '../model/mapping-settings.ts';
import { functionArn } from '../store/change.ts';
import type { Members } from './operation.ts';

/** What a call began; what is read afterwards is settled. */
export type Transition = 'Creating' | 'Enabling' | 'Disabling' | 'Updating' | 'Deleting';

export const mappingArn = ({
  account,
  region,
  uuid,
}: Pick<MappingRow, 'account' | 'region' | 'uuid'>): string =>
  `arn:aws:lambda:${region}:${account}:event-source-mapping:${uuid}`;

export function showMapping(row: MappingRow, transition?: Transition): Members {
  const { settings } = row;
  const { isPolled } = rulesOf(row.kind);
  return {
    UUID: row.uuid,
    EventSourceMappingArn: mappingArn(row),
    EventSourceArn: row.sourceArn,
    FunctionArn: functionArn({ ...row, name: row.functionName }, row.qualifier),
    LastModified: new Date(row.modifiedMs),
    LastProcessingResult: row.lastResult,
    State: transition ?? (settings.enabled && isPolled ? 'Enabled' : 'Disabled'),
    StateTransitionReason: isPolled
      ? 'USER_INITIATED'
      : 'Event sources of this kind are not polled by this service.',
    BatchSize: settings.batchSize,
    MaximumBatchingWindowInSeconds: settings.batchingWindowSeconds,
    FunctionResponseTypes: settings.reportsItemFailures ? ['ReportBatchItemFailures'] : [],
    ...given('FilterCriteria', settings.filters, (filters) => ({
      Filters: filters.map((Pattern) => ({ Pattern })),
    })),
    KMSKeyArn: settings.kmsKeyArn,
    ...given('MetricsConfig', settings.metrics, (Metrics) => ({ Metrics })),
    ...given('LoggingConfig', settings.systemLogLevel, (SystemLogLevel) => ({ SystemLogLevel })),
    ...given('ScalingConfig', settings.maximumConcurrency, (MaximumConcurrency) => ({ MaximumConcurrency })),
    ...streamMembers(row, settings),
    ...placeMembers(row, settings),
    ...given('ProvisionedPollerConfig', settings.pollers, ({ min, max }) => ({
      MinimumPollers: min,
      MaximumPollers: max,
    })),
  };
}

function streamMembers({ kind }: MappingRow, settings: MappingSettings): Members {
  return {
    StartingPosition: settings.startingPosition,
    ...given('StartingPositionTimestamp', settings.startingTimestampMs, (ms) => new Date(ms)),
    ParallelizationFactor: settings.parallelization,
    MaximumRecordAgeInSeconds: settings.maximumRecordAgeSeconds,
    MaximumRetryAttempts: settings.maximumRetryAttempts,
    BisectBatchOnFunctionError: settings.bisectOnError,
    TumblingWindowInSeconds: settings.tumblingWindowSeconds,
    ...(kind === 'sqs' || kind === 'mq'
      ? {}
      : { DestinationConfig: { OnFailure: given('Destination', settings.onFailure, (arn) => arn) } }),
  };
}

function placeMembers({ kind }: MappingRow, settings: MappingSettings): Members {
  const config =
    kind === 'kafka' ? 'AmazonManagedKafkaEventSourceConfig' : 'SelfManagedKafkaEventSourceConfig';
  return {
    Topics: settings.topics,
    Queues: settings.queues,
    ...given('SourceAccessConfigurations', settings.access, (list) =>
      list.map(({ type, uri }) => ({ Type: type, URI: uri })),
    ),
    ...given('SelfManagedEventSource', settings.bootstrapServers, (servers) => ({
      Endpoints: { KAFKA_BOOTSTRAP_SERVERS: servers },
    })),
    ...given(config, settings.consumerGroupId, (ConsumerGroupId) => ({ ConsumerGroupId })),
    ...given('DocumentDBEventSourceConfig', settings.documentDb, (one) => ({
      DatabaseName: one.database,
      CollectionName: one.collection,
      FullDocument: one.fullDocument,
    })),
  };
}

function given<Value>(member: string, value: Value | undefined, show: (value: Value) => unknown): Members {
  return value === undefined ? {} : { [member]: show(value) };
}
