/**
 * RSA signatures that are none, in the classes of Project Wycheproof's vectors (RSASSA-PKCS1-v1_5, RSASSA-PSS), through Verify: under a
 * key that its owner brought in, and can raise anything to the private power with.
 */
import { constants, createHash, generateKeyPairSync, privateEncrypt, randomBytes, sign } from 'node:crypto';
import { type KMSClient, type SigningAlgorithmSpec, VerifyCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bits, integerOf, nothing, octets, oid, sequenceOf, tlv } from './support/der.ts';
import { importerOf } from './support/importing.ts';
import { codeOf, type KeyGateway, openKeyGateway } from './support/key-gateway.ts';

const message = Buffer.from('123400');
const sha = (hash: string, ...parts: readonly Uint8Array[]): Buffer => {
  const state = createHash(hash);
  for (const part of parts) state.update(part);
  return state.digest();
};

describe('RSA signatures', () => {
  const k = 256;
  const size = 32;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 8 * k });
  const digest = sha('sha256', message);
  let gateway: KeyGateway;
  let kms: KMSClient;
  let KeyId: string;
  beforeAll(async () => {
    gateway = await openKeyGateway();
    kms = gateway.client();
    const { external, imported } = importerOf(() => kms);
    KeyId = await external('RSA_2048', 'SIGN_VERIFY');
    const material = privateKey.export({ format: 'der', type: 'pkcs8' });
    await imported(KeyId, material, 'RSA_AES_KEY_WRAP_SHA_256');
  });
  afterAll(() => gateway.close());

  /** The bytes raised to the private power: a signature of this encoding, right or wrong. */
  const raised = (encoded: Uint8Array): Buffer =>
    privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encoded);

  /** As messages, and as digests. */
  const verdicts = (SigningAlgorithm: SigningAlgorithmSpec, Signature: Uint8Array): Promise<string[]> =>
    Promise.all(
      [
        { Message: message, MessageType: 'RAW' as const },
        { Message: digest, MessageType: 'DIGEST' as const },
      ].map((input) => codeOf(kms.send(new VerifyCommand({ KeyId, SigningAlgorithm, Signature, ...input })))),
    );
  const accepted = ['ok', 'ok'];
  const refused = ['KMSInvalidSignatureException', 'KMSInvalidSignatureException'];

  describe('with PKCS1-v1_5', () => {
    const sha256 = '2.16.840.1.101.3.4.2.1';
    const info = (...algorithm: readonly Uint8Array[]) =>
      sequenceOf(sequenceOf(...algorithm), octets(digest));
    const right = info(oid(sha256), nothing);
    const padded = (tail: Uint8Array, { first = 0, block = 1, fill = 0xff, separator = Buffer.of(0) } = {}) =>
      Buffer.concat([
        Buffer.of(first, block),
        Buffer.alloc(k - 2 - separator.length - tail.length, fill),
        separator,
        tail,
      ]);
    /** The digest further left, with something behind it. */
    const shifted = (behind: number) => {
      const tail = Buffer.concat([right, Buffer.alloc(behind)]);
      return padded(tail);
    };
    const cases: Readonly<Record<string, Buffer>> = {
      'no parameters': padded(info(oid(sha256))),
      'empty parameters': padded(info(oid(sha256), sequenceOf())),
      'an octet string as parameters': padded(info(oid(sha256), octets())),
      'NULL with content': padded(info(oid(sha256), tlv(5, Buffer.of(0)))),
      'SHA-384’s name': padded(info(oid('2.16.840.1.101.3.4.2.2'), nothing)),
      'SHA-1’s name': padded(info(oid('1.3.14.3.2.26'), nothing)),
      'a name cut short': padded(info(oid('2.16.840.1.101.3.4.2'), nothing)),
      'no DigestInfo': padded(digest),
      'a digest in a bit string': padded(sequenceOf(sequenceOf(oid(sha256), nothing), bits(digest))),
      'a digest that is cut': padded(
        sequenceOf(sequenceOf(oid(sha256), nothing), octets(digest.subarray(1))),
      ),
      'a digest that is longer': padded(
        sequenceOf(sequenceOf(oid(sha256), nothing), octets(digest, Buffer.of(0))),
      ),
      'bytes after the digest, within': padded(
        sequenceOf(sequenceOf(oid(sha256), nothing), octets(digest), Buffer.of(0, 0)),
      ),
      'a long length': padded(Buffer.concat([Buffer.of(0x30, 0x81), right.subarray(1)])),
      'an indefinite length': padded(
        Buffer.concat([Buffer.of(0x30, 0x80), right.subarray(2), Buffer.of(0, 0)]),
      ),
      'a set': padded(Buffer.concat([Buffer.of(0x31), right.subarray(1)])),
      'bytes behind the DigestInfo': shifted(8),
      'all bytes behind the DigestInfo': Buffer.concat([
        Buffer.of(0, 1),
        Buffer.alloc(8, 0xff),
        Buffer.of(0),
        right,
        Buffer.alloc(k - 11 - right.length, 0x5a),
      ]),
      'no padding bytes': Buffer.concat([Buffer.alloc(k - 3 - right.length), Buffer.of(0, 1, 0), right]),
      'padding of other bytes': padded(right, { fill: 0xfe }),
      'padding of zeros': padded(right, { fill: 0 }),
      'padding with one zero': Buffer.from(padded(right)).fill(0, 20, 21),
      'no separator': padded(right, { separator: Buffer.alloc(0) }),
      'a separator that is not 0': padded(right, { separator: Buffer.of(1) }),
      'two separators': padded(right, { separator: Buffer.of(0, 0) }),
      'block type 0': padded(right, { block: 0 }),
      'block type 2': padded(right, { block: 2 }),
      'block type 0xff': padded(right, { block: 0xff }),
      'a first byte that is not 0': padded(right, { first: 1, block: 1 }),
      'zeros alone': Buffer.alloc(k),
    };

    it.each(Object.entries(cases))('and %s are none', async (_, encoded) => {
      expect(await verdicts('RSASSA_PKCS1_V1_5_SHA_256', raised(encoded))).toEqual(refused);
    });

    it('and the one encoding are right', async () => {
      const Signature = raised(padded(right));
      expect(Signature.equals(sign('sha256', message, privateKey))).toBe(true);
      expect(await verdicts('RSASSA_PKCS1_V1_5_SHA_256', Signature)).toEqual(accepted);
      for (const other of ['RSASSA_PSS_SHA_256'] as const)
        expect(await verdicts(other, Signature)).toEqual(refused);
    });
  });

  describe('with PSS', () => {
    const mgf1 = (hash: string, seed: Uint8Array, length: number): Buffer => {
      const blocks = Array.from({ length: Math.ceil(length / 20) }, (_, at) =>
        sha(hash, seed, Buffer.of(0, 0, 0, at)),
      );
      return Buffer.concat(blocks).subarray(0, length);
    };
    interface Pss {
      readonly hashed?: Buffer;
      readonly zeros?: Buffer;
      readonly salt?: Buffer;
      readonly mgf?: string;
      readonly separator?: number;
      readonly trailer?: number;
      readonly top?: number;
      readonly change?: (db: Buffer) => void;
    }
    const encode = ({
      hashed = digest,
      zeros = Buffer.alloc(8),
      salt = randomBytes(size),
      mgf = 'sha256',
      separator = 1,
      trailer = 0xbc,
      top = 0,
      change = () => undefined,
    }: Pss): Buffer => {
      const h = sha('sha256', zeros, hashed, salt);
      const db = Buffer.alloc(k - size - 1);
      db[db.length - salt.length - 1] = separator;
      salt.copy(db, db.length - salt.length);
      change(db);
      const mask = mgf1(mgf, h, db.length);
      for (const [at, byte] of mask.entries()) db[at]! ^= byte;
      db[0] = (db[0]! & 0x7f) | top;
      return Buffer.concat([db, h, Buffer.of(trailer)]);
    };
    const cases: Readonly<Record<string, Pss>> = {
      'no salt': { salt: Buffer.alloc(0) },
      'a salt of 20 bytes': { salt: randomBytes(20) },
      'a salt one byte shorter': { salt: randomBytes(size - 1) },
      'a salt one byte longer': { salt: randomBytes(size + 1) },
      'a salt as long as can be': { salt: randomBytes(k - size - 2) },
      'MGF1 with SHA-1': { mgf: 'sha1' },
      'MGF1 with SHA-512': { mgf: 'sha512' },
      'another trailer': { trailer: 0xcc },
      'the trailer of a named hash': { trailer: 0x34 },
      'a separator of 0': { separator: 0 },
      'a separator of 2': { separator: 2 },
      'a separator that is earlier': { change: (db) => void (db[100] = 1) },
      'padding that is not 0': { change: (db) => void (db[10] = 0x80) },
      'a first bit that is set': { top: 0x80 },
      'other zeros before the digest': { zeros: Buffer.alloc(8, 1) },
      'no zeros before the digest': { zeros: Buffer.alloc(0) },
      'the message for its digest': { hashed: message },
      'a digest of the digest': { hashed: sha('sha256', digest) },
    };

    it.each(Object.entries(cases))('and %s are none', async (_, how) => {
      // With the first bit set a number may be beyond the modulus; then there is no signature to look at.
      const { n } = publicKey.export({ format: 'jwk' });
      const modulus = integerOf(Buffer.from(n!, 'base64url'));
      let encoded = encode(how);
      for (let tries = 0; integerOf(encoded) >= modulus && tries < 100; tries += 1) encoded = encode(how);
      if (integerOf(encoded) >= modulus) encoded[0]! = 0x80;
      expect(await verdicts('RSASSA_PSS_SHA_256', raised(encoded))).toEqual(refused);
    });

    it.each([
      ['zeros', Buffer.alloc(size)],
      ['ones', Buffer.alloc(size, 0xff)],
      ['a random salt', randomBytes(size)],
    ])('and the right encoding are right, of a salt of %s', async (_, salt) => {
      const Signature = raised(encode({ salt }));
      expect(await verdicts('RSASSA_PSS_SHA_256', Signature)).toEqual(accepted);
      expect(await verdicts('RSASSA_PSS_SHA_384', Signature)).not.toContain('ok');
      expect(await verdicts('RSASSA_PKCS1_V1_5_SHA_256', Signature)).toEqual(refused);
    });
  });
});
