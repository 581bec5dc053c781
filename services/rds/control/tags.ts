/** Tags of resources. */
import type { Tag } from '../model/control-records.ts';
import { invalidValue } from './errors.ts';
import type { Input } from './input.ts';
import { controlLimits } from './limits.ts';

/** @throws AwsError */
export function tagsOf(input: Input, member = 'Tags'): Tag[] {
  return withTags(
    [],
    input.structures(member).map((tag) => ({ key: tag.text('Key') ?? '', value: tag.text('Value') ?? '' })),
  );
}

/** Later ones win. @throws AwsError */
export function withTags(before: readonly Tag[], added: readonly Tag[]): Tag[] {
  const { tagsMax, tagKeyCharsMax, tagValueCharsMax } = controlLimits;
  const all = new Map(before.map(({ key, value }) => [key, value]));
  for (const { key, value } of added) {
    if (key.length === 0 || key.length > tagKeyCharsMax || value.length > tagValueCharsMax)
      throw invalidValue(
        `The tag ${key.slice(0, tagKeyCharsMax)} has a key or value that is empty or too long.`,
      );
    if (/^(?:aws|rds):/i.test(key)) throw invalidValue(`Tag keys cannot begin with ${key.slice(0, 4)}`);
    all.set(key, value);
  }
  if (all.size > tagsMax) throw invalidValue(`A resource has at most ${tagsMax} tags.`);
  return [...all].map(([key, value]) => ({ key, value }));
}

export const tagList = (tags: readonly Tag[]): { Key: string; Value: string }[] =>
  tags.map(({ key, value }) => ({ Key: key, Value: value }));
