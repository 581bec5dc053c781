/** Groups of schedules, of which `default` is always there, and their tags. */
import type { StoredRecord } from '@hypergate/table';
import { groupNotFound, invalid, scheduleError } from '../errors.ts';
import { scheduleLimits } from '../limits.ts';
import { checkName, defaultGroup, groupArn, groupInArn } from '../names.ts';
import {
  type Change,
  changing,
  type Members,
  type ScheduleCall,
  type ScheduleOperation,
  textOf,
} from '../operation.ts';
import { pageOf } from '../pages.ts';
import { type GroupRow, groupKey, scheduleGroupsTable } from '../rows.ts';
import { removeGroup } from '../sweep.ts';

const resource = (input: Members): string => `schedule-group/${textOf(input, 'Name') ?? ''}`;

/** Without a record, `default` is as it always was. @throws AwsError */
async function find(
  { base, scope }: ScheduleCall,
  name: string,
): Promise<{ readonly row: GroupRow; readonly record: StoredRecord<GroupRow> | undefined }> {
  const record = await base.domain.get(scheduleGroupsTable, groupKey(scope, name));
  if (record !== undefined) return { row: record.row, record };
  if (name !== defaultGroup) throw groupNotFound(name);
  return { row: { ...scope, name, state: 'ACTIVE', createdMs: 0, modifiedMs: 0, tags: [] }, record };
}

const createGroup = changing(
  'CreateScheduleGroup',
  resource,
  async ({ base, scope, input }): Promise<Change> => {
    const name = checkName(textOf(input, 'Name') ?? '', 'name');
    const key = groupKey(scope, name);
    if (name === defaultGroup || (await base.domain.get(scheduleGroupsTable, key)) !== undefined)
      throw scheduleError('ConflictException', `Schedule group ${name} already exists.`);
    const nowMs = base.clock.now();
    const tags = merged([], input);
    const row: GroupRow = { ...scope, name, state: 'ACTIVE', createdMs: nowMs, modifiedMs: nowMs, tags };
    const { domain } = base;
    return {
      writes: [{ kind: 'put', domain, table: scheduleGroupsTable, key, row, condition: 'absent' }],
      output: { ScheduleGroupArn: groupArn(row) },
    };
  },
);

const deleteGroup = changing('DeleteScheduleGroup', resource, async (call): Promise<Change> => {
  const { base, scope, input } = call;
  const name = checkName(textOf(input, 'Name') ?? '', 'name');
  if (name === defaultGroup) throw invalid('The default schedule group cannot be deleted.');
  const { record } = await find(call, name);
  if (record === undefined) throw groupNotFound(name);
  const key = groupKey(scope, name);
  const row: GroupRow = { ...record.row, state: 'DELETING' };
  const { domain } = base;
  const condition = { revision: record.revision };
  return {
    writes: [{ kind: 'put', domain, table: scheduleGroupsTable, key, row, condition }],
    output: {},
    afterwards: () => removeGroup(base, key),
  };
});

const getGroup: ScheduleOperation = {
  name: 'GetScheduleGroup',
  resource,
  operate: async (call) => shown((await find(call, checkName(textOf(call.input, 'Name') ?? '', 'name'))).row),
};

const shown = (row: GroupRow): Members => ({
  Arn: groupArn(row),
  Name: row.name,
  State: row.state,
  CreationDate: new Date(row.createdMs),
  LastModificationDate: new Date(row.modifiedMs),
});

