/** What operations answer when nothing is wrong, as the SDK's client sees it. */
import * as aws from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '../engine/operations.ts';
import { kmsOperations } from '../ops/index.ts';
import { errorOf, type Gateway, openGateway } from './support/gateway.ts';
import { account, allowing, otherAccount, region, userOf } from './support/world.ts';

const dayMs = 24 * 60 * 60 * 1000;

let gateway: Gateway;
let kms: aws.KMSClient;
beforeAll(async () => {
  gateway = await openGateway();
  kms = gateway.client();
});
afterAll(async () => {
  expect(gateway.custody.refusals).toEqual([]);
  await gateway.close();
});

const create = async (input: aws.CreateKeyCommandInput = {}) =>
  (await kms.send(new aws.CreateKeyCommand(input))).KeyMetadata!;

test('every operation that needs no key material has one row', () => {
  const names = kmsOperations.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const others = ['GenerateRandom', 'GetParametersForImport', 'ImportKeyMaterial'];
  const expected = Object.entries(operations)
    .filter(([name, facts]) => !('cryptographic' in facts) && !others.includes(name))
    .map(([name]) => name);
  expect(names).toEqual(expect.arrayContaining(expected));
});

describe('CreateKey', () => {
  test.each([
    ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', { EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'] }],
    ['ECC_NIST_P256', 'SIGN_VERIFY', { SigningAlgorithms: ['ECDSA_SHA_256'] }],
    ['ECC_NIST_P384', 'KEY_AGREEMENT', { KeyAgreementAlgorithms: ['ECDH'] }],
    ['ECC_NIST_P521', 'SIGN_VERIFY', { SigningAlgorithms: ['ECDSA_SHA_512'] }],
    ['ECC_SECG_P256K1', 'SIGN_VERIFY', { SigningAlgorithms: ['ECDSA_SHA_256'] }],
    [
      'ECC_NIST_EDWARDS25519',
      'SIGN_VERIFY',
      { SigningAlgorithms: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'] },
    ],
    ['RSA_2048', 'ENCRYPT_DECRYPT', { EncryptionAlgorithms: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] }],
    ['HMAC_224', 'GENERATE_VERIFY_MAC', { MacAlgorithms: ['HMAC_SHA_224'] }],
    ['HMAC_512', 'GENERATE_VERIFY_MAC', { MacAlgorithms: ['HMAC_SHA_512'] }],
  ] as const)('%s for %s', async (KeySpec, KeyUsage, algorithms) => {
    const made = await create({ KeySpec, KeyUsage });
    expect(made).toMatchObject({
      KeySpec,
      KeyUsage,
      ...algorithms,
      AWSAccountId: account,
      Arn: `arn:aws:kms:${region}:${account}:key/${made.KeyId}`,
      CreationDate: new Date(gateway.clock.ms),
      KeyState: 'Enabled',
      KeyManager: 'CUSTOMER',
      Origin: 'AWS_KMS',
      MultiRegion: false,
    });
    expect(made.KeyId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('of several regions, of which there is one', async () => {
    const made = await create({ MultiRegion: true });
    expect(made.KeyId).toMatch(/^mrk-[0-9a-f]{32}$/);
    expect(made.MultiRegionConfiguration).toEqual({
      MultiRegionKeyType: 'PRIMARY',
      PrimaryKey: { Arn: made.Arn, Region: region },
      ReplicaKeys: [],
    });
  });

  test('whose material comes from outside makes none here', async () => {
    const before = gateway.custody.keys.size;
    expect(await create({ Origin: 'EXTERNAL' })).toMatchObject({
      KeyState: 'PendingImport',
      Origin: 'EXTERNAL',
    });
    expect(gateway.custody.keys.size).toBe(before);
  });

  test('with tags and a policy, which can be read and replaced', async () => {
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'kms:*', Resource: '*' }],
    });
    const { KeyId } = await create({ Tags: [{ TagKey: 'team', TagValue: 'a' }], Policy });
    const { Tags } = await kms.send(new aws.ListResourceTagsCommand({ KeyId }));
    expect(Tags).toEqual([{ TagKey: 'team', TagValue: 'a' }]);
    const read = () => kms.send(new aws.GetKeyPolicyCommand({ KeyId }));
    expect(await read()).toMatchObject({ Policy, PolicyName: 'default' });
    const Replaced = Policy.replace('"kms:*"', '["kms:*"]');
    await kms.send(new aws.PutKeyPolicyCommand({ KeyId, Policy: Replaced }));
    expect((await read()).Policy).toBe(Replaced);
  });

  test('has the default policy unless one is given, which leaves all to the account', async () => {
    const { KeyId } = await create();
    const { Policy } = await kms.send(new aws.GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }));
    expect(JSON.parse(Policy!)).toMatchObject({
      Id: 'key-default-1',
      Statement: [{ Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*' }],
    });
  });
});

describe('names', () => {
  test('a key is reached by id, ARN, alias and alias ARN', async () => {
    const { KeyId, Arn } = await create();
    await kms.send(new aws.CreateAliasCommand({ AliasName: 'alias/reached', TargetKeyId: Arn! }));
    const alias = `arn:aws:kms:${region}:${account}:alias/reached`;
    for (const name of [KeyId!, Arn!, 'alias/reached', alias]) {
      const { KeyMetadata } = await kms.send(new aws.DescribeKeyCommand({ KeyId: name }));
      expect(KeyMetadata!.KeyId).toBe(KeyId);
    }
    const { KeyId: next } = await create();
    await kms.send(new aws.UpdateAliasCommand({ AliasName: 'alias/reached', TargetKeyId: next! }));
    const moved = await kms.send(new aws.DescribeKeyCommand({ KeyId: 'alias/reached' }));
    expect(moved.KeyMetadata!.KeyId).toBe(next);
  });
});

