/** What AWS says about zip files that it does not take: CreateFunction, UpdateFunctionCode, PublishLayerVersion. */
import type { AwsError } from '@hypergate/kit';
import { lambdaError } from '../engine/errors.ts';
import type { ZipRefused } from './zip-refused.ts';

/**
 * AWS tells three cases apart; what is refused here alone says why.
 * @param unpackedMax what must not come out of it: less than a function's limit when layers take a part
 */
export function refusal(refused: ZipRefused, unpackedMax: number): AwsError {
  const error = lambdaError('InvalidParameterValueException', sentence(refused, unpackedMax));
  error.cause = refused;
  return error;
}

function sentence({ fault, message }: ZipRefused, unpackedMax: number): string {
  if (fault === 'empty') return 'Uploaded file must be a non-empty zip';
  if (fault === 'too-large') return `Unzipped size must be smaller than ${unpackedMax} bytes`;
  const unreadable = 'Could not unzip uploaded file. Please check your file, then try to upload again.';
  // AWS takes some of these, such as links of a workspace to what was not packed: whoever comes from there has to be told.
  return fault === 'damaged' ? unreadable : `${unreadable} What is wrong: ${message}.`;
}

export function zipTooLarge(zipMax: number): AwsError {
  return lambdaError('InvalidParameterValueException', `Zipped size must be smaller than ${zipMax} bytes`);
}
