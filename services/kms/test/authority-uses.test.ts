/** A custodian's judgement of calls that use keys: the right task of every call is accepted, and each wrong one refused. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Bytes, KeyTask } from '@hypergate/node/api';
import { beforeEach, describe, expect, test } from 'vitest';
import { encodePoint, pointOf, sealBlob } from '../engine/crypto/blob.ts';
import { encodeForSigning } from '../engine/crypto/emsa.ts';
import { peerPoint } from '../engine/crypto/public-key.ts';
import { contextHash } from '../engine/encryption-context.ts';
import { audited, type Custodian, judge, type Signed } from './support/audited.ts';
import { alpha, Custody, context, hashOf, otherHandle, revision } from './support/custody.ts';
import { allowing, otherAccount, rootOf, startMs, userOf } from './support/world.ts';

const message = new Uint8Array(randomBytes(40));

let custody: Custody;
let one: Custodian;
beforeEach(() => {
  custody = new Custody();
  one = custody.one;
});
const take = (...args: Parameters<Custody['take']>) => custody.take(...args);

/** The task is accepted; with another handle, at a stale time, of a stranger and after the key is disabled it is not. */
async function expectExactly(signed: Signed, task: KeyTask, wrong: readonly KeyTask[], keyId: string) {
  const call = audited(signed, { revision });
  expect(await judge(one, call, task)).toBe('accepted');
  const refused = 'refused: the task is not what the call asks for';
  for (const bad of [{ ...task, handle: otherHandle }, ...wrong])
    expect(await judge(one, call, bad)).toBe(refused);
  expect(await judge(one, call, { kind: 'erase', handle: task.handle })).toContain('refused');
  expect(await judge(one, call, { kind: 'create', handle: task.handle, scheme: 'ecdsa-p256' })).toBe(refused);

  const stranger = { ...signed, principal: userOf('stranger') };
  expect(await judge(one, audited(stranger, { revision }), task)).toContain('AccessDeniedException');
  const far = { ...signed, principal: rootOf(otherAccount) };
  expect(await judge(one, audited(far, { revision }), task)).toContain('refused: ');
  const dry = { ...signed, input: { ...signed.input, DryRun: true } };
  expect(await judge(one, audited(dry, { revision }), task)).toContain('DryRunOperationException');

  one.clock.nowMs += 15 * 60_000 + 1;
  expect(await judge(one, call, task)).toContain('refused: the time of the record');
  const fresh = audited(signed, { revision, row: { timeMs: one.clock.nowMs } });
  expect(await judge(one, fresh, task)).toContain('it was signed at another time');
  one.clock.nowMs = startMs;
  await take('DisableKey', { KeyId: keyId });
  expect(await judge(one, call, task)).toContain('DisabledException');
}

