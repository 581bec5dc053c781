/** What time brings: custodians see by their own clock that it is due. */
import { randomBytes } from 'node:crypto';
import * as aws from '@aws-sdk/client-kms';
import { CustodyError } from '@hypergate/node/api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { grantKey, grantsTable } from '../model/tables.ts';
import { errorOf, type Gateway, openGateway } from './support/gateway.ts';
import { auditTrail } from './support/trail.ts';
import { account } from './support/world.ts';

const dayMs = 24 * 60 * 60 * 1000;

let gateway: Gateway;
let kms: aws.KMSClient;
beforeEach(async () => {
  gateway = await openGateway();
  kms = gateway.client();
});
afterEach(async () => {
  expect(gateway.custody.refusals).toEqual([]);
  await gateway.close();
});

const create = async (input: aws.CreateKeyCommandInput = {}) =>
  (await kms.send(new aws.CreateKeyCommand(input))).KeyMetadata!.KeyId!;
const stateOf = async (KeyId: string) =>
  (await kms.send(new aws.DescribeKeyCommand({ KeyId }))).KeyMetadata!.KeyState;
const schedule = (KeyId: string) =>
  kms.send(new aws.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
const versionsOf = async (KeyId: string) =>
  (await kms.send(new aws.ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })))
    .Rotations!;
const dueRows = async () =>
  (await auditTrail(gateway))
    .filter(({ principalArn }) => principalArn === '')
    .map(({ operation }) => operation);

describe('deletion', () => {
  test('takes the key, its aliases and grants, and custodians erase it; its id never returns', async () => {
    const KeyId = await create();
    await kms.send(new aws.CreateAliasCommand({ AliasName: 'alias/a', TargetKeyId: KeyId }));
    const GranteePrincipal = `arn:aws:iam::${account}:user/grantee`;
    for (let index = 0; index < 3; index += 1)
      await kms.send(new aws.CreateGrantCommand({ KeyId, GranteePrincipal, Operations: ['Decrypt'] }));
    await schedule(KeyId);
    gateway.clock.ms += 7 * dayMs - 1;
    await gateway.service.settle();
    expect(await stateOf(KeyId)).toBe('PendingDeletion');
    gateway.clock.ms += 1;
    await gateway.service.settle();
    expect(await errorOf(kms.send(new aws.DescribeKeyCommand({ KeyId })))).toContain('does not exist');
    expect(gateway.custody.keys.size).toBe(0);
    expect((await kms.send(new aws.ListAliasesCommand({}))).Aliases).toEqual([]);
    const { partition } = grantKey(KeyId, '');
    expect(await gateway.domain.scan(grantsTable, partition, {})).toEqual([]);
    expect(await dueRows()).toEqual(['DeleteKey']);
    expect(
      await errorOf(kms.send(new aws.CreateAliasCommand({ AliasName: 'alias/a', TargetKeyId: KeyId }))),
    ).toContain('NotFoundException');
  });

  test('is made up for when custodians could not be asked to erase, also after a restart', async () => {
    const KeyId = await create();
    await schedule(KeyId);
    gateway.clock.ms += 7 * dayMs;
    gateway.custody.faults.erase = async () => {
      throw new CustodyError('unavailable', 'too few');
    };
    await gateway.service.settle();
    expect(await errorOf(kms.send(new aws.DescribeKeyCommand({ KeyId })))).toContain('does not exist');
    expect(gateway.custody.keys.size).toBe(1);
    const again = await openGateway({ remains: gateway.remains(), clock: gateway.clock });
    await again.service.look();
    expect(again.custody.keys.size).toBe(0);
    await again.close();
  });

  test('cannot be put off by who comes too late, though nobody said that it is due', async () => {
    const KeyId = await create();
    await schedule(KeyId);
    gateway.custody.state = 'unreachable';
    gateway.clock.ms += 7 * dayMs;
    await gateway.service.settle();
    gateway.custody.state = 'ready';
    expect(await errorOf(kms.send(new aws.CancelKeyDeletionCommand({ KeyId })))).toContain(
      'NotFoundException',
    );
  });

  test('waits while custodians are too few, and goes on with a restart', async () => {
    const KeyId = await create();
    const other = await create();
    await schedule(KeyId);
    gateway.clock.ms += 7 * dayMs;
    gateway.custody.state = 'unreachable';
    await gateway.service.settle();
    expect(gateway.custody.keys.size).toBe(2);
    const again = await openGateway({ remains: gateway.remains(), clock: gateway.clock });
    try {
      await again.service.look();
      await again.service.settle();
      expect(again.custody.keys.size).toBe(1);
      expect(await errorOf(again.client().send(new aws.DescribeKeyCommand({ KeyId })))).toContain(
        'does not exist',
      );
      expect(
        (await again.client().send(new aws.DescribeKeyCommand({ KeyId: other }))).KeyMetadata!.KeyState,
      ).toBe('Enabled');
      expect(again.custody.refusals).toEqual([]);
    } finally {
      await again.close();
    }
  });
});

