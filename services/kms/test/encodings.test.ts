/** Paddings, signatures, public keys, ciphertext and wrapped material, against node:crypto and published bytes. */
import {
  constants,
  createCipheriv,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  privateEncrypt,
  publicEncrypt,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  alphaOf,
  blobOverheadBytes,
  decodePoint,
  encodePoint,
  evaluationInputBytes,
  openBlob,
  pointOf,
  readBlobHeader,
  sealBlob,
} from '../engine/crypto/blob.ts';
import { signatureFromDer, signatureToDer } from '../engine/crypto/ecdsa-signature.ts';
import { encodeForSigning, isEncodedFor } from '../engine/crypto/emsa.ts';
import { checkMaterial } from '../engine/crypto/import-material.ts';
import { unwrapMaterial } from '../engine/crypto/import-wrapping.ts';
import { decodeOaep, encodeOaep } from '../engine/crypto/oaep.ts';
import { orderBytes, peerPoint, subjectPublicKeyInfo } from '../engine/crypto/public-key.ts';
import { isSignature } from '../engine/crypto/verify-signature.ts';
import { canonicalContext, contextHash } from '../engine/encryption-context.ts';
import type { KeySpec } from '../engine/specs.ts';
import { refusalOf } from './support/world.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const raw = { padding: constants.RSA_NO_PADDING };
const spki = (key: KeyObject) => new Uint8Array(key.export({ format: 'der', type: 'spki' }));
const plain = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('OAEP', () => {
  test.each(['sha1', 'sha256'] as const)("%s is node:crypto's both ways", (hash) => {
    const key = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash };
    for (const length of [0, 1, 100, 190]) {
      const message = randomBytes(length);
      const theirs = publicEncrypt({ key: rsa.publicKey, ...key }, message);
      const encoded = privateDecrypt({ key: rsa.privateKey, ...raw }, theirs);
      expect(plain(decodeOaep(encoded, hash))).toBe(plain(message));
      const ours = encodeOaep(message, 256, hash, randomBytes(hash === 'sha1' ? 20 : 32));
      const encrypted = publicEncrypt({ key: rsa.publicKey, ...raw }, ours);
      expect(plain(privateDecrypt({ key: rsa.privateKey, ...key }, encrypted))).toBe(plain(message));
    }
  });

  test('padding without its end is refused', async () => {
    // A message of zeros whose separator is taken away leaves zeros alone.
    const seed = randomBytes(32);
    const encoded = encodeOaep(new Uint8Array(4), 256, 'sha256', seed);
    const changed = encoded.slice();
    const maskOf = (from: Uint8Array, length: number) => {
      const blocks: Buffer[] = [];
      for (let i = 0; blocks.length * 32 < length; i += 1)
        blocks.push(
          createHash('sha256')
            .update(from)
            .update(Buffer.of(0, 0, 0, i))
            .digest(),
        );
      return Buffer.concat(blocks);
    };
    changed[256 - 5]! ^= 1;
    const mask = maskOf(changed.subarray(33), 32);
    for (let i = 0; i < 32; i += 1) changed[1 + i] = seed[i]! ^ mask[i]!;
    expect(plain(decodeOaep(encoded, 'sha256'))).toBe('00000000');
    expect(await refusalOf(async () => decodeOaep(changed, 'sha256'))).toBe('InvalidCiphertextException: ');
  });

  test('any changed byte gives the one failure', async () => {
    const encoded = encodeOaep(Buffer.from('message'), 256, 'sha256', randomBytes(32));
    for (let at = 0; at < encoded.length; at += 7) {
      const changed = encoded.slice();
      changed[at]! ^= 0x41;
      expect(await refusalOf(async () => decodeOaep(changed, 'sha256'))).toBe('InvalidCiphertextException: ');
    }
  });
});

