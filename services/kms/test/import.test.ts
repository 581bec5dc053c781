/** GetParametersForImport and ImportKeyMaterial: keys wrapped by node:crypto work as their owner's copies do, and nothing else gets in. */
import {
  constants,
  createHmac,
  createPrivateKey,
  createSign,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  verify,
} from 'node:crypto';
import {
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DeriveSharedSecretCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateMacCommand,
  type KeySpec,
  type KeyUsageType,
  type KMSClient,
  type MacAlgorithmSpec,
  RotateKeyOnDemandCommand,
  SignCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importerOf } from './support/importing.ts';
import {
  arnOf,
  codeOf,
  flipped,
  type KeyGateway,
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

const { parametersFor, external, importing, imported } = importerOf(() => kms);
const pkcs8 = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'pkcs8' });
const stateOf = async (KeyId: string) => (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;

describe('imported keys', () => {
  it.each([
    ['HMAC_224', 'HMAC_SHA_224', 28],
    ['HMAC_256', 'HMAC_SHA_256', 32],
    ['HMAC_384', 'HMAC_SHA_384', 48],
    ['HMAC_512', 'HMAC_SHA_512', 64],
  ] as const)('of %s make the codes of node:crypto', async (spec, MacAlgorithm: MacAlgorithmSpec, size) => {
    const KeyId = await external(spec, 'GENERATE_VERIFY_MAC');
    const key = randomBytes(size);
    await imported(KeyId, key, 'RSAES_OAEP_SHA_256');
    const Message = randomBytes(1000);
    const { Mac } = await kms.send(new GenerateMacCommand({ KeyId, Message, MacAlgorithm }));
    expect(Buffer.from(Mac!)).toEqual(
      createHmac(`sha${spec.slice(5)}`, key)
        .update(Message)
        .digest(),
    );
  });

  it.each([
    ['ECC_NIST_P256', 'prime256v1', 'ECDSA_SHA_256', 'RSAES_OAEP_SHA_1'],
    ['ECC_NIST_P384', 'secp384r1', 'ECDSA_SHA_384', 'RSAES_OAEP_SHA_256'],
    ['ECC_NIST_P521', 'secp521r1', 'ECDSA_SHA_512', 'RSA_AES_KEY_WRAP_SHA_1'],
    ['ECC_SECG_P256K1', 'secp256k1', 'ECDSA_SHA_256', 'RSA_AES_KEY_WRAP_SHA_256'],
  ] as const)('of %s sign as the owner’s do', async (spec, namedCurve, SigningAlgorithm, wrapping) => {
    const KeyId = await external(spec, 'SIGN_VERIFY');
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
    await imported(KeyId, pkcs8(privateKey), wrapping);
    expect((await publicKeyOf(kms, KeyId)).equals(publicKey)).toBe(true);
    const Message = Buffer.from('message');
    const { Signature } = await kms.send(new SignCommand({ KeyId, Message, SigningAlgorithm }));
    expect(verify(`sha${SigningAlgorithm.slice(-3)}`, Message, publicKey, Signature!)).toBe(true);
  });

  it('of Ed25519 have the public key of their seed', async () => {
    const KeyId = await external('ECC_NIST_EDWARDS25519', 'SIGN_VERIFY');
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    await imported(KeyId, pkcs8(privateKey), 'RSAES_OAEP_SHA_256');
    expect((await publicKeyOf(kms, KeyId)).equals(publicKey)).toBe(true);
    const input = { KeyId, Message: Buffer.from('m'), SigningAlgorithm: 'ED25519_SHA_512' } as const;
    const { Signature } = await kms.send(new SignCommand(input));
    expect(verify(null, Buffer.from('m'), publicKey, Signature!)).toBe(true);
  });

  it('of RSA sign and decrypt', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signing = await external('RSA_2048', 'SIGN_VERIFY');
    await imported(signing, pkcs8(privateKey), 'RSA_AES_KEY_WRAP_SHA_256');
    const Message = Buffer.from('message');
    const input = { KeyId: signing, Message, SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' } as const;
    const { Signature } = await kms.send(new SignCommand(input));
    expect(Buffer.from(Signature!)).toEqual(createSign('sha256').update(Message).sign(privateKey));
    const opening = await external('RSA_2048', 'ENCRYPT_DECRYPT');
    await imported(opening, pkcs8(privateKey), 'RSA_AES_KEY_WRAP_SHA_1');
    const algorithm = { KeyId: opening, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' } as const;
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ ...algorithm, Plaintext: Message }));
    const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    expect(privateDecrypt({ key: privateKey, ...oaep }, CiphertextBlob!)).toEqual(Message);
    const opened = await kms.send(
      new DecryptCommand({
        ...algorithm,
        CiphertextBlob: publicEncrypt({ key: publicKey, ...oaep }, Message),
      }),
    );
    expect(Buffer.from(opened.Plaintext!)).toEqual(Message);
  });

  it('of key agreement come to the secrets of their owner', async () => {
    const KeyId = await external('ECC_NIST_P384', 'KEY_AGREEMENT');
    const own = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
    const peer = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
    await imported(KeyId, pkcs8(own.privateKey), 'RSAES_OAEP_SHA_256');
    const made = await kms.send(
      new DeriveSharedSecretCommand({
        KeyId,
        KeyAgreementAlgorithm: 'ECDH',
        PublicKey: peer.publicKey.export({ format: 'der', type: 'spki' }),
      }),
    );
    expect(made.KeyOrigin).toBe('EXTERNAL');
    const expected = diffieHellman({ privateKey: own.privateKey, publicKey: peer.publicKey });
    expect(Buffer.from(made.SharedSecret!)).toEqual(expected);
  });

  it('of symmetric encryption open what they sealed before they were deleted, once they are back', async () => {
    const KeyId = await external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
    expect((await stateOf(KeyId))?.KeyState).toBe('PendingImport');
    const Plaintext = Buffer.from('kept');
    const encrypt = () => kms.send(new EncryptCommand({ KeyId, Plaintext }));
    expect(await codeOf(encrypt())).toBe('KMSInvalidStateException');
    const key = randomBytes(32);
    const { KeyMaterialId, KeyId: arn } = await imported(KeyId, key, 'RSAES_OAEP_SHA_256');
    expect([arn, KeyMaterialId]).toEqual([arnOf(KeyId), expect.stringMatching(/^[0-9a-f]{64}$/)]);
    const { CiphertextBlob } = await encrypt();
    const decrypt = () => kms.send(new DecryptCommand({ CiphertextBlob }));
    await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
    expect(await codeOf(decrypt())).toBe('KMSInvalidStateException');
    expect(await codeOf(imported(KeyId, randomBytes(32), 'RSAES_OAEP_SHA_256'))).toBe(
      'IncorrectKeyMaterialException',
    );
    const again = await imported(KeyId, key, 'RSAES_OAEP_SHA_1');
    expect(again.KeyMaterialId).toBe(KeyMaterialId);
    expect(Buffer.from((await decrypt()).Plaintext!)).toEqual(Plaintext);
  });

  it('rotate to material that was imported beside the first', async () => {
    const KeyId = await external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
    const [first, second] = [randomBytes(32), randomBytes(32)];
    const one = await imported(KeyId, first, 'RSAES_OAEP_SHA_256');
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('old') }));
    const other = await imported(KeyId, second, 'RSAES_OAEP_SHA_256', { ImportType: 'NEW_KEY_MATERIAL' });
    expect(other.KeyMaterialId).not.toBe(one.KeyMaterialId);
    await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
    const sealed = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('new') }));
    const ids = [];
    for (const blob of [CiphertextBlob, sealed.CiphertextBlob])
      ids.push((await kms.send(new DecryptCommand({ CiphertextBlob: blob }))).KeyMaterialId);
    expect(ids).toEqual([one.KeyMaterialId, other.KeyMaterialId]);
  });

  it('are of no use after the end of their time', async () => {
    const KeyId = await external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
    const ValidTo = new Date(gateway.now() + 3_600_000);
    await imported(KeyId, randomBytes(32), 'RSAES_OAEP_SHA_256', {
      ExpirationModel: 'KEY_MATERIAL_EXPIRES',
      ValidTo,
    });
    expect(await stateOf(KeyId)).toMatchObject({
      KeyState: 'Enabled',
      ExpirationModel: 'KEY_MATERIAL_EXPIRES',
    });
    gateway.wait(3_700_000);
    await gateway.settle();
    expect((await stateOf(KeyId))?.KeyState).toBe('PendingImport');
    const encrypt = kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
    expect(await codeOf(encrypt)).toBe('KMSInvalidStateException');
  });
});