describe('rotation', () => {
  test('makes a new version each period, of enabled keys alone', async () => {
    const KeyId = await create();
    await kms.send(new aws.EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 100 }));
    const { NextRotationDate } = await kms.send(new aws.GetKeyRotationStatusCommand({ KeyId }));
    expect(NextRotationDate!.getTime()).toBe(gateway.clock.ms + 100 * dayMs);
    gateway.clock.ms += 100 * dayMs;
    await gateway.service.settle();
    expect(gateway.custody.keys.size).toBe(2);
    expect((await versionsOf(KeyId)).map(({ RotationType }) => RotationType)).toEqual([
      undefined,
      'AUTOMATIC',
    ]);
    expect(await dueRows()).toEqual(['RotateKeyAutomatically', 'RotateKeyAutomatically']);

    await kms.send(new aws.DisableKeyCommand({ KeyId }));
    gateway.clock.ms += 250 * dayMs;
    await gateway.service.settle();
    expect(gateway.custody.keys.size).toBe(2);
    await kms.send(new aws.EnableKeyCommand({ KeyId }));
    await gateway.service.settle();
    // Once, not for each period that passed.
    expect(gateway.custody.keys.size).toBe(3);
    const status = await kms.send(new aws.GetKeyRotationStatusCommand({ KeyId }));
    expect(status).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 100 });
    expect(status.NextRotationDate!.getTime()).toBe(gateway.clock.ms + 50 * dayMs);
    await kms.send(new aws.DisableKeyRotationCommand({ KeyId }));
    gateway.clock.ms += 500 * dayMs;
    await gateway.service.settle();
    expect(gateway.custody.keys.size).toBe(3);
  });
});

describe('expiry of imported key material', () => {
  const mac = (KeyId: string) =>
    errorOf(
      kms.send(new aws.GenerateMacCommand({ KeyId, MacAlgorithm: 'HMAC_SHA_256', Message: Buffer.of(1) })),
    );

  test('leaves the key without it until the same is imported again', async () => {
    const KeyId = await create({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC', Origin: 'EXTERNAL' });
    expect(await stateOf(KeyId)).toBe('PendingImport');
    const material = randomBytes(32);
    const imported = (EncryptedKeyMaterial: Uint8Array) =>
      errorOf(
        kms.send(
          new aws.ImportKeyMaterialCommand({
            KeyId,
            ImportToken: Buffer.of(1),
            EncryptedKeyMaterial,
            ValidTo: new Date(gateway.clock.ms + dayMs),
          }),
        ),
      );
    expect(await imported(material)).toContain('no error');
    const first = await mac(KeyId);
    expect(first).toContain('no error');
    gateway.clock.ms += dayMs - 1;
    expect(await mac(KeyId)).toBe(first);
    gateway.clock.ms += 1;
    // From that moment on, whether or not custodians were told already.
    expect(await mac(KeyId)).toContain('KMSInvalidStateException');
    await gateway.service.settle();
    expect(await stateOf(KeyId)).toBe('PendingImport');
    expect(gateway.custody.keys.size).toBe(0);
    expect(await mac(KeyId)).toContain('KMSInvalidStateException');
    expect(await imported(randomBytes(32))).toContain('IncorrectKeyMaterialException');
    expect(await imported(material)).toContain('no error');
    expect(await mac(KeyId)).toBe(first);
  });
});
