/**
 * Signatures of curves that are none, in the classes of Project Wycheproof's vectors (ECDSA, EdDSA), as Verify judges them: under keys of
 * which somebody has the private one, and under keys that were made to fit a forgery.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { ed25519, ed25519ph } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { describe, expect, it } from 'vitest';
import { subjectPublicKeyInfo } from '../engine/crypto/public-key.ts';
import { isSignature } from '../engine/crypto/verify-signature.ts';
import type { KeySpec } from '../engine/specs.ts';
import { fixed, integerOf, nothing, numberBytes, numberOf, octets, sequenceOf, tlv } from './support/der.ts';

const message = Buffer.from('123400');
const sha = (hash: string, bytes: Uint8Array): Buffer => createHash(hash).update(bytes).digest();

const curves = [
  ['ECC_NIST_P256', 'ECDSA_SHA_256', p256, 'prime256v1'],
  ['ECC_NIST_P384', 'ECDSA_SHA_384', p384, 'secp384r1'],
  ['ECC_NIST_P521', 'ECDSA_SHA_512', p521, 'secp521r1'],
  ['ECC_SECG_P256K1', 'ECDSA_SHA_256', secp256k1, 'secp256k1'],
] as const satisfies readonly (readonly [KeySpec, string, typeof p256, string])[];

describe.each(curves)('ECDSA signatures of %s', (spec, algorithm, curve, namedCurve) => {
  const { Point } = curve;
  const order = Point.Fn.ORDER;
  const prime = Point.Fp.ORDER;
  const hash = `sha${algorithm.slice(-3)}`;
  const hashBytes = Number(algorithm.slice(-3)) / 8;
  const digest = sha(hash, message);
  const der = (r: bigint, s: bigint) => sequenceOf(numberOf(r), numberOf(s));
  const isOf = (key: Uint8Array, signature: Uint8Array, { raw = message, prehashed = digest } = {}) => [
    isSignature(key, { spec, algorithm, type: 'RAW', message: raw, signature }),
    isSignature(key, { spec, algorithm, type: 'DIGEST', message: prehashed, signature }),
  ];
  const isOfDigest = (key: Uint8Array, prehashed: Uint8Array, r: bigint, s: bigint) =>
    isSignature(key, { spec, algorithm, type: 'DIGEST', message: prehashed, signature: der(r, s) });
  const keyOf = (point: InstanceType<typeof Point>) => subjectPublicKeyInfo(spec, point.toBytes(false));

  const pair = generateKeyPairSync('ec', { namedCurve });
  const spki = pair.publicKey.export({ format: 'der', type: 'spki' });
  const raw = sign(hash, message, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' });
  const half = raw.length / 2;
  const [r, s] = [integerOf(raw.subarray(0, half)), integerOf(raw.subarray(half))];
  const right = der(r, s);

  it('in the one encoding are right, whichever of the two roots', () => {
    expect(isOf(spki, right)).toEqual([true, true]);
    expect(isOf(spki, der(r, order - s))).toEqual([true, true]);
  });

  const [rBytes, sBytes] = [numberBytes(r), numberBytes(s)];
  const both = Buffer.concat([numberOf(r), numberOf(s)]);
  const long = (length: number, bytes: number) =>
    Buffer.concat([Buffer.of(0x80 | bytes), fixed(BigInt(length), bytes)]);
  const forms: Readonly<Record<string, Buffer>> = {
    nothing: Buffer.alloc(0),
    'an empty sequence': sequenceOf(),
    'one number': sequenceOf(numberOf(r)),
    'three numbers': sequenceOf(both, numberOf(1n)),
    'a NULL after the numbers': sequenceOf(both, nothing),
    'a NULL before the numbers': sequenceOf(nothing, both),
    'a NULL for a number': sequenceOf(numberOf(r), nothing),
    'a NULL behind it': Buffer.concat([right, nothing]),
    'zeros within': sequenceOf(both, Buffer.of(0, 0)),
    'bytes before it': Buffer.concat([Buffer.of(0), right]),
    'a sequence in a sequence': sequenceOf(right),
    'numbers in sequences': sequenceOf(sequenceOf(numberOf(r)), sequenceOf(numberOf(s))),
    'an octet string': octets(both),
    'a context tag': tlv(0xa0, both),
    'a primitive sequence': tlv(0x10, both),
    'a tag of two bytes': Buffer.concat([Buffer.of(0x1f, 0x30), right.subarray(1)]),
    booleans: sequenceOf(tlv(1, rBytes), tlv(1, sBytes)),
    enumerations: sequenceOf(tlv(0x0a, rBytes), tlv(0x0a, sBytes)),
    'constructed numbers': sequenceOf(tlv(0x22, numberOf(r)), tlv(0x22, numberOf(s))),
    'numbers without content': sequenceOf(tlv(2), tlv(2)),
    'a number without content': sequenceOf(numberOf(r), tlv(2)),
    'lengths of two bytes': Buffer.concat([Buffer.of(0x30), long(both.length, 2), both]),
    'lengths of four bytes': Buffer.concat([Buffer.of(0x30), long(both.length, 4), both]),
    'lengths of nine bytes': Buffer.concat([Buffer.of(0x30), long(both.length, 9), both]),
    'a length of 2^31 - 1': Buffer.concat([Buffer.of(0x30, 0x84, 0x7f, 0xff, 0xff, 0xff), both]),
    'a length of 2^32 - 1': Buffer.concat([Buffer.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff), both]),
    'the length 0xff': Buffer.concat([Buffer.of(0x30, 0xff), both]),
    'one byte too few': right.subarray(0, -1),
    'a length that is one less': Buffer.concat([
      right.subarray(0, right.length - both.length - 1),
      Buffer.of(both.length - 1),
      both,
    ]),
    'a length that is one more': Buffer.concat([
      right.subarray(0, right.length - both.length - 1),
      Buffer.of(both.length + 1),
      both,
    ]),
    'an indefinite length': Buffer.concat([Buffer.of(0x30, 0x80), both, Buffer.of(0, 0)]),
    'an indefinite length without an end': Buffer.concat([Buffer.of(0x30, 0x80), both]),
    'a length of a number in two bytes': sequenceOf(
      Buffer.concat([Buffer.of(2), long(rBytes.length, 1), rBytes]),
      numberOf(s),
    ),
    'a zero before r': sequenceOf(tlv(2, Buffer.of(0), rBytes), numberOf(s)),
    'a zero before s': sequenceOf(numberOf(r), tlv(2, Buffer.of(0), sBytes)),
    'r without its sign': sequenceOf(tlv(2, fixed(r | (1n << BigInt(8 * half - 1)), half)), numberOf(s)),
    'the numbers of fixed length alone': raw,
    base64: Buffer.from(right.toString('base64')),
    hexadecimal: Buffer.from(right.toString('hex')),
  };

  it.each(Object.entries(forms))('in another form are none: %s', (_, forged) => {
    expect(isOf(spki, forged)).toEqual([false, false]);
  });

  const numbers: Readonly<Record<string, readonly [r: bigint, s: bigint]>> = {
    'r = 0': [0n, s],
    's = 0': [r, 0n],
    'both 0': [0n, 0n],
    'r = 1': [1n, s],
    's = 1': [r, 1n],
    'both 1': [1n, 1n],
    'r = -1': [-1n, s],
    's = -1': [r, -1n],
    '-r': [-r, s],
    '-s': [r, -s],
    'n - r': [order - r, s],
    'r = n': [order, s],
    's = n': [r, order],
    'r = n - 1': [order - 1n, s],
    's = n - 1': [r, order - 1n],
    'r = n + 1': [order + 1n, s],
    's = n + 1': [r, order + 1n],
    'r + n': [r + order, s],
    's + n': [r, s + order],
    'r - n': [r - order, s],
    's - n': [r, s - order],
    'r = p': [prime, s],
    'r = p + 1': [prime + 1n, s],
    'r + 2^(8 l)': [r + (1n << BigInt(8 * half)), s],
    's + 2^(8 l)': [r, s + (1n << BigInt(8 * half))],
    's beyond all': [r, 1n << 4096n],
    exchanged: [s, r],
  };

  it.each(Object.entries(numbers))('of other numbers are none: %s', (_, [first, second]) => {
    expect(isOf(spki, der(first, second))).toEqual([false, false]);
  });

  /** z of a digest: as many bits as the order has, from the left. */
  const zOf = (bytes: Uint8Array): bigint => {
    const extra = Math.max(0, 8 * bytes.length - order.toString(2).length);
    return integerOf(bytes) >> BigInt(extra);
  };
  const inverse = (value: bigint): bigint => Point.Fn.inv(value);
  const modulo = (value: bigint): bigint => ((value % order) + order) % order;
  /** The public key under which (r, s) is right for z, when R is this point: Q = r^-1 (s R - z G). */
  const keyFor = (R: InstanceType<typeof Point>, first: bigint, second: bigint, z: bigint) =>
    R.multiply(second)
      .subtract(z === 0n ? Point.ZERO : Point.BASE.multiply(z))
      .multiply(inverse(first));

  it('are right when the x of their point is beyond the order, and r is what is left of it', () => {
    // A point with n < x < p: there are some just above n.
    let R: InstanceType<typeof Point> | undefined;
    for (let x = order + 1n; R === undefined && x < order + 200n; x += 1n) {
      try {
        R = Point.fromBytes(Buffer.concat([Buffer.of(2), fixed(x, half)]));
      } catch {
        R = undefined;
      }
    }
    if (R === undefined || prime <= order) throw new Error('no such point');
    const first = modulo(R.toAffine().x);
    expect(R.toAffine().x).toBeGreaterThanOrEqual(order);
    const second = 12_345n;
    const key = keyOf(keyFor(R, first, second, zOf(digest)));
    expect(isOf(key, der(first, second))).toEqual([true, true]);
    expect(isOf(key, der(R.toAffine().x, second))).toEqual([false, false]);
    expect(isOf(key, der(first + 1n, second))).toEqual([false, false]);
  });

  it('are none when they come to the point at infinity', () => {
    // With z = -r d, u1 G + u2 Q is nothing.
    const prehashed = randomBytes(hashBytes);
    const first = 7n;
    const d = modulo(-zOf(prehashed) * inverse(first));
    const key = keyOf(Point.BASE.multiply(d));
    for (const second of [1n, first, order - 1n]) {
      expect(isOfDigest(key, prehashed, first, second)).toBe(false);
      expect(isOfDigest(key, prehashed, 0n, second)).toBe(false);
    }
  });

  it('of digests of zeros and ones are as those of any other', () => {
    const d = modulo(integerOf(randomBytes(half)));
    const nonce = modulo(integerOf(randomBytes(half)));
    const key = keyOf(Point.BASE.multiply(d));
    const first = modulo(Point.BASE.multiply(nonce).toAffine().x);
    for (const prehashed of [Buffer.alloc(hashBytes), Buffer.alloc(hashBytes, 0xff)]) {
      const second = modulo(inverse(nonce) * (zOf(prehashed) + first * d));
      expect(isOfDigest(key, prehashed, first, second)).toBe(true);
      expect(isOfDigest(key, sha(hash, prehashed), first, second)).toBe(false);
    }
  });

  it('are right with small numbers and points that fit them', () => {
    // u1 = u2, so that additions within are doublings, and points that are those of the base.
    for (const [R, second] of [
      [Point.BASE, 1n],
      [Point.BASE, 3n],
      [Point.BASE.double(), 1n],
      [Point.BASE.negate(), 2n],
    ] as const) {
      const first = modulo(R.toAffine().x);
      const Q = keyFor(R, first, second, zOf(digest));
      expect(isOf(keyOf(Q), der(first, second))).toEqual([true, true]);
      expect(isOf(keyOf(Q.negate()), der(first, second))).toEqual([false, false]);
    }
  });
});

