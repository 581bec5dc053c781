/** ImportKeyMaterial of what is no key, or not the one that it says it is, in wrappings that are right; and of keys in wrappings that are not. */
import {
  constants,
  createCipheriv,
  createPublicKey,
  generateKeyPairSync,
  generatePrimeSync,
  type KeyObject,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import {
  DescribeKeyCommand,
  GetParametersForImportCommand,
  type KeySpec,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bits, fixed, integerOf, nothing, numberOf, octets, oid, sequenceOf, tlv } from './support/der.ts';
import { type ImportParameters, importerOf } from './support/importing.ts';
import { codeOf, type KeyGateway, openKeyGateway, publicKeyOf } from './support/key-gateway.ts';

let gateway: KeyGateway;
let kms: KMSClient;
beforeAll(async () => {
  gateway = await openKeyGateway();
  kms = gateway.client();
});
afterAll(() => gateway.close());

const { parametersFor, external, importing } = importerOf(() => kms);
const pkcs8Of = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'pkcs8' });

interface Waiting {
  readonly KeyId: string;
  readonly parameters: ImportParameters;
}

async function waiting(spec: KeySpec): Promise<Waiting> {
  const KeyId = await external(spec, 'SIGN_VERIFY');
  return { KeyId, parameters: await parametersFor(KeyId, 'RSA_AES_KEY_WRAP_SHA_256') };
}
const bring = ({ KeyId, parameters }: Waiting, material: Uint8Array) =>
  codeOf(importing(KeyId, parameters, parameters.wrap(material)));

/** Nothing was shared, and the key still waits. */
async function refused(spec: KeySpec, materials: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const key = await waiting(spec);
  const before = gateway.custody.materials.length;
  for (const [what, material] of Object.entries(materials))
    expect([what, await bring(key, material)]).toEqual([what, 'IncorrectKeyMaterialException']);
  expect(gateway.custody.materials.length).toBe(before);
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: key.KeyId }));
  expect(KeyMetadata?.KeyState).toBe('PendingImport');
}

const curves = [
  ['ECC_NIST_P256', 'prime256v1', '1.2.840.10045.3.1.7', p256],
  ['ECC_NIST_P384', 'secp384r1', '1.3.132.0.34', p384],
  ['ECC_NIST_P521', 'secp521r1', '1.3.132.0.35', p521],
  ['ECC_SECG_P256K1', 'secp256k1', '1.3.132.0.10', secp256k1],
] as const satisfies readonly (readonly [KeySpec, string, string, typeof p256])[];