const listGroups: ScheduleOperation = {
  name: 'ListScheduleGroups',
  resource: () => 'schedule-group/*',
  async operate(call) {
    const { base, scope, input } = call;
    const prefix = textOf(input, 'NamePrefix') ?? '';
    const page = pageOf(input, 'groups', scope, [prefix]);
    const { partition } = groupKey(scope, '');
    const bounds = page.after === undefined ? { gte: Buffer.from(prefix) } : { gt: page.after };
    const names: string[] = [];
    const cursor = base.domain.cursor(scheduleGroupsTable, partition, bounds);
    // One more than the page: only then is there another.
    while (names.length <= page.limit) {
      const entry = await cursor.next();
      const name = entry === undefined ? undefined : Buffer.from(entry.sort).toString('utf8');
      if (name === undefined || !name.startsWith(prefix)) break;
      names.push(name);
    }
    const isDefaultHere =
      defaultGroup.startsWith(prefix) &&
      !names.includes(defaultGroup) &&
      Buffer.compare(page.after ?? Buffer.alloc(0), Buffer.from(defaultGroup)) < 0;
    const all = isDefaultHere ? [...names, defaultGroup].sort() : names;
    const some = all.slice(0, page.limit);
    const found: Members[] = [];
    for (const name of some) {
      const row = (await base.domain.get(scheduleGroupsTable, groupKey(scope, name)))?.row;
      if (row !== undefined) found.push(shown(row));
      else if (name === defaultGroup) found.push(shown((await find(call, name)).row));
    }
    const last = some.at(-1);
    return all.length > page.limit && last !== undefined
      ? { ScheduleGroups: found, NextToken: page.tokenOf(Buffer.from(last)) }
      : { ScheduleGroups: found };
  },
};

const tagged = (input: Members): string => (textOf(input, 'ResourceArn') ?? '').split(':').slice(5).join(':');

/** Only groups have tags. @throws AwsError */
function nameInArn({ input, scope }: ScheduleCall): string {
  const arn = textOf(input, 'ResourceArn') ?? '';
  const name = groupInArn(arn, scope);
  if (name === undefined) throw invalid('Provided Arn is not in correct format.');
  return name;
}

/** @throws AwsError */
function merged(tags: GroupRow['tags'], input: Members): GroupRow['tags'] {
  const { tagsMax, tagKeyCharsMax, tagValueCharsMax } = scheduleLimits;
  const sent = (Array.isArray(input.Tags) ? input.Tags : []) as readonly { Key: string; Value: string }[];
  const all = new Map(tags.map(({ key, value }) => [key, value]));
  for (const { Key: key, Value: value } of sent) {
    if (key.length < 1 || key.length > tagKeyCharsMax || key.toLowerCase().startsWith('aws:'))
      throw invalid(`A tag has a key of 1 to ${tagKeyCharsMax} characters that does not begin with aws:.`);
    if (value.length < 1 || value.length > tagValueCharsMax)
      throw invalid(`A tag has a value of 1 to ${tagValueCharsMax} characters.`);
    all.set(key, value);
  }
  if (all.size > tagsMax) throw invalid(`A schedule group can have no more than ${tagsMax} tags.`);
  return [...all].map(([key, value]) => ({ key, value }));
}

function retagging(name: string, change: (tags: GroupRow['tags'], input: Members) => GroupRow['tags']) {
  return changing(name, tagged, async (call): Promise<Change> => {
    const { base, scope, input } = call;
    const { row, record } = await find(call, nameInArn(call));
    const write = { domain: base.domain, table: scheduleGroupsTable, key: groupKey(scope, row.name) };
    const condition = record === undefined ? 'absent' : { revision: record.revision };
    const after: GroupRow = { ...row, tags: change(row.tags, input), modifiedMs: base.clock.now() };
    return { writes: [{ kind: 'put', ...write, row: after, condition }], output: {} };
  });
}

const tagResource = retagging('TagResource', merged);

const untagResource = retagging('UntagResource', (tags, { TagKeys: keys }) =>
  tags.filter(({ key }) => !(Array.isArray(keys) && keys.includes(key))),
);

const listTags: ScheduleOperation = {
  name: 'ListTagsForResource',
  resource: tagged,
  async operate(call) {
    const { row } = await find(call, nameInArn(call));
    return { Tags: row.tags.map(({ key, value }) => ({ Key: key, Value: value })) };
  },
};

export const groupOperations = [
  createGroup,
  deleteGroup,
  getGroup,
  listGroups,
  tagResource,
  untagResource,
  listTags,
];
