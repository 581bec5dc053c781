/** GenerateDataKeyPair, GenerateRandom. */
import { createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import {
  type DataKeyPairSpec,
  DecryptCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateRandomCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arnOf, codeOf, type KeyGateway, newKey, openKeyGateway } from './support/key-gateway.ts';
import { allowing } from './support/world.ts';

let gateway: KeyGateway;
let kms: KMSClient;
let KeyId: string;
beforeAll(async () => {
  gateway = await openKeyGateway();
  kms = gateway.client();
  KeyId = await newKey(kms);
});
afterAll(() => gateway.close());

const EncryptionContext = { pair: 'of keys' };
const specs: readonly (readonly [DataKeyPairSpec, object])[] = [
  ['RSA_2048', { modulusLength: 2048, publicExponent: 65_537n }],
  ['RSA_3072', { modulusLength: 3072, publicExponent: 65_537n }],
  ['RSA_4096', { modulusLength: 4096, publicExponent: 65_537n }],
  ['ECC_NIST_P256', { namedCurve: 'prime256v1' }],
  ['ECC_NIST_P384', { namedCurve: 'secp384r1' }],
  ['ECC_NIST_P521', { namedCurve: 'secp521r1' }],
  ['ECC_SECG_P256K1', { namedCurve: 'secp256k1' }],
  ['ECC_NIST_EDWARDS25519', {}],
];

const privateOf = (bytes: Uint8Array) =>
  createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' });
const publicOf = (bytes: Uint8Array) =>
  createPublicKey({ key: Buffer.from(bytes), format: 'der', type: 'spki' });

describe.each(specs)('a pair of %s', (KeyPairSpec, details) => {
  it('is whole, belongs together, and Decrypt opens its private half', async () => {
    // Primes of 4096 bits take seconds; once is enough.
    const isSlow = KeyPairSpec === 'RSA_4096' || KeyPairSpec === 'RSA_3072';
    const commands = [
      new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec, EncryptionContext }),
      ...(isSlow
        ? []
        : [new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec, EncryptionContext })]),
    ];
    for (const [index, command] of commands.entries()) {
      const made = await kms.send(command as GenerateDataKeyPairCommand);
      expect(made).toMatchObject({ KeyId: arnOf(KeyId), KeyPairSpec, KeyMaterialId: expect.any(String) });
      const { PrivateKeyCiphertextBlob: CiphertextBlob } = made;
      const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
      if (index === 0) expect(made.PrivateKeyPlaintext).toEqual(Plaintext);
      else expect(made).not.toHaveProperty('PrivateKeyPlaintext');
      const publicKey = publicOf(made.PublicKey!);
      expect(publicKey.asymmetricKeyDetails).toEqual(details);
      const isEdwards = KeyPairSpec === 'ECC_NIST_EDWARDS25519';
      const signature = sign(isEdwards ? null : 'sha256', Buffer.from('m'), privateOf(Plaintext!));
      expect(verify(isEdwards ? null : 'sha256', Buffer.from('m'), publicKey, signature)).toBe(true);
    }
  });
});

describe('pairs of data keys', () => {
  it('are made however many are asked for at once', async () => {
    const input = { KeyId, KeyPairSpec: 'RSA_2048' } as const;
    const made = await Promise.all(
      [1, 2, 3, 4, 5].map(() => kms.send(new GenerateDataKeyPairCommand(input))),
    );
    const moduli = made.map(({ PublicKey }) => Buffer.from(PublicKey!).toString('hex'));
    expect(new Set(moduli).size).toBe(5);
  });

  it('are refused where KMS or this region has none', async () => {
    const code = (input: object) =>
      codeOf(kms.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256', ...input })));
    expect(await code({ KeyPairSpec: 'SM2' })).toBe('UnsupportedOperationException');
    expect(await code({ KeyPairSpec: 'ML_DSA_44' })).toBe('ValidationException');
    expect(await code({ KeyPairSpec: undefined })).toBe('ValidationException');
    expect(await code({ DryRun: true })).toBe('DryRunOperationException');
    const Recipient = { KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256', AttestationDocument: randomBytes(10) };
    expect(await code({ Recipient })).toBe('UnsupportedOperationException');
    const signing = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    expect(await code({ KeyId: signing })).toBe('InvalidKeyUsageException');
  });
});

describe('GenerateRandom', () => {
  it('gives as many bytes as were asked for', async () => {
    const bytes = async (NumberOfBytes: number) =>
      Buffer.from((await kms.send(new GenerateRandomCommand({ NumberOfBytes }))).Plaintext!);
    for (const length of [1, 32, 1024]) expect(await bytes(length)).toHaveLength(length);
    expect((await bytes(32)).equals(await bytes(32))).toBe(false);
    expect((await bytes(64)).equals(Buffer.alloc(64))).toBe(false);
  });

  it('refuses what KMS refuses', async () => {
    const code = (input: object, by = kms) => codeOf(by.send(new GenerateRandomCommand(input)));
    for (const NumberOfBytes of [undefined, 0, 1025, -1])
      expect(await code({ NumberOfBytes })).toBe('ValidationException');
    const store = { NumberOfBytes: 1, CustomKeyStoreId: 'cks-1234567890abcdef0' };
    expect(await code(store)).toBe('CustomKeyStoreNotFoundException');
    const alice = gateway.client('alice');
    expect(await code({ NumberOfBytes: 1 }, alice)).toBe('AccessDeniedException');
    gateway.alicePolicies = [allowing('kms:GenerateRandom')];
    expect(await code({ NumberOfBytes: 1 }, alice)).toBe('ok');
  });
});
