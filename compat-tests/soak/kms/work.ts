/** What callers do, each with an answer that is checked outside: uses of keys of all kinds, old ciphertexts, and calls that change keys. */
import { randomBytes } from 'node:crypto';
import {
  DecryptCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  type KMSClient,
  ReEncryptCommand,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import { bytes, createKey, refusalOf } from '../../lib/kms-client.ts';
import { keyKinds, type Use } from '../../lib/kms-key-kinds.ts';
import type { SeededRandom } from '../../lib/random.ts';

export interface Work {
  readonly name: string;
  readonly weight: number;
  run: Use;
}

interface Sealed {
  readonly plain: Buffer;
  readonly blob: Buffer;
}

const keptMax = 500;
/** AWS allows 25 of one key. */
const rotationsMax = 25;

/** Makes the keys that all callers use. */
export async function makeWork(kms: KMSClient, random: SeededRandom): Promise<Work[]> {
  const weights: Readonly<Record<string, number>> = { SYMMETRIC_DEFAULT: 20, HMAC_256: 3 };
  const uses: Work[] = [];
  for (const { name, make } of keyKinds)
    uses.push({ name: `use of ${name}`, weight: weights[name] ?? 10, run: await make(kms) });
  const [KeyId, other] = [(await createKey(kms, {})).KeyId!, (await createKey(kms, {})).KeyId!];
  const kept: Sealed[] = [];
  let rotations = 0;

  const seal = async (): Promise<void> => {
    const plain = randomBytes(random.between(1, 4096));
    const answer = await kms.send(new EncryptCommand({ KeyId, Plaintext: plain }));
    const sealed = { plain, blob: bytes(answer.CiphertextBlob) };
    if (kept.length < keptMax) kept.push(sealed);
    else kept[random.between(0, keptMax - 1)] = sealed;
  };
  const check = async (blob: Buffer, plain: Buffer, what: string): Promise<void> => {
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob: blob }));
    if (!bytes(Plaintext).equals(plain)) throw new Error(`wrong answer: ${what}`);
  };
  await seal();

  return [
    ...uses,
    { name: 'encryption', weight: 10, run: seal },
    {
      name: 'an old ciphertext',
      weight: 15,
      async run() {
        const { blob, plain } = random.pick(kept);
        await check(blob, plain, 'old ciphertext');
      },
    },
    {
      name: 'another encryption',
      weight: 5,
      async run() {
        const { blob, plain } = random.pick(kept);
        const answer = await kms.send(
          new ReEncryptCommand({ CiphertextBlob: blob, DestinationKeyId: other }),
        );
        await check(bytes(answer.CiphertextBlob), plain, 'another encryption');
      },
    },
    {
      name: 'a new key',
      weight: 2,
      async run() {
        const use = await random.pick(keyKinds).make(kms);
        await use();
      },
    },
    {
      name: 'a disabled key',
      weight: 2,
      async run() {
        const own = (await createKey(kms, {})).KeyId!;
        const sealed = await kms.send(new EncryptCommand({ KeyId: own, Plaintext: Buffer.from('x') }));
        await kms.send(new DisableKeyCommand({ KeyId: own }));
        const refused = await refusalOf(
          kms.send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob })),
        );
        if (refused !== 'DisabledException') throw new Error(`wrong answer: a disabled key gave ${refused}`);
        await kms.send(new EnableKeyCommand({ KeyId: own }));
        await check(bytes(sealed.CiphertextBlob), Buffer.from('x'), 'key that is enabled again');
      },
    },
    {
      name: 'a rotation',
      weight: 1,
      async run() {
        if (rotations >= rotationsMax) return seal();
        rotations += 1;
        await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
        return seal();
      },
    },
  ];
}

export function pickWork(work: readonly Work[], random: SeededRandom): Work {
  let at = random.next() * work.reduce((sum, { weight }) => sum + weight, 0);
  for (const one of work) {
    at -= one.weight;
    if (at < 0) return one;
  }
  return work.at(-1)!;
}
