/** What CreateFunction and UpdateFunctionConfiguration may say about a function, and what becomes of it in its record. */
import { lambdaLimits } from '../limits.ts';
import type { VersionRow } from '../model/function-rows.ts';
import type { Scope } from '../model/tables.ts';
import { Constraints } from './constraints.ts';
import { requireDeadLetterTarget } from './destination.ts';
import { lambdaError } from './errors.ts';
import { layerVersionPattern } from './layer-arn.ts';
import { type Members, number, structure, text, textMap, texts } from './members.ts';
import { checkRuntime, checkSnapStart } from './runtimes.ts';
import { checkVariables } from './variables.ts';

export type Architecture = VersionRow['architecture'];

const rolePattern = 'arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+';
const resourcePattern = '(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()';
const groupPattern = '[\\.\\-_/#A-Za-z0-9]+';
export const architectures: readonly string[] = ['x86_64', 'arm64'];
const applicationLevels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const systemLevels = ['DEBUG', 'INFO', 'WARN'];
const l = lambdaLimits;

/** Settings of functions that nothing here could honour. */
const unsupported = [
  'ImageConfig',
  'FileSystemConfigs',
  'TenancyConfig',
  'CapacityProviderConfig',
  'DurableConfig',
];

/** @throws AwsError ValidationException, InvalidParameterValueException */
export function checkConfiguration(input: Members, scope: Scope): void {
  const constraints = new Constraints()
    .pattern(text(input, 'Role'), 'role', rolePattern)
    .length(text(input, 'Handler'), 'handler', l.handlerCharsMax)
    .pattern(text(input, 'Handler'), 'handler', '[^\\s]+')
    .length(text(input, 'Description'), 'description', l.descriptionCharsMax)
    .range(number(input, 'Timeout'), 'timeout', 1, l.timeoutSecondsMax)
    .range(number(input, 'MemorySize'), 'memorySize', l.memoryMbMin, l.memoryMbMax)
    .range(
      number(structure(input, 'EphemeralStorage'), 'Size'),
      'ephemeralStorage.size',
      l.ephemeralMbMin,
      l.ephemeralMbMax,
    )
    .pattern(text(input, 'KMSKeyArn'), 'kMSKeyArn', resourcePattern)
    .pattern(
      text(structure(input, 'DeadLetterConfig'), 'TargetArn'),
      'deadLetterConfig.targetArn',
      resourcePattern,
    )
    .oneOf(text(structure(input, 'TracingConfig'), 'Mode'), 'tracingConfig.mode', ['Active', 'PassThrough'])
    .oneOf(text(structure(input, 'SnapStart'), 'ApplyOn'), 'snapStart.applyOn', ['PublishedVersions', 'None'])
    .oneOf(text(input, 'PackageType'), 'packageType', ['Zip', 'Image']);
  checkLogging(structure(input, 'LoggingConfig'), constraints);
  checkArchitectures(texts(input, 'Architectures'), constraints);
  checkVpc(structure(input, 'VpcConfig'), constraints);
  checkLayerNames(texts(input, 'Layers'), constraints);
  const variables = textMap(structure(input, 'Environment'), 'Variables');
  checkVariables(variables, constraints);
  for (const member of unsupported) {
    const value = input[member];
    if (value !== undefined && Object.keys(value as object).length > 0)
      refuse(`${member} is not supported by this service.`);
  }
  if (text(input, 'PackageType') === 'Image')
    refuse('Container images are not supported by this service: give the code as a zip file.');
  const runtime = text(input, 'Runtime');
  if (runtime !== undefined) checkRuntime(runtime);
  const deadLetters = text(structure(input, 'DeadLetterConfig'), 'TargetArn') ?? '';
  if (deadLetters !== '') requireDeadLetterTarget(deadLetters, scope);
}

export function checkArchitectures(values: readonly string[] | undefined, constraints: Constraints): void {
  if (values === undefined) return;
  const shown = `[${values.join(', ')}]`;
  if (values.some((value) => !architectures.includes(value))) {
    constraints.fail(
      shown,
      'architectures',
      `Member must satisfy constraint: [Member must satisfy enum value set: [${architectures.join(', ')}], Member must not be null]`,
    );
  }
  if (values.length > 1)
    constraints.fail(shown, 'architectures', 'Member must have length less than or equal to 1');
  if (values.length < 1)
    constraints.fail(shown, 'architectures', 'Member must have length greater than or equal to 1');
}

function checkLogging(logging: Members | undefined, constraints: Constraints): void {
  const group = text(logging, 'LogGroup');
  constraints
    .oneOf(text(logging, 'LogFormat'), 'loggingConfig.logFormat', ['JSON', 'Text'])
    .oneOf(text(logging, 'ApplicationLogLevel'), 'loggingConfig.applicationLogLevel', applicationLevels)
    .oneOf(text(logging, 'SystemLogLevel'), 'loggingConfig.systemLogLevel', systemLevels)
    .length(group, 'loggingConfig.logGroup', l.logGroupCharsMax, 1)
    .pattern(group, 'loggingConfig.logGroup', groupPattern);
}

