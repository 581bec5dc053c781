/** Each refusal once, in KMS's words. */
import { describe, expect, test } from 'vitest';
import { sealBlob } from '../engine/crypto/blob.ts';
import { kmsError, kmsErrorCodes, newKeyKind, plaintextBytesMax, schemeOf } from '../engine/index.ts';
import { keyArn } from '../engine/key-record.ts';
import { refusalOf, region, World } from './support/world.ts';

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

test('every code has a status and a sentence or is silent on purpose', () => {
  for (const code of kmsErrorCodes) expect([400, 500, 503]).toContain(kmsError(code).status);
});

test('sizes and schemes of specs', () => {
  expect(plaintextBytesMax('RSA_4096', 'RSAES_OAEP_SHA_1')).toBe(470);
  expect(plaintextBytesMax('RSA_3072', 'RSAES_OAEP_SHA_256')).toBe(318);
  expect(schemeOf(newKeyKind('ECC_NIST_P521', 'KEY_AGREEMENT'))).toBe('ecdh-p521');
  expect(schemeOf(newKeyKind('SYMMETRIC_DEFAULT', undefined))).toBe('dprf-ristretto255');
});
