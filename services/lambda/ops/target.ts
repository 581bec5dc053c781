/** The function that a call is about. */
import { lambdaError } from '../engine/errors.ts';
import { parameterError } from '../engine/requirements.ts';
import type { ResolvedFunction } from '../store/api.ts';
import { type LambdaCall, textOf } from './operation.ts';

/** @throws AwsError */
export function targetOf({ context, scope, input }: LambdaCall): Promise<ResolvedFunction> {
  return context.functions.resolve(String(input.FunctionName), textOf(input, 'Qualifier'), scope);
}

/** Of a function as a whole. @throws AwsError when a version or an alias is named */
export async function wholeTargetOf(call: LambdaCall): Promise<ResolvedFunction> {
  const target = await targetOf(call);
  if (target.qualifier !== undefined)
    throw parameterError(
      'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
    );
  return target;
}

/** As AWS answers for most settings that nobody made. */
export const settingNotFound = () =>
  lambdaError('ResourceNotFoundException', 'The resource you requested does not exist.');
