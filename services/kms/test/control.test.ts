/** Control operations as the SDK's client sees them, with custodians that judge for themselves. */
import {
  CancelKeyDeletionCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { errorOf, type Gateway, openGateway } from './support/gateway.ts';

let gateway: Gateway;
beforeEach(async () => {
  gateway = await openGateway();
});
afterEach(() => gateway.close());

describe('keys', () => {
  test('are made by custodians before they are there, and can be described and listed', async () => {
    const kms = gateway.client();
    const { KeyMetadata: made } = await kms.send(new CreateKeyCommand({ Description: 'one' }));
    expect(made).toMatchObject({ Description: 'one', KeyState: 'Enabled', Enabled: true });
    expect(gateway.custody.keys.size).toBe(1);
    expect(gateway.custody.informs).toBe(1);
    const { KeyMetadata: described } = await kms.send(new DescribeKeyCommand({ KeyId: made!.KeyId! }));
    expect(described).toEqual(made);
    const { Keys } = await kms.send(new ListKeysCommand({}));
    expect(Keys).toEqual([{ KeyId: made!.KeyId, KeyArn: made!.Arn }]);
    expect(gateway.custody.refusals).toEqual([]);
  });

  test('are disabled, enabled, scheduled for deletion and kept', async () => {
    const kms = gateway.client();
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata!.KeyId!;
    const stateOf = async () => (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!.KeyState;
    await kms.send(new DisableKeyCommand({ KeyId }));
    expect(await stateOf()).toBe('Disabled');
    await kms.send(new EnableKeyCommand({ KeyId }));
    expect(await stateOf()).toBe('Enabled');
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    expect(await stateOf()).toBe('PendingDeletion');
    expect(await errorOf(kms.send(new EnableKeyCommand({ KeyId })))).toBe(
      `KMSInvalidStateException: ${KeyMetadata!.Arn} is pending deletion.`,
    );
    await kms.send(new CancelKeyDeletionCommand({ KeyId }));
    expect(await stateOf()).toBe('Disabled');
  });
});

test('calls at the same time are decided one after the other, none on what another changed', async () => {
  const kms = gateway.client();
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata!.KeyId!;
  const tags = Array.from({ length: 40 }, (_, index) => `tag-${String(index).padStart(2, '0')}`);
  await Promise.all(
    tags.map((TagKey) => kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey, TagValue: '' }] }))),
  );
  const { Tags } = await kms.send(new ListResourceTagsCommand({ KeyId }));
  expect(Tags!.map(({ TagKey }) => TagKey)).toEqual(tags);
  expect(gateway.custody.informs).toBe(41);
  expect(gateway.custody.refusals).toEqual([]);
});

test('in developer mode a call that nobody signed is the root’s, for custodians too', async () => {
  const open = await openGateway({ unsigned: true });
  try {
    const response = await fetch(`http://127.0.0.1:${open.port}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.CreateKey' },
      body: JSON.stringify({ Description: 'unsigned' }),
    });
    expect(await response.json()).toMatchObject({ KeyMetadata: { Description: 'unsigned' } });
    expect(open.custody.keys.size).toBe(1);
    expect(open.custody.refusals).toEqual([]);
  } finally {
    await open.close();
  }
});
