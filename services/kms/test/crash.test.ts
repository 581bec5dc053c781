/** What stands between a control call's record and its custodians: crashes, too few of them, disagreement. */
import * as aws from '@aws-sdk/client-kms';
import { CustodyError } from '@hypergate/node/api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openControls } from '../model/tables.ts';
import { errorOf, type Gateway, openGateway } from './support/gateway.ts';
import { auditTrail, recordedOutcomes } from './support/trail.ts';

let gateway: Gateway;
const opened: Gateway[] = [];
const open = async (options?: Parameters<typeof openGateway>[0]) => {
  const one = await openGateway(options);
  opened.push(one);
  return one;
};
beforeEach(async () => {
  gateway = await open();
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

const create = async (input: aws.CreateKeyCommandInput = {}) =>
  (await gateway.client().send(new aws.CreateKeyCommand(input))).KeyMetadata!.KeyId!;
const stateOf = async (KeyId: string, one: Gateway = gateway) =>
  (await one.client().send(new aws.DescribeKeyCommand({ KeyId }))).KeyMetadata!.KeyState;
const disable = (KeyId: string, one: Gateway = gateway) =>
  errorOf(one.client().send(new aws.DisableKeyCommand({ KeyId })));
const unavailable = async () => {
  throw new CustodyError('unavailable', 'too few');
};
const openCount = async ({ domain }: Gateway) =>
  (await domain.cursorSecondary(openControls, Buffer.alloc(0), {}).next()) === undefined ? 0 : 1;

describe('custodians that do not take a control call', () => {
  test('too few of them: the call is answered with an error, stands, and is handed over when they are back', async () => {
    const KeyId = await create();
    gateway.custody.faults.inform = unavailable;
    expect(await disable(KeyId)).toBe(
      'KMSInternalException: Too few custodians are available. The request can be retried.',
    );
    expect(await stateOf(KeyId)).toBe('Disabled');
    expect(await openCount(gateway)).toBe(1);
    const other = await errorOf(
      gateway.client().send(new aws.UpdateKeyDescriptionCommand({ KeyId, Description: 'x' })),
    );
    // No number is given while one is missing.
    expect(other).toContain('KMSInternalException');
    const { KeyMetadata } = await gateway.client().send(new aws.DescribeKeyCommand({ KeyId }));
    expect(KeyMetadata!.Description).toBe('');

    gateway.custody.faults.inform = undefined;
    expect(await gateway.service.look()).toEqual({ ready: true });
    const numbered = (await auditTrail(gateway)).filter(({ control }) => control?.sequence === 2);
    expect(numbered.map(({ resubmission }) => resubmission)).toEqual([false, true, true]);
    expect(new Set(numbered.map(({ callHash }) => Buffer.from(callHash).toString('hex'))).size).toBe(1);
    expect(await errorOf(gateway.client().send(new aws.EnableKeyCommand({ KeyId })))).toBe('no error: {}');
    expect(gateway.custody.refusals).toEqual([]);
    expect(await recordedEnds()).toContainEqual(['DisableKey', 'KMSInternalException']);
  });

  async function recordedEnds() {
    await gateway.service.drain(new AbortController().signal);
    return (await recordedOutcomes(gateway)).map(({ operation, outcome }) => [operation, outcome]);
  }

  test('the next call hands it over first', async () => {
    const KeyId = await create();
    gateway.custody.faults.inform = unavailable;
    await disable(KeyId);
    gateway.custody.faults.inform = undefined;
    expect(await errorOf(gateway.client().send(new aws.EnableKeyCommand({ KeyId })))).toBe('no error: {}');
    expect(gateway.custody.informs).toBe(3);
    expect(gateway.custody.refusals).toEqual([]);
  });

  test('they took it and their answer was lost: it is handed over again and changes nothing', async () => {
    const KeyId = await create();
    gateway.custody.faults.informed = unavailable;
    expect(await disable(KeyId)).toContain('KMSInternalException');
    gateway.custody.faults.informed = undefined;
    expect(await errorOf(gateway.client().send(new aws.EnableKeyCommand({ KeyId })))).toBe('no error: {}');
    expect(gateway.custody.refusals).toEqual([]);
  });

  test('they refuse it: it is taken back, number and all, and the line goes on', async () => {
    const KeyId = await create();
    await gateway.client().send(new aws.CreateAliasCommand({ AliasName: 'alias/a', TargetKeyId: KeyId }));
    gateway.custody.faults.inform = async () => {
      throw new CustodyError('refused', 'they see it otherwise');
    };
    expect(await disable(KeyId)).toBe(
      'KMSInternalException: An internal error occurred. The request can be retried.',
    );
    const removed = errorOf(gateway.client().send(new aws.DeleteAliasCommand({ AliasName: 'alias/a' })));
    expect(await removed).toContain('KMSInternalException');
    gateway.custody.faults.inform = undefined;
    expect(await stateOf(KeyId)).toBe('Enabled');
    expect(await stateOf('alias/a')).toBe('Enabled');
    expect(gateway.logged.join('')).toContain('custodians refuse what the gateway allowed');
    expect(await disable(KeyId)).toBe('no error: {}');
    expect(gateway.custody.refusals).toEqual([]);
    const again = await open({ remains: gateway.remains() });
    expect(await stateOf(KeyId, again)).toBe('Disabled');
    expect(await errorOf(again.client().send(new aws.EnableKeyCommand({ KeyId })))).toBe('no error: {}');
  });
});

describe('a crash', () => {
  test.each([
    ['before custodians heard of the call', 'inform'],
    ['after they took it, before the caller heard', 'informed'],
  ] as const)('%s: the next start hands it over', async (_when, point) => {
    const KeyId = await create();
    let remains: ReturnType<Gateway['remains']> | undefined;
    gateway.custody.faults[point] = async () => {
      remains = gateway.remains();
      await unavailable();
    };
    await disable(KeyId);
    const again = await open({ remains: remains!, clock: { ms: gateway.clock.ms + 3 * 60 * 60 * 1000 } });
    expect(await again.service.look()).toEqual({ ready: true });
    expect(await stateOf(KeyId, again)).toBe('Disabled');
    expect(again.custody.refusals).toEqual([]);
    expect(await errorOf(again.client().send(new aws.EnableKeyCommand({ KeyId })))).toBe('no error: {}');
    const rows = (await auditTrail(again)).filter(({ control }) => control?.sequence === 2);
    expect(rows.map(({ resubmission }) => resubmission)).toEqual([false, true]);
    expect(rows.map(({ control }) => control)).toEqual([rows[0]!.control, rows[0]!.control]);
  });

  test('while a key is made leaves nothing that is named', async () => {
    let remains: ReturnType<Gateway['remains']> | undefined;
    gateway.custody.faults.perform = async () => {
      remains = gateway.remains();
      throw new CustodyError('unavailable', 'too few');
    };
    expect(await errorOf(gateway.client().send(new aws.CreateKeyCommand({})))).toContain(
      'KMSInternalException',
    );
    const again = await open({ remains: remains! });
    for (const one of [gateway, again])
      expect((await one.client().send(new aws.ListKeysCommand({}))).Keys).toEqual([]);
    expect(await errorOf(again.client().send(new aws.CreateKeyCommand({})))).toContain(
      '"KeyState":"Enabled"',
    );
    expect(again.custody.refusals).toEqual([]);
    // Two gateways over one committee: the second one to give a number shows.
    gateway.custody.faults.perform = undefined;
    expect(await errorOf(gateway.client().send(new aws.CreateKeyCommand({})))).toContain(
      'KMSInternalException',
    );
    expect(gateway.custody.refusals).toEqual(['another call has this number']);
  });

  test('after a drain there is nothing to hand over', async () => {
    await create();
    await gateway.service.drain(new AbortController().signal);
    expect(await openCount(gateway)).toBe(0);
    const again = await open({ remains: gateway.remains() });
    await again.service.look();
    expect(again.custody.informs).toBe(0);
  });
});

test('a key that takes long to make holds up no other call', async () => {
  const KeyId = await create();
  const made = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  gateway.custody.faults.perform = async () => {
    begun.resolve();
    await made.promise;
  };
  const slow = create({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  await begun.promise;
  expect(await disable(KeyId)).toBe('no error: {}');
  made.resolve();
  expect(await stateOf(await slow)).toBe('Enabled');
  expect(gateway.custody.refusals).toEqual([]);
});

test('a rotation whose key is disabled meanwhile is refused, and the key keeps its version', async () => {
  const KeyId = await create();
  gateway.custody.faults.performed = async () => {
    expect(await disable(KeyId)).toBe('no error: {}');
  };
  const rotated = errorOf(gateway.client().send(new aws.RotateKeyOnDemandCommand({ KeyId })));
  expect(await rotated).toContain('DisabledException');
  const { Rotations } = await gateway
    .client()
    .send(new aws.ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }));
  expect(Rotations).toHaveLength(1);
});

test('the gateway is not ready while too few custodians are', async () => {
  gateway.custody.state = 'unreachable';
  expect(await gateway.service.look()).toEqual({
    ready: false,
    reason: '0 of 4 custodians of keys are ready, 3 are needed',
  });
  gateway.custody.state = 'ready';
  expect(await gateway.service.look()).toEqual({ ready: true });
  await gateway.service.drain(new AbortController().signal);
  expect(gateway.service.health()).toEqual({ ready: false, reason: 'the gateway stops' });
  expect(await errorOf(gateway.client().send(new aws.ListKeysCommand({})))).toBe(
    'KMSInternalException: Not now: the gateway stops.',
  );
});
