/** One custodian of four lies, in each protocol: calls of the SDK succeed with right answers, and the liar is accused where the protocol can tell. */
import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DecryptCommand,
  DeriveSharedSecretCommand,
  EncryptCommand,
  GenerateMacCommand,
  GetPublicKeyCommand,
  SignCommand,
  type SigningAlgorithmSpec,
} from '@aws-sdk/client-kms';
import type { KeyTask } from '@hypergate/node/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { delaysAfter, type Lie, type LyingWorld, liar, openLyingWorld } from './lying-world.ts';

const newKey = async ({ kms }: LyingWorld, input: CreateKeyCommandInput) =>
  (await kms.send(new CreateKeyCommand(input))).KeyMetadata!.KeyId!;
const publicKeyOf = async ({ kms }: LyingWorld, KeyId: string): Promise<KeyObject> => {
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
  return createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' });
};

/** Makes a key. @returns a use of it that checks its answer */
type Make = (world: LyingWorld) => Promise<Use>;
type Use = (input: Buffer) => Promise<void>;

function signing(input: CreateKeyCommandInput, SigningAlgorithm: SigningAlgorithmSpec): Make {
  return async (world) => {
    const KeyId = await newKey(world, { ...input, KeyUsage: 'SIGN_VERIFY' });
    const key = await publicKeyOf(world, KeyId);
    return async (Message) => {
      const { Signature } = await world.kms.send(new SignCommand({ KeyId, Message, SigningAlgorithm }));
      const hash = SigningAlgorithm.startsWith('ED25519') ? null : 'sha256';
      expect(verify(hash, Message, key, Buffer.from(Signature!))).toBe(true);
    };
  };
}

const protocols: Readonly<
  Record<string, { readonly kinds: RegExp; readonly make: Make; readonly names: boolean }>
