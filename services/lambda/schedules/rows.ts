/** Schedules, their groups, and tokens of clients: rows, tables and keys. Names of tables are input of the address function: never renamed. */
import { jsonFormat, numberBytes, type RecordKey, type TableDefinition } from '@hypergate/table';
import { z } from 'zod';
import { type Scope, scopePartition } from '../model/tables.ts';

const target = z.strictObject({
  arn: z.string(),
  roleArn: z.string(),
  input: z.string().optional(),
  /** Of a FIFO queue, or of a standard one that is to be fair. */
  messageGroupId: z.string().optional(),
  deadLetterArn: z.string().optional(),
  retry: z
    .strictObject({ ageSeconds: z.number().int().optional(), attempts: z.number().int().optional() })
    .optional(),
});
export type Target = z.output<typeof target>;

/** What the runner does next with a schedule. */
const firing = z.strictObject({
  /** The occurrence. */
  dueMs: z.number(),
  /** When it is done: in its window, or later after a failure. */
  fireMs: z.number(),
  /** Failures so far. */
  attempts: z.number().int(),
});
export type Firing = z.output<typeof firing>;

export const scheduleRow = z.strictObject({
  account: z.string(),
  region: z.string(),
  group: z.string(),
  name: z.string(),
  /** UUID: a schedule that is made again under the same name is another. */
  id: z.string(),
  createdMs: z.number(),
  modifiedMs: z.number(),
  expression: z.string(),
  zone: z.string().optional(),
  startMs: z.number().optional(),
  endMs: z.number().optional(),
  description: z.string().optional(),
  state: z.enum(['ENABLED', 'DISABLED']),
  /** Minutes; none for exactly at the time. */
  windowMinutes: z.number().int().optional(),
  afterCompletion: z.enum(['NONE', 'DELETE']),
  target,
  /** From which a rate counts. */
  anchorMs: z.number(),
  /** The last occurrence that was done or given up: it does not come again. */
  lastDueMs: z.number().optional(),
  next: firing.optional(),
});
export type ScheduleRow = z.output<typeof scheduleRow>;

export const groupRow = z.strictObject({
  account: z.string(),
  region: z.string(),
  name: z.string(),
  state: z.enum(['ACTIVE', 'DELETING']),
  createdMs: z.number(),
  modifiedMs: z.number(),
  tags: z.array(z.strictObject({ key: z.string(), value: z.string() })),
});
export type GroupRow = z.output<typeof groupRow>;

/** A call with a token of its client, so that a repetition is none. */
export const tokenRow = z.strictObject({
  operation: z.string(),
  /** SHA-256 of its members. */
  hash: z.string(),
  /** Members of its answer, as JSON. */
  output: z.string(),
  expiresMs: z.number(),
});
export type TokenRow = z.output<typeof tokenRow>;

const none = Buffer.alloc(0);

/** Names have no slash. */
export const scheduleKey = (scope: Scope, group: string, name: string): RecordKey => ({
  partition: scopePartition(scope),
  sort: Buffer.from(`${group}/${name}`),
});
export const groupKey = (scope: Scope, name: string): RecordKey => ({
  partition: scopePartition(scope),
  sort: Buffer.from(name),
});
export const tokenKey = (scope: Scope, token: string): RecordKey => ({
  partition: scopePartition(scope),
  sort: Buffer.from(token),
});

/** What the runner has to do: sort time (8), account, region, group and name. */
export const schedulesByTime = 'lambda.schedules.due';
/** Groups that are being deleted: sort account, region and name. */
export const deletedGroups = 'lambda.schedules.groups.deleted';
/** Sort time of expiry (8), account, region and token. */
export const tokensByExpiry = 'lambda.schedules.tokens.expiry';

const pathOf = ({ partition, sort }: RecordKey): Buffer => Buffer.concat([partition, Buffer.from('/'), sort]);

/** Of a sort key of these indexes, behind the time. */
export function keyIn(path: Uint8Array): RecordKey {
  const text = Buffer.from(path).toString('utf8');
  const slash = text.indexOf('/', text.indexOf('/') + 1);
  return { partition: Buffer.from(text.slice(0, slash)), sort: Buffer.from(text.slice(slash + 1)) };
}

export const schedulesTable: TableDefinition<ScheduleRow> = {
  name: 'lambda.schedules',
  description: 'Schedules of functions',
  formats: [jsonFormat(scheduleRow)],
  index: () => none,
  secondary: ({ next }, key) =>
    next === undefined
      ? []
      : [
          {
            index: schedulesByTime,
            partition: none,
            sort: Buffer.concat([numberBytes(next.fireMs), pathOf(key)]),
            projection: none,
          },
        ],
};

export const scheduleGroupsTable: TableDefinition<GroupRow> = {
  name: 'lambda.schedules.groups',
  description: 'Groups of schedules',
  formats: [jsonFormat(groupRow)],
  index: () => none,
  secondary: ({ state }, key) =>
    state === 'ACTIVE'
      ? []
      : [{ index: deletedGroups, partition: none, sort: pathOf(key), projection: none }],
};

export const scheduleTokensTable: TableDefinition<TokenRow> = {
  name: 'lambda.schedules.tokens',
  description: 'Tokens of clients that changed schedules',
  formats: [jsonFormat(tokenRow)],
  index: () => none,
  secondary: ({ expiresMs }, key) => [
    {
      index: tokensByExpiry,
      partition: none,
      sort: Buffer.concat([numberBytes(expiresMs), pathOf(key)]),
      projection: none,
    },
  ],
};

export const scheduleTables = [schedulesTable, scheduleGroupsTable, scheduleTokensTable] as const;
