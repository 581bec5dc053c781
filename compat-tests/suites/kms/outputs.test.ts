/**
 * What keys of each spec give, checked by libraries that are not ours (node:crypto, @noble/curves): before and after a restart, after
 * SIGKILL of the gateway with all custodians, and after rotation.
 */
import {
  constants,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  randomBytes,
  verify,
} from 'node:crypto';
import {
  DecryptCommand,
  DeriveSharedSecretCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  GenerateMacCommand,
  GetPublicKeyCommand,
  type KeySpec,
  type KeyUsageType,
  RotateKeyOnDemandCommand,
  SignCommand,
  type SigningAlgorithmSpec,
} from '@aws-sdk/client-kms';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { bytes } from '../../lib/kms-client.ts';
import { importMaterial } from '../../lib/kms-import.ts';
import { kmsSuite } from './suite.ts';

const suite = kmsSuite();

const made = new Map<string, Promise<string>>();
/** One key of each spec and usage for the file. */
function keyOf(KeySpec: KeySpec, KeyUsage: KeyUsageType): Promise<string> {
  const name = `${KeySpec} ${KeyUsage}`;
  const known = made.get(name) ?? suite.newKey({ KeySpec, KeyUsage });
  made.set(name, known);
  return known;
}

async function publicKeyOf(KeyId: string): Promise<KeyObject> {
  const { PublicKey } = await suite.kms.send(new GetPublicKeyCommand({ KeyId }));
  return createPublicKey({ key: bytes(PublicKey), format: 'der', type: 'spki' });
}

const rsaSigning = ['PKCS1_V1_5', 'PSS'].flatMap((padding) =>
  [256, 384, 512].map((size) => `RSASSA_${padding}_SHA_${size}` as SigningAlgorithmSpec),
);
const signing = [
  ...(['RSA_2048', 'RSA_3072', 'RSA_4096'] as const).map((spec) => [spec, rsaSigning] as const),
  ['ECC_NIST_P256', ['ECDSA_SHA_256']],
  ['ECC_NIST_P384', ['ECDSA_SHA_384']],
  ['ECC_NIST_P521', ['ECDSA_SHA_512']],
  ['ECC_SECG_P256K1', ['ECDSA_SHA_256']],
  ['ECC_NIST_EDWARDS25519', ['ED25519_SHA_512', 'ED25519_PH_SHA_512']],
] as const satisfies readonly (readonly [KeySpec, readonly SigningAlgorithmSpec[]])[];

function holds(algorithm: SigningAlgorithmSpec, key: KeyObject, message: Buffer, signature: Buffer): boolean {
  if (algorithm === 'ED25519_SHA_512') return verify(null, message, key, signature);
  if (algorithm === 'ED25519_PH_SHA_512') {
    const raw = key.export({ format: 'der', type: 'spki' }).subarray(-32);
    return ed25519ph.verify(signature, message, raw);
  }
  const hash = `sha${algorithm.slice(-3)}`;
  if (!algorithm.includes('PSS')) return verify(hash, message, key, signature);
  const saltLength = Number(algorithm.slice(-3)) / 8;
  return verify(hash, message, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }, signature);
}

async function checkSignature(KeyId: string, algorithm: SigningAlgorithmSpec): Promise<void> {
  const key = await publicKeyOf(KeyId);
  const message = randomBytes(300);
  const digest = createHash(`sha${algorithm.slice(-3)}`)
    .update(message)
    .digest();
  const forms = [
    { Message: message, MessageType: 'RAW' },
    { Message: digest, MessageType: 'DIGEST' },
  ] as const;
  for (const form of forms) {
    // Pure Ed25519 signs messages, Ed25519ph digests.
    if (algorithm === 'ED25519_SHA_512' && form.MessageType === 'DIGEST') continue;
    if (algorithm === 'ED25519_PH_SHA_512' && form.MessageType === 'RAW') continue;
    const { Signature } = await suite.kms.send(
      new SignCommand({ KeyId, SigningAlgorithm: algorithm, ...form }),
    );
    expect(holds(algorithm, key, message, bytes(Signature)), form.MessageType).toBe(true);
  }
}

describe.each(signing)('%s', (spec, algorithms) => {
  test.each(algorithms)('%s verifies under the public key', async (algorithm) => {
    await checkSignature(await keyOf(spec, 'SIGN_VERIFY'), algorithm);
  });
});

describe.each(['RSA_2048', 'RSA_3072', 'RSA_4096'] as const)('%s', (spec) => {
  test.each(['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const)(
    '%s opens what others seal',
    async (EncryptionAlgorithm) => {
      const KeyId = await keyOf(spec, 'ENCRYPT_DECRYPT');
      const key = await publicKeyOf(KeyId);
      const oaepHash = EncryptionAlgorithm === 'RSAES_OAEP_SHA_1' ? 'sha1' : 'sha256';
      const plain = randomBytes(64);
      const sealed = publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, plain);
      const own = await suite.kms.send(new EncryptCommand({ KeyId, Plaintext: plain, EncryptionAlgorithm }));
      for (const CiphertextBlob of [sealed, bytes(own.CiphertextBlob)]) {
        const opened = await suite.kms.send(
          new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm }),
        );
        expect(bytes(opened.Plaintext)).toEqual(plain);
      }
    },
  );
});

