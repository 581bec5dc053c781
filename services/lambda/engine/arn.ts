/** Names of functions as callers write them: a name, an ARN, or a part of one, each with or without a qualifier. */
import { Constraints } from './constraints.ts';
import { lambdaError } from './errors.ts';

interface Place {
  readonly account: string;
  readonly region: string;
}

export interface FunctionName extends Place {
  readonly name: string;
  /** A version, an alias, `$LATEST`; undefined: nothing was written. */
  readonly qualifier: string | undefined;
}

const region = '((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?';
const before = `(arn:(aws[a-zA-Z-]*)?:lambda:)?${region}(\\d{12}:)?(function:)?`;
/** The expressions of AWS's answers. New functions have no dots in their names. */
export const functionNamePattern = `${before}([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`;
export const newNamePattern = `${before}([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?`;
const qualifierPattern = '\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+';

const parts =
  /^(?:arn:(?:aws[a-zA-Z-]*)?:lambda:)?(?:((?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?(?:(\d{12}):)?(?:function:)?([\w.-]+)(?::(\$LATEST(?:\.PUBLISHED)?|[\w-]+))?$/;

const nameCharsMax = 170;
const newNameCharsMax = 140;
const qualifierCharsMax = 128;
/** Of the name itself. */
const bareCharsMax = 64;

/** @throws AwsError ValidationException, InvalidParameterValueException, ResourceNotFoundException for another region */
export function readFunctionName(text: string, qualifier: string | undefined, scope: Place): FunctionName {
  new Constraints()
    .length(qualifier, 'qualifier', qualifierCharsMax, 1)
    .pattern(qualifier, 'qualifier', qualifierPattern)
    .length(text, 'functionName', nameCharsMax, 1)
    .pattern(text, 'functionName', functionNamePattern)
    .check();
  const named = split(text, scope);
  if (named.region !== scope.region) {
    throw lambdaError(
      'ResourceNotFoundException',
      `Functions from '${named.region}' are not reachable in this region ('${scope.region}')`,
    );
  }
  if (named.qualifier !== undefined && qualifier !== undefined && named.qualifier !== qualifier) {
    throw lambdaError(
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
  }
  return { ...named, qualifier: qualifier ?? named.qualifier };
}

/** @throws AwsError as above */
export function readNewFunctionName(text: string, scope: Place): FunctionName {
  new Constraints()
    .length(text, 'functionName', newNameCharsMax, 1)
    .pattern(text, 'functionName', newNamePattern)
    .check();
  const named = readFunctionName(text, undefined, scope);
  if (named.name.length > bareCharsMax) {
    throw lambdaError(
      'InvalidParameterValueException',
      `1 validation error detected: Value '${named.name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to ${bareCharsMax}`,
    );
  }
  return named;
}

/** For authorisation, which refuses nothing by itself. @returns undefined for what is no name */
export function namedFunction(
  text: string,
  qualifier: string | undefined,
  scope: Place,
): FunctionName | undefined {
  if (text.length > nameCharsMax || !parts.test(text)) return undefined;
  const named = split(text, scope);
  return { ...named, qualifier: qualifier ?? named.qualifier };
}

function split(text: string, scope: Place): FunctionName {
  const [, inRegion, account, name, qualifier] = parts.exec(text)!;
  return { region: inRegion ?? scope.region, account: account ?? scope.account, name: name!, qualifier };
}

export function functionArn({ account, region: inRegion, name }: Place & { readonly name: string }): string {
  return `arn:aws:lambda:${inRegion}:${account}:function:${name}`;
}

export function qualifiedArn(name: Place & { readonly name: string }, qualifier: string | undefined): string {
  return qualifier === undefined ? functionArn(name) : `${functionArn(name)}:${qualifier}`;
}

/** A number, as versions have; aliases have none. */
export const isVersionNumber = (qualifier: string): boolean => /^[0-9]+$/.test(qualifier);
