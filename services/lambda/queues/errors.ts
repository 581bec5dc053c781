/**
 * Errors of Amazon SQS in its JSON protocol. The code is the shape's name; the header `x-amzn-query-error` carries the code of the
 * older query protocol, which SDKs that began there still show (`AWS.SimpleQueueService.NonExistentQueue`).
 */
import { AwsError } from '@hypergate/kit';
import { schemas } from '@hypergate/kit/aws/gen/sqs';

/** Codes that no shape describes. */
const further = {
  InvalidParameterValueException: ['InvalidParameterValue', 400],
  MissingRequiredParameterException: ['MissingParameter', 400],
  InternalFailure: ['InternalFailure', 500],
} as const;

export type QueueErrorCode =
  | keyof typeof further
  | 'BatchEntryIdsNotDistinct'
  | 'BatchRequestTooLong'
  | 'EmptyBatchRequest'
  | 'InvalidAddress'
  | 'InvalidAttributeName'
  | 'InvalidAttributeValue'
  | 'InvalidBatchEntryId'
  | 'InvalidMessageContents'
  | 'MessageNotInflight'
  | 'OverLimit'
  | 'QueueDoesNotExist'
  | 'QueueNameExists'
  | 'ReceiptHandleIsInvalid'
  | 'TooManyEntriesInBatchRequest'
  | 'UnsupportedOperation';

export function queueError(code: QueueErrorCode, message: string): AwsError {
  const [queryCode, status] = wordsOf(code);
  const fault = status >= 500 ? 'Receiver' : 'Sender';
  return new AwsError(code, status, message, {}, { 'x-amzn-query-error': `${queryCode};${fault}` });
}

/** The code as entries of batches carry it. */
export const queryCodeOf = (error: AwsError): string =>
  error.headers['x-amzn-query-error']?.split(';')[0] ?? error.code;

export const queueMissing = (): AwsError =>
  queueError('QueueDoesNotExist', 'The specified queue does not exist.');

export const invalidParameter = (message: string): AwsError =>
  queueError('InvalidParameterValueException', message);

/** As SQS words what a parameter's value does not satisfy. */
export const invalidValue = (value: unknown, parameter: string, reason: string): AwsError =>
  invalidParameter(`Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}.`);

export const missingParameter = (parameter: string): AwsError =>
  queueError('MissingRequiredParameterException', `The request must contain the parameter ${parameter}.`);

function wordsOf(code: QueueErrorCode): readonly [string, number] {
  if (code in further) return further[code as keyof typeof further];
  const shape = schemas.shapes[code];
  if (shape?.type !== 'structure' || shape.error === undefined) throw new Error(`no error shape ${code}`);
  // The JSON protocol answers all faults of clients with 400.
  return [shape.error.code, 400];
}
