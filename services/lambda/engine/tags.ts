/** Tags of functions. */
import { lambdaLimits } from '../limits.ts';
import { lambdaError } from './errors.ts';

/** All that a resource would have. @throws AwsError InvalidParameterValueException */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  const { tagsMax, tagKeyCharsMax, tagValueCharsMax } = lambdaLimits;
  const entries = Object.entries(tags);
  if (entries.length > tagsMax) refuse('Number of tags exceeds resource tag limit.');
  for (const [key, value] of entries) {
    if (key.length === 0 || key.length > tagKeyCharsMax || value.length > tagValueCharsMax)
      refuse('The key or the value of a tag is empty or too long.');
    if (/^aws:/i.test(key)) refuse('Keys of tags do not begin with aws:.');
  }
}

function refuse(message: string): never {
  throw lambdaError('InvalidParameterValueException', message);
}
