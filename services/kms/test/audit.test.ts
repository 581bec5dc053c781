/** The audit trail: before a key is used, with the outcome otherwise, ends of uses in groups. */
import * as aws from '@aws-sdk/client-kms';
import { CustodyError } from '@hypergate/node/api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { errorOf, type Gateway, openGateway } from './support/gateway.ts';
import { auditTrail, recordedOutcomes } from './support/trail.ts';
import { account } from './support/world.ts';

let gateway: Gateway;
let KeyId: string;
beforeEach(async () => {
  gateway = await openGateway();
  const made = await gateway
    .client()
    .send(new aws.CreateKeyCommand({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }));
  KeyId = made.KeyMetadata!.KeyId!;
});
afterEach(() => gateway.close());

const mac = (message = 'message', client = gateway.client()) =>
  client.send(
    new aws.GenerateMacCommand({ KeyId, MacAlgorithm: 'HMAC_SHA_256', Message: Buffer.from(message) }),
  );

describe('a use of a key', () => {
  test('is recorded before custodians are asked, and its end after the answer', async () => {
    let rowsBefore = 0;
    gateway.custody.faults.perform = async () => {
      const rows = await auditTrail(gateway);
      rowsBefore = rows.filter(({ operation }) => operation === 'GenerateMac').length;
    };
    const { Mac } = await mac();
    expect(Mac).toHaveLength(32);
    expect(rowsBefore).toBe(1);
    const row = (await auditTrail(gateway)).find(({ operation }) => operation === 'GenerateMac')!;
    expect(row).toMatchObject({
      account,
      principalArn: `arn:aws:iam::${account}:root`,
      keyIds: [KeyId],
      control: undefined,
      outcome: undefined,
    });
    expect(Object.fromEntries(row.context)).toMatchObject({
      'aws:SourceIp': '127.0.0.1',
      'aws:SecureTransport': 'false',
    });
    await gateway.service.drain(new AbortController().signal);
    const ends = await recordedOutcomes(gateway);
    expect(ends).toContainEqual({
      timeMs: row.timeMs,
      requestId: row.requestId,
      operation: 'GenerateMac',
      keyIds: [KeyId],
      outcome: 'ok',
      cryptographic: true,
    });
  });

  test.each([
    ['refused', 500, 'KMSInternalException: An internal error occurred. The request can be retried.'],
    ['unknown-key', 500, 'KMSInternalException: An internal error occurred. The request can be retried.'],
    ['invalid', 500, 'KMSInternalException: An internal error occurred. The request can be retried.'],
    [
      'unavailable',
      500,
      'KMSInternalException: Too few custodians are available. The request can be retried.',
    ],
  ] as const)(
    'that custodians answer with %s is an error, and recorded as one',
    async (reason, _status, told) => {
      gateway.custody.faults.perform = async () => {
        throw new CustodyError(reason, 'words that stay in the log');
      };
      expect(await errorOf(mac())).toBe(told);
      expect(gateway.logged.join('')).toContain('words that stay in the log');
      await gateway.service.drain(new AbortController().signal);
      const ends = await recordedOutcomes(gateway);
      expect(ends.filter(({ operation }) => operation === 'GenerateMac')).toMatchObject([
        { outcome: 'KMSInternalException' },
      ]);
    },
  );

  test('an error that is none of custody’s is told nobody', async () => {
    gateway.custody.faults.perform = async () => {
      throw new Error('a bug');
    };
    expect(await errorOf(mac())).toBe(
      'KMSInternalException: An internal error occurred. The request can be retried.',
    );
    expect(gateway.logged.join('')).toContain('a bug');
  });

  test('many ends share a record', async () => {
    await Promise.all(Array.from({ length: 150 }, (_, index) => mac(`message ${index}`)));
    await gateway.service.drain(new AbortController().signal);
    const ends = await recordedOutcomes(gateway);
    expect(ends.filter(({ operation }) => operation === 'GenerateMac')).toHaveLength(150);
    const names = new Set(ends.map(({ requestId, timeMs }) => `${requestId} ${timeMs}`));
    expect(names.size).toBe(ends.length);
    const rows = await auditTrail(gateway);
    expect(rows.filter(({ operation }) => operation === 'GenerateMac')).toHaveLength(150);
    expect(gateway.custody.refusals).toEqual([]);
  });

  test('the last one can be asked for', async () => {
    const last = () => gateway.client().send(new aws.GetKeyLastUsageCommand({ KeyId }));
    expect((await last()).KeyLastUsage).toEqual({});
    await mac();
    gateway.clock.ms += 5_000;
    await mac();
    const used = new Date(gateway.clock.ms);
    gateway.clock.ms += 5_000;
    gateway.custody.faults.perform = async () => {
      throw new CustodyError('unavailable', 'too few');
    };
    await errorOf(mac());
    expect((await last()).KeyLastUsage).toMatchObject({ Operation: 'GenerateMac', Timestamp: used });
  });
});

test('a call that changes something is recorded with its number and choices, and twice when it makes a key', async () => {
  const rows = (await auditTrail(gateway)).filter(({ operation }) => operation === 'CreateKey');
  expect(rows.map(({ control }) => control?.sequence)).toEqual([0, 1]);
  expect(rows[0]!.control!.choices).toEqual(rows[1]!.control!.choices);
  expect(rows[0]!.control!.choices.keyId).toBe(KeyId);
  expect(new Set(rows.map(({ requestId }) => requestId)).size).toBe(2);
  expect(rows[0]!.callHash).toEqual(rows[1]!.callHash);
});

test('a call that only reads is recorded with its outcome before it is answered', async () => {
  await gateway.client().send(new aws.DescribeKeyCommand({ KeyId }));
  const rows = await auditTrail(gateway);
  expect(rows.at(-1)).toMatchObject({ operation: 'DescribeKey', keyIds: [KeyId], outcome: 'ok' });
});

test('what a reset leaves is nothing that is listed, named, kept by custodians or in the trail', async () => {
  const kms = gateway.client();
  await kms.send(new aws.CreateAliasCommand({ AliasName: 'alias/a', TargetKeyId: KeyId }));
  await mac();
  expect(await gateway.service.usage()).toMatchObject([{ name: account, objects: 1 }, { objects: 0 }]);
  await gateway.service.reset();
  expect(gateway.custody.keys.size).toBe(0);
  expect(await auditTrail(gateway)).toEqual([]);
  expect((await kms.send(new aws.ListKeysCommand({}))).Keys).toEqual([]);
  expect((await kms.send(new aws.ListAliasesCommand({}))).Aliases).toEqual([]);
  expect(await errorOf(mac())).toContain('NotFoundException');
  await kms.send(new aws.CreateKeyCommand({}));
  await kms.send(
    new aws.CreateAliasCommand({
      AliasName: 'alias/b',
      TargetKeyId: (await kms.send(new aws.ListKeysCommand({}))).Keys![0]!.KeyId!,
    }),
  );
  expect(gateway.custody.refusals).toEqual([]);
});