describe.each(curves)('material of %s', (spec, namedCurve, curveName, { Point }) => {
  const size = Math.ceil(Point.Fp.BITS / 8);
  const order = Point.Fn.ORDER;
  const named = sequenceOf(oid('1.2.840.10045.2.1'), oid(curveName));
  const ecKey = (scalar: Uint8Array, ...more: readonly Uint8Array[]) =>
    sequenceOf(numberOf(1n), octets(scalar), ...more);
  const info = (inner: Uint8Array, algorithm: Uint8Array = named, version = 0n) =>
    sequenceOf(numberOf(version), algorithm, octets(inner));
  const d = 1n + (integerOf(randomBytes(size)) % (order - 1n));
  const own = Buffer.from(Point.BASE.multiply(d).toBytes(false));
  const publicOf = (point: Uint8Array) => tlv(0xa1, bits(point));
  const right = info(ecKey(fixed(d, size), publicOf(own)));

  it('is refused when it is none', async () => {
    const off = Buffer.from(own);
    off[off.length - 1]! ^= 1;
    const { a, b } = Point.CURVE();
    const explicit = sequenceOf(
      numberOf(1n),
      sequenceOf(oid('1.2.840.10045.1.1'), numberOf(Point.Fp.ORDER)),
      sequenceOf(octets(fixed(a, size)), octets(fixed(b, size))),
      octets(own),
      numberOf(order),
      numberOf(1n),
    );
    const other = curves.find(([one]) => one !== spec)!;
    await refused(spec, {
      'the scalar 0': info(ecKey(Buffer.alloc(size))),
      'the order': info(ecKey(fixed(order, size))),
      'one more than the order': info(ecKey(fixed(order + 1n, size))),
      'all ones': info(ecKey(Buffer.alloc(size, 0xff))),
      'a longer scalar': info(ecKey(fixed(d + (order << 64n), size + 8))),
      'no scalar': info(ecKey(Buffer.alloc(0))),
      'a number for a scalar': info(sequenceOf(numberOf(1n), numberOf(d))),
      'a public key off the curve': info(ecKey(fixed(d, size), publicOf(off))),
      'another curve': pkcs8Of(generateKeyPairSync('ec', { namedCurve: other[1] }).privateKey),
      'the name of another curve': info(
        ecKey(fixed(d, size)),
        sequenceOf(oid('1.2.840.10045.2.1'), oid(other[2])),
      ),
      'a curve with another base': info(
        ecKey(fixed(d, size)),
        sequenceOf(oid('1.2.840.10045.2.1'), explicit),
      ),
      'no curve': info(ecKey(fixed(d, size)), sequenceOf(oid('1.2.840.10045.2.1'))),
      'NULL for a curve': info(ecKey(fixed(d, size)), sequenceOf(oid('1.2.840.10045.2.1'), nothing)),
      'the name of RSA': info(ecKey(fixed(d, size)), sequenceOf(oid('1.2.840.113549.1.1.1'), nothing)),
      'the scalar alone': fixed(d, size),
      'no key within': info(Buffer.alloc(0)),
      'the public key': generateKeyPairSync('ec', { namedCurve }).publicKey.export({
        type: 'spki',
        format: 'der',
      }),
      'a key under a passphrase': generateKeyPairSync('ec', { namedCurve }).privateKey.export({
        type: 'pkcs8',
        format: 'der',
        cipher: 'aes-256-cbc',
        passphrase: 'secret',
      }),
      PEM: Buffer.from(
        `-----BEGIN PRIVATE KEY-----\n${right.toString('base64')}\n-----END PRIVATE KEY-----\n`,
      ),
      'a key of Ed25519': pkcs8Of(generateKeyPairSync('ed25519').privateKey),
      'cut by a byte': right.subarray(0, -1),
      'a byte before it': Buffer.concat([Buffer.of(0), right]),
      zeros: Buffer.alloc(right.length),
      noise: randomBytes(right.length),
    });
  });

  it('is taken at the edges of the order, without its public key, and never under that of another', async () => {
    const foreign = Buffer.from(Point.BASE.multiply(3n).toBytes(false));
    const taken: readonly (readonly [scalar: bigint, material: Buffer])[] = [
      [1n, info(ecKey(fixed(1n, size)))],
      [order - 1n, info(ecKey(fixed(order - 1n, size)))],
      [d, info(ecKey(fixed(d, size)))],
      [d, info(ecKey(fixed(d, size), publicOf(foreign)))],
    ];
    for (const [scalar, material] of taken) {
      const key = await waiting(spec);
      expect(await bring(key, material)).toBe('ok');
      const spki = (await publicKeyOf(kms, key.KeyId)).export({ type: 'spki', format: 'der' });
      const point = Buffer.from(Point.BASE.multiply(scalar).toBytes(false));
      expect(spki.subarray(-point.length)).toEqual(point);
    }
  });
});

it('material of Ed25519 is refused when it is none', async () => {
  const algorithm = sequenceOf(oid('1.3.101.112'));
  const info = (inner: Uint8Array, of = algorithm) => sequenceOf(numberOf(0n), of, octets(inner));
  const right = pkcs8Of(generateKeyPairSync('ed25519').privateKey);
  expect(info(octets(right.subarray(-32)))).toEqual(right);
  await refused('ECC_NIST_EDWARDS25519', {
    'a seed of 31 bytes': info(octets(randomBytes(31))),
    'a seed of 33 bytes': info(octets(randomBytes(33))),
    'no seed': info(octets()),
    'a seed without its string': info(randomBytes(32)),
    'a seed and a public key': info(octets(randomBytes(64))),
    'the name of Ed448': info(octets(randomBytes(32)), sequenceOf(oid('1.3.101.113'))),
    'the name of X25519': info(octets(randomBytes(32)), sequenceOf(oid('1.3.101.110'))),
    Ed448: pkcs8Of(generateKeyPairSync('ed448').privateKey),
    'the seed alone': randomBytes(32),
    'the public key': generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }),
    'cut by a byte': right.subarray(0, -1),
  });
});

