/**
 * Where results of asynchronous invocations may go: functions and standard queues of the same account and region. Topics, buses and buckets are
 * refused when they are configured, since nothing here would deliver to them.
 */
import type { Scope } from '../model/tables.ts';
import { parameterError, requireLength } from './requirements.ts';
import { settingLimits } from './setting-limits.ts';

const functionForm =
  /^arn:aws:lambda:([a-z0-9-]+):(\d{12}):function:([a-zA-Z0-9-_]{1,64})(?::(?:\$LATEST|[a-zA-Z0-9-_]{1,128}))?$/;
const queueForm = /^arn:aws:sqs:([a-z0-9-]+):(\d{12}):([a-zA-Z0-9-_]{1,80}(?:\.fifo)?)$/;

/** @param own name of the function whose results they are. @throws AwsError */
export function requireDestination(arn: string, own: string, scope: Scope): void {
  requireLength(arn, 'destinationConfig.destination', settingLimits.destinationArnMax);
  const named = functionForm.exec(arn);
  const queue = queueForm.exec(arn);
  const [, region, account, name] = named ?? queue ?? [];
  if (region === undefined || name === undefined)
    throw invalid(arn, 'it has to name a Lambda function or an SQS queue');
  if (account !== scope.account || region !== scope.region)
    throw invalid(arn, 'it has to be of the account and region of the function');
  if (named !== null && name === own)
    throw parameterError("You can't specify the function as a destination for itself.");
  if (name.endsWith('.fifo')) throw invalid(arn, 'FIFO queues are not supported');
}

/**
 * What a function's dead letters go to: a queue. Nobody is asked when they are sent, so it has to be the function's own account's.
 * @throws AwsError
 */
export function requireDeadLetterTarget(arn: string, scope: Scope): void {
  const [, region, account, name] = queueForm.exec(arn) ?? [];
  const why =
    name === undefined
      ? 'it has to name an SQS queue'
      : account !== scope.account || region !== scope.region
        ? 'it has to be of the account and region of the function'
        : name.endsWith('.fifo')
          ? 'FIFO queues are not supported'
          : undefined;
  if (why !== undefined)
    throw parameterError(
      `The target ARN ${arn.slice(0, settingLimits.destinationArnMax)} of DeadLetterConfig is invalid: ${why}.`,
    );
}

const invalid = (arn: string, why: string) =>
  parameterError(`The destination ARN ${arn.slice(0, settingLimits.destinationArnMax)} is invalid: ${why}.`);
