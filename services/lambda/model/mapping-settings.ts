/** Event source mappings as they are kept. */
import { z } from 'zod';

export const mappingKinds = [
  'sqs',
  'kinesis',
  'dynamodb',
  'kafka',
  'self-managed-kafka',
  'mq',
  'documentdb',
] as const;
export type MappingKind = (typeof mappingKinds)[number];

/** What the calls that make and change a mapping say, checked; defaults are filled in. */
const mappingSettings = z.strictObject({
  enabled: z.boolean(),
  batchSize: z.number().int(),
  batchingWindowSeconds: z.number().int(),
  /** Patterns, JSON; a record that satisfies one of them passes. */
  filters: z.array(z.string()).optional(),
  kmsKeyArn: z.string().optional(),
  metrics: z.array(z.string()).optional(),
  systemLogLevel: z.enum(['DEBUG', 'INFO', 'WARN']).optional(),
  maximumConcurrency: z.number().int().optional(),
  parallelization: z.number().int().optional(),
  startingPosition: z.enum(['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP']).optional(),
  startingTimestampMs: z.number().optional(),
  /** ARN of where records go that are given up. */
  onFailure: z.string().optional(),
  /** -1: without a limit. */
  maximumRecordAgeSeconds: z.number().int().optional(),
  maximumRetryAttempts: z.number().int().optional(),
  bisectOnError: z.boolean().optional(),
  tumblingWindowSeconds: z.number().int().optional(),
  topics: z.array(z.string()).optional(),
  queues: z.array(z.string()).optional(),
  access: z.array(z.strictObject({ type: z.string(), uri: z.string() })).optional(),
  bootstrapServers: z.array(z.string()).optional(),
  consumerGroupId: z.string().optional(),
  documentDb: z
    .strictObject({
      database: z.string(),
      collection: z.string().optional(),
      fullDocument: z.enum(['UpdateLookup', 'Default']),
    })
    .optional(),
  pollers: z.strictObject({ min: z.number().int().optional(), max: z.number().int().optional() }).optional(),
  reportsItemFailures: z.boolean(),
});
export type MappingSettings = z.output<typeof mappingSettings>;

export const mappingRow = z.strictObject({
  account: z.string(),
  region: z.string(),
  uuid: z.string(),
  kind: z.enum(mappingKinds),
  sourceArn: z.string().optional(),
  functionName: z.string(),
  /** A version or an alias; undefined: the function itself. */
  qualifier: z.string().optional(),
  modifiedMs: z.number(),
  settings: mappingSettings,
  /** Written by whoever polls. */
  lastResult: z.string(),
  tags: z.record(z.string(), z.string()),
});
export type MappingRow = z.output<typeof mappingRow>;
