/** Condition keys of every kind of call, and that policies see them. */
import { describe, expect, test } from 'vitest';
import { type ConditionKeys, conditionKeys, type Input, type Operation } from '../engine/index.ts';
import { account, World } from './support/world.ts';

const cases: readonly (readonly [operation: Operation, input: Input, keys: ConditionKeys])[] = [
  [
    'CreateKey',
    {},
    {
      'kms:KeySpec': 'SYMMETRIC_DEFAULT',
      'kms:KeyUsage': 'ENCRYPT_DECRYPT',
      'kms:KeyOrigin': 'AWS_KMS',
      'kms:MultiRegion': 'false',
      'kms:BypassPolicyLockoutSafetyCheck': 'false',
    },
  ],
  [
    'CreateKey',
    { MultiRegion: true, Tags: [{ TagKey: 'a', TagValue: 'b' }] },
    { 'kms:MultiRegionKeyType': 'PRIMARY', 'aws:RequestTag/a': 'b', 'aws:TagKeys': ['a'] },
  ],
  [
    'PutKeyPolicy',
    { BypassPolicyLockoutSafetyCheck: true },
    { 'kms:BypassPolicyLockoutSafetyCheck': 'true' },
  ],
  ['ReplicateKey', { ReplicaRegion: 'eu-west-1' }, { 'kms:ReplicaRegion': 'eu-west-1' }],
  ['UpdatePrimaryRegion', { PrimaryRegion: 'eu-west-1' }, { 'kms:PrimaryRegion': 'eu-west-1' }],
  ['UntagResource', { TagKeys: ['a', 'b'] }, { 'aws:TagKeys': ['a', 'b'] }],
  ['ScheduleKeyDeletion', {}, { 'kms:ScheduleKeyDeletionPendingWindowInDays': '30' }],
  ['EnableKeyRotation', { RotationPeriodInDays: 90 }, { 'kms:RotationPeriodInDays': '90' }],
  [
    'GetParametersForImport',
    { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_3072' },
    { 'kms:WrappingAlgorithm': 'RSAES_OAEP_SHA_256', 'kms:WrappingKeySpec': 'RSA_3072' },
  ],
  [
    'ImportKeyMaterial',
    { ValidTo: new Date(0) },
    { 'kms:ExpirationModel': 'KEY_MATERIAL_EXPIRES', 'kms:ValidTo': '1970-01-01T00:00:00.000Z' },
  ],
  [
    'CreateGrant',
    {
      GranteePrincipal: 'g',
      RetiringPrincipal: 'r',
      Operations: ['Encrypt'],
      Constraints: { EncryptionContextSubset: {} },
    },
    {
      'kms:GrantOperations': ['Encrypt'],
      'kms:GranteePrincipal': 'g',
      'kms:RetiringPrincipal': 'r',
      'kms:GrantConstraintType': ['EncryptionContextSubset'],
      'kms:GrantIsForAWSResource': 'false',
    },
  ],
  [
    'Sign',
    { SigningAlgorithm: 'ECDSA_SHA_256' },
    { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'RAW' },
  ],
  ['VerifyMac', { MacAlgorithm: 'HMAC_SHA_256' }, { 'kms:MacAlgorithm': 'HMAC_SHA_256' }],
  ['DeriveSharedSecret', { KeyAgreementAlgorithm: 'ECDH' }, { 'kms:KeyAgreementAlgorithm': 'ECDH' }],
  [
    'GenerateDataKeyPair',
    { KeyPairSpec: 'RSA_2048' },
    { 'kms:DataKeyPairSpec': 'RSA_2048', 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT' },
  ],
  [
    'Encrypt',
    { EncryptionContext: { a: '1', b: '2' } },
    {
      'kms:EncryptionContext:a': '1',
      'kms:EncryptionContext:b': '2',
      'kms:EncryptionContextKeys': ['a', 'b'],
      'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
    },
  ],
  ['Decrypt', {}, { 'kms:EncryptionContextKeys': undefined }],
  [
    'ReEncrypt',
    { SourceEncryptionContext: { a: '1' } },
    { 'kms:ReEncryptOnSameKey': 'false', 'kms:EncryptionContextKeys': undefined },
  ],
];

describe('condition keys', () => {
  test.each(cases)('of %s %j', (operation, input, keys) => {
    const found = conditionKeys(operation, input, {}, account);
    expect(found).toMatchObject({ 'kms:CallerAccount': account, ...keys });
    expect(found['kms:ViaService']).toBeUndefined();
    expect(found['kms:RecipientAttestation:ImageSha384']).toBeUndefined();
  });

  test('of a key, its aliases and tags', async () => {
    const world = new World();
    const made = await world.newKey({ MultiRegion: true, Tags: [{ TagKey: 't', TagValue: 'v' }] });
    await world.run('CreateAlias', { AliasName: 'alias/a', TargetKeyId: made.keyId });
    const key = world.key(made.keyId);
    expect(conditionKeys('DescribeKey', {}, { key, alias: 'alias/a' }, account)).toMatchObject({
      'kms:KeySpec': 'SYMMETRIC_DEFAULT',
      'kms:KeyUsage': 'ENCRYPT_DECRYPT',
      'kms:KeyOrigin': 'AWS_KMS',
      'kms:MultiRegion': 'true',
      'kms:MultiRegionKeyType': 'PRIMARY',
      'kms:ResourceAliases': ['alias/a'],
      'kms:RequestAlias': 'alias/a',
      'aws:ResourceTag/t': 'v',
    });
  });

  test('ReEncrypt has one context on each side', () => {
    const input = { SourceEncryptionContext: { a: '1' }, DestinationEncryptionContext: { b: '2' } };
    const keysOf = (side: 'source' | 'destination') =>
      conditionKeys('ReEncrypt', input, { side, onSameKey: true }, account)['kms:EncryptionContextKeys'];
    expect([keysOf('source'), keysOf('destination')]).toEqual([['a'], ['b']]);
  });
});
