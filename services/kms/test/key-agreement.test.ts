/** DeriveSharedSecret: both sides come to one secret, and keys that could leak ours are refused before custodians see them. */
import { createPublicKey, diffieHellman, ECDH, generateKeyPairSync, randomBytes } from 'node:crypto';
import {
  DeriveSharedSecretCommand,
  GetPublicKeyCommand,
  type KeySpec,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bitString, objectIdentifier, sequence } from '../engine/crypto/der.ts';
import { bits, fixed, integerOf, nothing, numberOf, octets, oid, sequenceOf, tlv } from './support/der.ts';
import {
  arnOf,
  codeOf,
  type KeyGateway,
  newKey,
  openKeyGateway,
  publicKeyOf,
} from './support/key-gateway.ts';

let gateway: KeyGateway;
let kms: KMSClient;
beforeAll(async () => {
  gateway = await openKeyGateway();
  kms = gateway.client();
});
afterAll(() => gateway.close());

const curves: readonly (readonly [KeySpec, string, number])[] = [
  ['ECC_NIST_P256', 'prime256v1', 32],
  ['ECC_NIST_P384', 'secp384r1', 48],
  ['ECC_NIST_P521', 'secp521r1', 66],
];
const oids: Readonly<Record<string, readonly number[]>> = {
  prime256v1: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
  secp384r1: [0x2b, 0x81, 0x04, 0x00, 0x22],
  secp521r1: [0x2b, 0x81, 0x04, 0x00, 0x23],
};
const dotted: Readonly<Record<string, string>> = {
  prime256v1: '1.2.840.10045.3.1.7',
  secp384r1: '1.3.132.0.34',
  secp521r1: '1.3.132.0.35',
};
const nobles = { 32: p256, 48: p384, 66: p521 } as const;
/** ECParameters of the curve, with this point for its base (RFC 3279, 2.3.5). */
function explicit(size: number, base: Uint8Array): Buffer {
  const { Point } = nobles[size as 32]!;
  const { a, b } = Point.CURVE();
  return sequenceOf(
    numberOf(1n),
    sequenceOf(oid('1.2.840.10045.1.1'), numberOf(Point.Fp.ORDER)),
    sequenceOf(octets(fixed(a, size)), octets(fixed(b, size))),
    octets(base),
    numberOf(Point.Fn.ORDER),
    numberOf(1n),
  );
}
const ecPublicKey = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

const derive = (KeyId: string, PublicKey: Uint8Array, more: object = {}) =>
  kms.send(new DeriveSharedSecretCommand({ KeyId, PublicKey, KeyAgreementAlgorithm: 'ECDH', ...more }));

const agreementKey = (KeySpec: KeySpec) => newKey(kms, { KeySpec, KeyUsage: 'KEY_AGREEMENT' });
const der = { type: 'spki', format: 'der' } as const;

