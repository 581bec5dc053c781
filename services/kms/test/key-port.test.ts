/** What uses of keys through services leave behind, and the keys that are made for services. */

import { createHash } from 'node:crypto';
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  ListAliasesCommand,
  PutKeyPolicyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import { CustodyError } from '@hypergate/node/api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dayMs } from '../engine/limits.ts';
import { readVia } from '../model/via.ts';
import { errorOf, openGateway } from './support/gateway.ts';
import { type KeyPortWorld, openKeyPortWorld } from './support/key-port-world.ts';
import { auditTrail, recordedOutcomes } from './support/trail.ts';
import { account, allowing, region } from './support/world.ts';

const put = { operation: 'PutObject', bucket: 'album', key: 'photo' } as const;
const get = { ...put, operation: 'GetObject' } as const;
const context = { 'aws:s3:arn': 'arn:aws:s3:::album/photo' };

let world: KeyPortWorld;
beforeEach(async () => {
  world = await openKeyPortWorld();
});
afterEach(() => world.close());

const newKey = async () => (await world.root.send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!;

/** Rows of uses through services. */
async function trail() {
  const rows = await auditTrail(world.gateway);
  return rows.flatMap((row) => {
    const via = readVia(row.parameters);
    return via === undefined ? [] : [{ row, via }];
  });
}

describe('the audit trail', () => {
  test('names service, its operation, the caller, the key and the signed call', async () => {
    const key = await newKey();
    world.allow([allowing('kms:*')]);
    const use = await world.use('alice', put);
    await world.port.generateDataKey({ ...use, key, context });
    const [{ row, via }] = (await trail()) as [Awaited<ReturnType<typeof trail>>[0]];
    expect(row).toMatchObject({
      requestId: use.requestId,
      operation: 'GenerateDataKey',
      principalArn: `arn:aws:iam::${account}:user/alice`,
      account,
      keyIds: [key],
      context: [],
    });
    expect(Buffer.from(row.callHash)).toEqual(createHash('sha256').update(use.call).digest());
    expect(via).toEqual({
      service: 's3',
      operation: 'PutObject',
      keyId: key,
      context,
      ciphertext: undefined,
    });
  });

  test('has a record for each use of one request, named after it', async () => {
    const key = await newKey();
    const use = await world.use('root', put);
    const { ciphertext } = await world.port.generateDataKey({ ...use, key, context });
    await world.port.decrypt({ ...use, ciphertext, context });
    await world.port.describe({ ...use, key });
    const rows = (await trail()).map(({ row }) => [row.requestId, row.operation, row.outcome]);
    expect(rows).toEqual([
      [use.requestId, 'GenerateDataKey', undefined],
      [`${use.requestId}/key-1`, 'Decrypt', undefined],
      [`${use.requestId}/key-2`, 'DescribeKey', 'ok'],
    ]);
  });

  test('has refusals, with the key that was meant, and ends', async () => {
    const key = await newKey();
    world.allow([]);
    const use = await world.use('alice', put);
    await errorOf(world.port.generateDataKey({ ...use, key, context }));
    await world.port.generateDataKey({ ...(await world.use('root', put)), key, context });
    const [refused] = await trail();
    expect(refused!.row).toMatchObject({ outcome: 'AccessDeniedException', keyIds: [key] });
    await world.gateway.service.drain(new AbortController().signal);
    const ends = await recordedOutcomes(world.gateway);
    expect(ends.filter(({ cryptographic }) => cryptographic)).toEqual([
      expect.objectContaining({ operation: 'GenerateDataKey', outcome: 'ok', keyIds: [key] }),
    ]);
  });

  test('has no data key', async () => {
    const { plaintext } = await world.port.generateDataKey({ ...(await world.use('root', put)), context });
    const text = JSON.stringify(await auditTrail(world.gateway));
    expect(text).not.toContain(Buffer.from(plaintext).toString('hex'));
    expect(world.gateway.logged.join('')).not.toContain(Buffer.from(plaintext).toString('hex'));
  });
});

describe('the key of a service', () => {
  const managed = 'alias/aws/s3';
  let keyArn: string;
  beforeEach(async () => {
    ({ keyArn } = await world.port.generateDataKey({ ...(await world.use('root', put)), context }));
  });

  test('is described as one that AWS manages, and is rotated every year', async () => {
    const { KeyMetadata } = await world.root.send(new DescribeKeyCommand({ KeyId: managed }));
    expect(KeyMetadata).toMatchObject({ Arn: keyArn, KeyManager: 'AWS', Origin: 'AWS_KMS' });
    const { Aliases } = await world.root.send(new ListAliasesCommand({}));
    expect(Aliases).toEqual([expect.objectContaining({ AliasName: managed })]);
    const status = () => world.root.send(new GetKeyRotationStatusCommand({ KeyId: keyArn }));
    expect(await status()).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 365 });
    const use = await world.use('root', put);
    const { ciphertext, plaintext } = await world.port.generateDataKey({ ...use, context });
    world.advance(366 * dayMs);
    await world.gateway.service.settle();
    expect((await status()).NextRotationDate!.getTime()).toBeGreaterThan(world.gateway.clock.ms);
    const later = await world.use('root', get);
    expect((await world.port.decrypt({ ...later, ciphertext, context })).plaintext).toEqual(plaintext);
  });

  test('is used through the service alone', async () => {
    const { ciphertext } = await world.port.generateDataKey({ ...(await world.use('root', put)), context });
    for (const command of [
      new GenerateDataKeyCommand({ KeyId: managed, KeySpec: 'AES_256', EncryptionContext: context }),
      new EncryptCommand({ KeyId: managed, Plaintext: Uint8Array.of(1) }),
      new DecryptCommand({ CiphertextBlob: ciphertext, EncryptionContext: context }),
    ])
      expect(await errorOf(world.root.send(command as never))).toMatch(/^AccessDeniedException: /);
  });

  test('is changed by nobody', async () => {
    const KeyId = keyArn.split('/')[1]!;
    const { Policy } = await world.root.send(new GetKeyPolicyCommand({ KeyId }));
    const grantee = `arn:aws:iam::${account}:user/alice`;
    for (const command of [
      new ScheduleKeyDeletionCommand({ KeyId }),
      new CancelKeyDeletionCommand({ KeyId }),
      new DisableKeyCommand({ KeyId }),
      new EnableKeyCommand({ KeyId }),
      new DisableKeyRotationCommand({ KeyId }),
      new EnableKeyRotationCommand({ KeyId }),
      new RotateKeyOnDemandCommand({ KeyId }),
      new PutKeyPolicyCommand({ KeyId, Policy }),
      new UpdateKeyDescriptionCommand({ KeyId, Description: 'mine' }),
      new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }),
      new UntagResourceCommand({ KeyId, TagKeys: ['a'] }),
      new CreateGrantCommand({ KeyId, GranteePrincipal: grantee, Operations: ['Decrypt'] }),
      new CreateAliasCommand({ AliasName: 'alias/mine', TargetKeyId: KeyId }),
    ])
      expect(await errorOf(world.root.send(command as never)), command.constructor.name).toMatch(
        /^AccessDeniedException: /,
      );
    for (const command of [
      new DeleteAliasCommand({ AliasName: managed }),
      new UpdateAliasCommand({ AliasName: managed, TargetKeyId: KeyId }),
    ])
      expect(await errorOf(world.root.send(command as never))).toMatch(/^NotAuthorizedException: /);
    expect(
      await errorOf(world.root.send(new CreateAliasCommand({ AliasName: managed, TargetKeyId: KeyId }))),
    ).toMatch(/^NotAuthorizedException: /);
  });

  test('is there after a restart, for gateway and custodians', async () => {
    const use = await world.use('root', put);
    const { ciphertext, plaintext } = await world.port.generateDataKey({ ...use, context });
    const call = await world.use('root', get);
    const gateway = await openGateway({ remains: world.gateway.remains(), clock: world.gateway.clock });
    const opened = await gateway.service.keys.decrypt({ ...call, ciphertext, context });
    expect(opened).toEqual({ keyArn, plaintext });
    await gateway.close();
  });
});

test('a key of a service that custodians have not heard of is used once they have', async () => {
  const { faults } = world.gateway.custody;
  faults.inform = async () => {
    throw new CustodyError('unavailable', 'the custodians are gone');
  };
  const use = await world.use('root', put);
  await expect(world.port.generateDataKey({ ...use, context })).rejects.toThrow();
  faults.inform = undefined;
  await world.gateway.service.look();
  const made = await world.port.generateDataKey({ ...(await world.use('root', put)), context });
  expect(made.keyArn).toContain(`arn:aws:kms:${region}:${account}:key/`);
});

test('a service that custodians do not know is a fault of who asks', async () => {
  const use = await world.use('root', put);
  await expect(world.port.describe({ ...use, via: 'ec2', key: 'alias/aws/ec2' })).rejects.toThrow(
    'ec2 is no service that uses keys',
  );
});

test('the port answers that the service stopped', async () => {
  const use = await world.use('root', put);
  await world.gateway.service.drain(new AbortController().signal);
  const error = await world.port.generateDataKey({ ...use, context }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'KMSInternalException', status: 500 });
});