> = {
  'pseudo-random function': {
    kinds: /^dprf\.evaluate$/,
    names: true,
    make: async (world) => {
      const KeyId = await newKey(world, {});
      return async (Plaintext) => {
        const { CiphertextBlob } = await world.kms.send(new EncryptCommand({ KeyId, Plaintext }));
        const opened = await world.kms.send(new DecryptCommand({ CiphertextBlob }));
        expect(Buffer.from(opened.Plaintext!)).toEqual(Plaintext);
      };
    },
  },
  'key agreement': {
    kinds: /^agreement\.multiply$/,
    names: true,
    make: async (world) => {
      const KeyId = await newKey(world, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
      const publicKey = await publicKeyOf(world, KeyId);
      return async () => {
        const peer = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
        const PublicKey = peer.publicKey.export({ format: 'der', type: 'spki' });
        const input = { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey } as const;
        const { SharedSecret } = await world.kms.send(new DeriveSharedSecretCommand(input));
        expect(Buffer.from(SharedSecret!)).toEqual(diffieHellman({ privateKey: peer.privateKey, publicKey }));
      };
    },
  },
  'Ed25519 signature': {
    kinds: /^frost\.sign$/,
    names: true,
    make: signing({ KeySpec: 'ECC_NIST_EDWARDS25519' }, 'ED25519_SHA_512'),
  },
  'Ed25519 nonces': {
    kinds: /^frost\.commit$/,
    names: false,
    make: signing({ KeySpec: 'ECC_NIST_EDWARDS25519' }, 'ED25519_SHA_512'),
  },
  'ECDSA signature': {
    kinds: /^ecdsa\.sign$/,
    names: true,
    make: signing({ KeySpec: 'ECC_NIST_P256' }, 'ECDSA_SHA_256'),
  },
  'ECDSA presignature': {
    kinds: /^ecdsa\.presign\./,
    names: false,
    make: signing({ KeySpec: 'ECC_SECG_P256K1' }, 'ECDSA_SHA_256'),
  },
  'RSA power': {
    kinds: /^rsa\.(?:partial|proof)$/,
    names: true,
    make: signing({ KeySpec: 'RSA_2048' }, 'RSASSA_PKCS1_V1_5_SHA_256'),
  },
  MAC: {
    kinds: /^mac\.run$/,
    names: false,
    make: async (world) => {
      const KeyId = await newKey(world, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
      const known = new Map<string, string>();
      const of = async (Message: Buffer) => {
        const input = { KeyId, Message, MacAlgorithm: 'HMAC_SHA_256' } as const;
        return Buffer.from((await world.kms.send(new GenerateMacCommand(input))).Mac!).toString('hex');
      };
      // While all are honest: what it has to be later.
      for (const text of texts) known.set(text, await of(Buffer.from(text)));
      return async (input) => expect(await of(input)).toBe(known.get(input.toString()));
    },
  },
};
const absent = 4;
const soon = () => new Promise((resolve) => setImmediate(resolve));
const texts = ['one', 'two', 'three', 'four'];

/** The task of somebody else's call, so to say: an answer to it has the form of an answer, and a proof that holds for something else. */
function otherTask(task: KeyTask): KeyTask {
  const flipped = (bytes: Uint8Array) =>
    Uint8Array.from(bytes, (byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte));
  switch (task.kind) {
    case 'evaluate':
      return { ...task, input: flipped(task.input) };
    case 'sign':
    case 'mac':
      return { ...task, message: flipped(task.message) };
    case 'power':
      return { ...task, value: flipped(task.value) };
    case 'agree': {
      const other = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey;
      return { ...task, point: other.export({ format: 'der', type: 'spki' }).subarray(-65) };
    }
    default:
      return task;
  }
}

const flipAt = (reply: Uint8Array, at: number) => {
  const changed = Uint8Array.from(reply);
  if (changed.length > 0) changed[at % changed.length]! ^= 1;
  return changed;
};

/** Fresh ones, and how often they were told. */
function lies(): Readonly<Record<string, (kinds: RegExp) => { readonly lie: Lie; told(): number }>> {
  const about = (kinds: RegExp, change: Lie) => {
    let count = 0;
    const lie: Lie = (kind, body, task, handle) => {
      if (!kinds.test(kind)) return handle();
      count += 1;
      return change(kind, body, task, handle);
    };
    return { lie, told: () => count };
  };
  return {
    'a wrong share with a proof of its own': (kinds) =>
      about(kinds, async (_kind, _body, task, handle) =>
        task === undefined ? flipAt(await handle(), 40) : handle(otherTask(task)),
      ),
    'a wrong proof': (kinds) =>
      about(kinds, async (_kind, _body, _task, handle) => {
        const reply = await handle();
        return flipAt(reply, reply.length - 1);
      }),
    'a replayed answer': (kinds) => {
      const first = new Map<string, Uint8Array>();
      return about(kinds, async (kind, _body, _task, handle) => {
        const reply = await handle();
        const known = first.get(kind) ?? reply;
        first.set(kind, known);
        return known;
      });
    },
    'another answer each time': (kinds) => {
      let turn = 0;
      return about(kinds, async (_kind, _body, _task, handle) => flipAt(await handle(), 7 * ++turn));
    },
    silence: (kinds) => about(kinds, () => new Promise(() => undefined)),
  };
}

interface Stage {
  readonly world: LyingWorld;
  readonly use: Use;
}
/** One for each protocol: who was silent is asked last for a while. */
const stages = new Map<string, Stage>();
afterAll(async () => {
  for (const { world } of stages.values()) await world.close();
});

async function play(name: string, which: string): Promise<void> {
  const { kinds, names } = protocols[name]!;
  const { world, use } = stages.get(name)!;
  const { lie, told } = lies()[which]!(kinds);
  world.lie = lie;
  // Three that computed a MAC well stay together: one of them is away until the liar is asked.
  if (name === 'MAC') {
    world.custody.custodians.accuse(absent, 'away');
    world.lie = async (kind, ...asked) => {
      if (kinds.test(kind)) await allBack(world);
      return lie(kind, ...asked);
    };
  }
  try {
    // Who is asked changes by and by: until it lied, and once more.
    for (let count = 0; count < 100 && (count < 3 || told() === 0); count += 1) {
      world.delays = delaysAfter(count);
      await use(Buffer.from(texts[count % texts.length]!));
    }
    const status = (await world.custody.status()).custodians;
    expect(status.filter(({ index, state }) => index !== liar && state === 'accused')).toEqual([]);
    const state = status.find(({ index }) => index === liar)!;
    expect(told()).toBeGreaterThan(0);
    if (names && which === 'a wrong share with a proof of its own') expect(state.state).toBe('accused');
  } finally {
    world.lie = undefined;
    world.custody.clearAccusation(liar);
    await allBack(world);
  }
}

async function allBack({ custody }: LyingWorld): Promise<void> {
  if (custody.custodians.available().length < 4) custody.clearAccusation(absent);
  while (custody.custodians.available().length < 4) await soon();
}

const untimed = Object.keys(lies()).filter((which) => which !== 'silence');

describe.each(Object.keys(protocols))('%s', (name) => {
  beforeAll(async () => {
    const world = await openLyingWorld();
    while (world.custody.custodians.available().length < 4) await soon();
    stages.set(name, { world, use: await protocols[name]!.make(world) });
    await stages.get(name)!.use(Buffer.from(texts[0]!));
  });

  test.each(untimed)('%s', (which) => play(name, which));
});

// What is waited for is waited for once.
test.concurrent.each(Object.keys(protocols))('%s: silence', (name) => play(name, 'silence'));
