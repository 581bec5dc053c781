/** CreateSchedule, GetSchedule, UpdateSchedule, DeleteSchedule, ListSchedules. */
import type { DomainWrite, StoredRecord } from '@hypergate/table';
import { groupNotFound, scheduleError, scheduleNotFound } from '../errors.ts';
import { firstFiring } from '../firing.ts';
import { scheduleLimits } from '../limits.ts';
import { checkName, defaultGroup, scheduleArn } from '../names.ts';
import {
  type Change,
  changing,
  choiceOf,
  type Members,
  type ScheduleCall,
  type ScheduleOperation,
  textOf,
} from '../operation.ts';
import { pageOf } from '../pages.ts';
import { describedIn } from '../read-input.ts';
import { groupKey, type ScheduleRow, scheduleGroupsTable, scheduleKey, schedulesTable } from '../rows.ts';

const resource = (input: Members): string =>
  `schedule/${textOf(input, 'GroupName') ?? defaultGroup}/${textOf(input, 'Name') ?? ''}`;

function namesIn(input: Members) {
  const name = checkName(textOf(input, 'Name') ?? '', 'name');
  const group = checkName(textOf(input, 'GroupName') ?? defaultGroup, 'groupName');
  return { name, group };
}

/** The group has to be there when the schedule is written. @throws AwsError */
async function groupCheck({ base, scope }: ScheduleCall, name: string): Promise<DomainWrite[]> {
  const key = groupKey(scope, name);
  const found = await base.domain.get(scheduleGroupsTable, key);
  if (found === undefined) {
    if (name === defaultGroup) return [];
    throw groupNotFound(name);
  }
  if (found.row.state === 'DELETING')
    throw scheduleError('ConflictException', `Schedule group ${name} is being deleted.`);
  const { revision } = found;
  return [{ kind: 'check', domain: base.domain, table: scheduleGroupsTable, key, condition: { revision } }];
}

/** @throws AwsError */
async function find({ base, scope, input }: ScheduleCall): Promise<StoredRecord<ScheduleRow>> {
  const { name, group } = namesIn(input);
  const found = await base.domain.get(schedulesTable, scheduleKey(scope, group, name));
  if (found === undefined) throw scheduleNotFound(name);
  return found;
}

function uuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const createSchedule = changing('CreateSchedule', resource, async (call): Promise<Change> => {
  const { base, scope, input } = call;
  const { name, group } = namesIn(input);
  const nowMs = base.clock.now();
  const described = describedIn(input, scope, nowMs);
  const check = await groupCheck(call, group);
  const key = scheduleKey(scope, group, name);
  if ((await base.domain.get(schedulesTable, key)) !== undefined)
    throw scheduleError('ConflictException', `Schedule ${name} already exists.`);
  const row: ScheduleRow = {
    ...scope,
    ...described,
    group,
    name,
    id: uuid(base.random.bytes(16)),
    createdMs: nowMs,
    modifiedMs: nowMs,
    anchorMs: described.startMs ?? nowMs,
  };
  return {
    writes: [put(call, withNext(call, row, nowMs), 'absent'), ...check],
    output: { ScheduleArn: scheduleArn(row) },
  };
});

const updateSchedule = changing('UpdateSchedule', resource, async (call): Promise<Change> => {
  const { base, scope, input } = call;
  const { row: before, revision } = await find(call);
  const nowMs = base.clock.now();
  // A start that is past already is no reason to refuse other changes.
  const isSameStart = input.StartDate instanceof Date && input.StartDate.getTime() === before.startMs;
  const described = describedIn(input, scope, isSameStart ? Math.min(nowMs, before.startMs ?? nowMs) : nowMs);
  const isSameTiming = described.expression === before.expression && described.startMs === before.startMs;
  const row: ScheduleRow = {
    ...scope,
    ...described,
    group: before.group,
    name: before.name,
    id: before.id,
    createdMs: before.createdMs,
    modifiedMs: nowMs,
    anchorMs: isSameTiming ? before.anchorMs : (described.startMs ?? nowMs),
    ...(before.lastDueMs === undefined ? {} : { lastDueMs: before.lastDueMs }),
  };
  return {
    writes: [put(call, withNext(call, row, nowMs), { revision })],
    output: { ScheduleArn: scheduleArn(row) },
  };
});

function withNext({ chance }: ScheduleCall, row: ScheduleRow, nowMs: number): ScheduleRow {
  const next = firstFiring(row, nowMs, chance());
  return next === undefined ? row : { ...row, next };
}

