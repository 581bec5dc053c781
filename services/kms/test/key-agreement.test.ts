/** DeriveSharedSecret: both sides come to one secret, and keys that could leak ours are refused before custodians see them. */
import { createPublicKey, diffieHellman, ECDH, generateKeyPairSync, randomBytes } from 'node:crypto';
import {
  DeriveSharedSecretCommand,
  GetPublicKeyCommand,
  type KeySpec,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bitString, objectIdentifier, sequence } from '../engine/crypto/der.ts';
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