describe('EMSA', () => {
  const hashes = ['SHA_256', 'SHA_384', 'SHA_512'] as const;
  const name = (hash: string) => hash.replace('_', '').toLowerCase();

  test.each(hashes)('encodings with %s make signatures that node:crypto verifies', (hash) => {
    const message = randomBytes(50);
    const digest = createHash(name(hash)).update(message).digest();
    for (const padding of ['RSASSA_PSS', 'RSASSA_PKCS1_V1_5'] as const) {
      const algorithm = `${padding}_${hash}`;
      const encoded = encodeForSigning(algorithm, digest, 256, randomBytes(digest.length));
      expect(isEncodedFor(algorithm, encoded, digest)).toBe(true);
      const signature = privateEncrypt({ key: rsa.privateKey, ...raw }, encoded);
      const options =
        padding === 'RSASSA_PSS'
          ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: digest.length }
          : { padding: constants.RSA_PKCS1_PADDING };
      expect(verify(name(hash), message, { key: rsa.publicKey, ...options }, signature)).toBe(true);
      const claim = { spec: 'RSA_2048', algorithm, message, signature } as const;
      expect(isSignature(spki(rsa.publicKey), { ...claim, type: 'RAW' })).toBe(true);
      expect(isSignature(spki(rsa.publicKey), { ...claim, type: 'DIGEST', message: digest })).toBe(true);
      expect(isSignature(spki(rsa.publicKey), { ...claim, type: 'RAW', message: randomBytes(50) })).toBe(
        false,
      );
    }
  });

  test('an encoding is of one digest and one algorithm', () => {
    const digest = randomBytes(32);
    const pss = encodeForSigning('RSASSA_PSS_SHA_256', digest, 256, randomBytes(32));
    const pkcs1 = encodeForSigning('RSASSA_PKCS1_V1_5_SHA_256', digest, 256, new Uint8Array(0));
    expect(isEncodedFor('RSASSA_PSS_SHA_256', pss, randomBytes(32))).toBe(false);
    expect(isEncodedFor('RSASSA_PSS_SHA_256', pkcs1, digest)).toBe(false);
    expect(isEncodedFor('RSASSA_PKCS1_V1_5_SHA_256', pss, digest)).toBe(false);
    for (let at = 0; at < 256; at += 1) {
      for (const [algorithm, encoded] of [
        ['RSASSA_PSS_SHA_256', pss],
        ['RSASSA_PKCS1_V1_5_SHA_256', pkcs1],
      ] as const) {
        const changed = encoded.slice();
        changed[at]! ^= 0x80;
        expect(isEncodedFor(algorithm, changed, digest)).toBe(false);
      }
    }
  });
});

describe('curves', () => {
  const curves = [
    ['ECC_NIST_P256', 'P-256', 'sha256', 'ECDSA_SHA_256'],
    ['ECC_NIST_P384', 'P-384', 'sha384', 'ECDSA_SHA_384'],
    ['ECC_NIST_P521', 'P-521', 'sha512', 'ECDSA_SHA_512'],
    ['ECC_SECG_P256K1', 'secp256k1', 'sha256', 'ECDSA_SHA_256'],
  ] as const;

  test.each(curves)('%s: public keys and signatures', (spec, namedCurve, hash, algorithm) => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
    const der = spki(publicKey);
    const size = orderBytes(spec)!;
    const point = der.slice(der.length - 1 - 2 * size);
    const compressed = Uint8Array.of(2 + (point[point.length - 1]! & 1), ...point.subarray(1, 1 + size));
    expect(plain(subjectPublicKeyInfo(spec, point))).toBe(plain(der));
    expect(plain(subjectPublicKeyInfo(spec, compressed))).toBe(plain(der));
    expect(plain(peerPoint(spec, der))).toBe(plain(point));
    const message = randomBytes(70);
    const digest = createHash(hash).update(message).digest();
    const der1 = sign(hash, message, privateKey);
    const p1363 = sign(hash, message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    expect(verify(hash, message, publicKey, signatureToDer(p1363))).toBe(true);
    expect(plain(signatureFromDer(signatureToDer(p1363), size)!)).toBe(plain(p1363));
    const claim = { spec, algorithm, message, signature: der1 };
    expect(isSignature(der, { ...claim, type: 'RAW' })).toBe(true);
    expect(isSignature(der, { ...claim, type: 'DIGEST', message: digest })).toBe(true);
    expect(isSignature(der, { ...claim, type: 'DIGEST', message: randomBytes(digest.length) })).toBe(false);
    expect(isSignature(der, { ...claim, type: 'RAW', signature: p1363 })).toBe(false);
  });

  test('Ed25519 and Ed25519ph', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const der = spki(publicKey);
    expect(plain(subjectPublicKeyInfo('ECC_NIST_EDWARDS25519', der.slice(-32)))).toBe(plain(der));
    const message = randomBytes(64);
    const signature = sign(null, message, privateKey);
    const pure = { spec: 'ECC_NIST_EDWARDS25519', algorithm: 'ED25519_SHA_512', type: 'RAW' } as const;
    expect(isSignature(der, { ...pure, message, signature })).toBe(true);
    const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d!, 'base64url');
    const signed = ed25519ph.sign(message, seed);
    const digest = createHash('sha512').update(message).digest();
    const ph = { ...pure, algorithm: 'ED25519_PH_SHA_512', type: 'DIGEST', message: digest } as const;
    expect(isSignature(der, { ...ph, signature: signed })).toBe(true);
    expect(isSignature(der, { ...ph, signature })).toBe(false);
    expect(isSignature(der, { ...ph, message: randomBytes(64), signature: signed })).toBe(false);
    const huge = Buffer.concat([signed.subarray(0, 32), Buffer.alloc(32, 0xff)]);
    expect(isSignature(der, { ...ph, signature: huge })).toBe(false);
  });

  test('signatures in DER: what is read is what would be written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const read = signatureFromDer(bytes, 32);
        if (read !== undefined) expect(plain(signatureToDer(read))).toBe(plain(bytes));
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 132, maxLength: 132 }), (both) => {
        expect(plain(signatureFromDer(signatureToDer(both), 66)!)).toBe(plain(both));
      }),
    );
    const odd = signatureToDer(new Uint8Array(64).fill(1));
    for (const changed of [odd.slice(1), Uint8Array.of(...odd, 0), odd.subarray(0, -1)])
      expect(signatureFromDer(changed, 32)).toBeUndefined();
  });

  test('points that are none, and keys of other curves', async () => {
    expect(() =>
      subjectPublicKeyInfo('ECC_NIST_P256', Buffer.concat([Buffer.of(2), Buffer.alloc(32, 0xff)])),
    ).toThrow(RangeError);
    expect(() => subjectPublicKeyInfo('RSA_4096', spki(rsa.publicKey))).toThrow(RangeError);
    expect(createPublicKey({ key: Buffer.from(spki(rsa.publicKey)), format: 'der', type: 'spki' }).type).toBe(
      'public',
    );
    const k1 = spki(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey);
    expect(await refusalOf(async () => peerPoint('ECC_NIST_P256', k1))).toContain('ValidationException');
    expect(p256.Point.BASE.toBytes(true)).toHaveLength(33);
  });
});