describe.each([
  ['ED25519_SHA_512', 'RAW'],
  ['ED25519_PH_SHA_512', 'DIGEST'],
] as const)('signatures of %s', (algorithm, type) => {
  const spec = 'ECC_NIST_EDWARDS25519';
  const order = ed25519.Point.Fn.ORDER;
  const text = sha('sha512', message);
  const secret = ed25519.utils.randomSecretKey();
  const publicKey = ed25519.getPublicKey(secret);
  const little = (value: bigint): Buffer => fixed(value, 32).reverse();
  const isOf = (key: Uint8Array, signature: Uint8Array): boolean =>
    isSignature(subjectPublicKeyInfo(spec, key), { spec, algorithm, type, message: text, signature });
  // Of what Ed25519ph hashes the digest is the text.
  const right = Buffer.from(type === 'RAW' ? ed25519.sign(text, secret) : ed25519ph.sign(message, secret));
  const R = right.subarray(0, 32);
  const s = integerOf(Buffer.from(right.subarray(32)).reverse());
  const prime = 2n ** 255n - 19n;
  const identity = little(1n);
  const minusOne = little(prime - 1n);

  it('are right', () => {
    expect(isOf(publicKey, right)).toBe(true);
  });

  const forged: Readonly<Record<string, Buffer>> = {
    'no bytes': Buffer.alloc(0),
    'R alone': R,
    'one byte less': right.subarray(0, -1),
    'one byte more': Buffer.concat([right, Buffer.of(0)]),
    'a byte before it': Buffer.concat([Buffer.of(0), right]),
    twice: Buffer.concat([right, right]),
    's = 0': Buffer.concat([R, little(0n)]),
    's = 1': Buffer.concat([R, little(1n)]),
    's = L - 1': Buffer.concat([R, little(order - 1n)]),
    's = L': Buffer.concat([R, little(order)]),
    's + L': Buffer.concat([R, little(s + order)]),
    's + 2 L': Buffer.concat([R, little(s + 2n * order)]),
    's + 8 L': Buffer.concat([R, little(s + 8n * order)]),
    'L - s': Buffer.concat([R, little(order - s)]),
    's with its highest bit': Buffer.concat([R, little(s | (1n << 255n))]),
    's in the other order': Buffer.concat([R, Buffer.from(right.subarray(32)).reverse()]),
    'R with its sign turned': Buffer.concat([
      R.subarray(0, 31),
      Buffer.of(R[31]! ^ 0x80),
      right.subarray(32),
    ]),
    'the identity and 0': Buffer.concat([identity, little(0n)]),
    'the identity': Buffer.concat([identity, right.subarray(32)]),
    'R = p': Buffer.concat([little(prime), right.subarray(32)]),
    'R = p + 1': Buffer.concat([little(prime + 1n), little(0n)]),
    'R of order 2': Buffer.concat([minusOne, right.subarray(32)]),
    'R of order 4': Buffer.concat([little(0n), right.subarray(32)]),
    'R that is no point': Buffer.concat([little(2n), right.subarray(32)]),
    ones: Buffer.alloc(64, 0xff),
    DER: sequenceOf(numberOf(integerOf(R)), numberOf(s)),
    'of the other algorithm': Buffer.from(
      type === 'RAW' ? ed25519ph.sign(text, secret) : ed25519.sign(text, secret),
    ),
    'in a context': Buffer.from(
      type === 'RAW'
        ? ed25519ph.sign(text, secret, { context: Buffer.from('a') })
        : ed25519ph.sign(message, secret, { context: Buffer.from('a') }),
    ),
  };

  it.each(Object.entries(forged))('in other bytes are none: %s', (_, signature) => {
    expect(isOf(publicKey, signature)).toBe(false);
  });

  it('of another key or text are none', () => {
    const other = ed25519.getPublicKey(ed25519.utils.randomSecretKey());
    expect(isOf(other, right)).toBe(false);
    const turned = Buffer.from(text);
    turned[5]! ^= 1;
    const claim = { spec, algorithm, type, message: turned, signature: right } as const;
    expect(isSignature(subjectPublicKeyInfo(spec, publicKey), claim)).toBe(false);
  });

  it('under keys that are no points are none, and nothing fails', () => {
    for (const key of [little(2n), little(prime), Buffer.alloc(32, 0xff)])
      expect(isOf(key, right)).toBe(false);
  });
});