describe('key material', () => {
  it('is refused when it does not fit the key', async () => {
    const curve = (namedCurve: string) => pkcs8(generateKeyPairSync('ec', { namedCurve }).privateKey);
    const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { privateKey: odd } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
    const { privateKey: large } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicExponent: 0x1000f,
    });
    const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey;
    const wrong: readonly (readonly [KeySpec, KeyUsageType, readonly Uint8Array[]])[] = [
      [
        'SYMMETRIC_DEFAULT',
        'ENCRYPT_DECRYPT',
        [randomBytes(16), randomBytes(31), randomBytes(33), randomBytes(64)],
      ],
      ['HMAC_512', 'GENERATE_VERIFY_MAC', [randomBytes(32), randomBytes(63), randomBytes(65)]],
      [
        'ECC_NIST_P256',
        'SIGN_VERIFY',
        [curve('secp256k1'), curve('secp384r1'), randomBytes(32), curve('prime256v1').subarray(1)],
      ],
      [
        'ECC_NIST_EDWARDS25519',
        'SIGN_VERIFY',
        [randomBytes(32), pkcs8(generateKeyPairSync('x25519').privateKey), curve('prime256v1')],
      ],
      [
        'RSA_2048',
        'SIGN_VERIFY',
        [
          pkcs8(generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey),
          pkcs8(odd),
          pkcs8(large),
          pkcs8(pss),
          rsa.export({ format: 'der', type: 'pkcs1' }),
          curve('prime256v1'),
          composite(rsa),
        ],
      ],
    ];
    for (const [spec, usage, materials] of wrong) {
      const KeyId = await external(spec, usage);
      const algorithm =
        spec.startsWith('RSA') || spec.startsWith('ECC') ? 'RSA_AES_KEY_WRAP_SHA_256' : 'RSAES_OAEP_SHA_256';
      const parameters = await parametersFor(KeyId, algorithm);
      for (const [index, material] of materials.entries()) {
        const code = await codeOf(importing(KeyId, parameters, parameters.wrap(material)));
        expect([spec, index, code]).toEqual([spec, index, 'IncorrectKeyMaterialException']);
      }
      expect((await stateOf(KeyId))?.KeyState).toBe('PendingImport');
    }
  });

  it('is refused in wrappings that are none', async () => {
    for (const algorithm of ['RSAES_OAEP_SHA_256', 'RSA_AES_KEY_WRAP_SHA_256'] as const) {
      const KeyId = await external('ECC_NIST_P256', 'SIGN_VERIFY');
      const parameters = await parametersFor(KeyId, algorithm);
      const wrapped = parameters.wrap(
        pkcs8(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey),
      );
      const other = await parametersFor(await external('ECC_NIST_P256', 'SIGN_VERIFY'), algorithm);
      for (const bytes of [
        flipped(wrapped, 5),
        flipped(wrapped, 8 * wrapped.length - 1),
        wrapped.subarray(1),
        wrapped.subarray(0, -8),
        wrapped.subarray(0, 100),
        Buffer.concat([wrapped, Buffer.alloc(8)]),
        other.wrap(randomBytes(32)),
        randomBytes(256),
        Buffer.alloc(256, 0xff),
      ])
        expect(await codeOf(importing(KeyId, parameters, bytes))).toBe('InvalidCiphertextException');
      expect(await codeOf(importing(KeyId, parameters, wrapped))).toBe('ok');
    }
  });

  it('is overwritten once custody has it, and its shares’ encoding depends on nothing else', async () => {
    const key = randomBytes(32);
    const before = gateway.custody.materials.length;
    for (let i = 0; i < 2; i += 1)
      await imported(await external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'), key, 'RSAES_OAEP_SHA_256');
    const [one, other] = gateway.custody.materials.slice(before);
    expect(one!.seen).toEqual(other!.seen);
    expect(one!.seen.equals(key)).toBe(false);
    // A canonical scalar of ristretto255, little-endian.
    const scalar = BigInt(`0x${Buffer.from(one!.seen).reverse().toString('hex')}`);
    expect(scalar).toBeLessThan(2n ** 252n + 27742317777372353535851937790883648493n);
    for (const { buffer } of [one!, other!]) expect(Buffer.from(buffer)).toEqual(Buffer.alloc(32));
  });

  it('is overwritten as well when it does not get in', async () => {
    const KeyId = await external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
    const before = gateway.custody.materials.length;
    gateway.custody.fails = true;
    expect(await codeOf(imported(KeyId, randomBytes(32), 'RSAES_OAEP_SHA_256'))).toBe('KMSInternalException');
    gateway.custody.fails = false;
    const [one, ...more] = gateway.custody.materials.slice(before);
    expect(more).toEqual([]);
    expect(Buffer.from(one!.buffer)).toEqual(Buffer.alloc(32));
    expect(one!.seen.equals(Buffer.alloc(32))).toBe(false);
    expect((await stateOf(KeyId))?.KeyState).toBe('PendingImport');
    expect(await codeOf(imported(KeyId, randomBytes(32), 'RSAES_OAEP_SHA_256'))).toBe('ok');
  });

  it('gets in when many are the first', async () => {
    const world = await openKeyGateway();
    const client = world.client();
    const importer = importerOf(() => client);
    const keyIds = await Promise.all(
      [1, 2, 3, 4].map(() => importer.external('HMAC_256', 'GENERATE_VERIFY_MAC')),
    );
    const codes = keyIds.map((one) => codeOf(importer.imported(one, randomBytes(32), 'RSAES_OAEP_SHA_256')));
    expect(await Promise.all(codes)).toEqual(['ok', 'ok', 'ok', 'ok']);
    await world.close();
  });

  it('has an id that tells it from others of one key, and tells nothing across keys', async () => {
    const key = randomBytes(32);
    const ids = [];
    for (let i = 0; i < 2; i += 1) {
      const KeyId = await external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
      ids.push((await imported(KeyId, key, 'RSAES_OAEP_SHA_256')).KeyMaterialId);
    }
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('is known again in another encoding of the same key', async () => {
    const KeyId = await external('ECC_NIST_P256', 'SIGN_VERIFY');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    await imported(KeyId, pkcs8(privateKey), 'RSAES_OAEP_SHA_256');
    const short = withoutPublicKey(privateKey);
    expect(short.equals(pkcs8(privateKey))).toBe(false);
    expect(createPrivateKey({ key: short, format: 'der', type: 'pkcs8' }).equals(privateKey)).toBe(true);
    expect(await codeOf(imported(KeyId, short, 'RSAES_OAEP_SHA_256'))).toBe('ok');
    const other = pkcs8(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey);
    expect(await codeOf(imported(KeyId, other, 'RSAES_OAEP_SHA_256'))).toBe('IncorrectKeyMaterialException');
  });

  it('does not pass under the public key of another', async () => {
    const KeyId = await external('ECC_NIST_P256', 'SIGN_VERIFY');
    const [one, other] = [0, 1].map(() => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }));
    const forged = pkcs8(one!.privateKey);
    forged.set(pkcs8(other!.privateKey).subarray(-65), forged.length - 65);
    await imported(KeyId, forged, 'RSAES_OAEP_SHA_256');
    expect((await publicKeyOf(kms, KeyId)).equals(one!.publicKey)).toBe(true);
  });
});