describe('ciphertext', () => {
  const keyId = '01234567-89ab-4def-8123-456789abcdef';
  const handle = '00112233445566778899aabbccddeeff';
  const rho = new Uint8Array(32).fill(7);
  const element = new Uint8Array(32).fill(9);
  const message = Buffer.from('a message');
  const context = { b: '2', a: '1', ä: 'ü' };
  const header = { keyId, handle, revision: 0x1234_5678_9a, alpha: alphaOf(message, rho) };
  const blob = sealBlob(header, context, { message, rho, element });

  test('never changes: what was sealed once is opened for ever', () => {
    expect(plain(blob)).toBe(golden.blob);
    expect(plain(encodePoint(pointOf(header, context)))).toBe(golden.point);
    expect(plain(canonicalContext(context))).toBe(golden.context);
    expect(plain(openBlob(Buffer.from(golden.blob, 'hex'), context, element))).toBe(plain(message));
  });

  test('is read back, of multi-Region keys as well', () => {
    expect(readBlobHeader(blob)).toEqual(header);
    expect(blob.length).toBe(message.length + blobOverheadBytes);
    const multi = { ...header, keyId: `mrk-${handle}` };
    expect(readBlobHeader(sealBlob(multi, {}, { message, rho, element }))).toEqual(multi);
    const point = pointOf(header, context);
    expect(decodePoint(encodePoint(point))).toEqual(point);
    expect(encodePoint(point)).toHaveLength(evaluationInputBytes);
    for (const wrong of [0, 1, evaluationInputBytes - 1, evaluationInputBytes + 1])
      expect(decodePoint(new Uint8Array(wrong))).toBeUndefined();
    expect(decodePoint(new Uint8Array(evaluationInputBytes))).toBeUndefined();
  });

  test('opens with its own element and context, and unchanged, or not at all', async () => {
    const failure = 'InvalidCiphertextException: ';
    const open = (bytes: Uint8Array, with_ = context as Record<string, string>, by = element) =>
      refusalOf(async () => openBlob(bytes, with_, by));
    expect(await open(blob, {})).toBe(failure);
    expect(await open(blob, context, new Uint8Array(32).fill(8))).toBe(failure);
    for (let at = 0; at < blob.length; at += 1) {
      const changed = blob.slice();
      changed[at]! ^= 1;
      expect(await open(changed)).toBe(failure);
    }
    for (const length of [0, 1, 73, blobOverheadBytes])
      expect(await open(blob.slice(0, length))).toBe(failure);
  });

  test('of another message under the same header is refused: alpha belongs to one message', async () => {
    const other = sealBlob(header, context, { message: Buffer.from('b message'), rho, element });
    expect(await refusalOf(async () => openBlob(other, context, element))).toBe(
      'InvalidCiphertextException: ',
    );
    expect(plain(alphaOf(message, rho))).not.toBe(plain(alphaOf(message, element)));
  });

  test('contexts: one form of bytes, and different contexts have different bytes', () => {
    expect(plain(contextHash({ a: '1', b: '2' }))).toBe(plain(contextHash({ b: '2', a: '1' })));
    const pairs = fc.dictionary(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }), { maxKeys: 3 });
    fc.assert(
      fc.property(pairs, pairs, (left, right) => {
        const same =
          JSON.stringify(Object.entries(left).sort()) === JSON.stringify(Object.entries(right).sort());
        expect(plain(canonicalContext(left)) === plain(canonicalContext(right))).toBe(same);
      }),
    );
  });
});

