/** What stands between a control call's record and its custodians: crashes, too few of them, disagreement. */
import * as aws from '@aws-sdk/client-kms';
import { type CredentialStore, rootPrincipal } from '@hypergate/kit';
import { CustodyError } from '@hypergate/node/api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ControlState } from '../authority/state.ts';
import { openControls } from '../model/tables.ts';
import { accounts, errorOf, type Gateway, type GatewayOptions, openGateway } from './support/gateway.ts';
import { auditTrail, recordedOutcomes } from './support/trail.ts';
import { account } from './support/world.ts';

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

  test('they refuse it: it is taken back, its number is void, and the line goes on', async () => {
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
    expect(gateway.logged.join('')).toContain('no other is served');
    gateway.custody.faults.inform = undefined;
    expect(await stateOf(KeyId)).toBe('Enabled');
    expect(await stateOf('alias/a')).toBe('Enabled');
    expect(gateway.logged.join('')).toContain('custodians refuse what the gateway allowed');
    expect(await disable(KeyId)).toBe('no error: {}');
    expect(gateway.custody.refusals).toEqual([]);
    const numbers = (await auditTrail(gateway)).flatMap(({ operation, outcome, control }) =>
      control === undefined || control.sequence < 3 ? [] : [[operation, control.sequence, outcome]],
    );
    // What was refused, that it is void, until they took that in; then the next one.
    expect(numbers.slice(0, 2)).toEqual([
      ['DisableKey', 3, undefined],
      ['DisableKey', 3, 'KMSInternalException'],
    ]);
    expect(numbers.at(-2)).toEqual(['DisableKey', 3, 'KMSInternalException']);
    expect(numbers.at(-1)).toEqual(['DisableKey', 4, undefined]);
    const again = await open({ remains: gateway.remains() });
    expect(await stateOf(KeyId, again)).toBe('Disabled');
    expect(await errorOf(again.client().send(new aws.EnableKeyCommand({ KeyId })))).toBe('no error: {}');
  });

  test('they refuse it once: its caller hears of it, and nobody else', async () => {
    const KeyId = await create();
    gateway.custody.faults.inform = async () => {
      gateway.custody.faults.inform = undefined;
      throw new CustodyError('refused', 'they see it otherwise');
    };
    expect(await disable(KeyId)).toContain('KMSInternalException');
    expect(await stateOf(KeyId)).toBe('Enabled');
    await gateway.service.drain(new AbortController().signal);
    expect(await openCount(gateway)).toBe(0);
    const again = await open({ remains: gateway.remains() });
    expect(await disable(KeyId, again)).toBe('no error: {}');
    expect(again.custody.refusals).toEqual([]);
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

  /** A grant's maker is a user, whom a start may know no more. */
  async function crashAtGrant(custodians?: CredentialStore) {
    const KeyId = await create();
    const maker = gateway.user('maker', [
      { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }] },
    ]);
    await gateway.client().send(
      new aws.CreateGrantCommand({
        KeyId,
        GranteePrincipal: `arn:aws:iam::${account}:user/maker`,
        Operations: ['CreateGrant', 'Encrypt'],
      }),
    );
    let remains: ReturnType<Gateway['remains']> | undefined;
    gateway.custody.faults.inform = async () => {
      remains = gateway.remains();
      await unavailable();
    };
    const grant = new aws.CreateGrantCommand({
      KeyId,
      GranteePrincipal: `arn:aws:iam::${account}:user/x`,
      Operations: ['Encrypt'],
    });
    expect(await errorOf(maker.send(grant))).toContain('KMSInternalException');
    const clock = { ms: gateway.clock.ms + 60 * 60 * 1000 };
    const options = {
      remains: remains!,
      clock,
      ...(custodians === undefined ? {} : { custodianCredentials: custodians }),
    };
    return { KeyId, options };
  }
  const grantsOf = async (KeyId: string, one: Gateway) =>
    (await one.client().send(new aws.ListGrantsCommand({ KeyId }))).Grants!.length;
  const rootAlone: CredentialStore = {
    lookup: (accessKeyId) => {
      const found = accounts.find((one) => one.accessKeyId === accessKeyId);
      return found === undefined
        ? undefined
        : { secretAccessKey: found.secretAccessKey, principal: rootPrincipal(found) };
    },
  };

  test('whose call custodians refuse at the next start, an hour later: it is void everywhere, and others are served', async () => {
    const { KeyId, options } = await crashAtGrant(rootAlone);
    const again = await open(options);
    expect(await again.service.look()).toEqual({ ready: true });
    expect(again.custody.refusals).toEqual(['the call: unknown-access-key']);
    expect(await grantsOf(KeyId, again)).toBe(1);
    expect(await disable(KeyId, again)).toBe('no error: {}');
    const voided = (await auditTrail(again)).filter(({ control }) => control?.sequence === 3);
    expect(voided.map(({ outcome }) => outcome)).toEqual([undefined, undefined, 'KMSInternalException']);
    // Custodians know the number, and nothing of the grant.
    const state = new ControlState(again.custodian);
    expect((await state.head()).sequence).toBe(4);
    expect((await state.key(KeyId))!.grants).toBe(1);
    expect(again.custody.refusals).toHaveLength(1);
  });

  test('and another one before custodians know that it is void', async () => {
    const { KeyId, options } = await crashAtGrant(rootAlone);
    const started = Promise.withResolvers<Gateway>();
    let remains: ReturnType<Gateway['remains']> | undefined;
    let informs = 0;
    const beforeStart: GatewayOptions['beforeStart'] = (custody) => {
      custody.faults.inform = async () => {
        const second = await started.promise;
        informs += 1;
        if (informs < 2) return;
        remains ??= second.remains();
        await unavailable();
      };
    };
    const second = await open({ ...options, beforeStart });
    started.resolve(second);
    await second.service.look();
    expect(second.custody.refusals).toHaveLength(1);
    const third = await open({ ...options, remains: remains! });
    expect(await grantsOf(KeyId, third)).toBe(1);
    expect(await third.service.look()).toEqual({ ready: true });
    expect(third.custody.refusals).toEqual([]);
    expect(await disable(KeyId, third)).toBe('no error: {}');
    expect((await new ControlState(third.custodian).head()).sequence).toBe(4);
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
    // The call, and that its number is void.
    const refusal = 'another call has this number';
    expect(gateway.custody.refusals).toEqual([refusal, refusal]);
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
