/** A custodian's judgement: the right task of every call is accepted, and each wrong one refused. */
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { AuditedCall, Bytes, KeyTask } from '@hypergate/node/api';
import { beforeEach, describe, expect, test } from 'vitest';
import { encodePoint, pointOf, sealBlob } from '../engine/crypto/blob.ts';
import { encodeForSigning } from '../engine/crypto/emsa.ts';
import { peerPoint } from '../engine/crypto/public-key.ts';
import { contextHash } from '../engine/encryption-context.ts';
import { granteeBucket, grantToken, type Input } from '../engine/index.ts';
import {
  audited,
  type Custodian,
  custodian,
  due,
  judge,
  type Recording,
  type Signed,
  verdict,
} from './support/audited.ts';
import { allowing, otherAccount, rootOf, startMs, userOf } from './support/world.ts';

const context = { tenant: 'a' };
const revision = 5 * 4096 + 1;
const alpha = new Uint8Array(32).fill(3);
const hashOf = (message: Uint8Array, hash = 'sha256') => createHash(hash).update(message).digest();
const message = new Uint8Array(randomBytes(40));

let one: Custodian;
let sequence = 0;
beforeEach(() => {
  one = custodian();
  sequence = 0;
});

const handleAt = (number: number) => number.toString(16).padStart(32, '0');
const keyIdAt = (number: number) => `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
const bytesOf = (hex: string): Bytes => new Uint8Array(Buffer.from(hex, 'hex'));

/** A control call with the next number, not yet taken in. */
function control(
  operation: string,
  input: Input = {},
  more: Partial<Signed> = {},
  row: Recording['row'] = {},
): AuditedCall {
  sequence += 1;
  const grantee = typeof input.GranteePrincipal === 'string' ? input.GranteePrincipal : '';
  const choices = {
    keyId: keyIdAt(sequence),
    handle: handleAt(sequence),
    materialId: 'f'.repeat(64),
    grantId: granteeBucket(grantee) + sequence.toString(16).padStart(62, '0'),
  };
  const nowMs = more.signedAtMs ?? startMs;
  return audited({ operation, input, ...more }, { control: { sequence, nowMs, choices }, row });
}

async function take(
  ...args: Parameters<typeof control>
): Promise<{ readonly keyId: string; readonly handle: Bytes }> {
  await one.authority.apply(control(...args));
  return { keyId: keyIdAt(sequence), handle: bytesOf(handleAt(sequence)) };
}

const other = bytesOf('ee'.repeat(16));

/** The task is accepted; with another handle, at a stale time, of a stranger and after the key is disabled it is not. */
async function expectExactly(signed: Signed, task: KeyTask, wrong: readonly KeyTask[], keyId: string) {
  const call = audited(signed, { revision });
  expect(await judge(one, call, task)).toBe('accepted');
  const refused = 'refused: the task is not what the call asks for';
  for (const bad of [{ ...task, handle: other }, ...wrong]) expect(await judge(one, call, bad)).toBe(refused);
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

describe('evidence', () => {
  const create: KeyTask = { kind: 'create', handle: bytesOf(handleAt(1)), scheme: 'dprf-ristretto255' };

  test('is of this call, this caller, this service and this region', async () => {
    const { keyId, handle } = await take('CreateKey', {
      KeySpec: 'HMAC_256',
      KeyUsage: 'GENERATE_VERIFY_MAC',
    });
    const signed: Signed = {
      operation: 'GenerateMac',
      input: { KeyId: keyId, Message: message, MacAlgorithm: 'HMAC_SHA_256' },
    };
    const task: KeyTask = { kind: 'mac', handle, message };
    const say = (recording: Recording, more: Partial<Signed> = {}) =>
      judge(one, audited({ ...signed, ...more }, recording), task);
    expect(await say({})).toBe('accepted');
    expect(await say({ row: { callHash: new Uint8Array(32) } })).toContain('of another call');
    expect(await say({ row: { operation: 'VerifyMac' } })).toContain('of another operation');
    expect(await say({ row: { principalArn: userOf('x').arn } })).toContain('of another caller');
    expect(await say({ row: { accessKeyId: 'AKIA' } })).toContain('of another caller');
    expect(await say({ row: { region: 'eu-west-1' } })).toContain('another region');
    expect(await say({ row: { context: [['aws:PrincipalArn', 'x']] } })).toContain('may not say');
    expect(await say({ domain: new Uint8Array(32) })).toContain('another domain');
    expect(await say({ table: 'kms.keys' })).toContain('no audit record');
    expect(await say({}, { signingName: 's3' })).toContain('another service or region');
    expect(await say({}, { region: 'eu-west-1' })).toContain('another service or region');
    const unknown = { ...audited(signed), record: new Uint8Array(9) };
    expect(await judge(one, unknown, task)).toContain('refused: audit record');
    const forged = { ...audited(signed), call: new Uint8Array(3) };
    expect(await judge(one, forged, task)).toContain('of another call');
  });

  test('of a withheld body is what the record repeats of it, and of no other body', async () => {
    const { keyId, handle } = await take('CreateKey');
    const task = (with_: Record<string, string>): KeyTask => ({
      kind: 'evaluate',
      handle,
      input: encodePoint({
        handle: Buffer.from(handle).toString('hex'),
        revision,
        alpha,
        contextHash: contextHash(with_),
      }),
    });
    const signed = {
      operation: 'Encrypt',
      input: { KeyId: keyId, Plaintext: message, EncryptionContext: context },
    };
    const say = (parameters: string | undefined, with_: Record<string, string>) =>
      judge(one, audited(signed, { revision, row: { parameters } }), task(with_));
    expect(await say(JSON.stringify({ KeyId: keyId }), {})).toBe('accepted');
    expect(await say(JSON.stringify({ KeyId: keyId }), context)).toContain('refused');
    expect(await say(undefined, {})).toContain('the body of the call is missing');
    expect(await say('{"Plaintext":"x"}', {})).toContain('does not repeat');
    expect(await say('{"KeyId":7}', {})).toContain('ValidationException');
  });

  test('of a control call is numbered', async () => {
    expect(await judge(one, audited({ operation: 'CreateKey', input: {} }), create)).toContain(
      'without a number',
    );
    expect(
      await verdict(() => one.authority.apply(audited({ operation: 'CreateKey', input: {} }))),
    ).toContain('no control call');
  });
});

describe('key material', () => {
  test('is made for the call that asks for it, before and after it is taken in, and for no other', async () => {
    const call = control('CreateKey', { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    const handle = bytesOf(handleAt(1));
    const task: KeyTask = { kind: 'create', handle, scheme: 'ecdsa-p256' };
    const wrong: readonly KeyTask[] = [
      { ...task, handle: other },
      { ...task, scheme: 'ecdh-p256' },
      { kind: 'import', handle, scheme: 'ecdsa-p256' },
      { kind: 'sign', handle, message: new Uint8Array(32) },
    ];
    for (const round of ['before', 'after']) {
      expect(await judge(one, call, task), round).toBe('accepted');
      for (const bad of wrong) expect(await judge(one, call, bad), round).toContain('refused');
      await one.authority.apply(call);
    }
    const disable = control('DisableKey', { KeyId: keyIdAt(1) });
    expect(await judge(one, disable, task)).toContain('refused');
  });

  test('of another key cannot be bound to a new one, nor its grants', async () => {
    await take('CreateKey');
    const steal = audited(
      { operation: 'CreateKey', input: {} },
      { control: { sequence: 2, nowMs: startMs, choices: { keyId: keyIdAt(9), handle: handleAt(1) } } },
    );
    expect(await verdict(() => one.authority.apply(steal))).toContain('the handle is in use');
  });

  test('is imported, deleted, erased and imported again under its handle', async () => {
    const { keyId } = await take('CreateKey', { Origin: 'EXTERNAL' });
    const input = {
      KeyId: keyId,
      ImportToken: message,
      EncryptedKeyMaterial: message,
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    };
    const first = control('ImportKeyMaterial', input);
    const handle = bytesOf(handleAt(sequence));
    const task: KeyTask = { kind: 'import', handle, scheme: 'dprf-ristretto255' };
    const erase: KeyTask = { kind: 'erase', handle };
    expect(await judge(one, first, task)).toBe('accepted');
    await one.authority.apply(first);
    expect(await one.authority.dueForErasure()).toEqual([]);
    const gone = control('DeleteImportedKeyMaterial', { KeyId: keyId });
    expect(await judge(one, gone, erase)).toContain('not to be erased');
    await one.authority.apply(gone);
    expect(await one.authority.dueForErasure()).toEqual([handle]);
    expect(await judge(one, gone, erase)).toBe('accepted');
    expect(await judge(one, first, task)).toContain('refused');
    const again = control('ImportKeyMaterial', input);
    await one.authority.apply(again);
    expect(await one.authority.dueForErasure()).toEqual([]);
    expect(await judge(one, again, task)).toBe('accepted');
    await one.authority.apply(control('DeleteImportedKeyMaterial', { KeyId: keyId }));
    await one.authority.erased([handle]);
    expect(await one.authority.dueForErasure()).toEqual([]);
  });
});

describe('what time brings', () => {
  const day = 86_400_000;

  test("happens when it is due by the custodian's clock as well, and not before", async () => {
    const { keyId, handle } = await take('CreateKey');
    await take('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 });
    const at = (nowMs: number) => due('DeleteKey', keyId, { sequence: 3, nowMs, choices: {} });
    expect(await verdict(() => one.authority.apply(at(startMs)))).toContain('DeleteKey is not due');
    expect(await verdict(() => one.authority.apply(at(startMs + 7 * day)))).toContain('not due yet');
    one.clock.nowMs = startMs + 7 * day;
    await one.authority.apply(at(startMs + 7 * day));
    expect(await one.authority.dueForErasure()).toEqual([handle]);
    expect((await one.authority.head()).sequence).toBe(3);
  });

  test('rotates a key on its day, with material of its own', async () => {
    const { keyId } = await take('CreateKey');
    await take('EnableKeyRotation', { KeyId: keyId, RotationPeriodInDays: 90 });
    one.clock.nowMs = startMs + 90 * day;
    const call = due('RotateKeyAutomatically', keyId, {
      sequence: 3,
      nowMs: one.clock.nowMs,
      choices: { handle: handleAt(77) },
    });
    const task: KeyTask = { kind: 'create', handle: bytesOf(handleAt(77)), scheme: 'dprf-ristretto255' };
    expect(await judge(one, call, task)).toBe('accepted');
    await one.authority.apply(call);
    expect(await judge(one, call, task)).toBe('accepted');
    expect(await judge(one, call, { ...task, handle: other })).toContain('refused');
  });

  test('a call of the caller cannot be dated back', async () => {
    const { keyId } = await take('CreateKey');
    sequence += 1;
    const input = { KeyId: keyId, PendingWindowInDays: 7 };
    const dated = (nowMs: number) =>
      audited({ operation: 'ScheduleKeyDeletion', input }, { control: { sequence, nowMs, choices: {} } });
    expect(await verdict(() => one.authority.apply(dated(startMs - 8 * day)))).toContain(
      'older than the one before',
    );
    expect(await verdict(() => one.authority.apply(dated(startMs + day)))).toContain(
      'signed at another time',
    );
    expect(await verdict(() => one.authority.apply(dated(startMs + 1000)))).toBe('accepted');
  });
});

describe('numbers', () => {
  test('are taken in order, each once; a gap is missed calls', async () => {
    const first = control('CreateKey');
    const second = control('CreateKey');
    expect(await verdict(() => one.authority.apply(second))).toContain('unavailable');
    const head = await one.authority.apply(first);
    expect(head.sequence).toBe(1);
    expect(await one.authority.apply(first)).toEqual(head);
    await one.authority.apply(second);
    expect(await one.authority.apply(first)).toEqual(await one.authority.head());
    const changed = await one.authority.changedSince(1, 10);
    expect(changed.map(({ subject }) => subject)).toEqual(['clock', `key/${keyIdAt(2)}`]);
  });

  test('a call that is refused takes none', async () => {
    const { keyId } = await take('CreateKey');
    const call = control('DisableKey', { KeyId: keyId }, { principal: userOf('stranger') });
    expect(await verdict(() => one.authority.apply(call))).toContain('AccessDeniedException');
    expect((await one.authority.head()).sequence).toBe(1);
  });

  test('a resubmission comes to the same hash; other choices do not', async () => {
    const signed = { operation: 'CreateKey', input: {} };
    const record = (choices: object, row: Recording['row'] = {}) =>
      audited(signed, { control: { sequence: 1, nowMs: startMs, choices }, row });
    const choices = { keyId: keyIdAt(1), handle: handleAt(1) };
    const heads = [];
    for (const call of [
      record(choices),
      record(choices, { resubmission: true, requestId: 'again', timeMs: startMs + 1 }),
      record({ ...choices, handle: handleAt(2) }),
    ])
      heads.push(Buffer.from((await custodian().authority.apply(call)).hash).toString('hex'));
    expect(heads[0]).toBe(heads[1]);
    expect(heads[0]).not.toBe(heads[2]);
  });

  test('two calls at once are taken one after the other', async () => {
    const calls = [control('CreateKey'), control('CreateKey'), control('CreateKey')];
    const heads = await Promise.all(calls.map((call) => one.authority.apply(call)));
    expect(heads.map(({ sequence: number }) => number)).toEqual([1, 2, 3]);
  });
});

describe('catching up', () => {
  async function history() {
    const { keyId } = await take('CreateKey');
    await take('CreateAlias', { AliasName: 'alias/a', TargetKeyId: keyId });
    const grant = { KeyId: keyId, GranteePrincipal: userOf('g').arn, Operations: ['Encrypt'] };
    await take('CreateGrant', grant);
    await take('CreateGrant', { ...grant, GranteePrincipal: userOf('h').arn });
    await take('RevokeGrant', {
      KeyId: keyId,
      GrantId: granteeBucket(userOf('h').arn) + (4).toString(16).padStart(62, '0'),
    });
    return keyId;
  }

  async function subjectsOf(from: Custodian, since = 0) {
    const changed = await from.authority.changedSince(since, 1000);
    return Promise.all(
      changed.map(async ({ subject, sequence: number }) => ({
        subject,
        sequence: number,
        snapshot: (await from.authority.snapshot(subject))!,
      })),
    );
  }

  test('by snapshots leads to the same bytes as by calls', async () => {
    await history();
    const late = custodian();
    await late.authority.adopt(await subjectsOf(one), await one.authority.head());
    expect([...late.store.values].sort()).toEqual([...one.store.values].sort());
    const next = control('CreateKey');
    expect(await late.authority.apply(next)).toEqual(await one.authority.apply(next));
  });

  test('never goes back', async () => {
    const keyId = await history();
    const old = await subjectsOf(one);
    const head = await one.authority.head();
    await take('DisableKey', { KeyId: keyId });
    const before = [...one.store.values];
    await one.authority.adopt(old, head);
    expect([...one.store.values]).toEqual(before);
  });

  test('brings what has to be erased', async () => {
    const keyId = await history();
    const late = custodian();
    await late.authority.adopt(await subjectsOf(one), await one.authority.head());
    await take('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 });
    one.clock.nowMs = startMs + 7 * 86_400_000;
    sequence += 1;
    await one.authority.apply(due('DeleteKey', keyId, { sequence, nowMs: one.clock.nowMs, choices: {} }));
    const { sequence: since } = await late.authority.head();
    await late.authority.adopt(await subjectsOf(one, since), await one.authority.head());
    expect(await late.authority.dueForErasure()).toEqual([bytesOf(handleAt(1))]);
    expect(await late.authority.dueForErasure()).toEqual(await one.authority.dueForErasure());
    expect((await subjectsOf(one, since)).map(({ subject }) => subject.split('/')[0])).toContain('grants');
  });

  test('takes no snapshot of another subject, and none that is not one', async () => {
    const keyId = await history();
    const [first] = (await subjectsOf(one)).filter(({ subject }) => subject.startsWith('key/'));
    const late = custodian();
    const adopt = (change: object) =>
      verdict(() => late.authority.adopt([{ ...first!, ...change }], undefined));
    expect(await adopt({ subject: `key/${keyIdAt(9)}` })).toContain('refused: a snapshot');
    expect(await adopt({ snapshot: new Uint8Array(3) })).toContain('refused: a snapshot');
    expect(await adopt({ subject: `grants/${keyId}/00` })).toContain('refused: a snapshot');
    expect(await adopt({ subject: 'x' })).toContain('refused: a snapshot');
    expect(await adopt({})).toBe('accepted');
  });

  test('a grant that was taken over allows what it says', async () => {
    const keyId = await history();
    const late = custodian();
    await late.authority.adopt(await subjectsOf(one), await one.authority.head());
    const handle = bytesOf(handleAt(1));
    const point = { handle: handleAt(1), revision, alpha, contextHash: contextHash({}) };
    const task: KeyTask = { kind: 'evaluate', handle, input: encodePoint(point) };
    const input = { KeyId: keyId, Plaintext: message, GrantTokens: [grantToken(keyId, '0'.repeat(64))] };
    const by = (name: string) =>
      audited({ operation: 'Encrypt', input, principal: userOf(name) }, { revision });
    expect(await judge(late, by('g'), task)).toBe('accepted');
    expect(await judge(late, by('h'), task)).toContain('AccessDeniedException');
  });
});