/** PKCS #8 of a curve's key may leave the public key out: version 0 of ECPrivateKey without its [1]. */
function withoutPublicKey(key: KeyObject): Buffer {
  const whole = pkcs8(key);
  const { d } = key.export({ format: 'jwk' });
  const ec = Buffer.concat([Buffer.from('30250201010420', 'hex'), Buffer.from(d!, 'base64url')]);
  const algorithm = whole.subarray(whole.indexOf('301306072a8648ce3d0201', 'hex')).subarray(0, 21);
  const content = Buffer.concat([Buffer.from('020100', 'hex'), algorithm, Buffer.of(0x04, ec.length), ec]);
  return Buffer.concat([Buffer.of(0x30, content.length), content]);
}

/** A key whose modulus is right and whose factors are not prime. */
function composite(key: KeyObject): Buffer {
  const jwk = key.export({ format: 'jwk' });
  const q = Buffer.from(jwk.q!, 'base64url');
  q[q.length - 1]! ^= 4;
  const n =
    BigInt(`0x${Buffer.from(jwk.p!, 'base64url').toString('hex')}`) * BigInt(`0x${q.toString('hex')}`);
  const bytes = Buffer.from(n.toString(16).padStart(512, '0'), 'hex');
  const forged = { ...jwk, n: bytes.toString('base64url'), q: q.toString('base64url') };
  return pkcs8(createPrivateKey({ key: forged, format: 'jwk' } as never));
}