describe.each(curves)('%s', (spec, namedCurve, size) => {
  /** A key of this curve with any bytes for its point. */
  const withPoint = (point: Uint8Array, curve = namedCurve): Uint8Array =>
    sequence(sequence(objectIdentifier(...ecPublicKey), objectIdentifier(...oids[curve]!)), bitString(point));

  it('gives both sides the same x coordinate', async () => {
    const KeyId = await agreementKey(spec);
    const ours = await publicKeyOf(kms, KeyId);
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
    const theirs = diffieHellman({ privateKey, publicKey: ours });
    const made = await derive(KeyId, publicKey.export(der));
    expect(made).toMatchObject({ KeyId: arnOf(KeyId), KeyAgreementAlgorithm: 'ECDH', KeyOrigin: 'AWS_KMS' });
    expect(Buffer.from(made.SharedSecret!)).toEqual(theirs);
    expect(made.SharedSecret).toHaveLength(size);
    const { x, y } = publicKey.export({ format: 'jwk' });
    const point = Buffer.concat([Buffer.of(4), Buffer.from(x!, 'base64url'), Buffer.from(y!, 'base64url')]);
    const compressed = ECDH.convertKey(point, namedCurve, undefined, undefined, 'compressed') as Buffer;
    expect(Buffer.from((await derive(KeyId, withPoint(compressed))).SharedSecret!)).toEqual(theirs);
  });

  it('gives two keys of KMS the same secret', async () => {
    const [left, right] = [await agreementKey(spec), await agreementKey(spec)];
    const publicOf = async (KeyId: string) => (await kms.send(new GetPublicKeyCommand({ KeyId }))).PublicKey!;
    const one = await derive(left, await publicOf(right));
    const other = await derive(right, await publicOf(left));
    expect(one.SharedSecret).toEqual(other.SharedSecret);
  });

  it('asks custodians nothing about points that are none of the curve', async () => {
    const KeyId = await agreementKey(spec);
    const good = generateKeyPairSync('ec', { namedCurve }).publicKey.export(der);
    const point = good.subarray(good.length - 1 - 2 * size);
    const { Point } = nobles[size as 32]!;
    const prime = fixed(Point.Fp.ORDER, size);
    // Half of all x are of points of the twist and of none of the curve.
    const isOnCurve = (x: Uint8Array): boolean => {
      try {
        return Point.fromBytes(Buffer.concat([Buffer.of(2), x])) !== undefined;
      } catch {
        return false;
      }
    };
    let twist = fixed(1n, size);
    for (let x = 2n; isOnCurve(twist); x += 1n) twist = fixed(x, size);
    const y = point.subarray(1 + size);
    const odd = Buffer.concat([
      point.subarray(0, 1 + size),
      (y.at(-1)! & 1) === 1 ? y : fixed(Point.Fp.ORDER - integerOf(y), size),
    ]);
    const offCurve = Buffer.from(point);
    offCurve[offCurve.length - 1]! ^= 1;
    const large = Buffer.from(point);
    large.fill(0xff, 1, 1 + size);
    const p256 = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey.export(der);
    const otherCurve = namedCurve === 'prime256v1' ? 'secp384r1' : 'prime256v1';
    const other = generateKeyPairSync('ec', { namedCurve: otherCurve }).publicKey.export(der);
    const wrong: Record<string, Uint8Array> = {
      'off the curve': withPoint(offCurve),
      'a coordinate beyond the prime': withPoint(large),
      infinity: withPoint(Buffer.of(0)),
      'zero and zero': withPoint(Buffer.concat([Buffer.of(4), Buffer.alloc(2 * size)])),
      'a short point': withPoint(point.subarray(0, -1)),
      'a long point': withPoint(Buffer.concat([point, Buffer.of(0)])),
      'an x without a point': withPoint(Buffer.concat([Buffer.of(2), Buffer.alloc(size, 0xff)])),
      'an unknown form': withPoint(Buffer.concat([Buffer.of(5), point.subarray(1)])),
      'another curve': other,
      'the point of another curve': withPoint(
        p256.subarray(-65),
        otherCurve === 'prime256v1' ? namedCurve : 'secp384r1',
      ),
      'a key of RSA': generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export(der),
      'a key of X25519': generateKeyPairSync('x25519').publicKey.export(der),
      'a point without its key': point,
      'cut DER': good.subarray(0, -1),
      'bytes after it': Buffer.concat([good, Buffer.of(0)]),
      noise: randomBytes(good.length),
    };
    const oids = { key: oid('1.2.840.10045.2.1'), curve: oid(dotted[namedCurve]!) };
    const key = (algorithm: Uint8Array, subject = bits(point)) => sequenceOf(algorithm, subject);
    const algorithm = sequenceOf(oids.key, oids.curve);
    expect(key(algorithm)).toEqual(good);
    Object.assign(wrong, {
      'the x of a point of the twist, compressed': withPoint(Buffer.concat([Buffer.of(2), twist])),
      'the x of a point of the twist, the other sign': withPoint(Buffer.concat([Buffer.of(3), twist])),
      'a point of the twist': withPoint(Buffer.concat([Buffer.of(4), twist, point.subarray(1 + size)])),
      'y of the wrong sign in a hybrid form': withPoint(
        Buffer.concat([Buffer.of(6 + (1 ^ (point.at(-1)! & 1))), point.subarray(1)]),
      ),
      'infinity with coordinates': withPoint(Buffer.concat([Buffer.of(0), point.subarray(1)])),
      'no point': withPoint(Buffer.alloc(0)),
      'x alone': withPoint(point.subarray(1, 1 + size)),
      'x and y without a form': withPoint(point.subarray(1)),
      'p as x, for 0': withPoint(Buffer.concat([Buffer.of(2), prime])),
      'a curve of the same length': generateKeyPairSync('ec', {
        namedCurve: { 32: 'secp256k1', 48: 'brainpoolP384r1', 66: 'prime256v1' }[size]!,
      }).publicKey.export(der),
      'the name of a curve of the same length': key(
        sequenceOf(oids.key, oid(size === 32 ? '1.3.132.0.10' : '1.3.36.3.3.2.8.1.1.11')),
      ),
      'no name of a curve': key(sequenceOf(oids.key)),
      'NULL for the curve': key(sequenceOf(oids.key, nothing)),
      'a name of a key of RSA': key(sequenceOf(oid('1.2.840.113549.1.1.1'), oids.curve)),
      'a name of Ed25519': key(sequenceOf(oid('1.3.101.112'))),
      'a point in an octet string': key(algorithm, octets(point)),
      'a point whose last bit is none of it': key(algorithm, bits(odd, 1)),
      'no algorithm': sequenceOf(bits(point)),
      'a set': tlv(0x31, algorithm, bits(point)),
      'parameters of a curve with another base': key(sequenceOf(oids.key, explicit(size, point))),
      'a private key': generateKeyPairSync('ec', { namedCurve }).privateKey.export({
        type: 'pkcs8',
        format: 'der',
      }),
      PEM: Buffer.from(`-----BEGIN PUBLIC KEY-----\n${good.toString('base64')}\n-----END PUBLIC KEY-----\n`),
      'an infinite length': Buffer.concat([Buffer.of(0x30, 0x80), algorithm, bits(point), Buffer.of(0, 0)]),
      'a length of four bytes': Buffer.concat([
        Buffer.of(0x30, 0x84, 0, 0, 0, algorithm.length + bits(point).length),
        algorithm,
        bits(point),
      ]),
    });
    const before = gateway.custody.tasks.length;
    for (const [what, key] of Object.entries(wrong)) {
      const code = await codeOf(derive(KeyId, key));
      expect([what, code]).toEqual([what, 'ValidationException']);
    }
    expect(gateway.custody.tasks.length).toBe(before);
  });

  it('refuses keys of other uses, and dry runs', async () => {
    const signing = await newKey(kms, { KeySpec: spec, KeyUsage: 'SIGN_VERIFY' });
    const peer = generateKeyPairSync('ec', { namedCurve }).publicKey.export(der);
    expect(await codeOf(derive(signing, peer))).toBe('InvalidKeyUsageException');
    const KeyId = await agreementKey(spec);
    expect(await codeOf(derive(KeyId, peer, { DryRun: true }))).toBe('DryRunOperationException');
    const found = await kms.send(new GetPublicKeyCommand({ KeyId }));
    expect(found).toMatchObject({ KeyUsage: 'KEY_AGREEMENT', KeyAgreementAlgorithms: ['ECDH'] });
    expect(
      createPublicKey({ key: Buffer.from(found.PublicKey!), format: 'der', type: 'spki' })
        .asymmetricKeyDetails,
    ).toEqual({
      namedCurve,
    });
  });
});
