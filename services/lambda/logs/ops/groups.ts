/** Log groups: CreateLogGroup, DeleteLogGroup, DescribeLogGroups, retention and protection. */
import { ConditionFailed } from '@hypergate/table';
import { constraintError, invalidParameter, logError } from '../errors.ts';
import { logLimits, retentionDays } from '../limits.ts';
import {
  arnStart,
  changeGroup,
  findGroup,
  groupResource,
  type LogOperation,
  limitOf,
  type Members,
  numberOf,
  requireGroupName,
  textOf,
} from '../operation.ts';
import { doomedKey, doomedTable, type GroupRow, groupKey, groupsTable } from '../rows.ts';
import { removeRemains } from '../sweep.ts';
import { readToken, writeToken } from '../tokens.ts';
import { checkTags, tagsOf } from './tags.ts';

const classes = ['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY'] as const;

const createLogGroup: LogOperation = {
  name: 'CreateLogGroup',
  resource: groupResource,
  async operate({ logs, scope, input }) {
    const name = requireGroupName(input, scope);
    if (textOf(input, 'kmsKeyId') !== undefined)
      throw invalidParameter('Logs are not encrypted with keys of KMS here: leave kmsKeyId out.');
    const asked = textOf(input, 'logGroupClass') ?? 'STANDARD';
    const found = classes.find((one) => one === asked);
    if (found === undefined)
      throw constraintError(asked, 'logGroupClass', `satisfy enum value set: [${classes.join(', ')}]`);
    const tags = tagsOf(input);
    checkTags(tags);
    const row: GroupRow = {
      ...logs.writer.newGroup({ ...scope, group: name }),
      class: found,
      isProtected: input.deletionProtectionEnabled === true,
      tags,
    };
    const { tables, domain } = logs.base;
    try {
      await tables.transact([
        {
          kind: 'put',
          domain,
          table: groupsTable,
          key: groupKey(scope, name),
          row,
          condition: 'absent',
        },
      ]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      throw logError('ResourceAlreadyExistsException', 'The specified log group already exists');
    }
    return {};
  },
};

const deleteLogGroup: LogOperation = {
  name: 'DeleteLogGroup',
  resource: groupResource,
  async operate(call) {
    const { logs, scope, input } = call;
    const name = requireGroupName(input, scope);
    const { row, revision } = await findGroup(call, name);
    if (row.isProtected)
      throw logError('ValidationException', 'The log group is protected against deletion.');
    const { tables, domain } = logs.base;
    await tables.transact([
      {
        kind: 'remove',
        domain,
        table: groupsTable,
        key: groupKey(scope, name),
        condition: { revision },
      },
      {
        kind: 'put',
        domain,
        table: doomedTable,
        key: doomedKey(row.id),
        row: { kind: 'group', id: row.id },
      },
    ]);
    await removeRemains(logs.base, row.id);
    return {};
  },
};

const describeLogGroups: LogOperation = {
  name: 'DescribeLogGroups',
  resource: () => ':log-stream:',
  async operate({ logs, scope, input }) {
    const prefix = textOf(input, 'logGroupNamePrefix');
    const part = textOf(input, 'logGroupNamePattern');
    if (prefix !== undefined && part !== undefined)
      throw invalidParameter(
        'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
      );
    const limit = limitOf(input, logLimits.groupsPageMax);
    const wanted = textOf(input, 'logGroupClass');
    const listing = ['groups', scope.account, scope.region, prefix ?? '', part ?? ''];
    const after = readToken(listing, textOf(input, 'nextToken'));
    const { partition } = groupKey(scope, '');
    const bounds = after === undefined ? { gte: Buffer.from(prefix ?? '') } : { gt: after };
    const cursor = logs.base.domain.cursor(groupsTable, partition, bounds);
    const logGroups: Members[] = [];
    let last: Uint8Array = Buffer.alloc(0);
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
      const name = Buffer.from(entry.sort).toString('utf8');
      if (prefix !== undefined && !name.startsWith(prefix)) break;
      if (part !== undefined && !name.includes(part)) continue;
      const found = await logs.base.domain.get(groupsTable, { partition, sort: entry.sort });
      if (found === undefined || (wanted !== undefined && found.row.class !== wanted)) continue;
      if (logGroups.length === limit) return { logGroups, nextToken: writeToken(listing, last) };
      logGroups.push(shown(found.row));
      last = entry.sort;
    }
    return { logGroups };
  },
};

function shown(group: GroupRow): Members {
  const arn = `${arnStart(group)}${group.name}`;
  return {
    logGroupName: group.name,
    creationTime: group.createdMs,
    retentionInDays: group.retentionDays,
    metricFilterCount: 0,
    arn: `${arn}:*`,
    logGroupArn: arn,
    storedBytes: group.storedBytes,
    logGroupClass: group.class,
    deletionProtectionEnabled: group.isProtected,
  };
}

const putRetentionPolicy: LogOperation = {
  name: 'PutRetentionPolicy',
  resource: groupResource,
  async operate(call) {
    const name = requireGroupName(call.input, call.scope);
    const days = numberOf(call.input, 'retentionInDays') ?? 0;
    if (!retentionDays.includes(days))
      throw constraintError(days, 'retentionInDays', `satisfy enum value set: [${retentionDays.join(', ')}]`);
    await changeGroup(call, name, (group) => ({ ...group, retentionDays: days }));
    return {};
  },
};

const deleteRetentionPolicy: LogOperation = {
  name: 'DeleteRetentionPolicy',
  resource: groupResource,
  async operate(call) {
    const name = requireGroupName(call.input, call.scope);
    await changeGroup(call, name, ({ retentionDays: _, ...group }) => group);
    return {};
  },
};

const putDeletionProtection: LogOperation = {
  name: 'PutLogGroupDeletionProtection',
  resource: groupResource,
  async operate(call) {
    const name = requireGroupName(call.input, call.scope);
    const isProtected = call.input.deletionProtectionEnabled === true;
    await changeGroup(call, name, (group) => ({ ...group, isProtected }));
    return {};
  },
};

export const groupOperations = [
  createLogGroup,
  deleteLogGroup,
  describeLogGroups,
  putRetentionPolicy,
  deleteRetentionPolicy,
  putDeletionProtection,
];
