/** RSA keys of ENCRYPT_DECRYPT: OAEP made by node:crypto opens, and what is no OAEP has one answer. */
import {
  constants,
  createHash,
  createPublicKey,
  type KeyObject,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import {
  DecryptCommand,
  EncryptCommand,
  type EncryptionAlgorithmSpec,
  GenerateDataKeyCommand,
  GetPublicKeyCommand,
  type KMSClient,
  ReEncryptCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeOaep } from '../engine/crypto/oaep.ts';
import {
  arnOf,
  codeOf,
  flipped,
  type KeyGateway,
  newKey,
  openKeyGateway,
  publicKeyOf,
} from './support/key-gateway.ts';

let gateway: KeyGateway;
let kms: KMSClient;
let KeyId: string;
let publicKey: KeyObject;
beforeAll(async () => {
  gateway = await openKeyGateway();
  kms = gateway.client();
  KeyId = await newKey(kms, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
  publicKey = await publicKeyOf(kms, KeyId);
});
afterAll(() => gateway.close());

const algorithms = [
  ['RSAES_OAEP_SHA_1', 'sha1', 214],
  ['RSAES_OAEP_SHA_256', 'sha256', 190],
] as const;

const decrypt = (
  CiphertextBlob: Uint8Array,
  EncryptionAlgorithm: EncryptionAlgorithmSpec,
  more: object = {},
) => kms.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm, ...more }));

/** The bytes raised to the public exponent: a ciphertext of this padding, right or wrong. */
const raised = (encoded: Uint8Array): Uint8Array =>
  publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, encoded);

/** RFC 8017, 7.1.1, from step 2 d on, with whatever it is given for the data block. */
function masked(db: Uint8Array, hash: string, mgf: string, first = 0): Buffer {
  const mgf1 = (seed: Uint8Array, length: number): Buffer => {
    const blocks = Array.from({ length: Math.ceil(length / 20) }, (_, at) =>
      createHash(mgf)
        .update(seed)
        .update(Buffer.of(0, 0, 0, at))
        .digest(),
    );
    return Buffer.concat(blocks).subarray(0, length);
  };
  const xor = (left: Uint8Array, right: Uint8Array) => Buffer.from(left.map((byte, at) => byte ^ right[at]!));
  const seed = randomBytes(createHash(hash).digest().length);
  const maskedDb = xor(db, mgf1(seed, db.length));
  return Buffer.concat([Buffer.of(first), xor(seed, mgf1(maskedDb, seed.length)), maskedDb]);
}

describe.each(algorithms)('%s', (algorithm, hash, max) => {
  it('opens what node:crypto encrypted with the public key', async () => {
    for (const length of [1, 32, max]) {
      const message = randomBytes(length);
      const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash };
      const opened = await decrypt(publicEncrypt({ key: publicKey, ...padding }, message), algorithm);
      expect(Buffer.from(opened.Plaintext!)).toEqual(message);
      expect(opened).toMatchObject({ KeyId: arnOf(KeyId), EncryptionAlgorithm: algorithm });
      expect(opened.KeyMaterialId).toBeUndefined();
    }
  });

  it('encrypts with the public key alone, up to what the padding leaves', async () => {
    const before = gateway.custody.tasks.length;
    const encrypt = (Plaintext: Uint8Array) =>
      kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionAlgorithm: algorithm }));
    const Plaintext = randomBytes(max);
    const { CiphertextBlob } = await encrypt(Plaintext);
    expect(gateway.custody.tasks.length).toBe(before);
    expect(Buffer.from((await decrypt(CiphertextBlob!, algorithm)).Plaintext!)).toEqual(Plaintext);
    expect(await codeOf(encrypt(randomBytes(max + 1)))).toBe('ValidationException');
  });

  it('has one answer for all that is wrong', async () => {
    const size = { sha1: 20, sha256: 32 }[hash];
    const k = 256;
    const right = encodeOaep(Buffer.from('secret'), k, hash, randomBytes(size));
    const oneIsMissing = encodeOaep(Buffer.alloc(0), k, hash, randomBytes(size));
    const db = (...behind: readonly Uint8Array[]) => {
      const label = createHash(hash).digest();
      const rest = Buffer.concat(behind);
      return Buffer.concat([label, Buffer.alloc(k - 1 - 2 * size - rest.length), rest]);
    };
    const wrong: [string, Uint8Array][] = [
      ['a turned bit', flipped(raised(right), 77)],
      [
        'padding of RSAES-PKCS1-v1_5',
        publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, right.subarray(0, 20)),
      ],
      ['no padding', raised(Buffer.concat([Buffer.of(0), randomBytes(k - 1)]))],
      ['a first byte that is not 0', raised(Buffer.concat([Buffer.of(1), right.subarray(1)]))],
      ['another seed', raised(flipped(right, 8 + 3))],
      ['another label hash', raised(flipped(right, 8 * (1 + size) + 3))],
      ['another last byte', raised(flipped(right, 8 * k - 1))],
      ['no byte 1', raised(masked(db(), hash, hash))],
      ['a byte 2 for it', raised(masked(db(Buffer.of(2), Buffer.from('secret')), hash, hash))],
      ['another byte before it', raised(masked(db(Buffer.of(0x80, 1), Buffer.from('secret')), hash, hash))],
      ['a byte 1 in the label hash', raised(masked(db().fill(1, 0, size), hash, hash))],
      [
        'no label hash',
        raised(masked(Buffer.concat([db().subarray(size), Buffer.alloc(size, 1)]), hash, hash)),
      ],
      [
        'MGF1 with another hash',
        raised(masked(db(Buffer.of(1), Buffer.from('secret')), hash, hash === 'sha1' ? 'sha256' : 'sha1')),
      ],
      [
        'a first byte of 1, and all else right',
        raised(masked(db(Buffer.of(1), Buffer.from('x')), hash, hash, 1)),
      ],
      [
        'another hash',
        publicEncrypt(
          { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha512' },
          Buffer.from('x'),
        ),
      ],
      [
        'a label',
        publicEncrypt(
          {
            key: publicKey,
            padding: constants.RSA_PKCS1_OAEP_PADDING,
            oaepHash: hash,
            oaepLabel: Buffer.from('label'),
          },
          Buffer.from('x'),
        ),
      ],
      ['zero', Buffer.alloc(k)],
      ['one', Buffer.concat([Buffer.alloc(k - 1), Buffer.of(1)])],
      ['the modulus', modulus()],
      ['more than the modulus', Buffer.alloc(k, 0xff)],
      ['one less than the modulus', minusOne(modulus())],
      ['too short', raised(right).subarray(1)],
      ['too long', Buffer.concat([Buffer.alloc(1), raised(right)])],
    ];
    expect(Buffer.from((await decrypt(raised(right), algorithm)).Plaintext!).toString()).toBe('secret');
    const same = masked(db(Buffer.of(1), Buffer.from('same')), hash, hash);
    expect(Buffer.from((await decrypt(raised(same), algorithm)).Plaintext!).toString()).toBe('same');
    // An empty message is right, and nothing comes of it.
    expect((await decrypt(raised(oneIsMissing), algorithm)).Plaintext ?? new Uint8Array(0)).toHaveLength(0);
    for (const [what, ciphertext] of wrong) {
      const answer = await decrypt(ciphertext, algorithm).catch((error: Error) => error);
      expect([what, (answer as Error).name, (answer as Error).message]).toEqual([
        what,
        'InvalidCiphertextException',
        'UnknownError',
      ]);
    }
  });
});

