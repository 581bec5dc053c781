/** Sign and Verify: signatures are verified by node:crypto with the returned public key, and forged ones in all known ways. */
import { constants, createHash, type KeyObject, randomBytes, verify } from 'node:crypto';
import {
  GetPublicKeyCommand,
  type KeySpec,
  type KMSClient,
  SignCommand,
  type SignCommandInput,
  type SigningAlgorithmSpec,
  VerifyCommand,
} from '@aws-sdk/client-kms';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  arnOf,
  codeOf,
  flipped,
  type KeyGateway,
  newKey,
  openKeyGateway,
  publicKeyOf,
} from './support/key-gateway.ts';
import { allowing } from './support/world.ts';

let gateway: KeyGateway;
let kms: KMSClient;
const keys = new Map<string, { readonly id: string; readonly publicKey: KeyObject }>();
beforeAll(async () => {
  gateway = await openKeyGateway();
  kms = gateway.client();
  for (const spec of new Set(cases.map(([one]) => one))) {
    const id = await newKey(kms, { KeySpec: spec, KeyUsage: 'SIGN_VERIFY' });
    keys.set(spec, { id, publicKey: await publicKeyOf(kms, id) });
  }
});
afterAll(() => gateway.close());

const rsaAlgorithms: readonly SigningAlgorithmSpec[] = [
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
];
const ecdsa: readonly (readonly [KeySpec, SigningAlgorithmSpec])[] = [
  ['ECC_NIST_P256', 'ECDSA_SHA_256'],
  ['ECC_NIST_P384', 'ECDSA_SHA_384'],
  ['ECC_NIST_P521', 'ECDSA_SHA_512'],
  ['ECC_SECG_P256K1', 'ECDSA_SHA_256'],
];
const edwards: readonly (readonly [KeySpec, SigningAlgorithmSpec])[] = [
  ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512'],
  ['ECC_NIST_EDWARDS25519', 'ED25519_PH_SHA_512'],
];
const rsa = rsaAlgorithms.map((algorithm) => ['RSA_2048', algorithm] as const);
const cases = [...rsa, ...ecdsa, ...edwards];
const hashOf = (algorithm: string): string => `sha${algorithm.slice(-3)}`;
const digestOf = (algorithm: string, message: Uint8Array): Buffer =>
  createHash(hashOf(algorithm)).update(message).digest();

const sign = async (spec: KeySpec, input: Partial<SignCommandInput>) =>
  kms.send(
    new SignCommand({ KeyId: keys.get(spec)!.id, Message: undefined, SigningAlgorithm: undefined, ...input }),
  );

const check = (spec: KeySpec, input: object): Promise<string> =>
  codeOf(
    kms.send(
      new VerifyCommand({
        KeyId: keys.get(spec)!.id,
        Message: undefined,
        Signature: undefined,
        SigningAlgorithm: undefined,
        ...input,
      }),
    ),
  );

/** By node:crypto, of a message; Ed25519ph, which it has not, by another library. */
function isValid(spec: KeySpec, algorithm: string, message: Uint8Array, signature: Uint8Array): boolean {
  const { publicKey: key } = keys.get(spec)!;
  if (algorithm === 'ED25519_SHA_512') return verify(null, message, key, signature);
  if (algorithm === 'ED25519_PH_SHA_512') {
    const raw = Buffer.from(key.export({ format: 'jwk' }).x!, 'base64url');
    return ed25519ph.verify(signature, message, raw);
  }
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return verify(hashOf(algorithm), message, { key, ...(algorithm.includes('PSS') ? pss : {}) }, signature);
}

