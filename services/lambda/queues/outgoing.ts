/** What a queue takes: by its kind and its limits. */
import type { OutgoingMessage } from './api.ts';
import { invalidParameter, invalidValue, missingParameter } from './errors.ts';
import { checkBody, checkGroupOrDeduplicationId, messageBytes } from './message-content.ts';
import type { QueueRow } from './tables.ts';

const wrongKind = 'The request include parameter that is not valid for this queue type';

/** @throws AwsError */
export function checkOutgoing(queue: QueueRow, message: OutgoingMessage): void {
  const { body, attributes, groupId, deduplicationId, delayMs } = message;
  checkBody(body);
  if (messageBytes(body, attributes) > queue.messageBytesMax)
    throw invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${queue.messageBytesMax} bytes.`,
    );
  if (groupId !== undefined) checkGroupOrDeduplicationId(groupId, 'MessageGroupId');
  if (deduplicationId !== undefined) checkGroupOrDeduplicationId(deduplicationId, 'MessageDeduplicationId');
  if (!queue.isFifo) {
    if (deduplicationId !== undefined)
      throw invalidValue(deduplicationId, 'MessageDeduplicationId', wrongKind);
    return;
  }
  if (groupId === undefined) throw missingParameter('MessageGroupId');
  if (delayMs !== undefined && delayMs > 0) throw invalidValue(delayMs / 1000, 'DelaySeconds', wrongKind);
  const isKnownByContent = queue.contentBasedDeduplication || message.onceKey !== undefined;
  if (deduplicationId === undefined && !isKnownByContent)
    throw invalidParameter(
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
}
