/** Runtimes by their names. Whether one can be run here is the executor's to say; its functions can be kept in any case. */
import { createHash } from 'node:crypto';
import type { Constraints } from './constraints.ts';
import { lambdaError } from './errors.ts';

/** In the order in which AWS names them when it refuses another one; `mpc` is of this gateway. */
export const runtimes: readonly string[] = (
  'nodejs20.x python3.14 provided.al2023 python3.12 python3.13 nodejs24.x nodejs22.x java25 python3.10 python3.11 java21 ruby3.3 ruby3.4 ' +
  'ruby3.2 python3.8 python3.9 java17 nodejs16.x dotnet10 dotnet8 java11 dotnet6 nodejs18.x provided.al2 java8.al2 mpc'
).split(' ');

const retired: ReadonlySet<string> = new Set(
  (
    'nodejs nodejs4.3 nodejs4.3-edge nodejs6.10 nodejs8.10 nodejs10.x nodejs12.x nodejs14.x java8 python2.7 python3.6 python3.7 ' +
    'dotnetcore1.0 dotnetcore2.0 dotnetcore2.1 dotnetcore3.1 dotnet7 go1.x ruby2.5 ruby2.7 provided'
  ).split(' '),
);

/** Snapshots of started environments: kept as a setting of the function, without effect here. */
const withSnapshots: ReadonlySet<string> = new Set(
  'java11 java17 java21 java25 python3.12 python3.13 python3.14 dotnet8 dotnet10'.split(' '),
);

/** @throws AwsError InvalidParameterValueException */
export function checkRuntime(runtime: string): void {
  if (runtimes.includes(runtime)) return;
  if (retired.has(runtime)) {
    throw lambdaError(
      'InvalidParameterValueException',
      `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`,
    );
  }
  throw lambdaError(
    'InvalidParameterValueException',
    `Value ${runtime.slice(0, 128)} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${runtimes.join(', ')}] or be a valid ARN`,
  );
}

/** Of layers, which may also name runtimes that are no longer offered. */
export function checkCompatibleRuntimes(
  names: readonly string[],
  where: string,
  constraints: Constraints,
): void {
  if (names.every((name) => runtimes.includes(name) || retired.has(name))) return;
  constraints.fail(
    `[${names.join(', ')}]`,
    where,
    `Member must satisfy enum value set: [${runtimes.join(', ')}]`,
  );
}

export function checkCompatibleRuntime(
  name: string | undefined,
  where: string,
  constraints: Constraints,
): void {
  constraints.oneOf(name, where, [...runtimes, ...retired]);
}

/** @throws AwsError InvalidParameterValueException */
export function checkSnapStart(runtime: string): void {
  if (withSnapshots.has(runtime)) return;
  throw lambdaError(
    'InvalidParameterValueException',
    `${runtime} is not supported for SnapStart enabled functions.`,
  );
}

/** Names what runs the code: as on AWS a hash that is the same for all functions of a runtime. */
export function runtimeVersionArn(runtime: string, region: string): string {
  const hash = createHash('sha256').update(`hypergate/lambda/runtime/${runtime}`).digest('hex');
  return `arn:aws:lambda:${region}::runtime:${hash}`;
}
