/** Members of CreateEventSourceMapping and UpdateEventSourceMapping, checked. */
import type { MappingSettings } from '../model/mapping-settings.ts';
import { type EventSource, requireKnownMembers, requirePolled } from './mapping-kinds.ts';
import { kindMembers } from './mapping-members.ts';
import {
  parameterError,
  requireCount,
  requireLength,
  requireOneOf,
  requirePresent,
  requireRange,
} from './requirements.ts';
import { settingLimits } from './setting-limits.ts';

type Wire = Readonly<Record<string, unknown>>;

/** @param before what an update changes; undefined: a new one. @throws AwsError */
export function mappingSettingsOf(
  input: Wire,
  source: EventSource,
  before: MappingSettings | undefined,
): MappingSettings {
  const { rules, resource } = source;
  const given = Object.keys(input).filter((member) => input[member] !== undefined);
  requireKnownMembers(rules, given);
  const settings: MappingSettings = {
    enabled: true,
    batchSize: rules.batchSize,
    batchingWindowSeconds: 0,
    reportsItemFailures: false,
    ...before,
    ...common(input),
    ...positionOf(input, source, before),
    ...kindMembers(input, rules, before),
  };
  if (input.FilterCriteria !== undefined) {
    const filters = filtersOf(input.FilterCriteria as Wire);
    if (filters.length === 0) delete settings.filters;
    else settings.filters = filters;
  }
  for (const field of takenAway(input)) delete settings[field];
  requirePolled(rules, settings.enabled);
  if (rules.kind === 'sqs' && resource.endsWith('.fifo')) {
    if (settings.batchingWindowSeconds > 0)
      throw parameterError('Batching window is not supported for FIFO queues');
    if (settings.batchSize > 10) throw parameterError('Maximum batch size of a FIFO queue is 10.');
  } else if (rules.kind === 'sqs' && settings.batchSize > 10 && settings.batchingWindowSeconds === 0) {
    throw parameterError(
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    );
  }
  return settings;
}

type Optional = 'maximumConcurrency' | 'pollers' | 'metrics' | 'onFailure' | 'kmsKeyArn';

/** What an update names without a value goes: tools write `ScalingConfig: {}` for a block that their users removed. */
function takenAway(input: Wire): Optional[] {
  const { ScalingConfig, ProvisionedPollerConfig, MetricsConfig, DestinationConfig, KMSKeyArn } = input;
  const failure = (DestinationConfig as { OnFailure?: Wire } | undefined)?.OnFailure?.Destination;
  const metrics = (MetricsConfig as Wire | undefined)?.Metrics;
  const taken: Optional[] = [];
  if (isBlank(ScalingConfig)) taken.push('maximumConcurrency');
  if (isBlank(ProvisionedPollerConfig)) taken.push('pollers');
  if (isBlank(MetricsConfig) || (Array.isArray(metrics) && metrics.length === 0)) taken.push('metrics');
  if (DestinationConfig !== undefined && (failure === undefined || failure === '')) taken.push('onFailure');
  if (KMSKeyArn === '') taken.push('kmsKeyArn');
  return taken;
}

const isBlank = (structure: unknown): boolean =>
  structure !== undefined && Object.values(structure as Wire).every((value) => value === undefined);

function common(input: Wire): Partial<MappingSettings> {
  const { Enabled, BatchSize, MaximumBatchingWindowInSeconds, KMSKeyArn } = input;
  const { batchSizeMax, batchingWindowSecondsMax } = settingLimits;
  const settings: Partial<MappingSettings> = {};
  if (typeof Enabled === 'boolean') settings.enabled = Enabled;
  if (typeof BatchSize === 'number') {
    requireRange(BatchSize, 'batchSize', 1, batchSizeMax);
    settings.batchSize = BatchSize;
  }
  if (typeof MaximumBatchingWindowInSeconds === 'number') {
    const window = MaximumBatchingWindowInSeconds;
    requireRange(window, 'maximumBatchingWindowInSeconds', 0, batchingWindowSecondsMax);
    settings.batchingWindowSeconds = window;
  }
  if (typeof KMSKeyArn === 'string') {
    requireLength(KMSKeyArn, 'kMSKeyArn', 2048);
    settings.kmsKeyArn = KMSKeyArn;
  }
  return settings;
}

/** Only when a mapping is made. */
function positionOf(
  input: Wire,
  { rules }: EventSource,
  before: MappingSettings | undefined,
): Partial<MappingSettings> {
  if (before !== undefined) return {};
  const { StartingPosition, StartingPositionTimestamp } = input;
  if (rules.startingPositions.length === 0) {
    if (StartingPosition !== undefined)
      throw parameterError(`StartingPosition is not valid for ${rules.shown} event sources.`);
    return {};
  }
  const position = requireOneOf(
    String(requirePresent(StartingPosition, 'startingPosition')),
    'startingPosition',
    ['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'],
  );
  if (!rules.startingPositions.includes(position))
    throw parameterError(`Unsupported starting position for ${rules.shown} event sources: ${position}`);
  if (position !== 'AT_TIMESTAMP') return { startingPosition: position };
  if (!(StartingPositionTimestamp instanceof Date))
    throw parameterError('StartingPositionTimestamp is needed when StartingPosition is AT_TIMESTAMP.');
  return { startingPosition: position, startingTimestampMs: StartingPositionTimestamp.getTime() };
}

function filtersOf(criteria: Wire): string[] {
  const { filtersMax, filterPatternMax } = settingLimits;
  const patterns = ((criteria.Filters as Wire[] | undefined) ?? []).map(({ Pattern }) =>
    String(Pattern ?? ''),
  );
  requireCount(patterns, 'filterCriteria.filters', filtersMax);
  for (const pattern of patterns) {
    requireLength(pattern, 'filterCriteria.filters.member.pattern', filterPatternMax);
    if (!isPattern(pattern)) throw parameterError('Invalid filter pattern definition.');
  }
  return patterns;
}

/** An object whose leaves are lists. */
function isPattern(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) && hasLists(value);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function hasLists(value: object): boolean {
  const members: unknown[] = Object.values(value);
  return members.every((member) =>
    Array.isArray(member)
      ? member.length > 0
      : typeof member === 'object' && member !== null && hasLists(member),
  );
}
