/** Key material that is made before its call has a number; keys that developer mode resets. */
import type { KeyTask } from '@hypergate/node/api';
import { beforeEach, describe, expect, test } from 'vitest';
import type { AuditControl } from '../model/audit.ts';
import { audited, custodian, due, judge, MemoryStore, verdict } from './support/audited.ts';
import { bytesOf, Custody, handleAt, keyIdAt, otherHandle } from './support/custody.ts';
import { startMs, userOf } from './support/world.ts';

let custody: Custody;
beforeEach(() => {
  custody = new Custody();
});

const unnumbered = (choices: AuditControl['choices'], nowMs = startMs): AuditControl => ({
  sequence: 0,
  nowMs,
  choices,
});

describe('key material of a call without a number', () => {
  const choices = { keyId: keyIdAt(1), handle: handleAt(1) };
  const signed = { operation: 'CreateKey', input: {} };
  const call = audited(signed, { control: unnumbered(choices) });
  const task: KeyTask = { kind: 'create', handle: bytesOf(handleAt(1)), scheme: 'dprf-ristretto255' };

  test('is made by the choices of its record, at its time', async () => {
    const { one } = custody;
    expect(await judge(one, call, task)).toBe('accepted');
    for (const bad of [{ ...task, handle: otherHandle }, { ...task, scheme: 'rsa-2048' } as const])
      expect(await judge(one, call, bad)).toBe('refused: the task is not what the call asks for');
    one.clock.nowMs = startMs + 16 * 60_000;
    expect(await judge(one, call, task)).toContain('the time of the record is not near');
  });

  test('is no control call that could be taken in', async () => {
    expect(await verdict(() => custody.one.authority.apply(call))).toBe('refused: no control call');
    expect((await custody.one.authority.head()).sequence).toBe(0);
  });

  test('is not made anew once the call was taken in', async () => {
    const { one } = custody;
    await custody.take('CreateKey');
    expect(await judge(one, call, task)).toContain('refused');
  });

  test('is refused to who may not make keys', async () => {
    const stranger = { ...signed, principal: userOf('stranger') };
    const asked = audited(stranger, { control: unnumbered(choices) });
    expect(await judge(custody.one, asked, task)).toContain('AccessDeniedException');
  });

  test('waits until what had the handle is erased', async () => {
    const { one } = custody;
    const { keyId } = await custody.take('CreateKey', { Origin: 'EXTERNAL' });
    const bytes = new Uint8Array(8).fill(1);
    const input = {
      KeyId: keyId,
      ImportToken: bytes,
      EncryptedKeyMaterial: bytes,
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    };
    const { handle } = await custody.take('ImportKeyMaterial', input);
    await custody.take('DeleteImportedKeyMaterial', { KeyId: keyId });
    const again = audited(
      { operation: 'ImportKeyMaterial', input },
      { control: unnumbered({ handle: handleAt(9), materialId: 'f'.repeat(64) }) },
    );
    const share: KeyTask = { kind: 'import', handle, scheme: 'dprf-ristretto255' };
    expect(await judge(one, again, share)).toBe('unavailable: what had this handle is still to be erased');
    await one.authority.erased(await one.authority.dueForErasure());
    expect(await judge(one, again, share)).toBe('accepted');
  });
});

test('a number that another call has is refused, the same call again is not', async () => {
  const { one } = custody;
  const first = custody.control('CreateKey');
  await one.authority.apply(first);
  expect(await verdict(() => one.authority.apply(first))).toBe('accepted');
  const other = audited(
    { operation: 'CreateKey', input: { Description: 'another' } },
    { control: { sequence: 1, nowMs: startMs, choices: { keyId: keyIdAt(8), handle: handleAt(8) } } },
  );
  expect(await verdict(() => one.authority.apply(other))).toBe('refused: another call has this number');
});

describe('a reset', () => {
  const reset = (sequence: number, nowMs: number) =>
    due('ResetKey', keyIdAt(1), { sequence, nowMs, choices: {} });

  test('is for developer mode alone', async () => {
    await custody.take('CreateKey');
    expect(await verdict(() => custody.one.authority.apply(reset(2, startMs)))).toBe(
      'refused: keys are reset in developer mode alone',
    );
  });

  test('deletes a key at once, and once', async () => {
    const one = custodian(new MemoryStore(), true);
    await one.authority.apply(custody.control('CreateKey'));
    await one.authority.apply(reset(2, startMs));
    expect(await one.authority.dueForErasure()).toEqual([bytesOf(handleAt(1))]);
    expect(await verdict(() => one.authority.apply(reset(3, startMs)))).toContain('not due');
  });
});
