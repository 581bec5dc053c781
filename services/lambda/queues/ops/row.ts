/** A row of the table of operations: what is done, on whose behalf, and who may. As `../../ops/operation.ts`, in the words of SQS. */
import { AwsError, type Call, type OperationRow, type ResourceRef } from '@hypergate/kit';
import { ConditionFailed } from '@hypergate/table';
import type { Scope } from '../../model/tables.ts';
import type { Members } from '../../ops/operation.ts';
import { invalidParameter, missingParameter, queueError, queueMissing } from '../errors.ts';
import { queueLimits } from '../limits.ts';
import { parseUrl, type QueueName } from '../names.ts';
import type { QueueService } from '../queues.ts';
import type { StoredQueue } from '../store.ts';

export type { Members };

/** One call: who asks and for what. */
export interface QueueCall {
  readonly queues: QueueService;
  readonly scope: Scope;
  readonly input: Members;
  readonly sent: Call<Members>;
}

export interface QueueOperation {
  readonly name: string;
  /** `sqs:NAME` unless given. */
  readonly action?: string;
  readonly bodyBytesMax?: number;
  resources(call: QueueCall): Promise<readonly ResourceRef[]> | readonly ResourceRef[];
  operate(call: QueueCall): Promise<Members | undefined>;
}

/** On a queue, named by `QueueUrl`. */
export function onQueue(
  name: string,
  operate: (call: QueueCall, queue: QueueName) => Promise<Members | undefined>,
  options: Partial<QueueOperation> = {},
): QueueOperation {
  return {
    name,
    resources: async (call) => {
      const queue = queueOf(call);
      const found = await call.queues.store.get(queue);
      if (found !== undefined) judged.set(call.sent, found);
      return [call.queues.accessTo(queue, found)];
    },
    operate: (call) => operate(call, queueOf(call)),
    ...options,
  };
}

/** On a queue that is there: as it was when the caller was found to be allowed. */
export function onFoundQueue(
  name: string,
  operate: (call: QueueCall, queue: StoredQueue) => Promise<Members | undefined>,
  options: Partial<QueueOperation> = {},
): QueueOperation {
  const operateOn = (call: QueueCall): Promise<Members | undefined> => {
    const found = judged.get(call.sent);
    if (found === undefined) throw queueMissing();
    return operate(call, found);
  };
  return onQueue(name, operateOn, options);
}

/** Reading a queue costs as much as the rest of a call: it is read once. */
const judged = new WeakMap<Call<Members>, StoredQueue>();

function queueOf({ input, scope }: QueueCall): QueueName {
  return parseUrl(requiredText(input, 'QueueUrl'), scope);
}

export function textOf(input: Members, member: string): string | undefined {
  const value = input[member];
  return typeof value === 'string' ? value : undefined;
}

/** @throws AwsError */
export function requiredText(input: Members, member: string): string {
  const text = textOf(input, member);
  if (text === undefined || text === '') throw missingParameter(member);
  return text;
}

export const textsOf = (input: Members, member: string): readonly string[] =>
  (input[member] ?? []) as readonly string[];

export const mapOf = (input: Members, member: string): Readonly<Record<string, string>> =>
  (input[member] ?? {}) as Readonly<Record<string, string>>;

/** @throws AwsError */
export function numberWithin(input: Members, member: string, min: number, max: number): number | undefined {
  const value = input[member];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalidParameter(
    `Value ${value} for parameter ${member} is invalid. Reason: Must be between ${min} and ${max}, if provided.`,
  );
}

/** Where the service runs. @throws AwsError when it does not */
export type WithQueues = <Result>(work: (queues: QueueService) => Promise<Result>) => Promise<Result>;

export function rowOf(operation: QueueOperation, run: WithQueues): OperationRow<Members, Members> {
  const { name, action = `sqs:${name}`, bodyBytesMax = queueLimits.controlBodyMax } = operation;
  return {
    name,
    action,
    bodyBytesMax,
    resources: (sent) => run(async (queues) => operation.resources(callOf(queues, sent))),
    handle: (sent) =>
      run(async (queues) => {
        try {
          return { output: (await operation.operate(callOf(queues, sent))) ?? {} };
        } catch (error) {
          throw told(error, queues, sent);
        }
      }),
  };
}

function told(error: unknown, queues: QueueService, { operation, requestId }: Call<Members>): unknown {
  if (error instanceof AwsError) return error;
  if (error instanceof ConditionFailed)
    return queueError('InternalFailure', 'The queue changed meanwhile. Please try again.');
  queues.base.logger.error({ err: error, operation, requestId }, 'a call of SQS failed');
  return queueError('InternalFailure', 'We encountered an internal error. Please try again.');
}

function callOf(queues: QueueService, sent: Call<Members>): QueueCall {
  const scope = { account: sent.principal.accountId, region: sent.region };
  return { queues, scope, input: sent.input, sent };
}
