/** Each refusal once, in KMS's words. */
import { describe, expect, test } from 'vitest';
import { sealBlob } from '../engine/crypto/blob.ts';
import { checkWrapping } from '../engine/crypto/import-wrapping.ts';
import {
  grantToken,
  kmsError,
  kmsErrorCodes,
  newKeyKind,
  plaintextBytesMax,
  schemeOf,
} from '../engine/index.ts';
import { keyArn } from '../engine/key-record.ts';
import {
  allowing,
  callerOf,
  otherAccount,
  refusalOf,
  region,
  rootOf,
  userOf,
  World,
} from './support/world.ts';

const bytes = (length: number) => new Uint8Array(length);
const absent = '99999999-9999-4999-8999-999999999999';
const arnOfAbsent = `arn:aws:kms:${region}:111122223333:key/${absent}`;

async function world() {
  const one = new World();
  return { one, key: await one.newKey(), arn: (id: string) => keyArn(one.key(id)) };
}

describe('names of keys', () => {
  test.each([
    ['not-a-key', "NotFoundException: Invalid keyId 'not-a-key'"],
    ['mrk-not-a-key', "NotFoundException: Invalid keyId 'mrk-not-a-key'"],
    [absent, `NotFoundException: Key '${arnOfAbsent}' does not exist`],
    [arnOfAbsent, `NotFoundException: Key '${arnOfAbsent}' does not exist`],
    [arnOfAbsent.replace(region, 'eu-west-1'), 'NotFoundException: Invalid arn eu-west-1'],
    ['arn:aws:kms:x', 'InvalidArnException: Invalid arn arn:aws:kms:x'],
    [
      'arn:aws:s3:us-east-1:111122223333:key/x',
      'InvalidArnException: Invalid arn arn:aws:s3:us-east-1:111122223333:key/x',
    ],
    ['alias/none', `NotFoundException: Alias arn:aws:kms:${region}:111122223333:alias/none is not found.`],
  ])('%s', async (KeyId, refusal) => {
    const { one } = await world();
    expect(await refusalOf(() => one.use('DescribeKey', { KeyId }))).toBe(refusal);
  });

  test('an alias names a key only where it may', async () => {
    const { one, key } = await world();
    await one.run('CreateAlias', { AliasName: 'alias/a', TargetKeyId: key.keyId });
    expect((await one.use('DescribeKey', { KeyId: 'alias/a' })).key.keyId).toBe(key.keyId);
    const arn = `arn:aws:kms:${region}:111122223333:alias/a`;
    expect((await one.use('DescribeKey', { KeyId: arn })).key.keyId).toBe(key.keyId);
    expect(await refusalOf(() => one.run('DisableKey', { KeyId: 'alias/a' }))).toContain(
      "NotFoundException: Invalid keyId 'alias/a'",
    );
    expect(await refusalOf(() => one.run('DisableKey', { KeyId: arn }))).toContain('InvalidArnException');
  });
});