describe('uses of symmetric keys', () => {
  const sealing = (handle: Bytes, change: Partial<Parameters<typeof encodePoint>[0]> = {}): KeyTask => ({
    kind: 'evaluate',
    handle,
    input: encodePoint({
      handle: Buffer.from(handle).toString('hex'),
      revision,
      alpha,
      contextHash: contextHash(context),
      ...change,
    }),
  });
  const wrongSealing = (handle: Bytes): readonly KeyTask[] => [
    sealing(handle, { revision: revision - 1 }),
    sealing(handle, { revision: revision + 1 }),
    sealing(handle, { contextHash: contextHash({}) }),
    sealing(handle, { handle: 'ee'.repeat(16) }),
    { kind: 'evaluate', handle, input: new Uint8Array(109) },
    { kind: 'evaluate', handle, input: new Uint8Array(0) },
    { kind: 'mac', handle, message },
  ];

  test.each([
    ['Encrypt', { Plaintext: message }],
    ['GenerateDataKey', { KeySpec: 'AES_256' }],
    ['GenerateDataKeyWithoutPlaintext', { NumberOfBytes: 7 }],
    ['GenerateDataKeyPair', { KeyPairSpec: 'RSA_2048' }],
    ['GenerateDataKeyPairWithoutPlaintext', { KeyPairSpec: 'ECC_NIST_P256' }],
  ])('%s seals at its own revision', async (operation, more) => {
    const { keyId, handle } = await take('CreateKey');
    const input = { KeyId: keyId, EncryptionContext: context, ...more };
    await expectExactly({ operation, input }, sealing(handle), wrongSealing(handle), keyId);
  });

  const blobOf = (keyId: string, handle: Bytes) => {
    const header = { keyId, handle: Buffer.from(handle).toString('hex'), revision: 4096, alpha };
    const content = { message, rho: new Uint8Array(32), element: new Uint8Array(32) };
    return { header, blob: sealBlob(header, context, content) };
  };

  test('Decrypt opens at the point of its ciphertext', async () => {
    const { keyId, handle } = await take('CreateKey');
    const { header, blob } = blobOf(keyId, handle);
    const task = (change: object = {}, with_: Record<string, string> = context): KeyTask => ({
      kind: 'evaluate',
      handle,
      input: encodePoint({ ...pointOf(header, with_), ...change }),
    });
    const wrong = [
      task({ alpha: new Uint8Array(32) }),
      task({ revision: 4097 }),
      task({ revision }),
      task({}, { tenant: 'b' }),
      task({}, {}),
    ];
    const input = { CiphertextBlob: blob, EncryptionContext: context };
    await expectExactly({ operation: 'Decrypt', input }, task(), wrong, keyId);
  });

  test('Decrypt opens under versions before the current one, and Encrypt seals under none of them', async () => {
    const { keyId, handle } = await take('CreateKey');
    const { header, blob } = blobOf(keyId, handle);
    const newer = (await take('RotateKeyOnDemand', { KeyId: keyId })).handle;
    const opening = audited({
      operation: 'Decrypt',
      input: { CiphertextBlob: blob, EncryptionContext: context },
    });
    const task: KeyTask = { kind: 'evaluate', handle, input: encodePoint(pointOf(header, context)) };
    expect(await judge(one, opening, task)).toBe('accepted');
    const input = { KeyId: keyId, Plaintext: message, EncryptionContext: context };
    const encrypting = audited({ operation: 'Encrypt', input }, { revision });
    expect(await judge(one, encrypting, sealing(handle))).toContain('refused');
    expect(await judge(one, encrypting, sealing(newer))).toBe('accepted');
  });

  test('ReEncrypt opens one and seals the other, and nothing crosswise', async () => {
    const from = await take('CreateKey');
    const to = await take('CreateKey');
    const { header, blob } = blobOf(from.keyId, from.handle);
    const input = {
      CiphertextBlob: blob,
      SourceEncryptionContext: context,
      DestinationKeyId: to.keyId,
      DestinationEncryptionContext: context,
    };
    const call = audited({ operation: 'ReEncrypt', input }, { revision });
    const open: KeyTask = {
      kind: 'evaluate',
      handle: from.handle,
      input: encodePoint(pointOf(header, context)),
    };
    expect(await judge(one, call, open)).toBe('accepted');
    expect(await judge(one, call, sealing(to.handle))).toBe('accepted');
    expect(await judge(one, call, sealing(from.handle))).toContain('refused');
    expect(await judge(one, call, { ...open, handle: to.handle })).toContain('refused');
    const grants = [allowing('kms:ReEncryptFrom')];
    const half = { operation: 'ReEncrypt', input, principal: userOf('half'), identityPolicies: grants };
    expect(await judge(one, audited(half, { revision }), open)).toContain('kms:ReEncryptTo');
  });
});