describe.each(cases)('%s with %s', (spec, algorithm) => {
  const SigningAlgorithm = algorithm;
  const isPrehashed = algorithm === 'ED25519_PH_SHA_512';
  const takesDigest = algorithm !== 'ED25519_SHA_512';

  it('signs messages and digests as others verify them', async () => {
    for (const message of [randomBytes(1), randomBytes(4096)]) {
      const inputs = [
        ...(isPrehashed ? [] : [{ Message: message, MessageType: 'RAW' as const }, { Message: message }]),
        ...(takesDigest ? [{ Message: digestOf(algorithm, message), MessageType: 'DIGEST' as const }] : []),
      ];
      for (const input of inputs) {
        const signed = await sign(spec, { ...input, SigningAlgorithm });
        expect(signed).toMatchObject({ KeyId: arnOf(keys.get(spec)!.id), SigningAlgorithm });
        expect(isValid(spec, algorithm, message, signed.Signature!)).toBe(true);
        for (const other of inputs)
          expect(await check(spec, { ...other, Signature: signed.Signature, SigningAlgorithm })).toBe('ok');
      }
    }
  });

  it('finds every change of message and signature', async () => {
    const bytes = randomBytes(200);
    const input = isPrehashed
      ? { Message: digestOf(algorithm, bytes), MessageType: 'DIGEST' as const, SigningAlgorithm }
      : { Message: bytes, SigningAlgorithm };
    const Signature = (await sign(spec, input)).Signature!;
    const wrong = 'KMSInvalidSignatureException';
    expect(await check(spec, { ...input, Message: flipped(input.Message, 9), Signature })).toBe(wrong);
    const bits = 8 * Signature.length;
    for (const bit of [0, 9, 17, 100, Math.floor(bits / 2), bits - 9, bits - 1])
      expect(await check(spec, { ...input, Signature: flipped(Signature, bit) })).toBe(wrong);
    for (const other of [
      Signature.subarray(1),
      Signature.subarray(0, -1),
      Buffer.concat([Signature, Buffer.of(0)]),
      Buffer.concat([Buffer.of(0), Signature]),
      Buffer.alloc(Signature.length),
      Buffer.alloc(Signature.length, 0xff),
      Buffer.of(0),
    ])
      expect(await check(spec, { ...input, Signature: other })).toBe(wrong);
  });

  it('has the lengths and kinds of messages of KMS', async () => {
    const size = digestOf(algorithm, Buffer.alloc(0)).length;
    const code = (input: object) => codeOf(sign(spec, { SigningAlgorithm, ...input }));
    expect(await code({ Message: randomBytes(4097), MessageType: isPrehashed ? 'DIGEST' : 'RAW' })).toBe(
      'ValidationException',
    );
    for (const length of [size - 1, size + 1, 20]) {
      const input = { Message: randomBytes(length), MessageType: 'DIGEST' };
      expect(await code(input)).toBe('ValidationException');
      expect(await check(spec, { ...input, SigningAlgorithm, Signature: randomBytes(64) })).toBe(
        'ValidationException',
      );
    }
    const kinds = { RAW: !isPrehashed, DIGEST: takesDigest, EXTERNAL_MU: false };
    for (const [MessageType, isTaken] of Object.entries(kinds))
      expect(await code({ Message: randomBytes(size), MessageType })).toBe(
        isTaken ? 'ok' : 'ValidationException',
      );
  });

  it('refuses algorithms of other keys', async () => {
    const others = ['ML_DSA_SHAKE_256', 'SM2DSA', ...cases.map(([, one]) => one)] as SigningAlgorithmSpec[];
    const own = cases.filter(([one]) => one === spec).map(([, one]) => one);
    for (const other of others.filter((one) => !own.includes(one)).slice(0, 4)) {
      const input = { Message: randomBytes(32), SigningAlgorithm: other };
      expect(await codeOf(sign(spec, input))).toBe('InvalidKeyUsageException');
      expect(await check(spec, { ...input, Signature: randomBytes(64) })).toBe('InvalidKeyUsageException');
    }
  });
});

const nobles = {
  ECC_NIST_P256: p256,
  ECC_NIST_P384: p384,
  ECC_NIST_P521: p521,
  ECC_SECG_P256K1: secp256k1,
} as const;

