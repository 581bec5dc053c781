/** What AWS says of members that break their constraints: one sentence for each of them, with the member as the wire names it. */
import type { AwsError } from '@hypergate/kit';
import { constraintError, lambdaError } from './errors.ts';

/** Longer values are not repeated to whoever sent them. */
const shownCharsMax = 300;

export function parameterError(message: string): AwsError {
  return lambdaError('InvalidParameterValueException', message);
}

/** @param where `statementId`. @param pattern matches all of the value; @param shown as AWS shows it. @throws AwsError */
export function requirePattern(value: string, where: string, pattern: RegExp, shown: string): void {
  if (!pattern.test(value))
    throw constraintError(value.slice(0, shownCharsMax), where, `regular expression pattern: ${shown}`);
}

/** @throws AwsError */
export function requireOneOf<Value extends string>(
  value: string,
  where: string,
  values: readonly Value[],
): Value {
  const found = values.find((one) => one === value);
  if (found === undefined)
    throw constraintError(value.slice(0, shownCharsMax), where, `enum value set: [${values.join(', ')}]`);
  return found;
}

/** @throws AwsError */
export function requireLength(value: string, where: string, max: number, min = 0): void {
  if (value.length > max)
    throw have(`'${value.slice(0, shownCharsMax)}'`, where, `length less than or equal to ${max}`);
  if (value.length < min) throw have(`'${value}'`, where, `length greater than or equal to ${min}`);
}

/** @throws AwsError */
export function requireRange(value: number, where: string, min: number, max: number): void {
  if (value > max) throw have(`'${value}'`, where, `value less than or equal to ${max}`);
  if (value < min) throw have(`'${value}'`, where, `value greater than or equal to ${min}`);
}

/** Of a list, which AWS shows in brackets. @throws AwsError */
export function requireCount(list: readonly string[], where: string, max: number, min = 0): void {
  const shown = () => `'[${list.join(', ').slice(0, shownCharsMax)}]'`;
  if (list.length > max) throw have(shown(), where, `length less than or equal to ${max}`);
  if (list.length < min) throw have(shown(), where, `length greater than or equal to ${min}`);
}

/** @throws AwsError */
export function requirePresent<Value>(value: Value | undefined, where: string): Value {
  if (value === undefined)
    throw lambdaError(
      'ValidationException',
      `1 validation error detected: Value null at '${where}' failed to satisfy constraint: Member must not be null`,
    );
  return value;
}

function have(value: string, where: string, constraint: string): AwsError {
  return lambdaError(
    'ValidationException',
    `1 validation error detected: Value ${value} at '${where}' failed to satisfy constraint: Member must have ${constraint}`,
  );
}
