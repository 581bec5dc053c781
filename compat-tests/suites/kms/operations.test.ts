/** Each operation of the API at least once, by the SDK's client against a gateway with its custodians. Cryptographic outputs: outputs.test.ts. */
import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHmac,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  verify,
} from 'node:crypto';
import * as sdk from '@aws-sdk/client-kms';
import { beforeAll, expect, test } from 'vitest';
import { bytes, refusalOf } from '../../lib/kms-client.ts';
import { importMaterial, importParameters } from '../../lib/kms-import.ts';
import { kmsSuite } from './suite.ts';

const suite = kmsSuite();
const send: sdk.KMSClient['send'] = ((command: never) => suite.kms.send(command)) as never;
const text = (value: string) => Buffer.from(value);

/** Keys that many rows use. */
const keys = { symmetric: '', signing: '', mac: '', agreement: '' };
beforeAll(async () => {
  keys.symmetric = await suite.newKey();
  keys.signing = await suite.newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  keys.mac = await suite.newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  keys.agreement = await suite.newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
});

const encrypt = async (KeyId: string, more: Partial<sdk.EncryptCommandInput> = {}) =>
  bytes((await send(new sdk.EncryptCommand({ KeyId, Plaintext: text('plain'), ...more }))).CiphertextBlob);
const decrypt = async (CiphertextBlob: Uint8Array, more: Partial<sdk.DecryptCommandInput> = {}) =>
  bytes((await send(new sdk.DecryptCommand({ CiphertextBlob, ...more }))).Plaintext);
const describe = async (KeyId: string) => (await send(new sdk.DescribeKeyCommand({ KeyId }))).KeyMetadata!;
const grantee = 'arn:aws:iam::000000000000:user/reader';
const grant = async (RetiringPrincipal?: string) =>
  send(
    new sdk.CreateGrantCommand({
      KeyId: keys.symmetric,
      GranteePrincipal: grantee,
      Operations: ['Decrypt', 'RetireGrant'],
      ...(RetiringPrincipal === undefined ? {} : { RetiringPrincipal }),
    }),
  );
const root = 'arn:aws:iam::000000000000:root';
const grantsOf = async () =>
  (await send(new sdk.ListGrantsCommand({ KeyId: keys.symmetric }))).Grants!.map(({ GrantId }) => GrantId);
const aliasesOf = async (KeyId: string) =>
  (await send(new sdk.ListAliasesCommand({ KeyId }))).Aliases!.map(({ AliasName }) => AliasName);
const tagsOf = async () =>
  (await send(new sdk.ListResourceTagsCommand({ KeyId: keys.symmetric }))).Tags!.map(({ TagKey }) => TagKey);
const rotates = async () =>
  (await send(new sdk.GetKeyRotationStatusCommand({ KeyId: keys.symmetric }))).KeyRotationEnabled;
const openPair = (privateDer: Buffer, publicDer: Uint8Array | undefined) => {
  const own = createPublicKey(createPrivateKey({ key: privateDer, format: 'der', type: 'pkcs8' }));
  const told = createPublicKey({ key: bytes(publicDer), format: 'der', type: 'spki' });
  expect(own.equals(told)).toBe(true);
};
const store = 'cks-1234567890abcdef0';
const noStore = 'CustomKeyStoreNotFoundException';

