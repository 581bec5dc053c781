/** Where messages go that nobody can handle, and whose messages a dead-letter queue takes. */
import type { AwsError } from '@hypergate/kit';
import { z } from 'zod';
import { invalidValue, queueError } from './errors.ts';
import { queueLimits } from './limits.ts';
import { arnOf, parseArn } from './names.ts';
import type { QueueRow } from './tables.ts';

const policy = z.object({
  deadLetterTargetArn: z.string(),
  // SDKs send it as a number, templates often as text.
  maxReceiveCount: z.union([z.number(), z.string().regex(/^\d{1,4}$/)]).optional(),
});

const allowPolicy = z.object({
  redrivePermission: z.enum(['allowAll', 'denyAll', 'byQueue']),
  sourceQueueArns: z.array(z.string()).max(queueLimits.redriveSourcesMax).optional(),
});

const defaultCount = 10;

/** @throws AwsError */
export function readRedrive(text: string): NonNullable<QueueRow['redrive']> {
  const read = policy.safeParse(jsonOf(text));
  if (!read.success) throw malformed(text);
  const { deadLetterTargetArn: targetArn, maxReceiveCount = defaultCount } = read.data;
  const count = Number(maxReceiveCount);
  if (!Number.isInteger(count) || count < 1 || count > queueLimits.maxReceiveCountMax)
    throw invalidRedrive(text, 'Invalid value for maxReceiveCount: it is from 1 to 1000');
  if (parseArn(targetArn) === undefined) throw invalidRedrive(text, 'Invalid value for deadLetterTargetArn');
  return { targetArn, maxReceiveCount: count, text };
}

/** @throws AwsError */
export function readRedriveAllow(text: string): string {
  const read = allowPolicy.safeParse(jsonOf(text));
  const isWell =
    read.success && (read.data.redrivePermission === 'byQueue') === (read.data.sourceQueueArns !== undefined);
  if (!isWell)
    throw queueError('InvalidAttributeValue', 'Invalid value for the parameter RedriveAllowPolicy.');
  return text;
}

/** A dead-letter queue stands in the account and region of its source, is of the same kind and lets itself be used. @throws AwsError */
export function checkTarget(source: QueueRow, target: QueueRow | undefined): void {
  const text = source.redrive?.text ?? '';
  const name = source.redrive === undefined ? undefined : parseArn(source.redrive.targetArn);
  if (name?.account !== source.account || name.region !== source.region)
    throw invalidRedrive(text, 'Dead-letter target owner should be same as the source');
  if (target === undefined) throw invalidRedrive(text, 'Dead letter target does not exist.');
  if (target.isFifo !== source.isFifo)
    throw invalidRedrive(
      text,
      source.isFifo
        ? 'Dead-letter queue must be same type of queue as the source'
        : 'Dead-letter queue must not be a FIFO queue',
    );
  if (!letsItselfBeUsed(target, arnOf(source)))
    throw invalidRedrive(text, 'The dead-letter queue does not allow this source queue');
}

function letsItselfBeUsed({ redriveAllow }: QueueRow, sourceArn: string): boolean {
  if (redriveAllow === undefined) return true;
  const { redrivePermission, sourceQueueArns = [] } = allowPolicy.parse(JSON.parse(redriveAllow));
  return redrivePermission === 'allowAll' || sourceQueueArns.includes(sourceArn);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const malformed = (text: string) => invalidRedrive(text, 'Redrive policy is not a valid JSON map');

const invalidRedrive = (text: string, reason: string): AwsError =>
  invalidValue(text.slice(0, 1000), 'RedrivePolicy', reason);
