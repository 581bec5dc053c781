/** PutLogEvents: events of one stream, durable when it is answered. */
import type { LogEvent } from '../batch-body.ts';
import { eventBytes } from '../batch-body.ts';
import { constraintError, invalidParameter } from '../errors.ts';
import { logLimits } from '../limits.ts';
import {
  findGroup,
  type LogOperation,
  type Members,
  requireGroupName,
  requireStreamName,
  streamResource,
} from '../operation.ts';
import { placeText, startOf } from '../place.ts';
import { keptFrom } from '../sweep.ts';

export const putLogEvents: LogOperation = {
  name: 'PutLogEvents',
  resource: streamResource,
  bodyBytesMax: logLimits.putBodyBytesMax,
  async operate(call) {
    const { logs, scope, input } = call;
    const group = requireGroupName(input, scope);
    const stream = requireStreamName(input);
    const events = eventsOf(input);
    const { row } = await findGroup(call, group);
    const nowMs = logs.base.clock.now();
    const { accepted, rejected } = admit(events, nowMs, keptFrom(row, nowMs));
    await logs.writer.write({ ...scope, group, stream }, accepted, false);
    const next = placeText(startOf(nowMs));
    return {
      nextSequenceToken: next,
      ...(rejected === undefined ? {} : { rejectedLogEventsInfo: rejected }),
    };
  },
};

/** @throws AwsError */
function eventsOf(input: Members): LogEvent[] {
  const { putEventsMax, putBytesMax, putSpanMs } = logLimits;
  const sent = (Array.isArray(input.logEvents) ? input.logEvents : []) as readonly {
    readonly timestamp: number;
    readonly message: string;
  }[];
  if (sent.length < 1) throw constraintError('[]', 'logEvents', 'have length greater than or equal to 1');
  if (sent.length > putEventsMax)
    throw constraintError(
      `${sent.length} events`,
      'logEvents',
      `have length less than or equal to ${putEventsMax}`,
    );
  const events = sent.map(({ timestamp, message }, i): LogEvent => {
    const where = `logEvents.${i + 1}.member`;
    if (timestamp < 0)
      throw constraintError(timestamp, `${where}.timestamp`, 'have value greater than or equal to 0');
    if (message === '')
      throw constraintError('', `${where}.message`, 'have length greater than or equal to 1');
    return { timeMs: timestamp, message };
  });
  const bytes = events.reduce((sum, event) => sum + eventBytes(event), 0);
  if (bytes > putBytesMax)
    throw invalidParameter(`Upload too large: ${bytes} bytes exceeds limit of ${putBytesMax}`);
  if (events.some(({ timeMs }, i) => i > 0 && timeMs < events[i - 1]!.timeMs))
    throw invalidParameter('Log events in a single PutLogEvents request must be in chronological order.');
  if (events.at(-1)!.timeMs - events[0]!.timeMs > putSpanMs)
    throw invalidParameter(
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    );
  return events;
}

/** Events are in order, so what is refused stands at the ends. */
function admit(events: readonly LogEvent[], nowMs: number, keptFromMs: number) {
  const { putPastMs, putFutureMs } = logLimits;
  const countBefore = (timeMs: number) => {
    const found = events.findIndex((event) => event.timeMs >= timeMs);
    return found < 0 ? events.length : found;
  };
  const tooOld = countBefore(nowMs - putPastMs);
  const expired = countBefore(keptFromMs);
  const tooNew = countBefore(nowMs + putFutureMs + 1);
  const accepted = events.slice(Math.max(tooOld, expired), tooNew);
  if (accepted.length === events.length) return { accepted, rejected: undefined };
  const rejected = {
    ...(tooNew < events.length ? { tooNewLogEventStartIndex: tooNew } : {}),
    ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
    ...(expired > 0 ? { expiredLogEventEndIndex: expired } : {}),
  };
  return { accepted, rejected };
}