describe('RSA encryption keys', () => {
  it('need key and algorithm to be named', async () => {
    const { CiphertextBlob } = await kms.send(
      new EncryptCommand({ KeyId, Plaintext: Buffer.from('x'), EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }),
    );
    const code = (input: object) => codeOf(kms.send(new DecryptCommand({ CiphertextBlob, ...input })));
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
    expect(await code({ KeyId, EncryptionAlgorithm })).toBe('ok');
    expect(await code({ EncryptionAlgorithm })).toBe('ValidationException');
    // Without an algorithm it is taken for symmetric ciphertext.
    expect(await code({ KeyId })).toBe('InvalidCiphertextException');
    expect(await code({ KeyId, EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' })).toBe('InvalidCiphertextException');
    expect(await code({ KeyId, EncryptionAlgorithm, EncryptionContext: { a: 'b' } })).toBe(
      'ValidationException',
    );
    expect(await code({ KeyId, EncryptionAlgorithm: 'SM2PKE' })).toBe('InvalidKeyUsageException');
  });

  it('wrap no data keys', async () => {
    expect(await codeOf(kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })))).toBe(
      'InvalidKeyUsageException',
    );
  });

  it('take part in ReEncrypt on both sides', async () => {
    const symmetric = await newKey(kms);
    const Plaintext = randomBytes(100);
    const rsa = 'RSAES_OAEP_SHA_256';
    const first = await kms.send(new EncryptCommand({ KeyId: symmetric, Plaintext }));
    const second = await kms.send(
      new ReEncryptCommand({
        CiphertextBlob: first.CiphertextBlob,
        DestinationKeyId: KeyId,
        DestinationEncryptionAlgorithm: rsa,
      }),
    );
    expect(second.CiphertextBlob).toHaveLength(256);
    const third = await kms.send(
      new ReEncryptCommand({
        CiphertextBlob: second.CiphertextBlob,
        SourceKeyId: KeyId,
        SourceEncryptionAlgorithm: rsa,
        DestinationKeyId: symmetric,
      }),
    );
    const opened = await kms.send(new DecryptCommand({ CiphertextBlob: third.CiphertextBlob }));
    expect(Buffer.from(opened.Plaintext!)).toEqual(Plaintext);
    const long = await kms.send(new EncryptCommand({ KeyId: symmetric, Plaintext: randomBytes(191) }));
    const tooLong = new ReEncryptCommand({
      CiphertextBlob: long.CiphertextBlob,
      DestinationKeyId: KeyId,
      DestinationEncryptionAlgorithm: rsa,
    });
    expect(await codeOf(kms.send(tooLong))).toBe('ValidationException');
  });

  it('say what they can', async () => {
    const found = await kms.send(new GetPublicKeyCommand({ KeyId }));
    expect(found).toMatchObject({
      KeyId: arnOf(KeyId),
      KeySpec: 'RSA_2048',
      CustomerMasterKeySpec: 'RSA_2048',
      KeyUsage: 'ENCRYPT_DECRYPT',
      EncryptionAlgorithms: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
    });
    expect(found.SigningAlgorithms).toBeUndefined();
    const read = createPublicKey({ key: Buffer.from(found.PublicKey!), format: 'der', type: 'spki' });
    expect(read.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048, publicExponent: 65_537n });
    for (const input of [{}, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' } as const]) {
      const none = await newKey(kms, input);
      expect(await codeOf(kms.send(new GetPublicKeyCommand({ KeyId: none })))).toBe(
        'UnsupportedOperationException',
      );
    }
  });
});

const modulus = (): Buffer => Buffer.from(publicKey.export({ format: 'jwk' }).n!, 'base64url');

function minusOne(odd: Buffer): Buffer {
  const copy = Buffer.from(odd);
  copy[copy.length - 1]! -= 1;
  return copy;
}