describe('grants', () => {
  const grantee = userOf('grantee');
  const grantTo = (KeyId: string, more: Partial<aws.CreateGrantCommandInput> = {}) =>
    kms.send(
      new aws.CreateGrantCommand({
        KeyId,
        GranteePrincipal: grantee.arn,
        Operations: ['DescribeKey', 'RetireGrant'],
        ...more,
      }),
    );

  test('let in who has no policy, until they are revoked', async () => {
    const { KeyId, Arn } = await create();
    const holder = gateway.user('grantee', []);
    const asked = () => errorOf(holder.send(new aws.DescribeKeyCommand({ KeyId: Arn! })));
    expect(await asked()).toContain('AccessDeniedException');
    const { GrantId, GrantToken } = await grantTo(KeyId!);
    expect(await asked()).toContain('no error');
    const described = new aws.DescribeKeyCommand({ KeyId: Arn!, GrantTokens: [GrantToken!] });
    expect(await errorOf(holder.send(described))).toContain('no error');
    await kms.send(new aws.RevokeGrantCommand({ KeyId: KeyId!, GrantId: GrantId! }));
    expect(await asked()).toContain('AccessDeniedException');
  });

  test('are one when they are the same and have a name', async () => {
    const { KeyId } = await create();
    const first = await grantTo(KeyId!, { Name: 'once' });
    expect(await grantTo(KeyId!, { Name: 'once' })).toMatchObject({ GrantId: first.GrantId });
    const other = await grantTo(KeyId!, { Name: 'twice' });
    expect(other.GrantId).not.toBe(first.GrantId);
  });

  test('are retired by token or by name, by whom that was left to', async () => {
    const { KeyId, Arn } = await create();
    const holder = gateway.user('grantee', []);
    const stranger = gateway.user('stranger', [allowing('kms:*')]);
    const first = await grantTo(KeyId!);
    const GrantToken = first.GrantToken!;
    expect(await errorOf(stranger.send(new aws.RetireGrantCommand({ GrantToken })))).toContain(
      'AccessDeniedException',
    );
    expect(await errorOf(holder.send(new aws.RetireGrantCommand({ GrantToken })))).toBe('no error: {}');
    const { GrantId } = await grantTo(KeyId!, { RetiringPrincipal: userOf('retirer').arn });
    const retirer = gateway.user('retirer', []);
    expect(await errorOf(retirer.send(new aws.RetireGrantCommand({ KeyId: Arn!, GrantId: GrantId! })))).toBe(
      'no error: {}',
    );
    expect((await kms.send(new aws.ListGrantsCommand({ KeyId: KeyId! }))).Grants).toEqual([]);
  });

  test('to somebody of another account', async () => {
    const { KeyId, Arn } = await create();
    const far = userOf('far', otherAccount);
    await grantTo(KeyId!, { GranteePrincipal: far.arn, Operations: ['DescribeKey'] });
    const holder = gateway.user('far', [], otherAccount);
    expect(await errorOf(holder.send(new aws.DescribeKeyCommand({ KeyId: Arn! })))).toContain('no error');
  });
});

test('rotation is shown with its period and its next date', async () => {
  const { KeyId } = await create();
  const status = () => kms.send(new aws.GetKeyRotationStatusCommand({ KeyId: KeyId! }));
  expect(await status()).toMatchObject({ KeyRotationEnabled: false });
  await kms.send(new aws.EnableKeyRotationCommand({ KeyId: KeyId! }));
  expect(await status()).toMatchObject({
    KeyRotationEnabled: true,
    RotationPeriodInDays: 365,
    NextRotationDate: new Date(gateway.clock.ms + 365 * dayMs),
  });
  const { KeyId: rotated } = await kms.send(new aws.RotateKeyOnDemandCommand({ KeyId: KeyId! }));
  expect(rotated).toContain(KeyId!);
  const { Rotations } = await kms.send(new aws.ListKeyRotationsCommand({ KeyId: KeyId! }));
  const { KeyMetadata } = await kms.send(new aws.DescribeKeyCommand({ KeyId: KeyId! }));
  expect(Rotations).toMatchObject([
    { KeyMaterialId: KeyMetadata!.CurrentKeyMaterialId, RotationDate: new Date(gateway.clock.ms) },
  ]);
});

test('rotation is shown in each state of a key', async () => {
  const { KeyId } = await create();
  const rotates = async (one = KeyId) =>
    (await kms.send(new aws.GetKeyRotationStatusCommand({ KeyId: one }))).KeyRotationEnabled;
  await kms.send(new aws.EnableKeyRotationCommand({ KeyId }));
  expect(await rotates()).toBe(true);
  // It goes on when the key is enabled again.
  await kms.send(new aws.DisableKeyCommand({ KeyId }));
  expect(await rotates()).toBe(true);
  await kms.send(new aws.ScheduleKeyDeletionCommand({ KeyId }));
  expect(await rotates()).toBe(false);
  await kms.send(new aws.CancelKeyDeletionCommand({ KeyId }));
  expect((await kms.send(new aws.DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState).toBe('Disabled');
  expect(await rotates()).toBe(true);
  for (const input of [
    { Origin: 'EXTERNAL' },
    { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
    { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
  ] as const) {
    const other = (await create(input)).KeyId;
    const expected = 'Origin' in input ? false : 'UnsupportedOperationException';
    const found = await rotates(other).catch((error: Error) => error.name);
    expect(found).toBe(expected);
  }
});

test('there are no custom key stores', async () => {
  expect(await kms.send(new aws.DescribeCustomKeyStoresCommand({}))).toMatchObject({
    CustomKeyStores: [],
    Truncated: false,
  });
});
