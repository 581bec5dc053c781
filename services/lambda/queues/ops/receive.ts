/** ReceiveMessage: what of messages is shown, by the names that were asked for. */
import type { MessageAttribute, ReceivedMessage } from '../api.ts';
import { unknownAttribute } from '../attributes.ts';
import { queueLimits } from '../limits.ts';
import { md5OfAttributes, md5OfBody } from '../md5.ts';
import { type Members, numberWithin, onFoundQueue, textsOf } from './row.ts';

const systemNames = new Set([
  'All',
  'ApproximateFirstReceiveTimestamp',
  'ApproximateReceiveCount',
  'AWSTraceHeader',
  'DeadLetterQueueSourceArn',
  'MessageDeduplicationId',
  'MessageGroupId',
  'SenderId',
  'SentTimestamp',
  'SequenceNumber',
  'SqsManagedSseEnabled',
]);

export const receiveMessage = onFoundQueue('ReceiveMessage', async ({ queues, input, sent }, queue) => {
  const max = numberWithin(input, 'MaxNumberOfMessages', 1, queueLimits.receiveMax) ?? 1;
  const visibility = numberWithin(input, 'VisibilityTimeout', 0, queueLimits.visibilitySecondsMax);
  const wait = numberWithin(input, 'WaitTimeSeconds', 0, queueLimits.waitSecondsMax);
  // The older name of the same list is still sent.
  const system = [...textsOf(input, 'AttributeNames'), ...textsOf(input, 'MessageSystemAttributeNames')];
  for (const one of system) if (!systemNames.has(one)) throw unknownAttribute(one);
  const wanted = textsOf(input, 'MessageAttributeNames');
  const messages = await queues.receive(queue, {
    max,
    signal: sent.signal,
    ...(visibility === undefined ? {} : { visibilityMs: visibility * 1000 }),
    ...(wait === undefined ? {} : { waitMs: wait * 1000 }),
  });
  return messages.length === 0 ? {} : { Messages: messages.map((message) => shown(message, system, wanted)) };
});

function shown(message: ReceivedMessage, system: readonly string[], wanted: readonly string[]): Members {
  const Attributes = picked(message.system, (name) => system.includes('All') || system.includes(name));
  const attributes = picked(message.attributes, (name) => wanted.some((one) => isMeant(one, name)));
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receipt,
    Body: message.body,
    MD5OfBody: md5OfBody(message.body),
    ...(Attributes === undefined ? {} : { Attributes }),
    ...(attributes === undefined
      ? {}
      : { MD5OfMessageAttributes: md5OfAttributes(attributes), MessageAttributes: wireForm(attributes) }),
  };
}

/** `All` and `.*` mean all of them, `first.*` those whose names begin with `first.` or are `first`. */
function isMeant(asked: string, name: string): boolean {
  if (asked === 'All' || asked === '.*') return true;
  return asked.endsWith('.*') ? name.startsWith(asked.slice(0, -2)) : name === asked;
}

function picked<Value>(
  from: Readonly<Record<string, Value>>,
  isAsked: (name: string) => boolean,
): Readonly<Record<string, Value>> | undefined {
  const entries = Object.entries(from).filter(([name]) => isAsked(name));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function wireForm(attributes: Readonly<Record<string, MessageAttribute>>): Members {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { dataType, stringValue, binaryValue }]) => [
      name,
      {
        DataType: dataType,
        ...(binaryValue === undefined ? { StringValue: stringValue } : { BinaryValue: binaryValue }),
      },
    ]),
  );
}
