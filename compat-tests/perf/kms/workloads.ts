/** What is measured, each with the figure that it has to reach. */
import { createSign, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { KmsCaller, type KmsInput } from '../../lib/kms-caller.ts';
import type { Target } from '../../lib/target.ts';
import type { Call } from './load.ts';
import type { Reach } from './rows.ts';

export interface Workload {
  readonly name: string;
  /** With one call in flight, and with eight. */
  readonly alone: number;
  readonly together: number;
  readonly p50?: Reach;
  readonly perSecond?: Reach;
  readonly call: Call;
  /** The same by node:crypto in this process, with a key that is whole. */
  readonly local?: () => void;
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const atMost = (value: number): Reach => ({ atMost: value });
const atLeast = (value: number): Reach => ({ atLeast: value });

/** Makes the keys. */
export async function workloadsOf(target: Target, quick: boolean): Promise<Workload[]> {
  const caller = new KmsCaller(target);
  const newKey = async (input: KmsInput): Promise<string> => {
    const { KeyMetadata } = await caller.call('CreateKey', input);
    return (KeyMetadata as { readonly KeyId: string }).KeyId;
  };
  try {
    return [...(await symmetric()), ...(await signing()), ...(await macs())];
  } finally {
    caller.close();
  }

  async function symmetric(): Promise<Workload[]> {
    const KeyId = await newKey({});
    const Plaintext = base64(randomBytes(32));
    const { CiphertextBlob } = await caller.call('Encrypt', { KeyId, Plaintext });
    const figures = {
      alone: quick ? 40 : 200,
      together: quick ? 80 : 600,
      p50: atMost(15),
      perSecond: atLeast(150),
    };
    const of = (operation: string, input: KmsInput): Workload => ({
      name: operation,
      ...figures,
      call: async (each) => void (await each.call(operation, input)),
    });
    return [
      of('Encrypt', { KeyId, Plaintext }),
      of('Decrypt', { CiphertextBlob }),
      of('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }),
    ];
  }

  async function signing(): Promise<Workload[]> {
    const message = randomBytes(100);
    const Message = base64(message);
    const rows: Workload[] = [];
    for (const { name, KeySpec, SigningAlgorithm, ...more } of signers()) {
      const KeyId = await newKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' });
      rows.push({
        name,
        alone: quick ? 20 : 100,
        // Far more than a stock of presignatures: making them is in the throughput.
        together: quick ? 60 : 400,
        call: async (each) => void (await each.call('Sign', { KeyId, Message, SigningAlgorithm })),
        ...more,
      });
    }
    return rows;

    function signers() {
      const ec = (namedCurve: string) => {
        const { privateKey } = generateKeyPairSync('ec', { namedCurve });
        return () => void createSign('sha256').update(message).sign(privateKey);
      };
      const edwards = generateKeyPairSync('ed25519').privateKey;
      const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
      const ecdsa = { SigningAlgorithm: 'ECDSA_SHA_256', p50: atMost(10), perSecond: atLeast(20) } as const;
      return [
        { name: 'Sign P-256', KeySpec: 'ECC_NIST_P256', ...ecdsa, local: ec('prime256v1') },
        { name: 'Sign secp256k1', KeySpec: 'ECC_SECG_P256K1', ...ecdsa, local: ec('secp256k1') },
        {
          name: 'Sign Ed25519',
          KeySpec: 'ECC_NIST_EDWARDS25519',
          SigningAlgorithm: 'ED25519_SHA_512',
          p50: atMost(40),
          local: () => void sign(null, message, edwards),
        },
        {
          name: 'Sign RSA-2048',
          KeySpec: 'RSA_2048',
          SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
          p50: atMost(20),
          local: () => void createSign('sha256').update(message).sign(rsa),
        },
      ] as const;
    }
  }

  async function macs(): Promise<Workload[]> {
    const KeyId = await newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    return [32, 55, 1024, 4096].map((length) => {
      const input = { KeyId, Message: base64(randomBytes(length)), MacAlgorithm: 'HMAC_SHA_256' };
      return {
        name: macName(length),
        alone: quick ? 4 : length > 1000 ? 8 : 20,
        together: length > 1000 ? 0 : quick ? 8 : 32,
        ...(length <= 55 ? { p50: atMost(150) } : {}),
        call: async (each) => void (await each.call('GenerateMac', input)),
      };
    });
  }
}

export const macName = (length: number): string => `GenerateMac HMAC_256, ${length} B`;
