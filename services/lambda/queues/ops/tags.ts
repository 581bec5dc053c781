/** Tags of queues. */
import { invalidParameter, invalidValue, missingParameter } from '../errors.ts';
import { queueLimits } from '../limits.ts';
import { mapOf, onQueue, type QueueOperation, textsOf } from './row.ts';

const keyMax = 128;
const valueMax = 256;
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** @throws AwsError */
export function checkTags(tags: Readonly<Record<string, string>>): Record<string, string> {
  for (const [key, value] of Object.entries(tags)) {
    if (key === '' || key.length > keyMax || !allowed.test(key))
      throw invalidValue(key.slice(0, keyMax), 'TagKey', 'it has 1 to 128 letters, digits or _.:/=+-@');
    if (key.toLowerCase().startsWith('aws:'))
      throw invalidValue(key, 'TagKey', 'names that begin with aws: are reserved');
    if (value.length > valueMax || !allowed.test(value))
      throw invalidValue(
        value.slice(0, valueMax),
        'TagValue',
        'it has at most 256 letters, digits or _.:/=+-@',
      );
  }
  if (Object.keys(tags).length > queueLimits.tagsMax)
    throw invalidParameter(`Too many tags added for queue: there may be ${queueLimits.tagsMax}.`);
  return { ...tags };
}

export const tagOperations: readonly QueueOperation[] = [
  onQueue('TagQueue', async ({ queues, input }, name) => {
    const tags = mapOf(input, 'Tags');
    if (Object.keys(tags).length === 0) throw missingParameter('Tags');
    await queues.store.change(name, (row) => ({ ...row, tags: checkTags({ ...row.tags, ...tags }) }));
    return {};
  }),
  onQueue('UntagQueue', async ({ queues, input }, name) => {
    const gone = new Set(textsOf(input, 'TagKeys'));
    if (gone.size === 0) throw missingParameter('TagKeys');
    await queues.store.change(name, (row) => ({
      ...row,
      tags: Object.fromEntries(Object.entries(row.tags).filter(([key]) => !gone.has(key))),
    }));
    return {};
  }),
  onQueue('ListQueueTags', async ({ queues }, name) => {
    const { tags } = (await queues.store.require(name)).row;
    return Object.keys(tags).length === 0 ? {} : { Tags: tags };
  }),
];
