/** Refusals in the words of CloudWatch Logs. */
import { AwsError } from '@hypergate/kit';

/** Of a value that is refused. */
const shownChars = 128;

type LogErrorCode =
  | 'InvalidParameterException'
  | 'InvalidOperationException'
  | 'LimitExceededException'
  | 'OperationAbortedException'
  | 'ResourceAlreadyExistsException'
  | 'ResourceNotFoundException'
  | 'ServiceUnavailableException'
  | 'TooManyTagsException'
  | 'ValidationException';

export function logError(code: LogErrorCode, message: string): AwsError {
  return new AwsError(code, code === 'ServiceUnavailableException' ? 500 : 400, message);
}

export const invalidParameter = (message: string): AwsError => logError('InvalidParameterException', message);

/** @param where the member as the wire has it @param constraint as the API words it */
export function constraintError(value: string | number, where: string, constraint: string): AwsError {
  return invalidParameter(
    `1 validation error detected: Value '${String(value).slice(0, shownChars)}' at '${where}' failed to satisfy constraint: Member must ${constraint}`,
  );
}

export const groupNotFound = (): AwsError =>
  logError('ResourceNotFoundException', 'The specified log group does not exist.');
export const streamNotFound = (): AwsError =>
  logError('ResourceNotFoundException', 'The specified log stream does not exist.');
