/**
 * Every quota and length, at its bound and beyond it.
 * https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html, and the members of requests in the API reference.
 */
import * as aws from '@aws-sdk/client-kms';
import { afterEach, describe, expect, test } from 'vitest';
import { kmsLimits } from '../engine/limits.ts';
import { plaintextBytesMax } from '../engine/message-sizes.ts';
import { validate } from '../engine/validate.ts';
import { errorOf, type Gateway, type GatewayOptions, openGateway } from './support/gateway.ts';
import { otherAccount, refusalOf, userOf, World } from './support/world.ts';

const bytes = (length: number) => new Uint8Array(length);

describe('keys of an account', () => {
  const opened: Gateway[] = [];
  const open = async (options: GatewayOptions) => {
    const one = await openGateway(options);
    opened.push(one);
    return one;
  };
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
  const create = (one: Gateway, accountId?: string) =>
    errorOf(one.client(accountId).send(new aws.CreateKeyCommand({})));
  const full = 'LimitExceededException: The account has 3 KMS keys in this Region.';

  test('are counted in whatever state, until they are deleted; each account has its own, also after a start', async () => {
    const one = await open({ keysPerAccountMax: 3 });
    for (let i = 0; i < 3; i += 1) expect(await create(one)).toContain('KeyId');
    expect(await create(one)).toBe(full);
    expect(one.custody.performed.filter((kind) => kind === 'create')).toHaveLength(3);
    expect(await create(one, otherAccount)).toContain('KeyId');
    const { Keys } = await one.client().send(new aws.ListKeysCommand({}));
    const { KeyId } = Keys![0]!;
    await one.client().send(new aws.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    expect(await create(one)).toBe(full);

    const again = await open({ keysPerAccountMax: 3, remains: one.remains(), clock: one.clock });
    expect(await create(again)).toBe(full);
    again.clock.ms += 8 * 24 * 60 * 60 * 1000;
    await again.service.settle();
    expect(await create(again)).toContain('KeyId');
    expect(await create(again)).toBe(full);
  });

  test('that are made at once are no more than allowed', async () => {
    const one = await open({ keysPerAccountMax: 3 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => create(one)));
    expect(answers.filter((answer) => answer === full)).toHaveLength(5);
    expect((await one.client().send(new aws.ListKeysCommand({}))).Keys).toHaveLength(3);
  });

  test('who may not make keys is not told how many there are', async () => {
    const one = await open({ keysPerAccountMax: 0 });
    const user = one.user('u', []);
    expect(await errorOf(user.send(new aws.CreateKeyCommand({})))).toContain('AccessDeniedException');
  });
});

describe('of one key', () => {
  test('grants', async () => {
    const one = new World();
    const key = await one.newKey();
    const grant = (name: string) => ({
      KeyId: key.keyId,
      GranteePrincipal: userOf(name).arn,
      Operations: ['Encrypt'],
    });
    one.view.keys.set(key.keyId, { ...key, grants: kmsLimits.grantsPerKeyMax - 1 });
    await one.run('CreateGrant', grant('a'));
    expect(one.key(key.keyId).grants).toBe(50_000);
    expect(await refusalOf(() => one.run('CreateGrant', grant('b')))).toBe(
      'LimitExceededException: A key has at most 50000 grants.',
    );
  });

  test('tags', async () => {
    const one = new World();
    const tags = (from: number, count: number) =>
      Array.from({ length: count }, (_, at) => ({ TagKey: `${from + at}`, TagValue: '' }));
    const { keyId: KeyId } = await one.newKey({ Tags: tags(0, 50) });
    const tag = (Tags: object[]) => refusalOf(() => one.run('TagResource', { KeyId, Tags }));
    expect(await tag(tags(0, 50))).toContain('nothing was refused');
    expect(await tag(tags(50, 1))).toBe('LimitExceededException: A key has at most 50 tags.');
    expect(await tag(tags(0, 51))).toBe('TagException: Too many tags');
  });

  test('its policy, however long the request may be', async () => {
    const one = new World();
    const { keyId: KeyId, policy } = await one.newKey();
    const put = (length: number) => {
      const input = { KeyId, Policy: policy.padEnd(length) };
      validate('PutKeyPolicy', input);
      return refusalOf(() => one.run('PutKeyPolicy', input));
    };
    expect(await put(32_768)).toContain('nothing was refused');
    for (const length of [32_769, 131_072, 131_073, 500_000])
      expect(await put(length)).toBe('LimitExceededException: The key policy is larger than 32768 bytes.');
  });
});

describe('of one request', () => {
  const said = (operation: Parameters<typeof validate>[0], input: object) =>
    refusalOf(async () => validate(operation, input as never));

  test.each([
    ['GenerateRandom', 'NumberOfBytes', 1, 1024],
    ['GenerateDataKey', 'NumberOfBytes', 1, 1024],
    ['EnableKeyRotation', 'RotationPeriodInDays', 90, 2560],
  ] as const)('%s: %s from %i to %i', async (operation, member, min, max) => {
    const input = (value: number) => ({ KeyId: 'k', [member]: value });
    for (const value of [min, max]) expect(await said(operation, input(value))).toContain('nothing was');
    for (const [value, what] of [
      [min - 1, 'greater'],
      [max + 1, 'less'],
    ] as const)
      expect(await said(operation, input(value))).toContain(
        `Member must have value ${what} than or equal to`,
      );
  });

  test.each([
    ['Encrypt', { KeyId: 'k' }, 'Plaintext', 4096],
    ['Sign', { KeyId: 'k', SigningAlgorithm: 'ECDSA_SHA_256' }, 'Message', 4096],
    ['GenerateMac', { KeyId: 'k', MacAlgorithm: 'HMAC_SHA_256' }, 'Message', 4096],
    ['Decrypt', {}, 'CiphertextBlob', 6144],
    ['DeriveSharedSecret', { KeyId: 'k', KeyAgreementAlgorithm: 'ECDH' }, 'PublicKey', 8192],
  ] as const)('%s %j: %s of 1 to %i bytes', async (operation, input, member, max) => {
    const say = (length: number) => said(operation, { ...input, [member]: bytes(length) });
    for (const length of [1, max]) expect(await say(length)).toContain('nothing was');
    expect(await say(0)).toContain('ValidationException');
    expect(await say(max + 1)).toContain(`have length less than or equal to ${max}`);
  });

  test.each([
    ['RSA_2048', 'RSAES_OAEP_SHA_1', 214],
    ['RSA_2048', 'RSAES_OAEP_SHA_256', 190],
    ['RSA_3072', 'RSAES_OAEP_SHA_1', 342],
    ['RSA_3072', 'RSAES_OAEP_SHA_256', 318],
    ['RSA_4096', 'RSAES_OAEP_SHA_1', 470],
    ['RSA_4096', 'RSAES_OAEP_SHA_256', 446],
  ] as const)('%s with %s encrypts %i bytes', async (spec, EncryptionAlgorithm, max) => {
    expect(plaintextBytesMax(spec, EncryptionAlgorithm)).toBe(max);
    const one = new World();
    const { keyId: KeyId } = await one.newKey({ KeySpec: spec, KeyUsage: 'ENCRYPT_DECRYPT' });
    const use = (length: number) =>
      refusalOf(() => one.use('Encrypt', { KeyId, EncryptionAlgorithm, Plaintext: bytes(length) }));
    expect(await use(max)).toContain('nothing was');
    expect(await use(max + 1)).toBe(
      `ValidationException: Algorithm ${EncryptionAlgorithm} and key spec ${spec} cannot encrypt data larger than ${max} bytes.`,
    );
  });

  test('an encryption context, by the bytes of its keys and values', async () => {
    const one = new World();
    const { keyId: KeyId } = await one.newKey();
    const use = (EncryptionContext: Record<string, string>) =>
      refusalOf(() => one.use('Encrypt', { KeyId, Plaintext: bytes(1), EncryptionContext }));
    expect(await use({ k: 'ü'.repeat(4095), l: '' })).toContain('nothing was');
    expect(await use({ k: 'ü'.repeat(4095), l: 'x' })).toBe(
      'ValidationException: The encryption context is larger than 8192 bytes.',
    );
    const pairs = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`${at}`, '']));
    expect(await use(pairs(256))).toContain('nothing was');
    expect(await use(pairs(257))).toContain('ValidationException');
  });

  test('grant tokens', async () => {
    const tokens = (count: number) => ({
      KeyId: 'k',
      Plaintext: bytes(1),
      GrantTokens: Array.from({ length: count }, () => 't'),
    });
    expect(await said('Encrypt', tokens(10))).toContain('nothing was');
    expect(await said('Encrypt', tokens(11))).toContain('ValidationException');
  });

  test('a description', async () => {
    expect(await said('CreateKey', { Description: 'x'.repeat(8192) })).toContain('nothing was');
    expect(await said('CreateKey', { Description: 'x'.repeat(8193) })).toContain('ValidationException');
  });
});
