/** Names of layers and of their versions. */
import { Constraints } from './constraints.ts';
import { lambdaError } from './errors.ts';

interface Place {
  readonly account: string;
  readonly region: string;
}

export interface LayerName extends Place {
  readonly name: string;
}

export interface LayerVersionName extends LayerName {
  readonly version: number;
}

const region = '(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}';
const arn = `arn:(aws[a-zA-Z-]*)?:lambda:${region}:\\d{12}:layer:[a-zA-Z0-9-_]+`;
const aws = 'arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+';
export const layerNamePattern = `(${arn})|[a-zA-Z0-9-_]+`;
export const layerVersionPattern = `(${arn}:[0-9]+)|(${aws})`;

const nameCharsMax = 140;
export const layerArnCharsMax = 2048;
/** Beyond, a number is no longer exact. */
const versionDigitsMax = 15;

const parts = /^(?:arn:(?:aws[a-zA-Z-]*)?:lambda:([^:]+):(\d{12}):layer:)?([\w-]+)(?::(\d{1,15}))?$/;

/** @throws AwsError ValidationException */
export function readLayerName(text: string, scope: Place): LayerName {
  new Constraints()
    .length(text, 'layerName', nameCharsMax, 1)
    .pattern(text, 'layerName', layerNamePattern)
    .check();
  return namedLayer(text, scope)!;
}

/** For authorisation. @returns undefined for what is no name */
export function namedLayer(text: string, scope: Place): LayerName | undefined {
  const found = text.length <= layerArnCharsMax ? parts.exec(text) : null;
  if (found === null) return undefined;
  return { region: found[1] ?? scope.region, account: found[2] ?? scope.account, name: found[3]! };
}

/** @throws AwsError ValidationException */
export function readLayerVersionArn(text: string): LayerVersionName {
  new Constraints().length(text, 'arn', nameCharsMax, 1).pattern(text, 'arn', layerVersionPattern).check();
  return layerVersionOf(text) ?? noSuchLayer();
}

/** @returns undefined for what is no ARN of a version: those of AWS's own layers are none here */
export function layerVersionOf(text: string): LayerVersionName | undefined {
  const found = text.length <= layerArnCharsMax ? parts.exec(text) : null;
  if (found?.[1] === undefined || found[4] === undefined || found[4].length > versionDigitsMax)
    return undefined;
  return { region: found[1], account: found[2]!, name: found[3]!, version: Number(found[4]) };
}

export const layerArn = ({ account, region: inRegion, name }: LayerName): string =>
  `arn:aws:lambda:${inRegion}:${account}:layer:${name}`;

export const layerVersionArn = (layer: LayerVersionName): string => `${layerArn(layer)}:${layer.version}`;

/** @throws AwsError ResourceNotFoundException */
export function noSuchLayer(): never {
  throw lambdaError('ResourceNotFoundException', 'The resource you requested does not exist.');
}

/** @throws AwsError InvalidParameterValueException */
export function checkLayerVersion(version: number): void {
  if (version < 1) throw lambdaError('InvalidParameterValueException', 'Layer Version Cannot be less than 1');
}
