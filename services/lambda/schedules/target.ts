/** What a schedule calls: a function by its ARN, `lambda:Invoke` with that operation's members as input, or a queue by its ARN. */
import type { Scope } from '../model/tables.ts';
import { invalid } from './errors.ts';
import type { Target } from './rows.ts';

export interface CalledFunction {
  readonly kind: 'function';
  readonly functionName: string;
  readonly qualifier: string | undefined;
  /** JSON. */
  readonly payload: string;
}

export interface CalledQueue {
  readonly kind: 'queue';
  readonly arn: string;
  readonly body: string;
  readonly groupId: string | undefined;
}

export type Called = CalledFunction | CalledQueue;

/** One firing, as the input may speak of it. */
export interface Occasion {
  readonly scheduleArn: string;
  readonly dueMs: number;
  /** UUID. */
  readonly executionId: string;
  readonly attempt: number;
}

const invokeArn = 'arn:aws:scheduler:::aws-sdk:lambda:invoke';
const named =
  /^(?:(?:arn:aws:lambda:([a-z0-9-]+):)?(?:(\d{12}):)?function:)?([\w-]{1,64})(?::(\$LATEST|[\w-]{1,128}))?$/;

/** @throws AwsError ValidationException for what is no target, or of another account or region */
export function callOf(target: Target, scope: Scope, occasion: Occasion): Called {
  const input = target.input === undefined ? undefined : filledIn(target.input, occasion);
  if (target.arn === invokeArn) return invokeCall(input, scope);
  if (target.arn.startsWith('arn:aws:sqs:')) {
    const { arn } = ownQueue(target.arn, scope);
    const body = input ?? JSON.stringify(defaultEvent(scope, occasion));
    return { kind: 'queue', arn, body, groupId: target.messageGroupId };
  }
  if (!target.arn.startsWith('arn:aws:lambda:'))
    throw invalid(
      'Provided Arn is not in correct format: targets of schedules are functions of Lambda, arn:aws:scheduler:::aws-sdk:lambda:invoke, and queues of Amazon SQS.',
    );
  const { functionName, qualifier } = functionOf(target.arn, scope);
  const payload = input ?? JSON.stringify(defaultEvent(scope, occasion));
  if (!isJson(payload)) throw invalid('The Input of a function has to be JSON.');
  return { kind: 'function', functionName, qualifier, payload };
}

/** Members of Lambda's Invoke. */
function invokeCall(input: string | undefined, scope: Scope): CalledFunction {
  const members = input === undefined ? undefined : objectIn(input);
  if (members === undefined || typeof members.FunctionName !== 'string')
    throw invalid('Invalid RequestJson provided. Reason: FunctionName is required.');
  const { InvocationType: type = 'Event', Payload: payload = '{}', Qualifier: qualifier } = members;
  if (type !== 'Event' && type !== 'RequestResponse')
    throw invalid('Invalid RequestJson provided. Reason: InvocationType must be Event or RequestResponse.');
  if (qualifier !== undefined && typeof qualifier !== 'string')
    throw invalid('Invalid RequestJson provided. Reason: Qualifier must be a string.');
  const called = functionOf(members.FunctionName, scope);
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  if (!isJson(text)) throw invalid('Invalid RequestJson provided. Reason: Payload must be JSON.');
  return { kind: 'function', ...called, qualifier: called.qualifier ?? qualifier, payload: text };
}

/** Another account's functions are not for the role of this one, and targets stand in the schedule's region. */
function functionOf(text: string, { account, region }: Scope) {
  const [isName, ofRegion, ofAccount, functionName, qualifier] = named.exec(text) ?? [];
  if (isName === undefined || functionName === undefined)
    throw invalid('Provided Arn is not in correct format.');
  if ((ofAccount ?? account) !== account || (ofRegion ?? region) !== region)
    throw invalid('The target has to be in the account and the region of its schedule.');
  return { functionName, qualifier };
}

const queueForm = /^arn:aws:sqs:([a-z0-9-]+):(\d{12}):([\w-]{1,80}|[\w-]{1,75}\.fifo)$/;

/**
 * Messages are sent in nobody's name, so they must not reach what is another account's.
 * @throws AwsError ValidationException
 */
export function ownQueue(arn: string, scope: Scope) {
  const [, region, account, name] = queueForm.exec(arn) ?? [];
  if (name === undefined) throw invalid('Provided Arn is not in correct format.');
  if (account !== scope.account || region !== scope.region)
    throw invalid('Queues have to be in the account and the region of their schedule.');
  return { arn, account, name, isFifo: name.endsWith('.fifo') };
}

function filledIn(text: string, { scheduleArn, dueMs, executionId, attempt }: Occasion): string {
  return text
    .replaceAll('<aws.scheduler.schedule-arn>', scheduleArn)
    .replaceAll('<aws.scheduler.scheduled-time>', secondsText(dueMs))
    .replaceAll('<aws.scheduler.execution-id>', executionId)
    .replaceAll('<aws.scheduler.attempt-number>', String(attempt));
}

/** As a function gets it without an input. */
function defaultEvent({ account, region }: Scope, { scheduleArn, dueMs, executionId }: Occasion) {
  return {
    version: '0',
    id: executionId,
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account,
    time: secondsText(dueMs),
    region,
    resources: [scheduleArn],
    detail: '{}',
  };
}

export const secondsText = (timeMs: number): string => `${new Date(timeMs).toISOString().slice(0, 19)}Z`;

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!isJson(text)) return undefined;
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
