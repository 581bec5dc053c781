/** SendMessage and SendMessageBatch. */

import type { Call } from '@hypergate/kit';
import { invokeLimits } from '../../invoke/limits.ts';
import type { OutgoingMessage, SentMessage } from '../api.ts';
import { queueError } from '../errors.ts';
import { queueLimits } from '../limits.ts';
import { md5OfAttributes, md5OfBody } from '../md5.ts';
import { checkAttributes, checkBody, checkSystemAttributes, messageBytes } from '../message-content.ts';
import { checkOutgoing } from '../outgoing.ts';
import { entriesOf, inBatch } from './batch.ts';
import { type Members, numberWithin, onFoundQueue, type QueueOperation, textOf } from './row.ts';

interface ReadMessage extends OutgoingMessage {
  /** The trace was a member of the call: its digest is answered. */
  readonly isTraceGiven: boolean;
}

/** @throws AwsError */
function read(input: Members, call: Call<Members>): ReadMessage {
  const { principal } = call;
  const body = checkBody(input.MessageBody);
  const attributes = checkAttributes(input.MessageAttributes);
  const givenTrace = checkSystemAttributes(input.MessageSystemAttributes)?.stringValue;
  const trace = givenTrace ?? traceHeaderOf(call);
  const delaySeconds = numberWithin(input, 'DelaySeconds', 0, queueLimits.delaySecondsMax);
  const groupId = textOf(input, 'MessageGroupId');
  const deduplicationId = textOf(input, 'MessageDeduplicationId');
  return {
    body,
    isTraceGiven: givenTrace !== undefined,
    senderId: principal.roleSessionId ?? principal.userId,
    ...(attributes === undefined ? {} : { attributes }),
    ...(trace === undefined ? {} : { traceHeader: trace }),
    ...(delaySeconds === undefined ? {} : { delayMs: delaySeconds * 1000 }),
    ...(groupId === undefined ? {} : { groupId }),
    ...(deduplicationId === undefined ? {} : { deduplicationId }),
  };
}

/** What SDKs inside of functions send with every request: so chains of functions through queues are counted. */
function traceHeaderOf(call: Call<Members>): string | undefined {
  const given = call.header('x-amzn-trace-id');
  return given === undefined || given.length > invokeLimits.traceIdCharsMax ? undefined : given;
}

function answer(message: ReadMessage, { messageId, sequenceNumber }: SentMessage): Members {
  const ofAttributes = md5OfAttributes(message.attributes);
  const stringValue = message.isTraceGiven ? message.traceHeader : undefined;
  const system = stringValue === undefined ? {} : { AWSTraceHeader: { dataType: 'String', stringValue } };
  const ofSystem = md5OfAttributes(system);
  return {
    MessageId: messageId,
    MD5OfMessageBody: md5OfBody(message.body),
    ...(ofAttributes === undefined ? {} : { MD5OfMessageAttributes: ofAttributes }),
    ...(ofSystem === undefined ? {} : { MD5OfMessageSystemAttributes: ofSystem }),
    ...(sequenceNumber === undefined ? {} : { SequenceNumber: sequenceNumber }),
  };
}

const sendMessage = onFoundQueue(
  'SendMessage',
  async ({ queues, input, sent }, queue) => {
    const message = read(input, sent);
    const [one] = await queues.send(queue, [message]);
    return answer(message, one!);
  },
  { bodyBytesMax: queueLimits.sendBodyMax },
);

const sendMessageBatch = onFoundQueue(
  'SendMessageBatch',
  async ({ queues, input, sent }, queue) => {
    const entries = entriesOf(input);
    let bytes = 0;
    const result = await inBatch(
      entries,
      (entry) => {
        const message = read(entry, sent);
        bytes += messageBytes(message.body, message.attributes);
        checkOutgoing(queue.row, message);
        return message;
      },
      async (messages) => {
        if (bytes > queueLimits.messageBytesMax)
          throw queueError(
            'BatchRequestTooLong',
            `Batch requests cannot be longer than ${queueLimits.messageBytesMax} bytes. You have sent ${bytes} bytes.`,
          );
        const done = await queues.send(queue, messages);
        return messages.map((message, at) => answer(message, done[at]!));
      },
    );
    return { ...result };
  },
  { action: 'sqs:SendMessage', bodyBytesMax: queueLimits.sendBodyMax },
);

export const sendOperations: readonly QueueOperation[] = [sendMessage, sendMessageBatch];
