/** GetLogEvents of one stream, in pages both ways; FilterLogEvents of a group. */
import { constraintError, invalidParameter, streamNotFound } from '../errors.ts';
import { readFilterPattern } from '../filter/index.ts';
import { logLimits } from '../limits.ts';
import {
  findGroup,
  groupResource,
  type LogCall,
  type LogOperation,
  limitOf,
  type Members,
  requireGroupName,
  requireStreamName,
  streamResource,
  textOf,
  textsOf,
  timeMax,
  timeOf,
} from '../operation.ts';
import { behind, comparePlaces, type Place, placeOf, placeText, startOf } from '../place.ts';
import { eventsOfGroup, eventsOfStream, type StoredEvent } from '../read-events.ts';
import { type GroupRow, streamKey, streamsTable } from '../rows.ts';
import { keptFrom } from '../sweep.ts';
import { invalidToken } from '../tokens.ts';

const getLogEvents: LogOperation = {
  name: 'GetLogEvents',
  resource: streamResource,
  async operate(call) {
    const { logs, scope, input } = call;
    const groupName = requireGroupName(input, scope);
    const streamName = requireStreamName(input);
    const limit = limitOf(input, logLimits.eventsPageMax);
    const asked = pageToken(textOf(input, 'nextToken'));
    // Read what was logged, as far as this gateway knows of it.
    await logs.flush();
    const { row: group } = await findGroup(call, groupName);
    const found = await logs.base.domain.get(streamsTable, streamKey(group.id, streamName));
    if (found === undefined) throw streamNotFound();
    const startMs = Math.max(timeOf(input, 'startTime') ?? 0, keptFrom(group, logs.base.clock.now()));
    const endMs = timeOf(input, 'endTime') ?? timeMax;
    const start = startOf(startMs);
    const isForward = asked?.isForward ?? input.startFromHead === true;
    const border = borderOf(asked?.place, start, startOf(endMs), isForward);
    const direction = isForward ? 'forward' : 'backward';
    const events: StoredEvent[] = [];
    let bytes = 0;
    for await (const event of eventsOfStream(logs.base, found.row.id, border, direction)) {
      const { timeMs } = event.place;
      bytes += Buffer.byteLength(event.message) + logLimits.eventOverheadBytes;
      if (isForward ? timeMs >= endMs : timeMs < startMs) break;
      if (events.length > 0 && bytes > logLimits.pageBytesMax) break;
      if (events.push(event) === limit) break;
    }
    if (!isForward) events.reverse();
    const empty = asked?.place ?? start;
    const [first, last] = [events[0], events.at(-1)];
    return {
      events: events.map(({ place, message, ingestedMs }) => ({
        timestamp: place.timeMs,
        message,
        ingestionTime: ingestedMs,
      })),
      nextForwardToken: `f/${placeText(last === undefined ? empty : behind(last.place))}/s`,
      nextBackwardToken: `b/${placeText(first === undefined ? empty : first.place)}/s`,
    };
  },
};

function borderOf(token: Place | undefined, start: Place, end: Place, isForward: boolean): Place {
  if (token === undefined) return isForward ? start : end;
  const bound = isForward ? start : end;
  return comparePlaces(token, bound) * (isForward ? 1 : -1) > 0 ? token : bound;
}

/** @throws AwsError */
function pageToken(text: string | undefined) {
  if (text === undefined) return undefined;
  const [, direction, digits] = /^([fb])\/(\d+)\/s$/.exec(text) ?? [];
  const place = placeOf(digits ?? '');
  if (place === undefined) throw invalidToken();
  return { isForward: direction === 'f', place };
}

const filterLogEvents: LogOperation = {
  name: 'FilterLogEvents',
  resource: groupResource,
  async operate(call) {
    const { logs, scope, input } = call;
    const groupName = requireGroupName(input, scope);
    const limit = limitOf(input, logLimits.eventsPageMax);
    const matches = readFilterPattern(textOf(input, 'filterPattern') ?? '');
    const token = textOf(input, 'nextToken');
    const after = token === undefined ? undefined : placeOf(token);
    if (token !== undefined && after === undefined) throw invalidToken();
    await logs.flush();
    const { row: group } = await findGroup(call, groupName);
    const startMs = Math.max(timeOf(input, 'startTime') ?? 0, keptFrom(group, logs.base.clock.now()));
    const endMs = timeOf(input, 'endTime') ?? timeMax;
    if (endMs < startMs && input.startTime !== undefined && input.endTime !== undefined)
      return { events: [], searchedLogStreams: [] };
    const border = borderOf(after, startOf(startMs), startOf(endMs), true);
    const found: StoredEvent[] = [];
    let next: Place | undefined;
    let scanned = 0;
    let bytes = 0;
    for await (const event of await wantedEvents(call, group, border)) {
      if (event.place.timeMs > endMs) break;
      scanned += 1;
      const isFull = found.length === limit || bytes > logLimits.pageBytesMax;
      if (isFull || scanned > logLimits.scannedEventsMax) {
        next = event.place;
        break;
      }
      if (!matches(event.message)) continue;
      bytes += Buffer.byteLength(event.message) + logLimits.eventOverheadBytes;
      found.push(event);
    }
    return {
      events: found.map(shown),
      searchedLogStreams: [],
      ...(next === undefined ? {} : { nextToken: placeText(next) }),
    };
  },
};

/** @throws AwsError */
async function wantedEvents(
  { logs, input }: LogCall,
  group: GroupRow,
  border: Place,
): Promise<AsyncIterable<StoredEvent>> {
  const names = textsOf(input, 'logStreamNames');
  const prefix = textOf(input, 'logStreamNamePrefix');
  if (names.length > 0 && prefix !== undefined)
    throw invalidParameter('logStreamNames and logStreamNamePrefix are mutually exclusive parameters.');
  if (names.length > logLimits.filterStreamsMax)
    throw constraintError(
      `${names.length} names`,
      'logStreamNames',
      `have length less than or equal to ${logLimits.filterStreamsMax}`,
    );
  const { domain } = logs.base;
  const ids = new Map<string, string | undefined>();
  /** Of the stream that now has this name: events of one that was deleted are no longer there. */
  const idOf = async (name: string): Promise<string | undefined> => {
    if (!ids.has(name)) ids.set(name, (await domain.get(streamsTable, streamKey(group.id, name)))?.row.id);
    return ids.get(name);
  };
  for (const name of names) if ((await idOf(name)) === undefined) throw streamNotFound();
  if (names.length === 1) return eventsOfStream(logs.base, (await idOf(names[0]!))!, border, 'forward');
  const wanted = new Set(names);
  return eventsOfGroup(
    logs.base,
    group.id,
    border,
    async (name, id) =>
      (wanted.size === 0 || wanted.has(name)) &&
      (prefix === undefined || name.startsWith(prefix)) &&
      (await idOf(name)) === id,
  );
}

function shown({ place, message, ingestedMs, streamName }: StoredEvent): Members {
  return {
    logStreamName: streamName,
    timestamp: place.timeMs,
    message,
    ingestionTime: ingestedMs,
    eventId: placeText(place),
  };
}

export const readOperations = [getLogEvents, filterLogEvents];