function checkVpc(vpc: Members | undefined, constraints: Constraints): void {
  const check = (member: string, where: string, pattern: RegExp, countMax: number) => {
    const values = texts(vpc, member) ?? [];
    const shown = `[${values.join(', ')}]`;
    if (values.length > countMax)
      constraints.fail(shown, where, `Member must have length less than or equal to ${countMax}`);
    if (values.some((value) => value.length > l.vpcNameCharsMax || !pattern.test(value))) {
      constraints.fail(
        shown,
        where,
        `Member must satisfy constraint: [Member must have length less than or equal to ${l.vpcNameCharsMax}, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: ${pattern.source.slice(1, -1)}]`,
      );
    }
  };
  check('SubnetIds', 'vpcConfig.subnetIds', /^subnet-[0-9a-z]*$/, l.subnetsMax);
  check('SecurityGroupIds', 'vpcConfig.securityGroupIds', /^sg-[0-9a-zA-Z]*$/, l.securityGroupsMax);
}

function checkLayerNames(layers: readonly string[] | undefined, constraints: Constraints): void {
  if (layers === undefined) return;
  const pattern = new RegExp(`^(?:${layerVersionPattern})$`);
  if (layers.every((layer) => layer.length <= l.layerArnCharsMax && pattern.test(layer))) return;
  constraints.fail(
    `[${layers.join(', ')}]`,
    'layers',
    `Member must satisfy constraint: [Member must have length less than or equal to ${l.layerArnCharsMax}, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ${layerVersionPattern}, Member must not be null]`,
  );
}

/** Everything of a version that its configuration says; code, layers and what identifies it come from elsewhere. */
export type Configuration = Omit<
  VersionRow,
  'version' | 'functionName' | 'functionId' | 'revisionId' | 'lastModifiedMs' | 'code' | 'layers' | 'circuit'
>;

/** @throws AwsError InvalidParameterValueException */
export function newConfiguration(input: Members, functionName: string): Configuration {
  const [runtime, handler, role] = [text(input, 'Runtime'), text(input, 'Handler'), text(input, 'Role')];
  if (runtime === undefined || handler === undefined) {
    refuse('Runtime and Handler are mandatory parameters for functions created with deployment packages.');
  }
  return changedConfiguration(input, {
    description: '',
    runtime,
    role: role!,
    handler,
    timeoutSeconds: l.timeoutSecondsDefault,
    memoryMb: l.memoryMbDefault,
    ephemeralMb: l.ephemeralMbMin,
    architecture: (texts(input, 'Architectures')?.[0] ?? 'x86_64') as Architecture,
    tracingMode: 'PassThrough',
    logging: { format: 'Text', group: `/aws/lambda/${functionName}` },
    snapStart: 'None',
    runtimeUpdate: { mode: 'Auto' },
  });
}

/** What was, with what the input says. @throws AwsError InvalidParameterValueException */
export function changedConfiguration<Before extends Configuration>(input: Members, before: Before): Before {
  const environment = structure(input, 'Environment');
  const vpc = structure(input, 'VpcConfig');
  const keyArn = text(input, 'KMSKeyArn');
  const deadLetter = structure(input, 'DeadLetterConfig');
  const after: Before = {
    ...before,
    ...given('description', text(input, 'Description')),
    ...given('runtime', text(input, 'Runtime')),
    ...given('role', text(input, 'Role')),
    ...given('handler', text(input, 'Handler')),
    ...given('timeoutSeconds', number(input, 'Timeout')),
    ...given('memoryMb', number(input, 'MemorySize')),
    ...given('ephemeralMb', number(structure(input, 'EphemeralStorage'), 'Size')),
    ...given('tracingMode', text(structure(input, 'TracingConfig'), 'Mode')),
    ...given('snapStart', text(structure(input, 'SnapStart'), 'ApplyOn')),
    ...(environment === undefined ? {} : { variables: { ...textMap(environment, 'Variables') } }),
    ...(keyArn === undefined ? {} : { kmsKeyArn: keyArn === '' ? undefined : keyArn }),
    ...(deadLetter === undefined ? {} : { deadLetterTargetArn: text(deadLetter, 'TargetArn') || undefined }),
    ...(vpc === undefined
      ? {}
      : {
          vpc: {
            subnetIds: [...(texts(vpc, 'SubnetIds') ?? [])],
            securityGroupIds: [...(texts(vpc, 'SecurityGroupIds') ?? [])],
          },
        }),
    logging: changedLogging(structure(input, 'LoggingConfig'), before.logging),
  };
  if (after.snapStart !== 'None') checkSnapStart(after.runtime);
  return after;
}

function changedLogging(input: Members | undefined, before: VersionRow['logging']): VersionRow['logging'] {
  if (input === undefined) return before;
  const format = (text(input, 'LogFormat') ?? before.format) as 'Text' | 'JSON';
  const group = text(input, 'LogGroup') ?? before.group;
  const applicationLevel = text(input, 'ApplicationLogLevel');
  const systemLevel = text(input, 'SystemLogLevel');
  if (format === 'Text') {
    if (applicationLevel !== undefined || systemLevel !== undefined)
      refuse('Log levels can be set only if the log format is JSON.');
    return { format, group };
  }
  return {
    format,
    group,
    applicationLevel: (applicationLevel ?? before.applicationLevel ?? 'INFO') as 'INFO',
    systemLevel: (systemLevel ?? before.systemLevel ?? 'INFO') as 'INFO',
  };
}

function given(member: string, value: unknown): Record<string, unknown> {
  return value === undefined ? {} : { [member]: value };
}

function refuse(message: string): never {
  throw lambdaError('InvalidParameterValueException', message);
}