function put(
  { base, scope }: ScheduleCall,
  row: ScheduleRow,
  condition: 'absent' | { readonly revision: StoredRecord<ScheduleRow>['revision'] },
): DomainWrite {
  const key = scheduleKey(scope, row.group, row.name);
  return { kind: 'put', domain: base.domain, table: schedulesTable, key, row, condition };
}

const deleteSchedule = changing('DeleteSchedule', resource, async (call): Promise<Change> => {
  const { row, revision } = await find(call);
  const { domain } = call.base;
  const key = scheduleKey(call.scope, row.group, row.name);
  return {
    writes: [{ kind: 'remove', domain, table: schedulesTable, key, condition: { revision } }],
    output: {},
  };
});

const getSchedule: ScheduleOperation = {
  name: 'GetSchedule',
  resource,
  async operate(call) {
    const { row } = await find(call);
    const { target } = row;
    const date = (timeMs: number | undefined) => (timeMs === undefined ? undefined : new Date(timeMs));
    return {
      Arn: scheduleArn(row),
      GroupName: row.group,
      Name: row.name,
      ScheduleExpression: row.expression,
      ScheduleExpressionTimezone: row.zone ?? 'UTC',
      StartDate: date(row.startMs),
      EndDate: date(row.endMs),
      Description: row.description,
      State: row.state,
      CreationDate: date(row.createdMs),
      LastModificationDate: date(row.modifiedMs),
      ActionAfterCompletion: row.afterCompletion,
      FlexibleTimeWindow:
        row.windowMinutes === undefined
          ? { Mode: 'OFF' }
          : { Mode: 'FLEXIBLE', MaximumWindowInMinutes: row.windowMinutes },
      Target: {
        Arn: target.arn,
        RoleArn: target.roleArn,
        Input: target.input,
        SqsParameters:
          target.messageGroupId === undefined ? undefined : { MessageGroupId: target.messageGroupId },
        DeadLetterConfig: target.deadLetterArn === undefined ? undefined : { Arn: target.deadLetterArn },
        RetryPolicy: {
          MaximumEventAgeInSeconds: target.retry?.ageSeconds ?? scheduleLimits.ageSecondsDefault,
          MaximumRetryAttempts: target.retry?.attempts ?? scheduleLimits.attemptsDefault,
        },
      },
    };
  },
};

const listSchedules: ScheduleOperation = {
  name: 'ListSchedules',
  resource: (input) => `schedule/${textOf(input, 'GroupName') ?? '*'}/*`,
  async operate({ base, scope, input }) {
    const group = textOf(input, 'GroupName');
    const prefix = textOf(input, 'NamePrefix') ?? '';
    const state = input.State === undefined ? undefined : choiceOf(input, 'State', ['ENABLED', 'DISABLED']);
    if (group !== undefined) {
      checkName(group, 'groupName');
      const key = groupKey(scope, group);
      if (group !== defaultGroup && (await base.domain.get(scheduleGroupsTable, key)) === undefined)
        throw groupNotFound(group);
    }
    const page = pageOf(input, 'schedules', scope, [group ?? '', prefix, state ?? '']);
    const { partition } = scheduleKey(scope, '', '');
    const begin = group === undefined ? '' : `${group}/${prefix}`;
    const bounds = page.after === undefined ? { gte: Buffer.from(begin) } : { gt: page.after };
    const cursor = base.domain.cursor(schedulesTable, partition, bounds);
    const found: Members[] = [];
    let last: Uint8Array = Buffer.alloc(0);
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
      const path = Buffer.from(entry.sort).toString('utf8');
      if (group !== undefined && !path.startsWith(begin)) break;
      if (!path.slice(path.indexOf('/') + 1).startsWith(prefix)) continue;
      const record = await base.domain.get(schedulesTable, { partition, sort: entry.sort });
      if (record === undefined || (state !== undefined && record.row.state !== state)) continue;
      if (found.length === page.limit) return { Schedules: found, NextToken: page.tokenOf(last) };
      found.push(summaryOf(record.row));
      last = entry.sort;
    }
    return { Schedules: found };
  },
};

const summaryOf = (row: ScheduleRow): Members => ({
  Arn: scheduleArn(row),
  Name: row.name,
  GroupName: row.group,
  State: row.state,
  CreationDate: new Date(row.createdMs),
  LastModificationDate: new Date(row.modifiedMs),
  Target: { Arn: row.target.arn },
});

export const scheduleOperations = [
  createSchedule,
  getSchedule,
  updateSchedule,
  deleteSchedule,
  listSchedules,
];
