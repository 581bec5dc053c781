/** Members of CreateSchedule and UpdateSchedule, checked, in the API's words where they are known. */
import type { Scope } from '../model/tables.ts';
import { constraintError, invalid } from './errors.ts';
import { scheduleLimits } from './limits.ts';
import { choiceOf, type Members, membersOf, rangeOf, textOf, timeOf } from './operation.ts';
import type { ScheduleRow, Target } from './rows.ts';
import { callOf, ownQueue } from './target.ts';
import { parseExpression } from './timing/expression.ts';
import { isZone } from './timing/zone.ts';

/** What a caller says of a schedule. */
export type Described = Pick<
  ScheduleRow,
  | 'expression'
  | 'zone'
  | 'startMs'
  | 'endMs'
  | 'description'
  | 'state'
  | 'windowMinutes'
  | 'afterCompletion'
  | 'target'
>;

/** @throws AwsError ValidationException */
export function describedIn(input: Members, scope: Scope, nowMs: number): Described {
  const expression = textOf(input, 'ScheduleExpression') ?? '';
  checkLength(expression, 'scheduleExpression', scheduleLimits.expressionCharsMax);
  if (parseExpression(expression) === undefined) throw invalid(`Invalid Schedule Expression ${expression}.`);
  const zone = textOf(input, 'ScheduleExpressionTimezone');
  if (zone !== undefined) {
    checkLength(zone, 'scheduleExpressionTimezone', scheduleLimits.zoneCharsMax);
    if (!isZone(zone)) throw invalid(`Invalid Schedule Expression Timezone ${zone}.`);
  }
  const description = textOf(input, 'Description');
  if (description !== undefined)
    checkLength(description, 'description', scheduleLimits.descriptionCharsMax, 0);
  if (textOf(input, 'KmsKeyArn') !== undefined)
    throw invalid('Schedules are not encrypted with keys of KMS here: leave KmsKeyArn out.');
  const windowMinutes = windowIn(membersOf(input, 'FlexibleTimeWindow') ?? {});
  const [startMs, endMs] = datesIn(input, nowMs);
  return {
    expression,
    ...(zone === undefined ? {} : { zone }),
    ...(startMs === undefined ? {} : { startMs }),
    ...(endMs === undefined ? {} : { endMs }),
    ...(description === undefined ? {} : { description }),
    ...(windowMinutes === undefined ? {} : { windowMinutes }),
    state: choiceOf(input, 'State', ['ENABLED', 'DISABLED']),
    afterCompletion: choiceOf(input, 'ActionAfterCompletion', ['NONE', 'DELETE']),
    target: targetIn(membersOf(input, 'Target') ?? {}, scope),
  };
}

function datesIn(input: Members, nowMs: number): [start: number | undefined, end: number | undefined] {
  const startMs = timeOf(input, 'StartDate');
  const endMs = timeOf(input, 'EndDate');
  if (startMs !== undefined && startMs < nowMs - scheduleLimits.startPastMs)
    throw invalid('The StartDate you specify cannot be earlier than 5 minutes ago.');
  if (endMs !== undefined && endMs <= nowMs) throw invalid('The EndDate you specify must be in the future.');
  if (startMs !== undefined && endMs !== undefined && endMs <= startMs)
    throw invalid('The StartDate you specify must come before the EndDate.');
  return [startMs, endMs];
}

function windowIn(window: Members): number | undefined {
  const mode = choiceOf(window, 'Mode', ['OFF', 'FLEXIBLE']);
  const minutes = rangeOf(window, 'MaximumWindowInMinutes', 1, scheduleLimits.windowMinutesMax);
  if (mode === 'FLEXIBLE' && minutes === undefined)
    throw invalid('MaximumWindowInMinutes must be provided when the Mode is FLEXIBLE.');
  if (mode === 'OFF' && minutes !== undefined)
    throw invalid('MaximumWindowInMinutes must not be provided when the Mode is OFF.');
  return minutes;
}