describe('material of RSA', () => {
  const bitsOf = 2048;
  const prime = (size: number): bigint =>
    integerOf(new Uint8Array(generatePrimeSync(size, { add: undefined as never }) as ArrayBuffer));
  const inverse = (value: bigint, modulus: bigint): bigint => {
    let [a, b, x, y] = [((value % modulus) + modulus) % modulus, modulus, 1n, 0n];
    while (b > 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
    return ((x % modulus) + modulus) % modulus;
  };
  const e = 65_537n;
  interface Numbers {
    readonly version: bigint;
    readonly n: bigint;
    readonly e: bigint;
    readonly d: bigint;
    readonly p: bigint;
    readonly q: bigint;
    readonly dp: bigint;
    readonly dq: bigint;
    readonly qi: bigint;
  }
  const numbersOf = (p: bigint, q: bigint, exponent = e): Numbers => {
    const d = inverse(exponent, (p - 1n) * (q - 1n));
    return {
      version: 0n,
      n: p * q,
      e: exponent,
      d,
      p,
      q,
      dp: d % (p - 1n),
      dq: d % (q - 1n),
      qi: inverse(q, p),
    };
  };
  const encode = (
    { version, n, e: exponent, d, p, q, dp, dq, qi }: Numbers,
    ...more: readonly Uint8Array[]
  ) =>
    sequenceOf(
      numberOf(0n),
      sequenceOf(oid('1.2.840.113549.1.1.1'), nothing),
      octets(sequenceOf(...[version, n, exponent, d, p, q, dp, dq, qi].map(numberOf), ...more)),
    );
  const jwk = generateKeyPairSync('rsa', { modulusLength: bitsOf }).privateKey.export({ format: 'jwk' });
  const [p, q] = [jwk.p!, jwk.q!].map((text) => integerOf(Buffer.from(text, 'base64url'))) as [
    bigint,
    bigint,
  ];
  const right = numbersOf(p, q);

  it('is refused when it is no key of two primes, of this length and exponent', async () => {
    const [small, tiny] = [prime(682), prime(683)];
    const third = prime(683);
    const three = numbersOf(small * tiny, third);
    const short = prime(1023);
    await refused('RSA_2048', {
      'the same prime twice': encode(numbersOf(p, p)),
      'three primes as two': encode(three),
      'three primes': encode(
        { ...three, version: 1n, p: small, q: tiny },
        sequenceOf(sequenceOf(...[third, 5n, 7n].map(numberOf))),
      ),
      'an even modulus': encode({ ...right, n: right.n - 1n }),
      'another modulus': encode({ ...right, n: right.n + 2n }),
      '1 and the modulus': encode({ ...right, p: 1n, q: right.n }),
      'the modulus and 1': encode({ ...right, p: right.n, q: 1n }),
      'negative primes': encode({ ...right, p: -p, q: -q }),
      'no primes': encode({ ...right, p: 0n, q: 0n }),
      'a prime that is none': encode({ ...right, p: p - 2n }),
      'a modulus that is too short': encode(numbersOf(short, prime(1024))),
      '1024 bits': encode(numbersOf(prime(512), prime(512))),
      '3072 bits': pkcs8Of(generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey),
      'the exponent 1': encode({ ...right, e: 1n }),
      'the exponent 3': encode({ ...right, e: 3n }),
      'an even exponent': encode({ ...right, e: 65_538n }),
      'a larger exponent': encode(numbersOf(p, q, 65_539n)),
      'the exponent 2^64 + 1': encode({ ...right, e: (1n << 64n) + 1n }),
      'an exponent of 0': encode({ ...right, e: 0n }),
      'a modulus of 0': encode({ ...right, n: 0n }),
      'the public key': generateKeyPairSync('rsa', { modulusLength: bitsOf }).publicKey.export({
        type: 'spki',
        format: 'der',
      }),
      'too few numbers': sequenceOf(
        numberOf(0n),
        sequenceOf(oid('1.2.840.113549.1.1.1'), nothing),
        octets(sequenceOf(...[0n, right.n, e, right.d].map(numberOf))),
      ),
      'cut by a byte': encode(right).subarray(0, -1),
    });
  });

  it('is taken by its primes, whatever else it says', async () => {
    for (const numbers of [right, numbersOf(q, p), { ...right, d: 3n, dp: 5n, dq: 7n, qi: 11n }]) {
      const key = await waiting('RSA_2048');
      expect(await bring(key, encode(numbers))).toBe('ok');
      const { n } = (await publicKeyOf(kms, key.KeyId)).export({ format: 'jwk' });
      expect(integerOf(Buffer.from(n!, 'base64url'))).toBe(right.n);
    }
  });
});

describe('a right key', () => {
  const material = pkcs8Of(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey);
  const wrapper = async (
    KeyId: string,
    WrappingAlgorithm: 'RSAES_OAEP_SHA_256' | 'RSA_AES_KEY_WRAP_SHA_256',
  ) => {
    const found = await kms.send(
      new GetParametersForImportCommand({ KeyId, WrappingAlgorithm, WrappingKeySpec: 'RSA_2048' }),
    );
    const key = createPublicKey({ key: Buffer.from(found.PublicKey!), format: 'der', type: 'spki' });
    const { RSA_PKCS1_OAEP_PADDING: padding } = constants;
    const oaep = (bytes: Uint8Array, oaepHash = 'sha256', label = '') =>
      publicEncrypt({ key, padding, oaepHash, oaepLabel: Buffer.from(label) }, bytes);
    return { ImportToken: found.ImportToken!, key, oaep };
  };

  it('is refused in another RSA wrapping', async () => {
    const KeyId = await external('ECC_NIST_P256', 'SIGN_VERIFY');
    const { ImportToken, key, oaep } = await wrapper(KeyId, 'RSAES_OAEP_SHA_256');
    const parameters = { ImportToken, wrap: oaep, validTo: new Date(0) };
    for (const [what, wrapped] of Object.entries({
      'OAEP with SHA-1': oaep(material, 'sha1'),
      'OAEP with a label': oaep(material, 'sha256', 'label'),
      'PKCS1-v1_5': publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, material),
      'no padding': publicEncrypt(
        { key, padding: constants.RSA_NO_PADDING },
        Buffer.concat([Buffer.alloc(256 - material.length), material]),
      ),
      'no wrapping': material,
    }))
      expect([what, await codeOf(importing(KeyId, parameters, wrapped))]).toEqual([
        what,
        'InvalidCiphertextException',
      ]);
    expect(await codeOf(importing(KeyId, parameters, oaep(material)))).toBe('ok');
  });

  it('is refused in another AES wrapping', async () => {
    const KeyId = await external('ECC_NIST_P256', 'SIGN_VERIFY');
    const { ImportToken, oaep } = await wrapper(KeyId, 'RSA_AES_KEY_WRAP_SHA_256');
    const parameters = { ImportToken, wrap: oaep, validTo: new Date(0) };
    const aes = randomBytes(32);
    const wrapping = (name: string, iv: string | Buffer | null, key = aes, bytes: Uint8Array = material) => {
      const value = typeof iv === 'string' ? Buffer.from(iv, 'hex') : iv;
      const cipher = createCipheriv(name, key, value);
      return Buffer.concat([cipher.update(bytes), cipher.final()]);
    };
    const right = wrapping('id-aes256-wrap-pad', 'A65959A6');
    const whole = Buffer.concat([material, Buffer.alloc((8 - (material.length % 8)) % 8)]);
    const turned = Buffer.from(right);
    turned[20]! ^= 1;
    for (const [what, key, wrapped] of [
      ['a key of AES-128', aes.subarray(0, 16), right],
      [
        'wrapped with AES-128',
        aes.subarray(0, 16),
        wrapping('id-aes128-wrap-pad', 'A65959A6', aes.subarray(0, 16)),
      ],
      ['a key of 33 bytes', Buffer.concat([aes, Buffer.of(0)]), right],
      ['another key', randomBytes(32), right],
      ['no padding of RFC 5649', aes, wrapping('id-aes256-wrap', 'A6A6A6A6A6A6A6A6', aes, whole)],
      ['another initial value', aes, wrapping('id-aes256-wrap-pad', 'A65959A7')],
      ['CBC', aes, wrapping('aes-256-cbc', Buffer.alloc(16))],
      ['a turned bit', aes, turned],
      ['cut by a block', aes, right.subarray(0, -8)],
      ['cut by a byte', aes, right.subarray(0, -1)],
      ['with a block more', aes, Buffer.concat([right, Buffer.alloc(8)])],
      [
        'blocks exchanged',
        aes,
        Buffer.concat([
          right.subarray(0, 8),
          right.subarray(16, 24),
          right.subarray(8, 16),
          right.subarray(24),
        ]),
      ],
      ['nothing wrapped', aes, Buffer.alloc(0)],
      ['not wrapped', aes, material],
    ] as const) {
      const bytes = Buffer.concat([oaep(key), wrapped]);
      expect([what, await codeOf(importing(KeyId, parameters, bytes))]).toEqual([
        what,
        'InvalidCiphertextException',
      ]);
    }
    const sha1 = Buffer.concat([oaep(aes, 'sha1'), right]);
    expect(await codeOf(importing(KeyId, parameters, sha1))).toBe('InvalidCiphertextException');
    expect(await codeOf(importing(KeyId, parameters, Buffer.concat([oaep(aes), right])))).toBe('ok');
  });
});

it.each([
  ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', 32],
  ['HMAC_224', 'GENERATE_VERIFY_MAC', 28],
  ['HMAC_256', 'GENERATE_VERIFY_MAC', 32],
  ['HMAC_384', 'GENERATE_VERIFY_MAC', 48],
  ['HMAC_512', 'GENERATE_VERIFY_MAC', 64],
] as const)('material of %s has one length', async (spec, usage, size) => {
  const KeyId = await external(spec, usage);
  const parameters = await parametersFor(KeyId, 'RSAES_OAEP_SHA_256');
  for (const length of [0, 1, 16, 20, 24, 28, 31, 32, 33, 48, 63, 64, 65, 128, 190]) {
    const code = await codeOf(importing(KeyId, parameters, parameters.wrap(randomBytes(length))));
    expect([length, code]).toEqual([length, length === size ? 'ok' : expect.stringMatching(/^Incorrect/)]);
    if (length === size) return;
  }
});
