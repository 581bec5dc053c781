/** A custodian's judgement of evidence, of key material, of what time brings; numbers of control calls, and catching up. */
import { randomBytes } from 'node:crypto';
import type { KeyTask } from '@hypergate/node/api';
import { beforeEach, describe, expect, test } from 'vitest';
import { encodePoint } from '../engine/crypto/blob.ts';
import { contextHash } from '../engine/encryption-context.ts';
import { granteeBucket, grantToken } from '../engine/index.ts';
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
import {
  alpha,
  bytesOf,
  Custody,
  context,
  handleAt,
  keyIdAt,
  otherHandle,
  revision,
} from './support/custody.ts';
import { root, startMs, userOf } from './support/world.ts';

const message = new Uint8Array(randomBytes(40));

let custody: Custody;
let one: Custodian;
beforeEach(() => {
  custody = new Custody();
  one = custody.one;
});
const take = (...args: Parameters<Custody['take']>) => custody.take(...args);
const control = (...args: Parameters<Custody['control']>) => custody.control(...args);

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
      { ...task, handle: otherHandle },
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
    const handle = bytesOf(handleAt(custody.sequence));
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
    expect(await judge(one, call, { ...task, handle: otherHandle })).toContain('refused');
  });

  test('a call of the caller cannot be dated back', async () => {
    const { keyId } = await take('CreateKey');
    custody.sequence += 1;
    const input = { KeyId: keyId, PendingWindowInDays: 7 };
    const dated = (nowMs: number) =>
      audited(
        { operation: 'ScheduleKeyDeletion', input },
        { control: { sequence: custody.sequence, nowMs, choices: {} } },
      );
    expect(await verdict(() => one.authority.apply(dated(startMs - 8 * day)))).toContain(
      'older than the one before',
    );
    expect(await verdict(() => one.authority.apply(dated(startMs + day)))).toContain(
      'signed at another time',
    );
    expect(await verdict(() => one.authority.apply(dated(startMs + 1000)))).toBe('accepted');
  });
});

describe('a control call that comes late', () => {
  const minute = 60_000;
  const create = (signedAtMs: number, nowMs: number) =>
    audited(
      { operation: 'CreateKey', input: {}, signedAtMs },
      { control: { sequence: 1, nowMs, choices: { keyId: keyIdAt(1), handle: handleAt(1) } } },
    );

  test('is judged by the time when the gateway took it', async () => {
    one.clock.nowMs = startMs + 365 * 24 * 60 * minute;
    expect(await verdict(() => one.authority.apply(create(startMs, startMs + minute)))).toBe('accepted');
  });

  test('may have waited for its turn, and no longer', async () => {
    const late = (minutes: number) =>
      verdict(() => one.authority.apply(create(startMs, startMs + minutes * minute)));
    expect(await late(26)).toContain('signed at another time');
    expect(await late(-16)).toContain('signed at another time');
    expect(await late(24)).toBe('accepted');
  });
});

describe('a void number', () => {
  const outcome = 'KMSInternalException';
  const voided = (call: Parameters<typeof audited>[0], sequence = 2) =>
    audited(call, { control: { sequence, nowMs: startMs, choices: {} }, row: { outcome } });

  test('changes nothing, and the next one follows it', async () => {
    const { keyId } = await take('CreateKey');
    const before = await one.authority.snapshot(`key/${keyId}`);
    const call = { operation: 'DisableKey', input: { KeyId: keyId } };
    const head = await one.authority.apply(voided(call));
    expect(head.sequence).toBe(2);
    expect(await one.authority.apply(voided(call))).toEqual(head);
    expect(await one.authority.snapshot(`key/${keyId}`)).toEqual(before);
    expect((await one.authority.changedSince(1, 10)).map(({ subject }) => subject)).toEqual(['clock']);
    custody.sequence = 2;
    await take('DisableKey', { KeyId: keyId });
    expect((await one.authority.head()).sequence).toBe(3);
  });

  test('needs no call that would be allowed, and is no other call of the same number', async () => {
    const { keyId } = await take('CreateKey');
    const stranger = { operation: 'DisableKey', input: { KeyId: keyId }, principal: userOf('stranger') };
    expect(await verdict(() => one.authority.apply(voided(stranger)))).toBe('accepted');
    const real = audited(
      { ...stranger, principal: root },
      { control: { sequence: 2, nowMs: startMs, choices: {} } },
    );
    expect(await verdict(() => one.authority.apply(real))).toBe('refused: another call has this number');
  });

  test('does not take back what was taken in', async () => {
    const { keyId } = await take('CreateKey');
    await take('DisableKey', { KeyId: keyId });
    const call = { operation: 'DisableKey', input: { KeyId: keyId } };
    expect(await verdict(() => one.authority.apply(voided(call)))).toBe(
      'refused: another call has this number',
    );
    await take('EnableKey', { KeyId: keyId });
    // Of a number that others have passed nothing is left to be compared; nor does it change anything.
    const head = await one.authority.head();
    expect(await one.authority.apply(voided(call))).toEqual(head);
  });

  test('gives no leave to make key material', async () => {
    const choices = { keyId: keyIdAt(1), handle: handleAt(1) };
    const call = audited(
      { operation: 'CreateKey', input: {} },
      { control: { sequence: 1, nowMs: startMs, choices }, row: { outcome } },
    );
    const task: KeyTask = { kind: 'create', handle: bytesOf(handleAt(1)), scheme: 'dprf-ristretto255' };
    expect(await judge(one, call, task)).toBe('refused: the record is of a call that has ended');
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
    // What the head's hash was made from is known to those who took the call in.
    one.store.values.delete('before');
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
    custody.sequence += 1;
    await one.authority.apply(
      due('DeleteKey', keyId, { sequence: custody.sequence, nowMs: one.clock.nowMs, choices: {} }),
    );
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
