/** Tags of log groups, by ARN and in the older operations by name. */
import { constraintError, groupNotFound, invalidParameter, logError } from '../errors.ts';
import { logLimits } from '../limits.ts';
import {
  arnStart,
  changeGroup,
  findGroup,
  groupResource,
  type LogCall,
  type LogOperation,
  type Members,
  requireGroupName,
  textOf,
  textsOf,
} from '../operation.ts';

export type Tags = Readonly<Record<string, string>>;

export function tagsOf(input: Members): Record<string, string> {
  const { tags } = input;
  return typeof tags === 'object' && tags !== null ? { ...(tags as Tags) } : {};
}

/** @throws AwsError */
export function checkTags(tags: Tags): void {
  const { tagsMax, tagKeyCharsMax, tagValueCharsMax } = logLimits;
  const keys = Object.keys(tags);
  if (keys.length > tagsMax)
    throw logError('TooManyTagsException', `A resource can have no more than ${tagsMax} tags.`);
  for (const key of keys) {
    if (key.length < 1 || key.length > tagKeyCharsMax || key.toLowerCase().startsWith('aws:'))
      throw constraintError(key, 'tags', `have keys of 1 to ${tagKeyCharsMax} characters without 'aws:'`);
    if (tags[key]!.length > tagValueCharsMax)
      throw invalidParameter(`The value of the tag '${key}' has more than ${tagValueCharsMax} characters.`);
  }
}

/** @throws AwsError */
function nameInArn({ input, scope }: LogCall): string {
  const arn = textOf(input, 'resourceArn') ?? '';
  const start = arnStart(scope);
  if (!arn.startsWith(start)) throw groupNotFound();
  return arn.slice(start.length).replace(/:\*$/, '');
}

const arnResource = (input: Members): string =>
  (textOf(input, 'resourceArn') ?? '').split(':').slice(6).join(':');

const nameInInput = ({ input, scope }: LogCall): string => requireGroupName(input, scope);

function tagging(
  name: string,
  resource: LogOperation['resource'],
  nameOf: (call: LogCall) => string,
): LogOperation {
  return {
    name,
    resource,
    async operate(call) {
      await changeGroup(call, nameOf(call), (group) => {
        const tags = { ...group.tags, ...tagsOf(call.input) };
        checkTags(tags);
        return { ...group, tags };
      });
      return {};
    },
  };
}

function untagging(
  name: string,
  resource: LogOperation['resource'],
  nameOf: (call: LogCall) => string,
  member: string,
): LogOperation {
  return {
    name,
    resource,
    async operate(call) {
      const keys = new Set(textsOf(call.input, member));
      await changeGroup(call, nameOf(call), (group) => ({
        ...group,
        tags: Object.fromEntries(Object.entries(group.tags).filter(([key]) => !keys.has(key))),
      }));
      return {};
    },
  };
}

function listing(
  name: string,
  resource: LogOperation['resource'],
  nameOf: (call: LogCall) => string,
): LogOperation {
  return {
    name,
    resource,
    operate: async (call) => ({ tags: (await findGroup(call, nameOf(call))).row.tags }),
  };
}

export const tagOperations = [
  tagging('TagResource', arnResource, nameInArn),
  untagging('UntagResource', arnResource, nameInArn, 'tagKeys'),
  listing('ListTagsForResource', arnResource, nameInArn),
  tagging('TagLogGroup', groupResource, nameInInput),
  untagging('UntagLogGroup', groupResource, nameInInput, 'tags'),
  listing('ListTagsLogGroup', groupResource, nameInInput),
];
