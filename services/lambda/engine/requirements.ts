/** Checks of one member each, for operations that answer the first that fails. */
import type { AwsError } from '@hypergate/kit';
import { Constraints } from './constraints.ts';
import { lambdaError } from './errors.ts';

export function parameterError(message: string): AwsError {
  return lambdaError('InvalidParameterValueException', message);
}

/** @param where `statementId`. @param pattern matches all of the value; @param shown as AWS shows it. @throws AwsError */
export function requirePattern(value: string, where: string, pattern: RegExp, shown: string): void {
  if (!pattern.test(value))
    new Constraints().fail(value, where, `Member must satisfy regular expression pattern: ${shown}`).check();
}

/** @throws AwsError */
export function requireOneOf<Value extends string>(
  value: string,
  where: string,
  values: readonly Value[],
): Value {
  new Constraints().oneOf(value, where, values).check();
  return value as Value;
}

/** @throws AwsError */
export function requireLength(value: string, where: string, max: number, min = 0): void {
  new Constraints().length(value, where, max, min).check();
}

/** @throws AwsError */
export function requireRange(value: number, where: string, min: number, max: number): void {
  new Constraints().range(value, where, min, max).check();
}

/** Of a list, which AWS shows in brackets. @throws AwsError */
export function requireCount(list: readonly string[], where: string, max: number, min = 0): void {
  const shown = `[${list.join(', ')}]`;
  const constraints = new Constraints();
  if (list.length > max)
    constraints.fail(shown, where, `Member must have length less than or equal to ${max}`);
  if (list.length < min)
    constraints.fail(shown, where, `Member must have length greater than or equal to ${min}`);
  constraints.check();
}

/** @throws AwsError */
export function requirePresent<Value>(value: Value | undefined, where: string): Value {
  new Constraints().required(value, where).check();
  return value as Value;
}
