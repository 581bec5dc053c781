/**
 * Keys of every spec and of every history that a key can have - made, brought in by its owner, rotated - with a use of each whose answer
 * is checked outside, and what is known of them from outside: public keys, codes, and what their owners brought in.
 */
import {
  constants,
  createHmac,
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
  GenerateMacCommand,
  GetPublicKeyCommand,
  type KeySpec,
  type KMSClient,
  RotateKeyOnDemandCommand,
  SignCommand,
  type SigningAlgorithmSpec,
} from '@aws-sdk/client-kms';
import { bytes, createKey } from '../../lib/kms-client.ts';
import { importMaterial } from '../../lib/kms-import.ts';
import type { Use } from '../../lib/kms-key-kinds.ts';

export interface KeptKey {
  readonly use: Use;
  /** Of custodians, one for each version: they are what is on their disks. */
  readonly schemes: readonly string[];
  readonly publicKey?: KeyObject;
  /** The code of `macMessage`, by its scheme. */
  readonly mac?: Buffer;
  /** What its owner brought in, by name: all of it is secret. */
  readonly brought?: ReadonlyMap<string, Buffer>;
}

export const macMessage = Buffer.from('a message whose code is known');

const wrong = (what: string): never => {
  throw new Error(`wrong answer: ${what}`);
};

type Make = (kms: KMSClient) => Promise<KeptKey>;

async function publicKeyOf(kms: KMSClient, KeyId: string): Promise<KeyObject> {
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
  return createPublicKey({ key: bytes(PublicKey), format: 'der', type: 'spki' });
}

const pkcs8 = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'pkcs8' });

/** A new key, or one with this material. */
async function keyOf(
  kms: KMSClient,
  KeySpec: KeySpec,
  KeyUsage: 'SIGN_VERIFY' | 'ENCRYPT_DECRYPT' | 'GENERATE_VERIFY_MAC' | 'KEY_AGREEMENT',
  material?: Buffer,
): Promise<string> {
  if (material === undefined) return (await createKey(kms, { KeySpec, KeyUsage })).KeyId!;
  const KeyId = (await createKey(kms, { KeySpec, KeyUsage, Origin: 'EXTERNAL' })).KeyId!;
  await importMaterial(kms, KeyId, material);
  return KeyId;
}

function signing(
  scheme: string,
  spec: KeySpec,
  SigningAlgorithm: SigningAlgorithmSpec,
  own?: () => KeyObject,
): Make {
  return async (kms) => {
    const privateKey = own?.();
    const KeyId = await keyOf(kms, spec, 'SIGN_VERIFY', privateKey && pkcs8(privateKey));
    const publicKey = await publicKeyOf(kms, KeyId);
    const key = SigningAlgorithm.includes('PSS')
      ? { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
      : publicKey;
    const hash = SigningAlgorithm.startsWith('ED25519') ? null : `sha${SigningAlgorithm.slice(-3)}`;
    const use = async () => {
      const Message = randomBytes(40);
      const { Signature } = await kms.send(new SignCommand({ KeyId, Message, SigningAlgorithm }));
      if (!verify(hash, Message, key, bytes(Signature))) wrong(spec);
    };
    return { use, schemes: [scheme], publicKey, ...(privateKey && { brought: partsOf(scheme, privateKey) }) };
  };
}

/** What is secret in a private key, as numbers. */
function partsOf(scheme: string, key: KeyObject): Map<string, Buffer> {
  const jwk = key.export({ format: 'jwk' });
  const parts = ['d', 'p', 'q', 'dp', 'dq', 'qi'].filter((name) => jwk[name] !== undefined);
  return new Map(
    parts.map((name) => [`${scheme} brought in, ${name}`, Buffer.from(String(jwk[name]), 'base64url')]),
  );
}

const decrypting: Make = async (kms) => {
  const KeyId = await keyOf(kms, 'RSA_4096', 'ENCRYPT_DECRYPT');
  const publicKey = await publicKeyOf(kms, KeyId);
  const use = async () => {
    const plain = randomBytes(100);
    const sealing = { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    const CiphertextBlob = publicEncrypt(sealing, plain);
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
    const opened = await kms.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm }));
    if (!bytes(opened.Plaintext).equals(plain)) wrong('RSA decryption');
  };
  return { use, schemes: ['rsa-4096'], publicKey };
};

