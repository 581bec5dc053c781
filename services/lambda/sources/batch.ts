/** Messages of a queue as functions get them (developer guide, "Using Lambda with Amazon SQS"), and what a function's answer says of them. */
import type { MessageAttribute, ReceivedMessage } from '../queues/api.ts';
import { md5OfAttributes, md5OfBody } from '../queues/md5.ts';

export type QueueRecord = Readonly<Record<string, unknown>>;

export function recordOf(message: ReceivedMessage, queueArn: string): QueueRecord {
  const { messageId, receipt, body, system, attributes } = message;
  const md5OfMessageAttributes = md5OfAttributes(attributes);
  return {
    messageId,
    receiptHandle: receipt,
    body,
    attributes: system,
    messageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, one]) => [name, attributeOf(one)]),
    ),
    ...(md5OfMessageAttributes === undefined ? {} : { md5OfMessageAttributes }),
    md5OfBody: md5OfBody(body),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(':')[3],
  };
}

function attributeOf({ dataType, stringValue, binaryValue }: MessageAttribute) {
  return {
    ...(stringValue === undefined ? {} : { stringValue }),
    ...(binaryValue === undefined ? {} : { binaryValue: Buffer.from(binaryValue).toString('base64') }),
    stringListValues: [],
    binaryListValues: [],
    dataType,
  };
}

/**
 * Of an answer in the sense of ReportBatchItemFailures.
 * @returns ids of messages that failed; `all` when the answer cannot be understood
 */
export function failedItems(answer: Uint8Array, known: ReadonlySet<string>): ReadonlySet<string> | 'all' {
  const text = Buffer.from(answer).toString('utf8').trim();
  if (text === '' || text === 'null') return new Set();
  let failures: unknown;
  try {
    failures = (JSON.parse(text) as { batchItemFailures?: unknown }).batchItemFailures;
  } catch (error) {
    if (error instanceof SyntaxError) return 'all';
    throw error;
  }
  if (failures === undefined || failures === null) return new Set();
  if (!Array.isArray(failures)) return 'all';
  const ids = failures.map((one: unknown) => (one as { itemIdentifier?: unknown } | null)?.itemIdentifier);
  const named = ids.filter((id) => typeof id === 'string' && known.has(id)) as string[];
  return named.length === ids.length ? new Set(named) : 'all';
}