/** DER by hand, so that it can be wrong by hand. */
function der(
  r: Uint8Array,
  s: Uint8Array,
  { tag = 0x30, inner = 0x02, tail = Buffer.alloc(0) } = {},
): Buffer {
  const number = (value: Uint8Array) => Buffer.concat([Buffer.of(inner, value.length), value]);
  const content = Buffer.concat([number(r), number(s)]);
  const length = content.length < 128 ? Buffer.of(content.length) : Buffer.of(0x81, content.length);
  return Buffer.concat([Buffer.of(tag), length, content, tail]);
}

function hexBytes(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return bytes[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
}

describe.each(ecdsa)('signatures of %s', (spec, SigningAlgorithm) => {
  it('in forms that are not DER, or numbers out of range, are none', async () => {
    const Message = Buffer.from('123400');
    const { Signature } = await sign(spec, { Message, SigningAlgorithm });
    const order = nobles[spec as keyof typeof nobles].Point.Fn.ORDER;
    const from = Buffer.from(Signature!);
    const at = from[1]! < 0x80 ? 2 : 3;
    const rBytes = from.subarray(at + 2, at + 2 + from[at + 1]!);
    const sBytes = from.subarray(at + 2 + from[at + 1]! + 2);
    expect(der(rBytes, sBytes).equals(from)).toBe(true);
    const [r, s] = [rBytes, sBytes].map((bytes) => BigInt(`0x${bytes.toString('hex')}`)) as [bigint, bigint];
    const zero = Buffer.of(0);
    const wrong: Record<string, Buffer> = {
      'r | s without DER': Buffer.concat([rBytes, sBytes]),
      'a leading zero of r': der(Buffer.concat([zero, rBytes]), sBytes),
      'a leading zero of s': der(rBytes, Buffer.concat([zero, sBytes])),
      'bytes after it': der(rBytes, sBytes, { tail: zero }),
      'a set': der(rBytes, sBytes, { tag: 0x31 }),
      'octet strings': der(rBytes, sBytes, { inner: 0x04 }),
      'a long length': Buffer.concat([
        from.subarray(0, 1),
        Buffer.of(0x82, 0, from.at(at - 1)!),
        from.subarray(at),
      ]),
      'an indefinite length': Buffer.concat([Buffer.of(0x30, 0x80), from.subarray(at), Buffer.of(0, 0)]),
      'r = 0': der(zero, sBytes),
      's = 0': der(rBytes, zero),
      'both 0': der(zero, zero),
      'r = 1, s = 1': der(Buffer.of(1), Buffer.of(1)),
      'r = n': der(hexBytes(order), sBytes),
      's = n': der(rBytes, hexBytes(order)),
      'r + n': der(hexBytes(r + order), sBytes),
      's + n': der(rBytes, hexBytes(s + order)),
      'a negative r': der(
        hexBytes(r).at(0) === 0 ? hexBytes(r).subarray(1) : Buffer.concat([Buffer.of(0xff), rBytes]),
        sBytes,
      ),
      'no numbers': der(Buffer.alloc(0), Buffer.alloc(0)),
      'r and s exchanged': der(sBytes, rBytes),
    };
    for (const [what, forged] of Object.entries(wrong))
      expect([what, await check(spec, { Message, SigningAlgorithm, Signature: forged })]).toEqual([
        what,
        'KMSInvalidSignatureException',
      ]);
    // The other root is a signature as well; KMS does not ask for the low one.
    expect(
      await check(spec, { Message, SigningAlgorithm, Signature: der(rBytes, hexBytes(order - s)) }),
    ).toBe('ok');
  });
});

describe('signatures of RSA', () => {
  it('are below the modulus, and as long as it', async () => {
    const Message = Buffer.from('message');
    for (const SigningAlgorithm of rsaAlgorithms) {
      const { Signature } = await sign('RSA_2048', { Message, SigningAlgorithm });
      const { n } = keys.get('RSA_2048')!.publicKey.export({ format: 'jwk' });
      const modulus = BigInt(`0x${Buffer.from(n!, 'base64url').toString('hex')}`);
      const value = BigInt(`0x${Buffer.from(Signature!).toString('hex')}`);
      const forged = [modulus, modulus - value, value + modulus, 0n, 1n, modulus - 1n];
      for (const number of forged) {
        const bytes = Buffer.from(number.toString(16).padStart(512, '0'), 'hex');
        expect(await check('RSA_2048', { Message, SigningAlgorithm, Signature: bytes })).toBe(
          'KMSInvalidSignatureException',
        );
      }
    }
  });

  it('of one padding or hash are none of another', async () => {
    const Message = Buffer.from('message');
    for (const one of rsaAlgorithms) {
      const { Signature } = await sign('RSA_2048', { Message, SigningAlgorithm: one });
      for (const other of rsaAlgorithms)
        expect(await check('RSA_2048', { Message, SigningAlgorithm: other, Signature })).toBe(
          one === other ? 'ok' : 'KMSInvalidSignatureException',
        );
    }
  });
});

describe('signatures of Ed25519', () => {
  it('with s beyond the order, or points of small order, are none', async () => {
    const spec = 'ECC_NIST_EDWARDS25519';
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    for (const [SigningAlgorithm, MessageType] of [
      ['ED25519_SHA_512', 'RAW'],
      ['ED25519_PH_SHA_512', 'DIGEST'],
    ] as const) {
      const Message = randomBytes(64);
      const { Signature } = await sign(spec, { Message, MessageType, SigningAlgorithm });
      const s = Buffer.from(Signature!.subarray(32)).reverse();
      const larger = Buffer.from(
        (BigInt(`0x${s.toString('hex')}`) + order).toString(16).padStart(64, '0'),
        'hex',
      ).reverse();
      const r = Signature!.subarray(0, 32);
      const identity = Buffer.concat([Buffer.of(1), Buffer.alloc(31)]);
      for (const forged of [
        [r, larger],
        [identity, Buffer.alloc(32)],
        [Buffer.alloc(32), Buffer.alloc(32)],
        [Buffer.alloc(32, 0xff), s.reverse()],
      ])
        expect(
          await check(spec, { Message, MessageType, SigningAlgorithm, Signature: Buffer.concat(forged) }),
        ).toBe('KMSInvalidSignatureException');
    }
  });
});

describe('keys that sign', () => {
  it('say what they can', async () => {
    const algorithmsOf = async (spec: KeySpec) =>
      (await kms.send(new GetPublicKeyCommand({ KeyId: keys.get(spec)!.id }))).SigningAlgorithms;
    for (const [spec] of cases) {
      const expected = cases.filter(([one]) => one === spec).map(([, algorithm]) => algorithm);
      expect([...(await algorithmsOf(spec))!].sort()).toEqual([...expected].sort());
    }
  });

  it('sign for those who may, and in a dry run not at all', async () => {
    const alice = gateway.client('alice');
    const KeyId = keys.get('ECC_NIST_P256')!.id;
    const input = { KeyId, Message: Buffer.from('m'), SigningAlgorithm: 'ECDSA_SHA_256' } as const;
    expect(await codeOf(alice.send(new SignCommand(input)))).toBe('AccessDeniedException');
    gateway.alicePolicies = [allowing('kms:Sign')];
    const before = gateway.custody.tasks.length;
    expect(await codeOf(alice.send(new SignCommand({ ...input, DryRun: true })))).toBe(
      'DryRunOperationException',
    );
    expect(gateway.custody.tasks.length).toBe(before);
    const { Signature } = await alice.send(new SignCommand(input));
    const claim = { ...input, Signature };
    expect(await codeOf(alice.send(new VerifyCommand(claim)))).toBe('AccessDeniedException');
    expect(await codeOf(kms.send(new VerifyCommand({ ...claim, DryRun: true })))).toBe(
      'DryRunOperationException',
    );
    expect(gateway.custody.tasks.length).toBe(before + 1);
    const symmetric = await newKey(kms);
    expect(await codeOf(kms.send(new SignCommand({ ...input, KeyId: symmetric })))).toBe(
      'InvalidKeyUsageException',
    );
  });
});