describe('shapes of requests', () => {
  test.each([
    [
      {},
      "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    ],
    [
      { KeyId: '' },
      "1 validation error detected: Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      { KeyId: absent, NumberOfBytes: 1025 },
      "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024",
    ],
    [
      { KeyId: absent, KeySpec: 'AES_512' },
      "1 validation error detected: Value 'AES_512' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [AES_256, AES_128]",
    ],
  ])('GenerateDataKey %j', async (input, sentence) => {
    const { one } = await world();
    expect(await refusalOf(() => one.use('GenerateDataKey', input))).toBe(`ValidationException: ${sentence}`);
  });

  test('all that is wrong is said at once; secrets are not repeated', async () => {
    const { one } = await world();
    const refusal = await refusalOf(() => one.use('Encrypt', { KeyId: '', Plaintext: bytes(4097) }));
    expect(refusal).toContain('2 validation errors detected');
    expect(refusal).toContain(
      "Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
    );
  });

  test('patterns, lists and structures are looked into', async () => {
    const { one, key } = await world();
    const tags = { KeyId: key.keyId, Tags: [{ TagKey: '' }] };
    expect(await refusalOf(() => one.run('TagResource', tags))).toContain("at 'tags.1.member.tagKey'");
    const alias = { AliasName: 'alias/a b', TargetKeyId: key.keyId };
    expect(await refusalOf(() => one.run('CreateAlias', alias))).toContain(
      'Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$',
    );
  });
});

describe('use of keys', () => {
  test('every refusal of Encrypt, GenerateDataKey and their kin', async () => {
    const { one, key } = await world();
    const rsa = await one.newKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
    const mac = await one.newKey({ KeySpec: 'HMAC_224', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const say = (operation: Parameters<World['use']>[0], input: object) =>
      refusalOf(() => one.use(operation, { ...input }));
    expect(await say('Encrypt', { KeyId: mac.keyId, Plaintext: bytes(1) })).toBe(
      `InvalidKeyUsageException: ${keyArn(mac)} key usage is GENERATE_VERIFY_MAC which is not valid for Encrypt.`,
    );
    const oaep = { KeyId: rsa.keyId, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' };
    expect(await say('Encrypt', { ...oaep, Plaintext: bytes(191) })).toBe(
      'ValidationException: Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes.',
    );
    expect(await say('Encrypt', { KeyId: rsa.keyId, Plaintext: bytes(1) })).toBe(
      'InvalidKeyUsageException: Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.',
    );
    expect(await say('GenerateDataKey', { KeyId: rsa.keyId, KeySpec: 'AES_256' })).toContain(
      'InvalidKeyUsageException',
    );
    expect(await say('GenerateDataKey', { KeyId: key.keyId })).toBe(
      'ValidationException: Please specify either number of bytes or key spec.',
    );
    expect(
      await say('GenerateMac', { KeyId: mac.keyId, Message: bytes(1), MacAlgorithm: 'HMAC_SHA_256' }),
    ).toBe('InvalidKeyUsageException: Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_224.');
    expect(await say('Encrypt', { KeyId: key.keyId, Plaintext: bytes(1), DryRun: true })).toContain(
      'DryRunOperationException',
    );
    expect(await say('Encrypt', { KeyId: key.keyId, Plaintext: bytes(1), GrantTokens: ['x'] })).toContain(
      'InvalidGrantTokenException',
    );
    expect(await say('GetPublicKey', { KeyId: key.keyId })).toContain('UnsupportedOperationException');
    const enclave = { KeyId: key.keyId, KeySpec: 'AES_256', Recipient: {} };
    expect(await say('GenerateDataKey', enclave)).toContain('UnsupportedOperationException');
  });

  test('of Sign and DeriveSharedSecret', async () => {
    const { one } = await world();
    const p256 = await one.newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    const edwards = await one.newKey({ KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' });
    const agree = await one.newKey({ KeySpec: 'ECC_NIST_P384', KeyUsage: 'KEY_AGREEMENT' });
    const sign = { KeyId: p256.keyId, Message: bytes(31), SigningAlgorithm: 'ECDSA_SHA_256' };
    expect(await refusalOf(() => one.use('Sign', { ...sign, MessageType: 'DIGEST' }))).toBe(
      'ValidationException: Digest is invalid length for algorithm ECDSA_SHA_256.',
    );
    expect(
      await refusalOf(() => one.use('Sign', { ...sign, SigningAlgorithm: 'ML_DSA_SHAKE_256' })),
    ).toContain(
      'InvalidKeyUsageException: Algorithm ML_DSA_SHAKE_256 is incompatible with key spec ECC_NIST_P256.',
    );
    const pure = { KeyId: edwards.keyId, Message: bytes(64), SigningAlgorithm: 'ED25519_SHA_512' };
    expect(await refusalOf(() => one.use('Sign', { ...pure, MessageType: 'DIGEST' }))).toContain(
      'MessageType DIGEST is not compatible',
    );
    const ecdh = { KeyId: agree.keyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: bytes(9) };
    expect(await refusalOf(() => one.use('DeriveSharedSecret', ecdh))).toContain('ValidationException');
  });

  test('of Decrypt and ReEncrypt', async () => {
    const { one, key } = await world();
    const other = await one.newKey();
    const mac = await one.newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const blobOf = (keyId: string, handle = key.versions[0]!.handle) =>
      sealBlob(
        { keyId, handle, revision: 1, alpha: bytes(32) },
        {},
        { message: bytes(1), rho: bytes(32), element: bytes(32) },
      );
    const say = (input: object) => refusalOf(() => one.use('Decrypt', { ...input }));
    expect(await say({ CiphertextBlob: bytes(200) })).toBe('InvalidCiphertextException: ');
    expect(await say({ CiphertextBlob: blobOf(key.keyId), KeyId: other.keyId })).toContain(
      'IncorrectKeyException',
    );
    expect(await say({ CiphertextBlob: blobOf(key.keyId), KeyId: mac.keyId })).toBe(
      'IncorrectKeyException: The key ID in the request does not identify a CMK that can perform this operation.',
    );
    expect(await say({ CiphertextBlob: blobOf(absent) })).toContain(
      'AccessDeniedException: The ciphertext refers to a customer master key that does not exist',
    );
    expect(await say({ CiphertextBlob: blobOf(key.keyId, 'c'.repeat(32)) })).toBe(
      'InvalidCiphertextException: ',
    );
    expect(await say({})).toContain('CiphertextBlob is required');
    const re = { CiphertextBlob: blobOf(key.keyId), DestinationKeyId: mac.keyId };
    expect(await refusalOf(() => one.use('ReEncrypt', re))).toContain('InvalidKeyUsageException');
    expect((await one.use('ReEncrypt', { ...re, DestinationKeyId: other.keyId })).source?.key.keyId).toBe(
      key.keyId,
    );
  });

  test('large encryption contexts', async () => {
    const { one, key } = await world();
    const input = { KeyId: key.keyId, Plaintext: bytes(1), EncryptionContext: { a: 'x'.repeat(8192) } };
    expect(await refusalOf(() => one.use('Encrypt', input))).toContain('larger than 8192 bytes');
  });
});

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
      'LimitExceededException',
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

describe('grants', () => {
  const grantee = userOf('grantee');
  const terms = { GranteePrincipal: grantee.arn, Operations: ['Encrypt', 'RetireGrant'] };

  test("are refused in KMS's words", async () => {
    const { one, key } = await world();
    const KeyId = key.keyId;
    const say = (input: object) => refusalOf(() => one.run('CreateGrant', { KeyId, ...terms, ...input }));
    expect(await say({ GranteePrincipal: 'nobody' })).toContain('InvalidArnException');
    expect(await say({ Operations: [] })).toContain('ValidationException');
    expect(await say({ Operations: ['Sign'] })).toContain('Grant operation Sign is not valid');
    expect(await say({ GrantTokens: ['?'] })).toContain('InvalidGrantTokenException');
    expect(await say({ DryRun: true })).toContain('DryRunOperationException');
    const revoke = (GrantId: string) => refusalOf(() => one.run('RevokeGrant', { KeyId, GrantId }));
    expect(await revoke('x')).toContain('InvalidGrantIdException');
    expect(await revoke('0'.repeat(64))).toBe(`NotFoundException: Grant ID ${'0'.repeat(64)} not found`);
    expect(await refusalOf(() => one.run('RetireGrant', {}))).toContain('ValidationException');
    const token = { GrantToken: grantToken(KeyId, '0'.repeat(64)) };
    expect(await refusalOf(() => one.run('RetireGrant', token))).toContain('NotFoundException');
  });

  test('allow use besides policies, within their constraints, until they are retired', async () => {
    const { one, key } = await world();
    const KeyId = key.keyId;
    const encrypt = (EncryptionContext: object) =>
      refusalOf(() =>
        one.as(callerOf(grantee), () =>
          one.use('Encrypt', { KeyId, Plaintext: bytes(1), EncryptionContext }),
        ),
      );
    expect(await encrypt({})).toBe(
      `AccessDeniedException: User: ${grantee.arn} is not authorized to perform: kms:Encrypt on resource: ${keyArn(key)} because no identity-based policy allows the kms:Encrypt action`,
    );
    const Constraints = { EncryptionContextSubset: { a: '1' } };
    const { output } = await one.run('CreateGrant', { KeyId, ...terms, Constraints, Name: 'n' });
    expect(await encrypt({})).toContain('AccessDeniedException');
    expect(await encrypt({ a: '1', b: '2' })).toContain('nothing was refused');
    const again = await one.run('CreateGrant', { KeyId, ...terms, Constraints, Name: 'n' });
    expect(again.output.GrantId).toBe(output.GrantId);
    expect(one.key(KeyId).grants).toBe(1);
    const stranger = () => one.run('RetireGrant', { GrantToken: output.GrantToken });
    expect(await refusalOf(() => one.as(callerOf(userOf('stranger')), stranger))).toContain(
      'AccessDeniedException',
    );
    await one.as(callerOf(grantee), stranger);
    expect(await encrypt({ a: '1' })).toContain('AccessDeniedException');
    expect(one.key(KeyId).grants).toBe(0);
  });

  test('who was granted CreateGrant passes on no more than it has', async () => {
    const { one, key } = await world();
    const KeyId = key.keyId;
    const Constraints = { EncryptionContextEquals: { a: '1' } };
    await one.run('CreateGrant', { KeyId, ...terms, Operations: ['CreateGrant', 'Encrypt'], Constraints });
    const pass = (input: object) =>
      refusalOf(() =>
        one.as(callerOf(grantee), () =>
          one.run('CreateGrant', { KeyId, GranteePrincipal: userOf('next').arn, ...input }),
        ),
      );
    expect(await pass({ Operations: ['Decrypt'], Constraints })).toContain('AccessDeniedException');
    expect(await pass({ Operations: ['Encrypt'] })).toContain('AccessDeniedException');
    expect(await pass({ Operations: ['Encrypt'], Constraints })).toContain('nothing was refused');
  });
});

describe('leave', () => {
  test('of other accounts needs both sides, and is there for no administration', async () => {
    const { one } = await world();
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'kms:*', Resource: '*' },
        { Effect: 'Allow', Principal: { AWS: otherAccount }, Action: 'kms:*', Resource: '*' },
      ],
    });
    const key = await one.newKey({ Policy });
    const use = (policies: readonly unknown[]) =>
      refusalOf(() =>
        one.as(callerOf(userOf('far', otherAccount), policies), () =>
          one.use('Encrypt', { KeyId: keyArn(key), Plaintext: bytes(1) }),
        ),
      );
    expect(await use([])).toContain('AccessDeniedException');
    expect(await use([allowing('kms:Encrypt')])).toContain('nothing was refused');
    const far = callerOf(rootOf(otherAccount));
    expect(await refusalOf(() => one.as(far, () => one.run('DisableKey', { KeyId: keyArn(key) })))).toContain(
      'AccessDeniedException',
    );
  });

  test('ends at a Deny, whatever else allows, and at conditions', async () => {
    const { one } = await world();
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'kms:*', Resource: '*' },
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 'kms:Encrypt',
          Resource: '*',
          Condition: { StringNotEquals: { 'kms:EncryptionContext:tenant': 'a' } },
        },
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 'kms:ScheduleKeyDeletion',
          Resource: '*',
          Condition: { NumericLessThan: { 'kms:ScheduleKeyDeletionPendingWindowInDays': '10' } },
        },
      ],
    });
    const key = await one.newKey({ Policy });
    const KeyId = key.keyId;
    const encrypt = (EncryptionContext: object) =>
      refusalOf(() => one.use('Encrypt', { KeyId, Plaintext: bytes(1), EncryptionContext }));
    expect(await encrypt({})).toContain('with an explicit deny');
    expect(await encrypt({ tenant: 'a' })).toContain('nothing was refused');
    const days = (PendingWindowInDays: number) =>
      refusalOf(() => one.run('ScheduleKeyDeletion', { KeyId, PendingWindowInDays }));
    expect(await days(9)).toContain('with an explicit deny');
    expect(await days(10)).toContain('nothing was refused');
  });
});

test('every code has a status and a sentence or is silent on purpose', () => {
  for (const code of kmsErrorCodes) expect([400, 500, 503]).toContain(kmsError(code).status);
});

test('sizes and schemes of specs', () => {
  expect(plaintextBytesMax('RSA_4096', 'RSAES_OAEP_SHA_1')).toBe(470);
  expect(plaintextBytesMax('RSA_3072', 'RSAES_OAEP_SHA_256')).toBe(318);
  expect(schemeOf(newKeyKind('ECC_NIST_P521', 'KEY_AGREEMENT'))).toBe('ecdh-p521');
  expect(schemeOf(newKeyKind('SYMMETRIC_DEFAULT', undefined))).toBe('dprf-ristretto255');
});
