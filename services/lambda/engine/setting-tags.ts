/** Tags of functions, mappings and code signing configurations. */
import { lambdaLimits } from '../limits.ts';
import { parameterError, requireLength } from './requirements.ts';
import { settingLimits } from './setting-limits.ts';

export type Tags = Readonly<Record<string, string>>;

/** Later ones win. @throws AwsError */
export function withTags(before: Tags, added: Tags): Record<string, string> {
  const after = new Map(Object.entries(before));
  for (const [key, value] of Object.entries(added)) {
    requireLength(key, 'tags.key', settingLimits.tagKeyMax, 1);
    requireLength(value, 'tags.value', settingLimits.tagValueMax);
    if (/^aws:/i.test(key)) throw parameterError('The aws: prefix is reserved, tags cannot begin with it.');
    // No map of JSON keeps it.
    if (key === '__proto__') throw parameterError('A tag cannot have this key.');
    after.set(key, value);
  }
  if (after.size > lambdaLimits.tagsMax) throw parameterError('Number of tags exceeds resource tag limit.');
  return Object.fromEntries(after);
}

export function withoutTags(before: Tags, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(before).filter(([key]) => !keys.includes(key)));
}
