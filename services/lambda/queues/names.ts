/** Names, ARNs and URLs of queues. */
import type { Scope } from '../model/tables.ts';
import { invalidParameter, queueError } from './errors.ts';
import { queueLimits } from './limits.ts';

export interface QueueName extends Scope {
  readonly name: string;
}

const fifoSuffix = '.fifo';
const standardName = /^[A-Za-z0-9_-]+$/;
const accountId = /^\d{12}$/;

/** @throws AwsError when it is none for a new queue */
export function checkNewName(name: string, isFifo: boolean): void {
  const stem = isFifo && name.endsWith(fifoSuffix) ? name.slice(0, -fifoSuffix.length) : name;
  const isWell = standardName.test(stem) && name.length <= queueLimits.nameMax;
  if (isWell && (!isFifo || name.endsWith(fifoSuffix))) return;
  throw invalidParameter(
    isFifo
      ? 'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.'
      : 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
  );
}

export const arnOf = ({ account, region, name }: QueueName): string =>
  `arn:aws:sqs:${region}:${account}:${name}`;

/** @returns undefined when it is not the ARN of a queue */
export function parseArn(arn: string): QueueName | undefined {
  const [prefix, partition, service, region, account, name, ...rest] = arn.split(':');
  if (prefix !== 'arn' || partition !== 'aws' || service !== 'sqs' || rest.length > 0) return undefined;
  if (region === undefined || account === undefined || name === undefined) return undefined;
  if (region === '' || !accountId.test(account) || !isName(name)) return undefined;
  return { region, account, name };
}

/** What reaches a key of a record: a slash would lead into somebody else's. */
export function isName(name: string): boolean {
  const stem = name.endsWith(fifoSuffix) ? name.slice(0, -fifoSuffix.length) : name;
  return standardName.test(stem) && name.length <= queueLimits.nameMax;
}

export const urlOf = (origin: string, { account, name }: QueueName): string => `${origin}/${account}/${name}`;

/**
 * Its last two segments are account and name, whatever the host: clients keep URLs over changes of hosts and ports.
 * @throws AwsError
 */
export function parseUrl(url: string, scope: Scope): QueueName {
  const segments = url.split('/');
  const name = segments.pop() ?? '';
  const account = segments.pop();
  if (!isName(name)) throw unknownAddress(url);
  // A bare name is a queue of the caller.
  if (account === undefined) return { ...scope, name };
  if (!accountId.test(account)) throw unknownAddress(url);
  return { account, region: scope.region, name };
}

const unknownAddress = (url: string) =>
  queueError('InvalidAddress', `The address ${url.slice(0, 200)} is not valid for this endpoint.`);