const table: Readonly<Record<string, () => Promise<void>>> = {
  async CreateKey() {
    const { KeyMetadata } = await send(
      new sdk.CreateKeyCommand({ Description: 'one', Tags: [{ TagKey: 'a', TagValue: 'b' }] }),
    );
    expect(KeyMetadata).toMatchObject({
      KeyState: 'Enabled',
      KeySpec: 'SYMMETRIC_DEFAULT',
      Description: 'one',
      Origin: 'AWS_KMS',
    });
  },
  async DescribeKey() {
    expect(await describe(keys.signing)).toMatchObject({
      SigningAlgorithms: ['ECDSA_SHA_256'],
      Enabled: true,
    });
    expect(await refusalOf(describe('12345678-1234-1234-1234-123456789012'))).toBe('NotFoundException');
  },
  async ListKeys() {
    const first = await send(new sdk.ListKeysCommand({ Limit: 2 }));
    expect(first.Keys).toHaveLength(2);
    expect(first.Truncated).toBe(true);
    const rest = await send(new sdk.ListKeysCommand({ Marker: first.NextMarker }));
    const ids = [...first.Keys!, ...rest.Keys!].map(({ KeyId }) => KeyId);
    expect(ids).toEqual(expect.arrayContaining(Object.values(keys)));
    expect(new Set(ids).size).toBe(ids.length);
  },
  async UpdateKeyDescription() {
    await send(new sdk.UpdateKeyDescriptionCommand({ KeyId: keys.mac, Description: 'for codes' }));
    expect((await describe(keys.mac)).Description).toBe('for codes');
  },
  async DisableKey() {
    const KeyId = await suite.newKey();
    const blob = await encrypt(KeyId);
    await send(new sdk.DisableKeyCommand({ KeyId }));
    expect(await refusalOf(decrypt(blob))).toBe('DisabledException');
  },
  async EnableKey() {
    const KeyId = await suite.newKey();
    const blob = await encrypt(KeyId);
    await send(new sdk.DisableKeyCommand({ KeyId }));
    await send(new sdk.EnableKeyCommand({ KeyId }));
    expect(await decrypt(blob)).toEqual(text('plain'));
  },
  async ScheduleKeyDeletion() {
    const KeyId = await suite.newKey();
    const blob = await encrypt(KeyId);
    const answer = await send(new sdk.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    expect(answer.KeyState).toBe('PendingDeletion');
    expect(await refusalOf(decrypt(blob))).toBe('KMSInvalidStateException');
  },
  async CancelKeyDeletion() {
    const KeyId = await suite.newKey();
    const blob = await encrypt(KeyId);
    await send(new sdk.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    await send(new sdk.CancelKeyDeletionCommand({ KeyId }));
    expect((await describe(KeyId)).KeyState).toBe('Disabled');
    await send(new sdk.EnableKeyCommand({ KeyId }));
    expect(await decrypt(blob)).toEqual(text('plain'));
  },
  async CreateAlias() {
    await send(new sdk.CreateAliasCommand({ AliasName: 'alias/made', TargetKeyId: keys.symmetric }));
    expect(await decrypt(await encrypt('alias/made'))).toEqual(text('plain'));
  },
  async UpdateAlias() {
    await send(new sdk.CreateAliasCommand({ AliasName: 'alias/moved', TargetKeyId: keys.symmetric }));
    const other = await suite.newKey();
    await send(new sdk.UpdateAliasCommand({ AliasName: 'alias/moved', TargetKeyId: other }));
    expect(await aliasesOf(other)).toEqual(['alias/moved']);
  },
  async DeleteAlias() {
    await send(new sdk.CreateAliasCommand({ AliasName: 'alias/gone', TargetKeyId: keys.symmetric }));
    await send(new sdk.DeleteAliasCommand({ AliasName: 'alias/gone' }));
    expect(await refusalOf(encrypt('alias/gone'))).toBe('NotFoundException');
  },
  async ListAliases() {
    await send(new sdk.CreateAliasCommand({ AliasName: 'alias/listed', TargetKeyId: keys.mac }));
    expect(await aliasesOf(keys.mac)).toEqual(['alias/listed']);
  },
  async TagResource() {
    await send(
      new sdk.TagResourceCommand({ KeyId: keys.symmetric, Tags: [{ TagKey: 'team', TagValue: 'one' }] }),
    );
    expect(await tagsOf()).toContain('team');
  },
  async ListResourceTags() {
    await send(
      new sdk.TagResourceCommand({ KeyId: keys.symmetric, Tags: [{ TagKey: 'listed', TagValue: '' }] }),
    );
    expect(await tagsOf()).toContain('listed');
  },
  async UntagResource() {
    await send(
      new sdk.TagResourceCommand({ KeyId: keys.symmetric, Tags: [{ TagKey: 'brief', TagValue: '' }] }),
    );
    await send(new sdk.UntagResourceCommand({ KeyId: keys.symmetric, TagKeys: ['brief'] }));
    expect(await tagsOf()).not.toContain('brief');
  },
  async GetKeyPolicy() {
    const { Policy } = await send(new sdk.GetKeyPolicyCommand({ KeyId: keys.symmetric }));
    expect(JSON.parse(Policy!).Statement[0].Principal).toEqual({ AWS: root });
  },
  async PutKeyPolicy() {
    const KeyId = await suite.newKey();
    const statement = (Effect: string, Action: string) => ({
      Effect,
      Principal: { AWS: root },
      Action,
      Resource: '*',
    });
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [statement('Allow', 'kms:*'), statement('Deny', 'kms:Encrypt')],
    });
    await send(new sdk.PutKeyPolicyCommand({ KeyId, Policy }));
    expect(await refusalOf(encrypt(KeyId))).toBe('AccessDeniedException');
  },
  async ListKeyPolicies() {
    const { PolicyNames } = await send(new sdk.ListKeyPoliciesCommand({ KeyId: keys.symmetric }));
    expect(PolicyNames).toEqual(['default']);
  },
  async CreateGrant() {
    const made = await grant();
    expect(await grantsOf()).toContain(made.GrantId);
  },
  async ListGrants() {
    const made = await grant();
    const { Grants } = await send(
      new sdk.ListGrantsCommand({ KeyId: keys.symmetric, GrantId: made.GrantId }),
    );
    expect(Grants).toHaveLength(1);
    expect(Grants![0]).toMatchObject({ GranteePrincipal: grantee, Operations: ['Decrypt', 'RetireGrant'] });
  },
  async ListRetirableGrants() {
    const made = await grant(root);
    const { Grants } = await send(new sdk.ListRetirableGrantsCommand({ RetiringPrincipal: root }));
    expect(Grants!.map(({ GrantId }) => GrantId)).toContain(made.GrantId);
  },
  async RetireGrant() {
    const made = await grant(root);
    await send(new sdk.RetireGrantCommand({ GrantToken: made.GrantToken }));
    expect(await grantsOf()).not.toContain(made.GrantId);
  },
  async RevokeGrant() {
    const made = await grant();
    await send(new sdk.RevokeGrantCommand({ KeyId: keys.symmetric, GrantId: made.GrantId }));
    expect(await grantsOf()).not.toContain(made.GrantId);
  },
  async EnableKeyRotation() {
    await send(new sdk.EnableKeyRotationCommand({ KeyId: keys.symmetric, RotationPeriodInDays: 180 }));
    expect(await rotates()).toBe(true);
  },
  async DisableKeyRotation() {
    await send(new sdk.DisableKeyRotationCommand({ KeyId: keys.symmetric }));
    expect(await rotates()).toBe(false);
  },
  async GetKeyRotationStatus() {
    const KeyId = await suite.newKey();
    expect(await send(new sdk.GetKeyRotationStatusCommand({ KeyId }))).toMatchObject({
      KeyRotationEnabled: false,
    });
  },
  async RotateKeyOnDemand() {
    const KeyId = await suite.newKey();
    const old = await encrypt(KeyId);
    await send(new sdk.RotateKeyOnDemandCommand({ KeyId }));
    const fresh = await encrypt(KeyId);
    expect([await decrypt(old), await decrypt(fresh)]).toEqual([text('plain'), text('plain')]);
    expect((await describe(KeyId)).CurrentKeyMaterialId).toMatch(/^[0-9a-f]{64}$/);
  },
  async ListKeyRotations() {
    const KeyId = await suite.newKey();
    await send(new sdk.RotateKeyOnDemandCommand({ KeyId }));
    const { Rotations } = await send(new sdk.ListKeyRotationsCommand({ KeyId }));
    expect(Rotations).toHaveLength(1);
    expect(Rotations![0]!.RotationType).toBe('ON_DEMAND');
  },
  async GetKeyLastUsage() {
    const KeyId = await suite.newKey();
    await encrypt(KeyId);
    const answer = await send(new sdk.GetKeyLastUsageCommand({ KeyId }));
    expect(answer.KeyId).toContain(KeyId);
  },
  async Encrypt() {
    const EncryptionContext = { tenant: 'a' };
    const blob = await encrypt(keys.symmetric, { EncryptionContext });
    expect(await decrypt(blob, { EncryptionContext })).toEqual(text('plain'));
    expect(await refusalOf(decrypt(blob))).toBe('InvalidCiphertextException');
  },
  async Decrypt() {
    const blob = await encrypt(keys.symmetric);
    expect(await decrypt(blob, { KeyId: keys.symmetric })).toEqual(text('plain'));
    const other = await suite.newKey();
    expect(await refusalOf(decrypt(blob, { KeyId: other }))).toBe('IncorrectKeyException');
    blob[blob.length - 1]! ^= 1;
    expect(await refusalOf(decrypt(blob))).toBe('InvalidCiphertextException');
  },
  async ReEncrypt() {
    const other = await suite.newKey();
    const answer = await send(
      new sdk.ReEncryptCommand({
        CiphertextBlob: await encrypt(keys.symmetric),
        DestinationKeyId: other,
        DestinationEncryptionContext: { a: 'b' },
      }),
    );
    expect(answer.KeyId).toContain(other);
    const opened = await decrypt(bytes(answer.CiphertextBlob), { EncryptionContext: { a: 'b' } });
    expect(opened).toEqual(text('plain'));
  },
  async GenerateDataKey() {
    const made = await send(new sdk.GenerateDataKeyCommand({ KeyId: keys.symmetric, KeySpec: 'AES_256' }));
    expect(bytes(made.Plaintext)).toHaveLength(32);
    expect(await decrypt(bytes(made.CiphertextBlob))).toEqual(bytes(made.Plaintext));
  },
  async GenerateDataKeyWithoutPlaintext() {
    const made = await send(
      new sdk.GenerateDataKeyWithoutPlaintextCommand({ KeyId: keys.symmetric, NumberOfBytes: 24 }),
    );
    expect(await decrypt(bytes(made.CiphertextBlob))).toHaveLength(24);
  },
  async GenerateDataKeyPair() {
    const made = await send(
      new sdk.GenerateDataKeyPairCommand({ KeyId: keys.symmetric, KeyPairSpec: 'ECC_NIST_P256' }),
    );
    openPair(bytes(made.PrivateKeyPlaintext), made.PublicKey);
    expect(await decrypt(bytes(made.PrivateKeyCiphertextBlob))).toEqual(bytes(made.PrivateKeyPlaintext));
  },
  async GenerateDataKeyPairWithoutPlaintext() {
    const made = await send(
      new sdk.GenerateDataKeyPairWithoutPlaintextCommand({
        KeyId: keys.symmetric,
        KeyPairSpec: 'ECC_NIST_EDWARDS25519',
      }),
    );
    openPair(await decrypt(bytes(made.PrivateKeyCiphertextBlob)), made.PublicKey);
  },
  async GenerateMac() {
    const input = { KeyId: keys.mac, Message: text('m'), MacAlgorithm: 'HMAC_SHA_256' } as const;
    const [one, two] = [
      await send(new sdk.GenerateMacCommand(input)),
      await send(new sdk.GenerateMacCommand(input)),
    ];
    expect(bytes(one.Mac)).toHaveLength(32);
    expect(bytes(one.Mac)).toEqual(bytes(two.Mac));
  },
  async VerifyMac() {
    const input = { KeyId: keys.mac, Message: text('m'), MacAlgorithm: 'HMAC_SHA_256' } as const;
    const Mac = bytes((await send(new sdk.GenerateMacCommand(input))).Mac);
    expect((await send(new sdk.VerifyMacCommand({ ...input, Mac }))).MacValid).toBe(true);
    Mac[0]! ^= 1;
    expect(await refusalOf(send(new sdk.VerifyMacCommand({ ...input, Mac })))).toBe('KMSInvalidMacException');
  },
  async GenerateRandom() {
    const draw = async () =>
      bytes((await send(new sdk.GenerateRandomCommand({ NumberOfBytes: 64 }))).Plaintext);
    const [one, two] = [await draw(), await draw()];
    expect(one).toHaveLength(64);
    expect(one.equals(two)).toBe(false);
  },
  async GetPublicKey() {
    const { PublicKey } = await send(new sdk.GetPublicKeyCommand({ KeyId: keys.signing }));
    const key = createPublicKey({ key: bytes(PublicKey), format: 'der', type: 'spki' });
    expect(key.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  },
  async Sign() {
    const { PublicKey } = await send(new sdk.GetPublicKeyCommand({ KeyId: keys.signing }));
    const { Signature } = await send(
      new sdk.SignCommand({
        KeyId: keys.signing,
        Message: text('signed'),
        SigningAlgorithm: 'ECDSA_SHA_256',
      }),
    );
    const key = createPublicKey({ key: bytes(PublicKey), format: 'der', type: 'spki' });
    expect(verify('sha256', text('signed'), key, bytes(Signature))).toBe(true);
    const dry = new sdk.SignCommand({
      KeyId: keys.signing,
      Message: text('signed'),
      SigningAlgorithm: 'ECDSA_SHA_256',
      DryRun: true,
    });
    expect(await refusalOf(send(dry))).toBe('DryRunOperationException');
  },
  async Verify() {
    const input = {
      KeyId: keys.signing,
      Message: text('signed'),
      SigningAlgorithm: 'ECDSA_SHA_256',
    } as const;
    const { Signature } = await send(new sdk.SignCommand(input));
    expect((await send(new sdk.VerifyCommand({ ...input, Signature }))).SignatureValid).toBe(true);
    const other = send(new sdk.VerifyCommand({ ...input, Message: text('other'), Signature }));
    expect(await refusalOf(other)).toBe('KMSInvalidSignatureException');
  },
  async DeriveSharedSecret() {
    const peer = createECDH('prime256v1');
    peer.generateKeys();
    const { PublicKey } = await send(new sdk.GetPublicKeyCommand({ KeyId: keys.agreement }));
    // The last 65 bytes of a P-256 key in SubjectPublicKeyInfo are its point.
    const spkiHead = bytes(PublicKey).subarray(0, -65);
    const answer = await send(
      new sdk.DeriveSharedSecretCommand({
        KeyId: keys.agreement,
        KeyAgreementAlgorithm: 'ECDH',
        PublicKey: Buffer.concat([spkiHead, peer.getPublicKey()]),
      }),
    );
    expect(bytes(answer.SharedSecret)).toEqual(peer.computeSecret(bytes(PublicKey).subarray(-65)));
  },
  async GetParametersForImport() {
    const KeyId = await suite.newKey({ Origin: 'EXTERNAL' });
    const { PublicKey, ParametersValidTo } = await importParameters(suite.kms, KeyId);
    const key = createPublicKey({ key: bytes(PublicKey), format: 'der', type: 'spki' });
    expect(key.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(ParametersValidTo!.getTime()).toBeGreaterThan(Date.now());
  },
  async ImportKeyMaterial() {
    const KeyId = await suite.newKey({
      Origin: 'EXTERNAL',
      KeySpec: 'HMAC_256',
      KeyUsage: 'GENERATE_VERIFY_MAC',
    });
    const material = randomBytes(32);
    await importMaterial(suite.kms, KeyId, material);
    const Message = randomBytes(100);
    const { Mac } = await send(new sdk.GenerateMacCommand({ KeyId, Message, MacAlgorithm: 'HMAC_SHA_256' }));
    expect(bytes(Mac)).toEqual(createHmac('sha256', material).update(Message).digest());
  },
  async DeleteImportedKeyMaterial() {
    const KeyId = await suite.newKey({ Origin: 'EXTERNAL' });
    const material = randomBytes(32);
    await importMaterial(suite.kms, KeyId, material);
    const blob = await encrypt(KeyId);
    await send(new sdk.DeleteImportedKeyMaterialCommand({ KeyId }));
    expect(await refusalOf(decrypt(blob))).toBe('KMSInvalidStateException');
    await importMaterial(suite.kms, KeyId, material);
    expect(await decrypt(blob)).toEqual(text('plain'));
  },
  async ReplicateKey() {
    const KeyId = await suite.newKey({ MultiRegion: true });
    const call = send(new sdk.ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' }));
    expect(await refusalOf(call)).toBe('UnsupportedOperationException');
  },
  async UpdatePrimaryRegion() {
    const KeyId = await suite.newKey({ MultiRegion: true });
    const call = send(new sdk.UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: 'eu-west-1' }));
    expect(await refusalOf(call)).toBe('UnsupportedOperationException');
  },
  async CreateCustomKeyStore() {
    const call = send(
      new sdk.CreateCustomKeyStoreCommand({
        CustomKeyStoreName: 'one',
        CloudHsmClusterId: 'cluster-a2b3c4d5e6f',
        TrustAnchorCertificate: 'certificate',
        KeyStorePassword: 'password1',
      }),
    );
    expect(await refusalOf(call)).toBe('CloudHsmClusterNotFoundException');
  },
  async DescribeCustomKeyStores() {
    expect((await send(new sdk.DescribeCustomKeyStoresCommand({}))).CustomKeyStores).toEqual([]);
  },
  async ConnectCustomKeyStore() {
    const call = send(new sdk.ConnectCustomKeyStoreCommand({ CustomKeyStoreId: store }));
    expect(await refusalOf(call)).toBe(noStore);
  },
  async DisconnectCustomKeyStore() {
    const call = send(new sdk.DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: store }));
    expect(await refusalOf(call)).toBe(noStore);
  },
  async UpdateCustomKeyStore() {
    const call = send(
      new sdk.UpdateCustomKeyStoreCommand({ CustomKeyStoreId: store, NewCustomKeyStoreName: 'two' }),
    );
    expect(await refusalOf(call)).toBe(noStore);
  },
  async DeleteCustomKeyStore() {
    const call = send(new sdk.DeleteCustomKeyStoreCommand({ CustomKeyStoreId: store }));
    expect(await refusalOf(call)).toBe(noStore);
  },
};

