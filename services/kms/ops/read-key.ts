/** DescribeKey, GetKeyPolicy, ListKeyPolicies, ListResourceTags, GetKeyLastUsage. */
import { checkGrantTokens } from '../engine/access/grants.ts';
import { policyName } from '../engine/access/key-policy.ts';
import { kmsError } from '../engine/errors.ts';
import { textOf, textsOf } from '../engine/input.ts';
import { keyMetadata } from '../engine/key-metadata.ts';
import { keyArn } from '../engine/key-record.ts';
import { kmsLimits } from '../engine/limits.ts';
import { pageOf } from '../store/pages.ts';
import { operation } from './row.ts';
import { readableKey } from './subject.ts';

export const describeKey = operation('DescribeKey', async (context, call) => {
  checkGrantTokens(textsOf(call.input, 'GrantTokens'));
  return { KeyMetadata: keyMetadata(await readableKey(context, call)) };
});

export const getKeyPolicy = operation('GetKeyPolicy', async (context, call) => {
  const { policy } = await readableKey(context, call);
  const name = textOf(call.input, 'PolicyName') ?? policyName;
  if (name !== policyName) throw kmsError('NotFoundException', 'No such policy exists');
  return { Policy: policy, PolicyName: name };
});

export const listKeyPolicies = operation('ListKeyPolicies', async (context, call) => {
  const { keyId } = await readableKey(context, call);
  const { items, more } = pageOf(
    {
      input: call.input,
      name: ['ListKeyPolicies', keyId],
      entriesDefault: kmsLimits.pageEntriesDefault,
      entriesMax: kmsLimits.pageEntriesMax,
    },
    [policyName],
    (name) => name,
  );
  return { PolicyNames: items, ...more };
});

export const listResourceTags = operation('ListResourceTags', async (context, call) => {
  const { keyId, tags } = await readableKey(context, call);
  const { items, more } = pageOf(
    {
      input: call.input,
      name: ['ListResourceTags', keyId],
      entriesDefault: kmsLimits.tagPageEntriesMax,
      entriesMax: kmsLimits.tagPageEntriesMax,
    },
    // In the order of bytes, as markers are.
    [...tags].sort((left, right) => Buffer.compare(Buffer.from(left.key), Buffer.from(right.key))),
    ({ key }) => key,
  );
  return { Tags: items.map(({ key, value }) => ({ TagKey: key, TagValue: value })), ...more };
});

export const getKeyLastUsage = operation('GetKeyLastUsage', async (context, call) => {
  const key = await readableKey(context, call);
  const use = await context.outcomes.lastUse(key.keyId);
  const created = new Date(key.createdMs);
  return {
    KeyId: keyArn(key),
    KeyLastUsage:
      use === undefined
        ? {}
        : { Operation: use.operation, Timestamp: new Date(use.timeMs), KmsRequestId: use.requestId },
    TrackingStartDate: created,
    KeyCreationDate: created,
  };
});
