/**
 * What the queue of a schedule's `DeadLetterConfig` gets of an occurrence that could not be done: the request that was not made, and why
 * (EventBridge Scheduler's user guide, "Configuring a dead-letter queue").
 */
import { AwsError } from '@hypergate/kit';
import type { EventMessage } from '../events/api.ts';
import { scheduleLimits } from './limits.ts';
import type { ScheduleRow } from './rows.ts';
import { type Called, callOf, type Occasion, ownQueue, secondsText } from './target.ts';

/** Why no other attempt is made; undefined for what no other attempt would mend. */
export type Exhausted = 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds' | undefined;

export interface GivenUp {
  readonly occasion: Occasion;
  readonly error: unknown;
  readonly exhausted: Exhausted;
  readonly retries: number;
}

/** What is refused now is refused every time. */
export const isPermanent = (error: unknown): boolean =>
  error instanceof AwsError && error.status < 500 && error.status !== 429;

export function deadLetter(
  row: ScheduleRow,
  queueArn: string,
  { occasion, error, exhausted, retries }: GivenUp,
): Omit<EventMessage, 'traceId'> {
  const { account, region } = row;
  const isOurs = !(error instanceof AwsError) || error.status >= 500;
  const texts = {
    ERROR_CODE: isOurs ? 'AWS.Scheduler.InternalServerError' : error.code,
    ERROR_MESSAGE: isOurs ? 'Unexpected error occurred while processing the request' : shown(error.message),
    EXECUTION_ID: occasion.executionId,
    ...(exhausted === undefined ? {} : { EXHAUSTED_RETRY_CONDITION: exhausted }),
    IS_PAYLOAD_TRUNCATED: 'false',
    RETRY_ATTEMPTS: String(retries),
    SCHEDULED_TIME: secondsText(occasion.dueMs),
    SCHEDULE_ARN: occasion.scheduleArn,
    TARGET_ARN: row.target.arn,
  };
  const attributes = Object.fromEntries(
    Object.entries(texts).map(([name, stringValue]) => [name, { dataType: 'String', stringValue }]),
  );
  return { scope: { account, region }, queueArn, body: Buffer.from(requestText(row, occasion)), attributes };
}

/** As the API that is called for the target takes it; of a target that could not be called at all, its input. */
function requestText(row: ScheduleRow, occasion: Occasion): string {
  try {
    return JSON.stringify(requestOf(row, callOf(row.target, row, occasion)));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return row.target.input ?? '{}';
  }
}

function requestOf(row: ScheduleRow, called: Called): Readonly<Record<string, string>> {
  if (called.kind === 'queue') {
    const { account, name } = ownQueue(called.arn, row);
    const QueueUrl = `https://sqs.${row.region}.amazonaws.com/${account}/${name}`;
    return { MessageBody: called.body, QueueUrl };
  }
  const { functionName, qualifier, payload } = called;
  return {
    FunctionName: functionName,
    InvocationType: 'Event',
    Payload: payload,
    ...(qualifier === undefined ? {} : { Qualifier: qualifier }),
  };
}

function shown(message: string): string {
  const cut = message.slice(0, scheduleLimits.errorMessageCharsMax).toWellFormed();
  return cut === '' ? 'Unknown' : cut;
}
