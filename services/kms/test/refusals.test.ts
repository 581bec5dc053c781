/** Every refusal of operations that change keys or read of them, as the SDK's client sees it, and its record in the audit trail. */
import * as aws from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorOf, type Gateway, openGateway } from './support/gateway.ts';
import { auditTrail } from './support/trail.ts';
import { account, allowing, otherAccount, region } from './support/world.ts';

let gateway: Gateway;
let kms: aws.KMSClient;
let key: aws.KeyMetadata;
let mac: aws.KeyMetadata;
let disabled: aws.KeyMetadata;
let leaving: aws.KeyMetadata;

const create = async (input: aws.CreateKeyCommandInput = {}) =>
  (await kms.send(new aws.CreateKeyCommand(input))).KeyMetadata!;

beforeAll(async () => {
  gateway = await openGateway();
  kms = gateway.client();
  key = await create();
  mac = await create({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  disabled = await create();
  await kms.send(new aws.DisableKeyCommand({ KeyId: disabled.KeyId! }));
  leaving = await create();
  await kms.send(new aws.ScheduleKeyDeletionCommand({ KeyId: leaving.KeyId!, PendingWindowInDays: 7 }));
  await kms.send(new aws.CreateAliasCommand({ AliasName: 'alias/taken', TargetKeyId: key.KeyId! }));
});
afterAll(() => gateway.close());

const unknown = '00000000-0000-4000-8000-000000000000';
const unknownArn = `arn:aws:kms:${region}:${account}:key/${unknown}`;
const grantee = `arn:aws:iam::${account}:user/grantee`;

// biome-ignore lint/suspicious/noExplicitAny: commands of all operations stand in one table
type AnyCommand = any;

const cases: readonly (readonly [what: string, command: () => AnyCommand, expected: string])[] = [
  [
    'a key id that is none',
    () => new aws.DescribeKeyCommand({ KeyId: 'none' }),
    "NotFoundException: Invalid keyId 'none'",
  ],
  [
    'a key that is not there',
    () => new aws.DescribeKeyCommand({ KeyId: unknown }),
    `NotFoundException: Key '${unknownArn}' does not exist`,
  ],
  [
    'an ARN that is none',
    () => new aws.DescribeKeyCommand({ KeyId: 'arn:aws:kms' }),
    'InvalidArnException: Invalid arn arn:aws:kms',
  ],
  [
    'an ARN of another region',
    () => new aws.EnableKeyCommand({ KeyId: unknownArn.replace(region, 'eu-west-1') }),
    'NotFoundException: Invalid arn eu-west-1',
  ],
  [
    'an alias that is not there',
    () => new aws.DescribeKeyCommand({ KeyId: 'alias/none' }),
    `NotFoundException: Alias arn:aws:kms:${region}:${account}:alias/none is not found.`,
  ],
  [
    'an alias where none is taken',
    () => new aws.DisableKeyCommand({ KeyId: 'alias/taken' }),
    "NotFoundException: Invalid keyId 'alias/taken'",
  ],
  [
    'a member that is missing',
    () => new aws.UpdateKeyDescriptionCommand({ KeyId: unknown } as AnyCommand),
    "ValidationException: 1 validation error detected: Value null at 'description' failed to satisfy constraint: Member must not be null",
  ],
  [
    'a use that the spec does not have',
    () => new aws.CreateKeyCommand({ KeySpec: 'HMAC_256', KeyUsage: 'SIGN_VERIFY' }),
    'ValidationException: KeyUsage SIGN_VERIFY is not compatible with KeySpec HMAC_256',
  ],
  [
    'a spec that is not built',
    () => new aws.CreateKeyCommand({ KeySpec: 'ML_DSA_65', KeyUsage: 'SIGN_VERIFY' }),
    'UnsupportedOperationException: ',
  ],
  [
    'a policy that is none',
    () => new aws.CreateKeyCommand({ Policy: '{' }),
    'MalformedPolicyDocumentException: ',
  ],
  [
    'a policy that locks its author out',
    () => new aws.PutKeyPolicyCommand({ KeyId: key.KeyId!, Policy: policyFor(grantee) }),
    'MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.',
  ],
  [
    'a policy of another name',
    () => new aws.GetKeyPolicyCommand({ KeyId: key.KeyId!, PolicyName: 'other' }),
    'NotFoundException: No such policy exists',
  ],
  [
    'tags that the system keeps',
    () => new aws.TagResourceCommand({ KeyId: key.KeyId!, Tags: [{ TagKey: 'aws:x', TagValue: '' }] }),
    'TagException: ',
  ],
  [
    'an alias name without its prefix',
    () => new aws.CreateAliasCommand({ AliasName: 'plain', TargetKeyId: key.KeyId! }),
    'InvalidAliasNameException: ',
  ],
  [
    'an alias that is taken',
    () => new aws.CreateAliasCommand({ AliasName: 'alias/taken', TargetKeyId: key.KeyId! }),
    `AlreadyExistsException: An alias with the name arn:aws:kms:${region}:${account}:alias/taken already exists`,
  ],
  [
    'an alias that comes to a key of another use',
    () => new aws.UpdateAliasCommand({ AliasName: 'alias/taken', TargetKeyId: mac.KeyId! }),
    'ValidationException: ',
  ],
  [
    'an alias that does not exist',
    () => new aws.DeleteAliasCommand({ AliasName: 'alias/gone' }),
    `NotFoundException: Alias arn:aws:kms:${region}:${account}:alias/gone is not found.`,
  ],
  [
    'rotation of a key that has none',
    () => new aws.EnableKeyRotationCommand({ KeyId: mac.KeyId! }),
    'UnsupportedOperationException: ',
  ],
  [
    'rotation of a disabled key',
    () => new aws.RotateKeyOnDemandCommand({ KeyId: disabled.KeyId! }),
    'DisabledException: ',
  ],
  [
    'rotations of a key that has none',
    () => new aws.ListKeyRotationsCommand({ KeyId: mac.KeyId! }),
    'UnsupportedOperationException: ',
  ],
  [
    'a window of deletion that is too short',
    () => new aws.ScheduleKeyDeletionCommand({ KeyId: key.KeyId!, PendingWindowInDays: 3 }),
    'ValidationException: PendingWindowInDays must be between 7 and 30',
  ],
  [
    'deletion twice',
    () => new aws.ScheduleKeyDeletionCommand({ KeyId: leaving.KeyId! }),
    'KMSInvalidStateException: ',
  ],
  [
    'keeping a key that does not go',
    () => new aws.CancelKeyDeletionCommand({ KeyId: key.KeyId! }),
    'KMSInvalidStateException: ',
  ],
  [
    'a grant to nobody',
    () => new aws.CreateGrantCommand({ KeyId: key.KeyId!, GranteePrincipal: 'x', Operations: ['Decrypt'] }),
    'InvalidArnException: Invalid principal x',
  ],
  [
    'a grant on a key that cannot be used',
    () =>
      new aws.CreateGrantCommand({
        KeyId: disabled.KeyId!,
        GranteePrincipal: grantee,
        Operations: ['Decrypt'],
      }),
    'DisabledException: ',
  ],
  [
    'a grant that is only tried',
    () =>
      new aws.CreateGrantCommand({
        KeyId: key.KeyId!,
        GranteePrincipal: grantee,
        Operations: ['Decrypt'],
        DryRun: true,
      }),
    'DryRunOperationException: ',
  ],
  [
    'a grant id that is none',
    () => new aws.RevokeGrantCommand({ KeyId: key.KeyId!, GrantId: 'x' }),
    'InvalidGrantIdException: ',
  ],
  [
    'a grant that is not there',
    () => new aws.RevokeGrantCommand({ KeyId: key.KeyId!, GrantId: '0'.repeat(64) }),
    'NotFoundException: ',
  ],
  [
    'a grant token that is none',
    () => new aws.RetireGrantCommand({ GrantToken: 'x' }),
    'InvalidGrantTokenException: ',
  ],
  [
    'a grant token of a reader',
    () => new aws.DescribeKeyCommand({ KeyId: key.KeyId!, GrantTokens: ['x'] }),
    'InvalidGrantTokenException: ',
  ],
  [
    'imported material of a key that has its own',
    () => new aws.DeleteImportedKeyMaterialCommand({ KeyId: key.KeyId! }),
    'UnsupportedOperationException: ',
  ],
  [
    'a replica of a key of one region',
    () => new aws.ReplicateKeyCommand({ KeyId: key.KeyId!, ReplicaRegion: 'eu-west-1' }),
    'UnsupportedOperationException: ',
  ],
  [
    'a primary region of a key of one region',
    () => new aws.UpdatePrimaryRegionCommand({ KeyId: key.KeyId!, PrimaryRegion: 'eu-west-1' }),
    'UnsupportedOperationException: ',
  ],
  [
    'a custom key store that is not there',
    () => new aws.ConnectCustomKeyStoreCommand({ CustomKeyStoreId: 'cks-1' }),
    'CustomKeyStoreNotFoundException: Custom key store cks-1 does not exist.',
  ],
  [
    'a custom key store by name',
    () => new aws.DescribeCustomKeyStoresCommand({ CustomKeyStoreName: 'mine' }),
    'CustomKeyStoreNotFoundException: Custom key store mine does not exist.',
  ],
  [
    'a cluster that is not there',
    () =>
      new aws.CreateCustomKeyStoreCommand({
        CustomKeyStoreName: 'mine',
        CloudHsmClusterId: 'cluster-222222222222',
      }),
    'CloudHsmClusterNotFoundException: ',
  ],
  [
    'a key in a custom key store',
    () => new aws.CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: 'cks-1' }),
    'CustomKeyStoreNotFoundException: ',
  ],
  ['a marker that is none', () => new aws.ListKeysCommand({ Marker: 'x' }), 'InvalidMarkerException: '],
  [
    'a limit that is none',
    () => new aws.ListKeysCommand({ Limit: 0 }),
    "ValidationException: 1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
  ],
];

