/** DeleteMessage, ChangeMessageVisibility and their batches: what holders of receipt handles do. */
import type { AwsError } from '@hypergate/kit';
import type { ReceiptOutcome } from '../api.ts';
import { invalidParameter, invalidValue, missingParameter, queueError } from '../errors.ts';
import type { ChangeOutcome, VisibilityChange } from '../holding.ts';
import { queueLimits } from '../limits.ts';
import { entriesOf, inBatch } from './batch.ts';
import { type Members, numberWithin, onFoundQueue, type QueueOperation, requiredText } from './row.ts';

const receiptOf = (input: Members) => requiredText(input, 'ReceiptHandle');

const malformed = (receipt: string) =>
  queueError(
    'ReceiptHandleIsInvalid',
    `The input receipt handle "${receipt.slice(0, 200)}" is not a valid receipt handle.`,
  );

/** Deleting what is gone is done; in a standard queue, what was given out again since stays there without a word. */
function deleted(outcome: ReceiptOutcome, receipt: string, isFifo: boolean): AwsError | undefined {
  if (outcome === 'malformed') return malformed(receipt);
  if (outcome === 'stale' && isFifo)
    return invalidValue(receipt, 'ReceiptHandle', 'The receipt handle has expired');
  return undefined;
}

function changed(outcome: ChangeOutcome, receipt: string): AwsError | undefined {
  switch (outcome) {
    case 'done':
      return undefined;
    case 'malformed':
      return malformed(receipt);
    case 'beyond':
      return invalidParameter(
        `Value for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [${queueLimits.visibilitySecondsMax} seconds].`,
      );
    case 'visible':
      return queueError('MessageNotInflight', "The specified message isn't in flight.");
    case 'gone':
    case 'stale':
      return invalidValue(
        receipt,
        'ReceiptHandle',
        'Message does not exist or is not available for visibility timeout change',
      );
  }
}

function readChange(input: Members): VisibilityChange {
  const seconds = numberWithin(input, 'VisibilityTimeout', 0, queueLimits.visibilitySecondsMax);
  if (seconds === undefined) throw missingParameter('VisibilityTimeout');
  return { receipt: receiptOf(input), visibilityMs: seconds * 1000 };
}

export const holdOperations: readonly QueueOperation[] = [
  onFoundQueue('DeleteMessage', async ({ queues, input }, queue) => {
    const receipt = receiptOf(input);
    const [outcome] = await queues.remove(queue, [receipt]);
    const refused = deleted(outcome!, receipt, queue.row.isFifo);
    if (refused !== undefined) throw refused;
    return {};
  }),
  onFoundQueue(
    'DeleteMessageBatch',
    async ({ queues, input }, queue) => {
      const result = await inBatch(entriesOf(input), receiptOf, async (receipts) => {
        const outcomes = await queues.remove(queue, receipts);
        return outcomes.map((outcome, at) => deleted(outcome, receipts[at]!, queue.row.isFifo) ?? {});
      });
      return { ...result };
    },
    { action: 'sqs:DeleteMessage' },
  ),
  onFoundQueue('ChangeMessageVisibility', async ({ queues, input }, queue) => {
    const change = readChange(input);
    const [outcome] = await queues.change(queue, [change]);
    const refused = changed(outcome!, change.receipt);
    if (refused !== undefined) throw refused;
    return {};
  }),
  onFoundQueue(
    'ChangeMessageVisibilityBatch',
    async ({ queues, input }, queue) => {
      const result = await inBatch(entriesOf(input), readChange, async (changes) => {
        const outcomes = await queues.change(queue, changes);
        return outcomes.map((outcome, at) => changed(outcome, changes[at]!.receipt) ?? {});
      });
      return { ...result };
    },
    { action: 'sqs:ChangeMessageVisibility' },
  ),
];