describe('uses of other keys', () => {
  const curves = [
    ['ECC_NIST_P256', 'ECDSA_SHA_256', 'sha256'],
    ['ECC_NIST_P384', 'ECDSA_SHA_384', 'sha384'],
    ['ECC_NIST_P521', 'ECDSA_SHA_512', 'sha512'],
    ['ECC_SECG_P256K1', 'ECDSA_SHA_256', 'sha256'],
  ] as const;

  test.each(curves)('Sign with %s: the digest of the message', async (KeySpec, SigningAlgorithm, hash) => {
    const { keyId, handle } = await take('CreateKey', { KeySpec, KeyUsage: 'SIGN_VERIFY' });
    const input = { KeyId: keyId, Message: message, SigningAlgorithm };
    const digest = new Uint8Array(hashOf(message, hash));
    const task: KeyTask = { kind: 'sign', handle, message: digest };
    const wrong: readonly KeyTask[] = [
      { ...task, message: new Uint8Array(hashOf(digest, hash)) },
      { ...task, message },
      { ...task, prehashed: true },
      { kind: 'power', handle, value: digest },
    ];
    const given = { operation: 'Sign', input: { ...input, Message: digest, MessageType: 'DIGEST' } };
    expect(await judge(one, audited(given), task)).toBe('accepted');
    await expectExactly({ operation: 'Sign', input }, task, wrong, keyId);
  });

  test('Sign with Ed25519: the message itself, or its digest under the other algorithm', async () => {
    const { keyId, handle } = await take('CreateKey', {
      KeySpec: 'ECC_NIST_EDWARDS25519',
      KeyUsage: 'SIGN_VERIFY',
    });
    const digest = new Uint8Array(hashOf(message, 'sha512'));
    const ph = {
      KeyId: keyId,
      Message: digest,
      MessageType: 'DIGEST',
      SigningAlgorithm: 'ED25519_PH_SHA_512',
    };
    const call = audited({ operation: 'Sign', input: ph });
    const prehashed: KeyTask = { kind: 'sign', handle, message: digest, prehashed: true };
    expect(await judge(one, call, prehashed)).toBe('accepted');
    expect(await judge(one, call, { ...prehashed, prehashed: false })).toContain('refused');
    const input = { KeyId: keyId, Message: message, SigningAlgorithm: 'ED25519_SHA_512' };
    const task: KeyTask = { kind: 'sign', handle, message };
    const wrong: readonly KeyTask[] = [{ ...task, prehashed: true }, { ...task, message: digest }, prehashed];
    await expectExactly({ operation: 'Sign', input }, task, wrong, keyId);
  });

  test.each(['RSASSA_PSS_SHA_384', 'RSASSA_PKCS1_V1_5_SHA_256'])(
    'Sign with RSA, %s: the padded digest',
    async (SigningAlgorithm) => {
      const { keyId, handle } = await take('CreateKey', { KeySpec: 'RSA_3072', KeyUsage: 'SIGN_VERIFY' });
      const hash = `sha${SigningAlgorithm.slice(-3)}`;
      const digest = hashOf(message, hash);
      const encode = (algorithm: string, of: Uint8Array, k = 384) =>
        encodeForSigning(algorithm, of, k, randomBytes(digest.length));
      const task: KeyTask = { kind: 'power', handle, value: encode(SigningAlgorithm, digest) };
      const crosswise = SigningAlgorithm.replace('PSS', 'X')
        .replace('PKCS1_V1_5', 'PSS')
        .replace('X', 'PKCS1_V1_5');
      const wrong: readonly KeyTask[] = [
        { ...task, value: encode(SigningAlgorithm, hashOf(digest, hash)) },
        { ...task, value: encode(crosswise, digest) },
        { ...task, value: encode(SigningAlgorithm, digest, 256) },
        { ...task, value: new Uint8Array(0) },
        { kind: 'sign', handle, message: digest },
      ];
      const input = { KeyId: keyId, Message: message, SigningAlgorithm };
      await expectExactly({ operation: 'Sign', input }, task, wrong, keyId);
    },
  );

  test('Decrypt with RSA: the ciphertext', async () => {
    const { keyId, handle } = await take('CreateKey', { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
    const ciphertext = new Uint8Array(randomBytes(256));
    const input = { KeyId: keyId, CiphertextBlob: ciphertext, EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' };
    const task: KeyTask = { kind: 'power', handle, value: ciphertext };
    await expectExactly(
      { operation: 'Decrypt', input },
      task,
      [{ ...task, value: new Uint8Array(256) }],
      keyId,
    );
  });

  test.each(['GenerateMac', 'VerifyMac'])('%s: the message', async (operation) => {
    const { keyId, handle } = await take('CreateKey', {
      KeySpec: 'HMAC_256',
      KeyUsage: 'GENERATE_VERIFY_MAC',
    });
    const mac = operation === 'VerifyMac' ? { Mac: new Uint8Array(32) } : {};
    const input = { KeyId: keyId, Message: message, MacAlgorithm: 'HMAC_SHA_256', ...mac };
    const task: KeyTask = { kind: 'mac', handle, message };
    await expectExactly({ operation, input }, task, [{ ...task, message: new Uint8Array(40) }], keyId);
  });

  test("DeriveSharedSecret: the other party's point", async () => {
    const { keyId, handle } = await take('CreateKey', {
      KeySpec: 'ECC_NIST_P384',
      KeyUsage: 'KEY_AGREEMENT',
    });
    const der = () =>
      new Uint8Array(
        generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'der', type: 'spki' }),
      );
    const PublicKey = der();
    const input = { KeyId: keyId, KeyAgreementAlgorithm: 'ECDH', PublicKey };
    const task: KeyTask = { kind: 'agree', handle, point: peerPoint('ECC_NIST_P384', PublicKey) };
    const wrong: KeyTask = { ...task, point: peerPoint('ECC_NIST_P384', der()) };
    await expectExactly({ operation: 'DeriveSharedSecret', input }, task, [wrong], keyId);
  });

  test('operations that use no key at custodians allow no task', async () => {
    const { keyId, handle } = await take('CreateKey', { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    const verify = { KeyId: keyId, Message: message, Signature: message, SigningAlgorithm: 'ECDSA_SHA_256' };
    const task: KeyTask = { kind: 'sign', handle, message: new Uint8Array(hashOf(message)) };
    for (const [operation, input] of [
      ['Verify', verify],
      ['GetPublicKey', { KeyId: keyId }],
      ['DescribeKey', { KeyId: keyId }],
    ] as const)
      expect(await judge(one, audited({ operation, input }), task)).toContain('refused: the task');
  });
});
