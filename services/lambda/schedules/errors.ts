/** Refusals in the words of EventBridge Scheduler. */
import { AwsError } from '@hypergate/kit';

const statuses = {
  ConflictException: 409,
  InternalServerException: 500,
  ResourceNotFoundException: 404,
  ValidationException: 400,
} as const;

export function scheduleError(code: keyof typeof statuses, message: string): AwsError {
  return new AwsError(code, statuses[code], message);
}

export const invalid = (message: string): AwsError => scheduleError('ValidationException', message);

/** Of a value that is refused. */
const shownChars = 128;

/** @param where the member as the wire has it @param constraint as the API words it */
export function constraintError(value: string | number, where: string, constraint: string): AwsError {
  return invalid(
    `1 validation error detected: Value '${String(value).slice(0, shownChars)}' at '${where}' failed to satisfy constraint: Member must ${constraint}`,
  );
}

export const scheduleNotFound = (name: string): AwsError =>
  scheduleError('ResourceNotFoundException', `Schedule ${name} does not exist.`);
export const groupNotFound = (name: string): AwsError =>
  scheduleError('ResourceNotFoundException', `Schedule group ${name} does not exist.`);
