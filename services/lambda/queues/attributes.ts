/** Attributes of queues: what may be given, and as they are shown. API reference of Amazon SQS, CreateQueue and SetQueueAttributes. */
import { PolicyError, parsePolicy } from '@hypergate/kit';
import { queueError } from './errors.ts';
import { queueLimits } from './limits.ts';
import { arnOf } from './names.ts';
import { readRedrive, readRedriveAllow } from './redrive.ts';
import type { QueueRow } from './tables.ts';

export type Settings = Omit<
  QueueRow,
  'account' | 'region' | 'name' | 'id' | 'createdMs' | 'modifiedMs' | 'isFifo' | 'tags'
>;

export const defaults: Settings = {
  visibilitySeconds: queueLimits.visibilitySecondsDefault,
  retentionSeconds: queueLimits.retentionSecondsDefault,
  delaySeconds: 0,
  waitSeconds: 0,
  messageBytesMax: queueLimits.messageBytesMax,
  managedEncryption: true,
  contentBasedDeduplication: false,
  deduplicationScope: 'queue',
  throughputLimit: 'perQueue',
};

type Patch = Partial<Settings>;
type Read = (text: string) => Patch;

const within =
  (name: string, member: keyof Settings, min: number, max: number): Read =>
  (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
    if (value < min || value > max) throw invalidAttribute(name);
    return { [member]: value };
  };

const boolean =
  (name: string, member: keyof Settings): Read =>
  (text) => {
    if (!/^(true|false)$/i.test(text)) throw invalidAttribute(name);
    return { [member]: text.toLowerCase() === 'true' };
  };

const oneOf =
  (name: string, member: keyof Settings, values: readonly string[]): Read =>
  (text) => {
    if (!values.includes(text)) throw invalidAttribute(name);
    return { [member]: text };
  };

const { visibilitySecondsMax, retentionSecondsMin, retentionSecondsMax, delaySecondsMax } = queueLimits;
const { waitSecondsMax, messageBytesMin, messageBytesMax } = queueLimits;

const awsKeyName = 'alias/aws/sqs';

const readers: Readonly<Record<string, Read>> = {
  VisibilityTimeout: within('VisibilityTimeout', 'visibilitySeconds', 0, visibilitySecondsMax),
  MessageRetentionPeriod: within(
    'MessageRetentionPeriod',
    'retentionSeconds',
    retentionSecondsMin,
    retentionSecondsMax,
  ),
  DelaySeconds: within('DelaySeconds', 'delaySeconds', 0, delaySecondsMax),
  ReceiveMessageWaitTimeSeconds: within('ReceiveMessageWaitTimeSeconds', 'waitSeconds', 0, waitSecondsMax),
  MaximumMessageSize: within('MaximumMessageSize', 'messageBytesMax', messageBytesMin, messageBytesMax),
  RedrivePolicy: (text) => ({ redrive: text === '' ? undefined : readRedrive(text) }),
  RedriveAllowPolicy: (text) => ({ redriveAllow: text === '' ? undefined : readRedriveAllow(text) }),
  Policy: (text) => ({ policy: text === '' ? undefined : checkedPolicy(text) }),
  SqsManagedSseEnabled: boolean('SqsManagedSseEnabled', 'managedEncryption'),
  // All records are encrypted, with a key of the gateway as with one of AWS; a key of the caller's is none of theirs.
  KmsMasterKeyId: (text) => {
    if (text === '' || text === awsKeyName) return { awsKey: text === '' ? undefined : true };
    throw queueError(
      'UnsupportedOperation',
      `Queues do not use keys of KMS here: leave KmsMasterKeyId away, or name ${awsKeyName}.`,
    );
  },
  KmsDataKeyReusePeriodSeconds: within(
    'KmsDataKeyReusePeriodSeconds',
    'keyReuseSeconds',
    queueLimits.keyReuseSecondsMin,
    queueLimits.keyReuseSecondsMax,
  ),
};

const fifoReaders: Readonly<Record<string, Read>> = {
  ContentBasedDeduplication: boolean('ContentBasedDeduplication', 'contentBasedDeduplication'),
  DeduplicationScope: oneOf('DeduplicationScope', 'deduplicationScope', ['queue', 'messageGroup']),
  FifoThroughputLimit: oneOf('FifoThroughputLimit', 'throughputLimit', ['perQueue', 'perMessageGroupId']),
};

/**
 * @param given all but `FifoQueue`
 * @returns what changes; undefined values take something away
 * @throws AwsError InvalidAttributeName, InvalidAttributeValue
 */
export function readAttributes(given: Readonly<Record<string, string>>, isFifo: boolean): Patch {
  const patch: Patch = {};
  for (const [name, text] of Object.entries(given)) {
    const table = Object.hasOwn(readers, name) ? readers : isFifo ? fifoReaders : {};
    const read = Object.hasOwn(table, name) ? table[name] : undefined;
    if (read === undefined) throw unknownAttribute(name);
    Object.assign(patch, read(text));
  }
  return patch;
}

function checkedPolicy(text: string): string {
  try {
    parsePolicy(text, { kind: 'resource', bytesMax: queueLimits.policyBytesMax });
    return text;
  } catch (error) {
    if (error instanceof PolicyError) throw invalidAttribute('Policy');
    throw error;
  }
}

/** Counts are not among them: they are asked for with the messages. */
export function shownAttributes(row: QueueRow): Record<string, string> {
  const fifo = {
    FifoQueue: 'true',
    ContentBasedDeduplication: String(row.contentBasedDeduplication),
    DeduplicationScope: row.deduplicationScope,
    FifoThroughputLimit: row.throughputLimit,
  };
  return {
    QueueArn: arnOf(row),
    CreatedTimestamp: seconds(row.createdMs),
    LastModifiedTimestamp: seconds(row.modifiedMs),
    VisibilityTimeout: String(row.visibilitySeconds),
    MaximumMessageSize: String(row.messageBytesMax),
    MessageRetentionPeriod: String(row.retentionSeconds),
    DelaySeconds: String(row.delaySeconds),
    ReceiveMessageWaitTimeSeconds: String(row.waitSeconds),
    ...encryption(row),
    ...(row.policy === undefined ? {} : { Policy: row.policy }),
    ...(row.redrive === undefined ? {} : { RedrivePolicy: row.redrive.text }),
    ...(row.redriveAllow === undefined ? {} : { RedriveAllowPolicy: row.redriveAllow }),
    ...(row.isFifo ? fifo : {}),
  };
}

function encryption({ managedEncryption, awsKey, keyReuseSeconds }: QueueRow): Record<string, string> {
  if (awsKey !== true) return { SqsManagedSseEnabled: String(managedEncryption) };
  return {
    SqsManagedSseEnabled: 'false',
    KmsMasterKeyId: awsKeyName,
    KmsDataKeyReusePeriodSeconds: String(keyReuseSeconds ?? queueLimits.keyReuseSecondsDefault),
  };
}

export const countNames = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

const known = new Set([
  'All',
  'QueueArn',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'FifoQueue',
  ...countNames,
  ...Object.keys(readers),
  ...Object.keys(fifoReaders),
]);

/** @throws AwsError InvalidAttributeName */
export function checkAttributeNames(names: readonly string[]): void {
  for (const name of names) if (!known.has(name)) throw unknownAttribute(name);
}

const seconds = (ms: number) => String(Math.floor(ms / 1000));

export const unknownAttribute = (name: string) =>
  queueError('InvalidAttributeName', `Unknown Attribute ${name.slice(0, 64)}.`);

export const invalidAttribute = (name: string) =>
  queueError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