describe('imported material', () => {
  const oaep = (oaepHash: string, data: Uint8Array) =>
    publicEncrypt({ key: rsa.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, data);
  const wrap = (hash: string, material: Uint8Array) => {
    const key = randomBytes(32);
    const cipher = createCipheriv('id-aes256-wrap-pad', key, Buffer.from('A65959A6', 'hex'));
    return Buffer.concat([oaep(hash, key), cipher.update(material), cipher.final()]);
  };

  test('is unwrapped from every wrapping, and from no changed one', async () => {
    const material = randomBytes(32);
    const all = {
      RSAES_OAEP_SHA_1: oaep('sha1', material),
      RSAES_OAEP_SHA_256: oaep('sha256', material),
      RSA_AES_KEY_WRAP_SHA_1: wrap('sha1', material),
      RSA_AES_KEY_WRAP_SHA_256: wrap('sha256', material),
    };
    for (const [algorithm, wrapped] of Object.entries(all)) {
      expect(plain(unwrapMaterial(rsa.privateKey, algorithm, wrapped))).toBe(plain(material));
      for (const at of [3, wrapped.length - 1]) {
        const changed = Buffer.from(wrapped);
        changed[at]! ^= 1;
        const failure = refusalOf(async () => unwrapMaterial(rsa.privateKey, algorithm, changed));
        expect(await failure).toBe('InvalidCiphertextException: ');
      }
      const short = refusalOf(async () => unwrapMaterial(rsa.privateKey, algorithm, wrapped.subarray(0, 9)));
      expect(await short).toBe('InvalidCiphertextException: ');
    }
  });

  test('fits its key spec or is refused', async () => {
    const pkcs8 = (key: KeyObject) => Buffer.from(key.export({ format: 'der', type: 'pkcs8' }));
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-521' });
    const edwards = generateKeyPairSync('ed25519');
    expect(checkMaterial('RSA_2048', pkcs8(rsa.privateKey)).publicKey).toEqual(spki(rsa.publicKey));
    expect(checkMaterial('ECC_NIST_P521', pkcs8(ec.privateKey)).scalar).toHaveLength(66);
    expect(checkMaterial('ECC_NIST_EDWARDS25519', pkcs8(edwards.privateKey)).scalar).toHaveLength(32);
    expect(checkMaterial('HMAC_384', Buffer.alloc(48)).secret).toHaveLength(48);
    const wrong: readonly (readonly [KeySpec, Buffer])[] = [
      ['SYMMETRIC_DEFAULT', Buffer.alloc(31)],
      ['HMAC_512', Buffer.alloc(32)],
      ['RSA_3072', pkcs8(rsa.privateKey)],
      ['ECC_NIST_P256', pkcs8(ec.privateKey)],
      ['ECC_NIST_P256', pkcs8(edwards.privateKey)],
      ['ECC_NIST_EDWARDS25519', pkcs8(ec.privateKey)],
      ['RSA_2048', Buffer.from('nothing')],
    ];
    for (const [spec, material] of wrong)
      expect(await refusalOf(async () => checkMaterial(spec, material))).toContain(
        'IncorrectKeyMaterialException',
      );
  });
});

const golden = {
  blob: '010123456789ab4def8123456789abcdef00112233445566778899aabbccddeeff000000123456789aab52dc90b1b745c14cddc221ab719422449ece7b7cc4f51bb56586baf6acbe2816db1ad79bff5e10a0d0f8bc2966db233a454266f15916cac9a7a8dcab84e38cbc2c270c400b40f2ac8589f106ca77ac36c3a01bb55b65c591',
  point:
    '6879706572676174652f6b6d732f647072662f763100112233445566778899aabbccddeeff000000123456789aab52dc90b1b745c14cddc221ab719422449ece7b7cc4f51bb56586baf6acbe28298977d16ccd77b8a04cfddca27f3d37b154dbfd9eabc069c49439ee8705ca6c',
  context: '00030001610001310001620001320002c3a40002c3bc',
};
