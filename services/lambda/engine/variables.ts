/** Environment variables of functions. Their values appear in no message, other than on AWS. */
import { lambdaLimits } from '../limits.ts';
import type { Constraints } from './constraints.ts';
import { lambdaError } from './errors.ts';

/** Set by the runtime; the rest may be overridden (developer guide, "Defined runtime environment variables"). */
const reserved: ReadonlySet<string> = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
]);

const pattern = '[a-zA-Z]([a-zA-Z0-9_])+';
const named = new RegExp(`^${pattern}$`);
const problem =
  'Lambda was unable to configure your environment variables because the environment variables you have provided';

/** @throws AwsError InvalidParameterValueException */
export function checkVariables(
  variables: Readonly<Record<string, string>> | undefined,
  constraints: Constraints,
): void {
  const names = Object.keys(variables ?? {});
  const taken = names.filter((name) => reserved.has(name));
  if (names.some((name) => !named.test(name) && !reserved.has(name))) {
    constraints.fail(
      undefined,
      'environment.variables',
      `Map keys must satisfy constraint: [Member must satisfy regular expression pattern: ${pattern}]`,
    );
  }
  // What else is wrong with the request comes first, as on AWS.
  constraints.check();
  if (taken.length > 0) {
    throw lambdaError(
      'InvalidParameterValueException',
      `${problem} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${taken.join(', ')}`,
    );
  }
  if (Buffer.byteLength(JSON.stringify(variables ?? {})) > lambdaLimits.environmentBytesMax)
    throw lambdaError('InvalidParameterValueException', `${problem} exceeded the 4KB limit.`);
}