test.each([
  ['HMAC_224', 28],
  ['HMAC_256', 32],
  ['HMAC_384', 48],
  ['HMAC_512', 64],
] as const)('codes of an imported key of %s are those of node:crypto', async (KeySpec, size) => {
  const KeyId = await suite.newKey({ KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC', Origin: 'EXTERNAL' });
  const key = randomBytes(size);
  await importMaterial(suite.kms, KeyId, key);
  const MacAlgorithm = `HMAC_SHA_${KeySpec.slice(5) as '256'}` as const;
  for (const length of [1, 55, 200]) {
    const Message = randomBytes(length);
    const { Mac } = await suite.kms.send(new GenerateMacCommand({ KeyId, Message, MacAlgorithm }));
    const hash = `sha${KeySpec.slice(5)}`;
    expect(bytes(Mac)).toEqual(createHmac(hash, key).update(Message).digest());
  }
});

test.each([
  ['ECC_NIST_P256', 'prime256v1'],
  ['ECC_NIST_P384', 'secp384r1'],
  ['ECC_NIST_P521', 'secp521r1'],
] as const)('%s agrees on the secret that the other side has', async (spec, namedCurve) => {
  const KeyId = await keyOf(spec, 'KEY_AGREEMENT');
  const publicKey = await publicKeyOf(KeyId);
  const peer = generateKeyPairSync('ec', { namedCurve });
  const answer = await suite.kms.send(
    new DeriveSharedSecretCommand({
      KeyId,
      KeyAgreementAlgorithm: 'ECDH',
      PublicKey: peer.publicKey.export({ format: 'der', type: 'spki' }),
    }),
  );
  expect(bytes(answer.SharedSecret)).toEqual(diffieHellman({ privateKey: peer.privateKey, publicKey }));
});

describe('what was made earlier', () => {
  interface Kept {
    readonly KeyId: string;
    readonly plain: Buffer;
    readonly blob: Buffer;
    readonly EncryptionContext: Record<string, string>;
  }
  const kept: Kept[] = [];
  let symmetric = '';
  let mac: Buffer;
  const message = Buffer.from('the same code each time');
  const macOf = async () => {
    const input = { KeyId: await keyOf('HMAC_256', 'GENERATE_VERIFY_MAC'), Message: message };
    const { Mac } = await suite.kms.send(new GenerateMacCommand({ ...input, MacAlgorithm: 'HMAC_SHA_256' }));
    return bytes(Mac);
  };
  const keep = async () => {
    const input = { KeyId: symmetric, EncryptionContext: { at: String(kept.length) } };
    const one = await suite.kms.send(new GenerateDataKeyCommand({ ...input, KeySpec: 'AES_256' }));
    kept.push({ ...input, plain: bytes(one.Plaintext), blob: bytes(one.CiphertextBlob) });
    const pair = await suite.kms.send(
      new GenerateDataKeyPairCommand({ ...input, KeyPairSpec: 'ECC_SECG_P256K1' }),
    );
    const [plain, blob] = [bytes(pair.PrivateKeyPlaintext), bytes(pair.PrivateKeyCiphertextBlob)];
    kept.push({ ...input, plain, blob });
    const key = createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' });
    expect(key.asymmetricKeyDetails?.namedCurve).toBe('secp256k1');
  };
  const checkAll = async () => {
    for (const { blob, plain, EncryptionContext } of kept) {
      const input = { CiphertextBlob: blob, EncryptionContext };
      expect(bytes((await suite.kms.send(new DecryptCommand(input))).Plaintext)).toEqual(plain);
    }
    expect(await macOf()).toEqual(mac);
    for (const spec of ['ECC_NIST_P256', 'ECC_NIST_EDWARDS25519', 'RSA_2048'] as const)
      await checkSignature(await keyOf(spec, 'SIGN_VERIFY'), signing.find(([name]) => name === spec)![1][0]!);
  };
  beforeAll(async () => {
    symmetric = await suite.newKey();
    mac = await macOf();
    await keep();
  });

  test('is there after rotation', async () => {
    await suite.kms.send(new RotateKeyOnDemandCommand({ KeyId: symmetric }));
    await keep();
    await checkAll();
  });

  test('is there after a restart', async () => {
    await suite.again(async (target) => expect(await target.stop()).toBe(0));
    await keep();
    await checkAll();
  });

  test('is there after SIGKILL of gateway and custodians', async () => {
    await suite.again(async (target) => {
      const pids = [...suite.pids().values()];
      expect(pids).toHaveLength(4);
      for (const pid of [target.pid, ...pids]) process.kill(pid, 'SIGKILL');
      await target.exited;
    });
    await keep();
    await checkAll();
  });
});