const policyFor = (...principals: readonly string[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: principals }, Action: 'kms:*', Resource: '*' }],
  });

describe('refused', () => {
  test.each(cases)('%s', async (_what, command, expected) => {
    const sent = command();
    const before = (await auditTrail(gateway)).length;
    const told = await errorOf(kms.send(sent));
    expect(told.startsWith(expected), told).toBe(true);
    const rows = (await auditTrail(gateway)).slice(before);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      operation: sent.constructor.name.replace('Command', ''),
      outcome: expected.split(':')[0],
      principalArn: `arn:aws:iam::${account}:root`,
    });
  });

  test('nothing of it reached custodians', () => {
    expect(gateway.custody.refusals).toEqual([]);
  });
});

describe('who may', () => {
  test('a user needs its own policies where the key policy delegates to the account', async () => {
    const nobody = gateway.user('nobody', []);
    const reader = gateway.user('reader', [allowing('kms:DescribeKey', 'kms:ListKeys')]);
    expect(await errorOf(nobody.send(new aws.DescribeKeyCommand({ KeyId: key.KeyId! })))).toBe(
      `AccessDeniedException: User: arn:aws:iam::${account}:user/nobody is not authorized to perform: kms:DescribeKey on resource: ${key.Arn} because no identity-based policy allows the kms:DescribeKey action`,
    );
    expect(await errorOf(reader.send(new aws.DescribeKeyCommand({ KeyId: key.KeyId! })))).toContain(
      'no error',
    );
    expect(await errorOf(reader.send(new aws.DisableKeyCommand({ KeyId: key.KeyId! })))).toContain(
      'because no identity-based policy allows the kms:DisableKey action',
    );
    expect(await errorOf(nobody.send(new aws.ListKeysCommand({})))).toContain(
      'not authorized to perform: kms:ListKeys on resource: * because no identity-based policy',
    );
  });

  test('conditions of identity policies see the request', async () => {
    const local = (address: string) => ({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'kms:DisableKey',
          Resource: '*',
          Condition: { IpAddress: { 'aws:SourceIp': address } },
        },
      ],
    });
    const here = gateway.user('here', [local('127.0.0.1/32')]);
    const there = gateway.user('there', [local('192.0.2.0/24')]);
    const { KeyId } = await create();
    expect(await errorOf(there.send(new aws.DisableKeyCommand({ KeyId })))).toContain(
      'AccessDeniedException',
    );
    // Custodians believe the address of the audit record.
    expect(await errorOf(here.send(new aws.DisableKeyCommand({ KeyId })))).toBe('no error: {}');
  });

  test('an explicit deny of the key policy holds for the root as well', async () => {
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: account }, Action: 'kms:*', Resource: '*' },
        { Effect: 'Deny', Principal: '*', Action: 'kms:DisableKey', Resource: '*' },
      ],
    });
    const { KeyId } = await create({ Policy });
    expect(await errorOf(kms.send(new aws.DisableKeyCommand({ KeyId })))).toContain('with an explicit deny');
  });

  test('another account is let in by the key policy, and to no more than crosses accounts', async () => {
    const { KeyId, Arn } = await create({ Policy: policyFor(account, otherAccount) });
    const other = gateway.client(otherAccount);
    expect(await errorOf(other.send(new aws.DescribeKeyCommand({ KeyId: Arn! })))).toContain('no error');
    expect(await errorOf(other.send(new aws.DescribeKeyCommand({ KeyId })))).toContain('NotFoundException');
    expect(await errorOf(other.send(new aws.DisableKeyCommand({ KeyId: Arn! })))).toContain(
      'because no resource-based policy allows the kms:DisableKey action',
    );
    expect(await errorOf(other.send(new aws.DescribeKeyCommand({ KeyId: key.Arn! })))).toContain(
      'AccessDeniedException',
    );
  });

  test('a call signed for another region is nobody’s here', async () => {
    const far = gateway.client(account, 'eu-west-1');
    expect(await errorOf(far.send(new aws.ListKeysCommand({})))).toContain('InvalidSignatureException');
  });
});
