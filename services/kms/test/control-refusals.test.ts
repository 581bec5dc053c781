/** Each refusal once, in KMS's words. */
import { describe, expect, test } from 'vitest';
import { checkWrapping } from '../engine/crypto/import-wrapping.ts';
import { keyArn } from '../engine/key-record.ts';
import { refusalOf, region, World } from './support/world.ts';

const bytes = (length: number) => new Uint8Array(length);

async function world() {
  const one = new World();
  return { one, key: await one.newKey(), arn: (id: string) => keyArn(one.key(id)) };
}

describe('control of keys', () => {
  test.each([
    [
      { KeySpec: 'RSA_2048' },
      'ValidationException: You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    ],
    [{ KeySpec: 'SM2' }, 'UnsupportedOperationException: KeySpec SM2 is not supported in this region.'],
    [
      { KeySpec: 'ML_DSA_65', KeyUsage: 'SIGN_VERIFY' },
      'UnsupportedOperationException: KeySpec ML_DSA_65 is not supported in this region.',
    ],
    [
      { KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'KEY_AGREEMENT' },
      'ValidationException: KeyUsage KEY_AGREEMENT is not compatible with KeySpec ECC_SECG_P256K1',
    ],
    [
      { KeySpec: 'RSA_2048', CustomerMasterKeySpec: 'RSA_3072', KeyUsage: 'SIGN_VERIFY' },
      'ValidationException: You cannot specify KeySpec and CustomerMasterKeySpec in the same request.',
    ],
    [
      { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: 'cks-1' },
      'CustomKeyStoreNotFoundException: Custom key store cks-1 does not exist.',
    ],
    [
      { Origin: 'EXTERNAL_KEY_STORE' },
      'ValidationException: Origin EXTERNAL_KEY_STORE needs a CustomKeyStoreId.',
    ],
    [{ Policy: '{' }, 'MalformedPolicyDocumentException: Policies must be valid JSON'],
    [
      {
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { AWS: 'x y' }, Action: 'kms:*', Resource: '*' }],
        }),
      },
      'MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals.',
    ],
    [
      {
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: '*', Action: 'kms:Encrypt', Resource: '*' }],
        }),
      },
      'MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.',
    ],
    [{ Tags: [{ TagKey: 'aws:x', TagValue: '' }] }, 'TagException: aws: prefixed tag key names'],
    [
      {
        Tags: [
          { TagKey: 'x', TagValue: '1' },
          { TagKey: 'x', TagValue: '2' },
        ],
      },
      'TagException: Duplicate tag keys',
    ],
    [
      { Tags: Array.from({ length: 51 }, (_, i) => ({ TagKey: `${i}`, TagValue: '' })) },
      'TagException: Too many tags',
    ],
  ])('CreateKey %j', async (input, refusal) => {
    const { one } = await world();
    expect(await refusalOf(() => one.run('CreateKey', input))).toContain(refusal);
  });

  test('a policy that locks its caller out is taken when the check is bypassed', async () => {
    const { one } = await world();
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 'kms:Encrypt', Resource: '*' }],
    });
    const key = await one.newKey({ Policy, BypassPolicyLockoutSafetyCheck: true });
    const again = { KeyId: key.keyId, Policy };
    expect(await refusalOf(() => one.run('PutKeyPolicy', again))).toContain('AccessDeniedException');
  });

  test('aliases', async () => {
    const { one, key } = await world();
    const mac = await one.newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const create = (AliasName: string) =>
      refusalOf(() => one.run('CreateAlias', { AliasName, TargetKeyId: key.keyId }));
    expect(await create('x')).toContain('InvalidAliasNameException');
    expect(await create('alias/')).toContain('InvalidAliasNameException');
    expect(await create('alias/aws/s3')).toContain('NotAuthorizedException');
    expect(await create('alias/a')).toContain('nothing was refused');
    expect(await create('alias/a')).toBe(
      `AlreadyExistsException: An alias with the name arn:aws:kms:${region}:111122223333:alias/a already exists`,
    );
    const update = (AliasName: string, TargetKeyId: string) =>
      refusalOf(() => one.run('UpdateAlias', { AliasName, TargetKeyId }));
    expect(await update('alias/b', key.keyId)).toContain('NotFoundException: Alias arn:aws');
    expect(await update('alias/a', mac.keyId)).toContain('ValidationException');
    expect(await refusalOf(() => one.run('DeleteAlias', { AliasName: 'alias/b' }))).toContain(
      'NotFoundException',
    );
    for (let i = 1; i < 50; i += 1) await create(`alias/n${i}`);
    expect(await create('alias/one-too-many')).toContain('LimitExceededException');
    await one.run('DeleteAlias', { AliasName: 'alias/a' });
    expect(one.key(key.keyId).aliases).toHaveLength(49);
  });

  test('deletion, description, regions and policies', async () => {
    const { one, key, arn } = await world();
    const KeyId = key.keyId;
    const say = (operation: Parameters<World['run']>[0], input: object = {}) =>
      refusalOf(() => one.run(operation, { KeyId, ...input }));
    expect(await say('ScheduleKeyDeletion', { PendingWindowInDays: 6 })).toBe(
      'ValidationException: PendingWindowInDays must be between 7 and 30',
    );
    expect(await say('CancelKeyDeletion')).toBe(
      `KMSInvalidStateException: ${arn(KeyId)} is not pending deletion.`,
    );
    expect(await say('PutKeyPolicy', { PolicyName: 'other', Policy: key.policy })).toContain(
      'NotFoundException',
    );
    const large = { Policy: `${key.policy}${' '.repeat(33_000)}` };
    expect(await say('PutKeyPolicy', large)).toContain('LimitExceededException');
    expect(await say('ReplicateKey', { ReplicaRegion: 'eu-west-1' })).toContain(
      'UnsupportedOperationException',
    );
    expect(await say('UpdatePrimaryRegion', { PrimaryRegion: 'eu-west-1' })).toContain(
      'UnsupportedOperationException',
    );
    const mrk = await one.newKey({ MultiRegion: true });
    const regions = { KeyId: mrk.keyId, ReplicaRegion: region };
    expect(await say('ReplicateKey', regions)).toContain('AlreadyExistsException');
    expect(await say('ReplicateKey', { ...regions, ReplicaRegion: 'eu-west-1' })).toBe(
      'UnsupportedOperationException: Region eu-west-1 is not available.',
    );
    await one.run('ScheduleKeyDeletion', { KeyId });
    expect(await say('EnableKey')).toBe(`KMSInvalidStateException: ${arn(KeyId)} is pending deletion.`);
    expect(await refusalOf(() => one.use('Encrypt', { KeyId, Plaintext: bytes(1) }))).toBe(
      `KMSInvalidStateException: ${arn(KeyId)} is pending deletion.`,
    );
  });

  test('disabled keys', async () => {
    const { one, key } = await world();
    await one.run('DisableKey', { KeyId: key.keyId });
    expect(await refusalOf(() => one.use('Encrypt', { KeyId: key.keyId, Plaintext: bytes(1) }))).toBe(
      `DisabledException: ${keyArn(key)} is disabled.`,
    );
    expect(await refusalOf(() => one.run('EnableKeyRotation', { KeyId: key.keyId }))).toContain(
      'DisabledException',
    );
  });

  test('rotation', async () => {
    const { one, key } = await world();
    const KeyId = key.keyId;
    const mac = await one.newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    expect(await refusalOf(() => one.run('EnableKeyRotation', { KeyId: mac.keyId }))).toContain(
      'UnsupportedOperationException',
    );
    await one.run('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 });
    for (let i = 0; i < 25; i += 1) await one.run('RotateKeyOnDemand', { KeyId });
    expect(
      one
        .key(KeyId)
        .versions.map(({ state }) => state)
        .lastIndexOf('CURRENT'),
    ).toBe(25);
    expect(await refusalOf(() => one.run('RotateKeyOnDemand', { KeyId }))).toContain(
      'LimitExceededException',
    );
    one.nowMs += 90 * 86_400_000 - 60_000;
    expect(await refusalOf(() => one.run('RotateKeyOnDemand', { KeyId }))).toContain('ConflictException');
    expect(await refusalOf(() => one.due('RotateKeyAutomatically', KeyId))).toContain('KMSInternalException');
    one.nowMs += 60_000;
    await one.due('RotateKeyAutomatically', KeyId);
    expect(one.key(KeyId).versions).toHaveLength(27);
  });

  test('imported material', async () => {
    const { one, key } = await world();
    const external = await one.newKey({ Origin: 'EXTERNAL' });
    const KeyId = external.keyId;
    const parts = { KeyId, ImportToken: bytes(1), EncryptedKeyMaterial: bytes(1) };
    const forever = { ...parts, ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' };
    const [first, second] = ['1'.repeat(64), '2'.repeat(64)];
    const take = (input: object, materialId: string) =>
      one.run('ImportKeyMaterial', { ...input }, { ...one.choices(), materialId });
    const say = (input: object, materialId = first) => refusalOf(() => take(input, materialId));
    expect(await refusalOf(() => one.use('Encrypt', { KeyId, Plaintext: bytes(1) }))).toBe(
      `KMSInvalidStateException: ${keyArn(external)} is pending import.`,
    );
    expect(await say({ ...parts, KeyId: key.keyId })).toBe(
      `UnsupportedOperationException: ${keyArn(key)} origin is AWS_KMS which is not valid for this operation.`,
    );
    expect(await say(parts)).toBe(
      'ValidationException: A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES',
    );
    expect(await say({ ...parts, ValidTo: new Date(one.nowMs) })).toContain('must be in the future');
    expect(await say({ ...parts, ValidTo: new Date(one.nowMs + 366 * 86_400_000) })).toContain(
      'within 365 days',
    );
    const made = await take(forever, first);
    expect(made.material).toMatchObject({ kind: 'import', scheme: 'dprf-ristretto255' });
    expect(one.key(KeyId).state).toBe('Enabled');
    expect(await say(forever, second)).toContain('IncorrectKeyMaterialException');
    expect(await say({ ...forever, ImportType: 'NEW_KEY_MATERIAL' })).toContain(
      'IncorrectKeyMaterialException',
    );
    expect(await refusalOf(() => one.run('RotateKeyOnDemand', { KeyId }))).toContain(
      'KMSInvalidStateException',
    );
    await take({ ...forever, ImportType: 'NEW_KEY_MATERIAL' }, second);
    expect(await say({ ...forever, ImportType: 'NEW_KEY_MATERIAL' }, '3'.repeat(64))).toContain(
      'KMSInvalidStateException',
    );
    await one.run('RotateKeyOnDemand', { KeyId });
    expect(one.key(KeyId).versions.map(({ state }) => state)).toEqual(['NON_CURRENT', 'CURRENT']);
    await one.run('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId: first });
    expect(one.key(KeyId).state).toBe('PendingImport');
    const back = await take(forever, first);
    expect(back.material?.handle).toBe(made.material?.handle);
    expect(one.key(KeyId).state).toBe('Enabled');
  });

  test('wrapping algorithms', () => {
    const say = (...args: Parameters<typeof checkWrapping>) => refusalOf(async () => checkWrapping(...args));
    return Promise.all([
      expect(say('SYMMETRIC_DEFAULT', 'RSAES_PKCS1_V1_5', 'RSA_2048')).resolves.toContain(
        'UnsupportedOperationException',
      ),
      expect(say('SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_256', 'SM2')).resolves.toContain(
        'UnsupportedOperationException',
      ),
      expect(say('RSA_2048', 'RSAES_OAEP_SHA_256', 'RSA_4096')).resolves.toContain('ValidationException'),
      expect(say('ECC_NIST_P521', 'RSAES_OAEP_SHA_1', 'RSA_2048')).resolves.toContain('ValidationException'),
      expect(say('HMAC_256', 'RSA_AES_KEY_WRAP_SHA_256', 'RSA_2048')).resolves.toContain(
        'ValidationException',
      ),
    ]);
  });
});
