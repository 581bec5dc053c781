/** Log streams: CreateLogStream, DeleteLogStream, DescribeLogStreams. */
import { ConditionFailed, type ScanOptions } from '@hypergate/table';
import { constraintError, invalidParameter, logError, streamNotFound } from '../errors.ts';
import { logLimits } from '../limits.ts';
import {
  arnStart,
  findGroup,
  groupResource,
  type LogOperation,
  limitOf,
  type Members,
  requireGroupName,
  requireStreamName,
  streamResource,
  textOf,
} from '../operation.ts';
import { firstPlace, placeText } from '../place.ts';
import {
  doomedKey,
  doomedTable,
  type GroupRow,
  groupKey,
  groupsTable,
  type StreamRow,
  streamKey,
  streamsByTime,
  streamsTable,
} from '../rows.ts';
import { removeRemains } from '../sweep.ts';
import { readToken, writeToken } from '../tokens.ts';

const createLogStream: LogOperation = {
  name: 'CreateLogStream',
  resource: streamResource,
  async operate(call) {
    const { logs, scope, input } = call;
    const groupName = requireGroupName(input, scope);
    const name = requireStreamName(input);
    const { row: group, revision } = await findGroup(call, groupName);
    const { tables, domain } = logs.base;
    const key = streamKey(group.id, name);
    if ((await domain.get(streamsTable, key)) !== undefined) throw alreadyThere();
    try {
      await tables.transact([
        {
          kind: 'put',
          domain,
          table: streamsTable,
          key,
          row: logs.writer.newStream(group, name),
          condition: 'absent',
        },
        // Not into a group that is being deleted.
        {
          kind: 'check',
          domain,
          table: groupsTable,
          key: groupKey(scope, groupName),
          condition: { revision },
        },
      ]);
    } catch (error) {
      if (error instanceof ConditionFailed && error.index === 0) throw alreadyThere();
      throw error;
    }
    return {};
  },
};

const alreadyThere = () =>
  logError('ResourceAlreadyExistsException', 'The specified log stream already exists');

const deleteLogStream: LogOperation = {
  name: 'DeleteLogStream',
  resource: streamResource,
  async operate(call) {
    const { logs, scope, input } = call;
    const { row: group } = await findGroup(call, requireGroupName(input, scope));
    const { tables, domain } = logs.base;
    const key = streamKey(group.id, requireStreamName(input));
    await logs.flush();
    const stream = await domain.get(streamsTable, key);
    if (stream === undefined) throw streamNotFound();
    const { id } = stream.row;
    await tables.transact([
      { kind: 'remove', domain, table: streamsTable, key, condition: { revision: stream.revision } },
      { kind: 'put', domain, table: doomedTable, key: doomedKey(id), row: { kind: 'stream', id } },
    ]);
    await removeRemains(logs.base, id);
    return {};
  },
};

const orders = ['LogStreamName', 'LastEventTime'];

const describeLogStreams: LogOperation = {
  name: 'DescribeLogStreams',
  resource: groupResource,
  async operate(call) {
    const { logs, scope, input } = call;
    const groupName = requireGroupName(input, scope);
    const prefix = textOf(input, 'logStreamNamePrefix');
    const orderBy = textOf(input, 'orderBy') ?? 'LogStreamName';
    if (!orders.includes(orderBy))
      throw constraintError(orderBy, 'orderBy', `satisfy enum value set: [${orders.join(', ')}]`);
    const isByTime = orderBy === 'LastEventTime';
    if (isByTime && prefix !== undefined)
      throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
    const limit = limitOf(input, logLimits.streamsPageMax);
    await logs.flush();
    const { row: group } = await findGroup(call, groupName);
    const reverse = input.descending === true;
    const listing = ['streams', group.id, orderBy, String(reverse), prefix ?? ''];
    const options = scanOf(prefix, readToken(listing, textOf(input, 'nextToken')), reverse);
    const { domain } = logs.base;
    const { partition } = streamKey(group.id, '');
    const cursor = isByTime
      ? domain.cursorSecondary(streamsByTime, partition, options)
      : domain.cursor(streamsTable, partition, options);
    const logStreams: Members[] = [];
    let last: Uint8Array = Buffer.alloc(0);
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
      const sort = isByTime ? entry.sort.subarray(8) : entry.sort;
      const found = await domain.get(streamsTable, { partition, sort });
      if (found === undefined) continue;
      if (logStreams.length === limit) return { logStreams, nextToken: writeToken(listing, last) };
      logStreams.push(shown(group, found.row));
      last = Buffer.from(entry.sort);
    }
    return { logStreams };
  },
};

function scanOf(prefix: string | undefined, after: Uint8Array | undefined, reverse: boolean): ScanOptions {
  const low = Buffer.from(prefix ?? '');
  // No UTF-8 text has this byte: all names with the prefix come before.
  const high = prefix === undefined ? undefined : Buffer.concat([low, Buffer.of(0xff)]);
  if (reverse) {
    const lt = after ?? high;
    return { reverse, gte: low, ...(lt === undefined ? {} : { lt }) };
  }
  return {
    ...(after === undefined ? { gte: low } : { gt: after }),
    ...(high === undefined ? {} : { lt: high }),
  };
}

function shown(group: GroupRow, stream: StreamRow): Members {
  return {
    logStreamName: stream.name,
    creationTime: stream.createdMs,
    firstEventTimestamp: stream.firstMs,
    lastEventTimestamp: stream.lastMs,
    lastIngestionTime: stream.ingestedMs,
    uploadSequenceToken: placeText({ ...firstPlace, streamId: stream.id, sequence: stream.nextSequence }),
    arn: `${arnStart(group)}${group.name}:log-stream:${stream.name}`,
    // AWS shows none any more either.
    storedBytes: 0,
  };
}

export const streamOperations = [createLogStream, deleteLogStream, describeLogStreams];
