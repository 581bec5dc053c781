/** Aliases: where they point, and what share of the calls goes to another version. */
import { Constraints } from './constraints.ts';
import { lambdaError } from './errors.ts';

export interface Routed {
  readonly version: string;
  /** Version -> its share, 0 to 1; the rest goes to `version`. */
  readonly weights?: Readonly<Record<string, number>> | undefined;
}

export const aliasNamePattern = '(?!^[0-9]+$)([a-zA-Z0-9-_]+)';
export const aliasVersionPattern = '\\$LATEST|[0-9]+';
const aliasCharsMax = 128;
const versionCharsMax = 1024;
/** Versions beside the alias's own. */
const additionalMax = 1;

export interface AliasMembers {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly description?: string | undefined;
  readonly weights?: Readonly<Record<string, number>> | undefined;
}

/** @throws AwsError ValidationException */
export function checkAliasMembers({ name, version, description, weights }: AliasMembers): void {
  const constraints = new Constraints()
    .length(name, 'name', aliasCharsMax, 1)
    .pattern(name, 'name', aliasNamePattern)
    .length(version, 'functionVersion', versionCharsMax, 1)
    .pattern(version, 'functionVersion', aliasVersionPattern)
    .length(description, 'description', 256);
  const entries = Object.entries(weights ?? {});
  const shown = `{${entries.map(([key, weight]) => `${key}=${Number.isInteger(weight) ? weight.toFixed(1) : weight}`).join(', ')}}`;
  const where = 'routingConfig.additionalVersionWeights';
  if (entries.some(([key]) => !/^[0-9]{1,1024}$/.test(key))) {
    constraints.fail(
      shown,
      where,
      'Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]',
    );
  }
  if (entries.some(([, weight]) => !(weight >= 0 && weight <= 1))) {
    constraints.fail(
      shown,
      where,
      'Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]',
    );
  }
  constraints.check();
}

/** @throws AwsError InvalidParameterValueException */
export function checkRouting({ version, weights = {} }: Routed): void {
  const others = Object.keys(weights);
  if (others.length === 0) return;
  if (others.length > additionalMax)
    refuse(`Number of items in AdditionalVersionWeights cannot be greater than ${additionalMax}`);
  if (version === '$LATEST') refuse('$LATEST is not supported for an alias pointing to more than 1 version');
  if (others.includes(version))
    refuse(
      `Invalid function version ${version}. Function version ${version} is already included in routing configuration.`,
    );
}

/** @param fraction random, 0 or more and less than 1 */
export function pickVersion({ version, weights = {} }: Routed, fraction: number): string {
  let rest = fraction;
  for (const [other, weight] of Object.entries(weights)) {
    if (rest < weight) return other;
    rest -= weight;
  }
  return version;
}

function refuse(message: string): never {
  throw lambdaError('InvalidParameterValueException', message);
}