/** Newer than the API of which this service has all: keys for encapsulation. */
const beyond = ['Encapsulate', 'Decapsulate'];

test('the table has every command of the SDK', () => {
  const commands = Object.keys(sdk)
    .map((name) => /^([A-Z]\w+)Command$/.exec(name)?.[1])
    .filter((name) => name !== undefined && !beyond.includes(name));
  expect(Object.keys(table).sort()).toEqual(commands.sort());
  expect(commands).toHaveLength(54);
});

test.each(Object.keys(table))('%s', (name) => table[name]!());

test('a data key encrypts outside, as the Encryption SDK uses it', async () => {
  const EncryptionContext = { purpose: 'files' };
  const made = await send(
    new sdk.GenerateDataKeyCommand({ KeyId: keys.symmetric, KeySpec: 'AES_256', EncryptionContext }),
  );
  const cipher = createCipheriv('aes-256-gcm', bytes(made.Plaintext), Buffer.alloc(12));
  const sealed = Buffer.concat([cipher.update('a file'), cipher.final()]);
  const key = await decrypt(bytes(made.CiphertextBlob), { EncryptionContext });
  const opened = createDecipheriv('aes-256-gcm', key, Buffer.alloc(12)).setAuthTag(cipher.getAuthTag());
  expect(Buffer.concat([opened.update(sealed), opened.final()]).toString()).toBe('a file');
});

test('what the SDK has beyond the API is refused, and keys of other specs are', async () => {
  const call = send(new sdk.EncapsulateCommand({ KeyId: keys.signing } as sdk.EncapsulateCommandInput));
  expect(await refusalOf(call)).toBe('NotImplementedException');
  for (const KeySpec of ['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87', 'SM2'] as const) {
    const made = suite.newKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' });
    expect(await refusalOf(made)).toBe('UnsupportedOperationException');
  }
});