function agreeing(scheme: string, spec: KeySpec, namedCurve: string): Make {
  return async (kms) => {
    const KeyId = await keyOf(kms, spec, 'KEY_AGREEMENT');
    const publicKey = await publicKeyOf(kms, KeyId);
    const use = async () => {
      const peer = generateKeyPairSync('ec', { namedCurve });
      const PublicKey = peer.publicKey.export({ format: 'der', type: 'spki' });
      const input = { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey } as const;
      const { SharedSecret } = await kms.send(new DeriveSharedSecretCommand(input));
      const theirs = diffieHellman({ privateKey: peer.privateKey, publicKey });
      if (!bytes(SharedSecret).equals(theirs)) wrong('shared secret');
    };
    return { use, schemes: [scheme], publicKey };
  };
}

function mac(size: '224' | '256' | '384' | '512', own?: Buffer): Make {
  return async (kms) => {
    const KeyId = await keyOf(kms, `HMAC_${size}`, 'GENERATE_VERIFY_MAC', own);
    const of = async () => {
      const input = { KeyId, Message: macMessage, MacAlgorithm: `HMAC_SHA_${size}` } as const;
      return bytes((await kms.send(new GenerateMacCommand(input))).Mac);
    };
    const code = own === undefined ? await of() : createHmac(`sha${size}`, own).update(macMessage).digest();
    const use = async () => {
      if (!(await of()).equals(code)) wrong('MAC');
    };
    const scheme = `hmac-sha-${size}`;
    return {
      use,
      schemes: [scheme],
      mac: code,
      ...(own && { brought: new Map([[`${scheme} brought in`, own]]) }),
    };
  };
}

/** @param rotations versions before the current one */
function symmetric(rotations: number, own?: Buffer): Make {
  return async (kms) => {
    const KeyId = await keyOf(kms, 'SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', own);
    const kept: { readonly plain: Buffer; readonly CiphertextBlob: Buffer }[] = [];
    const seal = async () => {
      const plain = randomBytes(60);
      const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: plain }));
      kept.push({ plain, CiphertextBlob: bytes(CiphertextBlob) });
    };
    await seal();
    for (let count = 0; count < rotations; count += 1) {
      await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
      await seal();
    }
    // What every version sealed is opened.
    const use = async () => {
      for (const { plain, CiphertextBlob } of kept) {
        const opened = await kms.send(new DecryptCommand({ CiphertextBlob }));
        if (!bytes(opened.Plaintext).equals(plain)) wrong('decryption');
      }
    };
    const schemes = Array.from({ length: rotations + 1 }, () => 'dprf-ristretto255');
    return { use, schemes, ...(own && { brought: new Map([['symmetric key brought in', own]]) }) };
  };
}

const makers = (): readonly Make[] => [
  symmetric(2),
  signing('frost-ed25519', 'ECC_NIST_EDWARDS25519', 'ED25519_SHA_512'),
  signing('ecdsa-secp256k1', 'ECC_SECG_P256K1', 'ECDSA_SHA_256'),
  signing('ecdsa-p256', 'ECC_NIST_P256', 'ECDSA_SHA_256'),
  signing('ecdsa-p384', 'ECC_NIST_P384', 'ECDSA_SHA_384'),
  signing('ecdsa-p521', 'ECC_NIST_P521', 'ECDSA_SHA_512'),
  agreeing('ecdh-p256', 'ECC_NIST_P256', 'prime256v1'),
  agreeing('ecdh-p384', 'ECC_NIST_P384', 'secp384r1'),
  agreeing('ecdh-p521', 'ECC_NIST_P521', 'secp521r1'),
  signing('rsa-2048', 'RSA_2048', 'RSASSA_PSS_SHA_256'),
  signing('rsa-3072', 'RSA_3072', 'RSASSA_PKCS1_V1_5_SHA_384'),
  decrypting,
  mac('224'),
  mac('256'),
  mac('384'),
  mac('512'),
  symmetric(0, randomBytes(32)),
  signing(
    'frost-ed25519',
    'ECC_NIST_EDWARDS25519',
    'ED25519_SHA_512',
    () => generateKeyPairSync('ed25519').privateKey,
  ),
  signing(
    'ecdsa-p256',
    'ECC_NIST_P256',
    'ECDSA_SHA_256',
    () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey,
  ),
  signing(
    'rsa-2048',
    'RSA_2048',
    'RSASSA_PKCS1_V1_5_SHA_256',
    () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  ),
  mac('512', randomBytes(64)),
];

/** One after the other: at once they would have custodians compute longer than calls wait, on a busy machine. */
export async function makeKeptKeys(kms: KMSClient): Promise<KeptKey[]> {
  const keys: KeptKey[] = [];
  for (const make of makers()) keys.push(await make(kms));
  return keys;
}

export async function useKeys(keys: readonly KeptKey[]): Promise<void> {
  for (const { use } of keys) await use();
}
