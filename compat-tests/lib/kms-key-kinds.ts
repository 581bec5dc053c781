/** A key of each kind that custodians use in a way of its own, and a use of it whose answer is checked outside. */
import {
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
  verify,
} from 'node:crypto';
import {
  type CreateKeyCommandInput,
  DecryptCommand,
  DeriveSharedSecretCommand,
  GenerateDataKeyCommand,
  GenerateMacCommand,
  GetPublicKeyCommand,
  type KMSClient,
  SignCommand,
  type SigningAlgorithmSpec,
} from '@aws-sdk/client-kms';
import { bytes, createKey } from './kms-client.ts';
import { importMaterial } from './kms-import.ts';

/** One use. @throws when the answer is wrong, or what the service refused with */
export type Use = () => Promise<void>;

export interface KeyKind {
  readonly name: string;
  /** So many custodians have to take part, of four. */
  readonly needs: 2 | 3;
  make(kms: KMSClient): Promise<Use>;
}

const requireRight = (isRight: boolean, what: string): void => {
  if (!isRight) throw new Error(`wrong answer: ${what}`);
};

async function publicKeyOf(kms: KMSClient, KeyId: string) {
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
  return createPublicKey({ key: bytes(PublicKey), format: 'der', type: 'spki' });
}

const keyId = async (kms: KMSClient, input: CreateKeyCommandInput) => (await createKey(kms, input)).KeyId!;

function signing(
  KeySpec: 'ECC_NIST_EDWARDS25519' | 'ECC_SECG_P256K1' | 'ECC_NIST_P256' | 'RSA_2048',
  SigningAlgorithm: SigningAlgorithmSpec,
  needs: 2 | 3,
): KeyKind {
  return {
    name: KeySpec,
    needs,
    async make(kms) {
      const KeyId = await keyId(kms, { KeySpec, KeyUsage: 'SIGN_VERIFY' });
      const key = await publicKeyOf(kms, KeyId);
      const hash = SigningAlgorithm.startsWith('ED25519') ? null : 'sha256';
      return async () => {
        const Message = randomBytes(40);
        const { Signature } = await kms.send(new SignCommand({ KeyId, Message, SigningAlgorithm }));
        requireRight(verify(hash, Message, key, bytes(Signature)), KeySpec);
      };
    },
  };
}

const symmetric: KeyKind = {
  name: 'SYMMETRIC_DEFAULT',
  needs: 2,
  async make(kms) {
    const KeyId = await keyId(kms, {});
    return async () => {
      const one = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
      const opened = await kms.send(new DecryptCommand({ CiphertextBlob: one.CiphertextBlob }));
      requireRight(bytes(opened.Plaintext).equals(bytes(one.Plaintext)), 'data key');
    };
  },
};

const agreement: KeyKind = {
  name: 'key agreement',
  needs: 2,
  async make(kms) {
    const KeyId = await keyId(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
    const publicKey = await publicKeyOf(kms, KeyId);
    return async () => {
      const peer = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
      const PublicKey = peer.publicKey.export({ format: 'der', type: 'spki' });
      const input = { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey } as const;
      const { SharedSecret } = await kms.send(new DeriveSharedSecretCommand(input));
      const theirs = diffieHellman({ privateKey: peer.privateKey, publicKey });
      requireRight(bytes(SharedSecret).equals(theirs), 'shared secret');
    };
  },
};

const mac: KeyKind = {
  name: 'HMAC_256',
  needs: 3,
  async make(kms) {
    const spec = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' } as const;
    const KeyId = await keyId(kms, { ...spec, Origin: 'EXTERNAL' });
    const key = randomBytes(32);
    await importMaterial(kms, KeyId, key);
    return async () => {
      const input = { KeyId, Message: randomBytes(50), MacAlgorithm: 'HMAC_SHA_256' } as const;
      const { Mac } = await kms.send(new GenerateMacCommand(input));
      requireRight(bytes(Mac).equals(createHmac('sha256', key).update(input.Message).digest()), 'MAC');
    };
  },
};

export const keyKinds: readonly KeyKind[] = [
  symmetric,
  signing('ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', 2),
  signing('ECC_SECG_P256K1', 'ECDSA_SHA_256', 3),
  signing('ECC_NIST_P256', 'ECDSA_SHA_256', 3),
  agreement,
  signing('RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256', 2),
  mac,
];