/** Members of targets that are neither functions nor queues. */
const otherTargets = [
  'EcsParameters',
  'EventBridgeParameters',
  'EventBridgePutEventsV2Parameters',
  'EventBridgePutRawEventsParameters',
  'KinesisParameters',
  'SageMakerPipelineParameters',
];

function targetIn(sent: Members, scope: Scope): Target {
  const { arnCharsMax, inputBytesMax } = scheduleLimits;
  const arn = textOf(sent, 'Arn') ?? '';
  checkLength(arn, 'target.arn', arnCharsMax);
  const roleArn = textOf(sent, 'RoleArn') ?? '';
  checkLength(roleArn, 'target.roleArn', arnCharsMax);
  if (!/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(roleArn))
    throw constraintError(
      roleArn,
      'target.roleArn',
      'satisfy regular expression pattern: arn:aws[a-z-]*:iam::\\d{12}:role\\/[\\w+=,.@\\/-]+',
    );
  if (!roleArn.startsWith(`arn:aws:iam::${scope.account}:`))
    throw invalid('The execution role you provide must be in the account of the schedule.');
  const other = otherTargets.find((member) => sent[member] !== undefined);
  if (other !== undefined)
    throw invalid(`${other} does not apply to a target that is a function or a queue.`);
  const input = textOf(sent, 'Input');
  if (input !== undefined && (input === '' || Buffer.byteLength(input) > inputBytesMax))
    throw invalid(`The Input must have from 1 to ${inputBytesMax} bytes.`);
  const deadLetterArn = textOf(membersOf(sent, 'DeadLetterConfig') ?? {}, 'Arn');
  if (deadLetterArn !== undefined && ownQueue(deadLetterArn, scope).isFifo)
    throw invalid('The DeadLetterConfig must name a standard queue of Amazon SQS.');
  const messageGroupId = groupIn(membersOf(sent, 'SqsParameters'), arn);
  const retry = retryIn(membersOf(sent, 'RetryPolicy'));
  const target: Target = {
    arn,
    roleArn,
    ...(input === undefined ? {} : { input }),
    ...(messageGroupId === undefined ? {} : { messageGroupId }),
    ...(deadLetterArn === undefined ? {} : { deadLetterArn }),
    ...(retry === undefined ? {} : { retry }),
  };
  // Whether it could be called at all, with anything for what is only known then.
  callOf(target, scope, { scheduleArn: arn, dueMs: 0, executionId: '', attempt: 1 });
  return target;
}

function groupIn(sent: Members | undefined, arn: string): string | undefined {
  const group = textOf(sent ?? {}, 'MessageGroupId');
  const isQueue = arn.startsWith('arn:aws:sqs:');
  if (sent !== undefined && !isQueue) throw invalid('SqsParameters only apply to a target that is a queue.');
  if (group === undefined) {
    if (isQueue && arn.endsWith('.fifo'))
      throw invalid('A FIFO queue as a target needs SqsParameters with a MessageGroupId.');
    return undefined;
  }
  checkLength(group, 'target.sqsParameters.messageGroupId', scheduleLimits.groupIdCharsMax);
  return group;
}

function retryIn(sent: Members | undefined): Target['retry'] {
  if (sent === undefined) return undefined;
  const { ageSecondsMin, ageSecondsMax, attemptsMax } = scheduleLimits;
  const ageSeconds = rangeOf(sent, 'MaximumEventAgeInSeconds', ageSecondsMin, ageSecondsMax);
  const attempts = rangeOf(sent, 'MaximumRetryAttempts', 0, attemptsMax);
  return {
    ...(ageSeconds === undefined ? {} : { ageSeconds }),
    ...(attempts === undefined ? {} : { attempts }),
  };
}

function checkLength(text: string, where: string, max: number, min = 1): void {
  if (text.length < min) throw constraintError(text, where, `have length greater than or equal to ${min}`);
  if (text.length > max) throw constraintError(text, where, `have length less than or equal to ${max}`);
}
