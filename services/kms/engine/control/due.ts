/**
 * What time brings: deletion at the end of its window, expiry of imported material, automatic rotation. Nobody calls for these; the
 * gateway records them as control calls of its own, and custodians look at their clocks as well.
 */
import { internal } from '../errors.ts';
import { expiredVersions } from '../expiry.ts';
import { type KeyRecord, keyArn } from '../key-record.ts';
import { dayMs, kmsLimits } from '../limits.ts';
import { schemeOf } from '../specs.ts';
import type { ControlView } from '../view.ts';
import { type Change, type ControlChoices, type ControlOutcome, changedKey } from './call.ts';
import { withoutMaterial } from './import.ts';
import { freshHandle, madeVersion, withCurrent } from './versions.ts';

/** Order is stored: only ever append. `ResetKey` is no matter of time but of developer mode, which empties everything. */
export const dueOperations = [
  'DeleteKey',
  'ExpireKeyMaterial',
  'RotateKeyAutomatically',
  'ResetKey',
] as const;
export type DueOperation = (typeof dueOperations)[number];

export interface DueCall {
  readonly operation: DueOperation;
  readonly keyId: string;
  /** `handle`, of a rotation. */
  readonly choices: ControlChoices;
  readonly nowMs: number;
}

/** What is due for a key, the most final first. */
export function dueOf(key: KeyRecord, nowMs: number): DueOperation | undefined {
  if (key.state === 'PendingDeletion' && key.deletionMs !== undefined && key.deletionMs <= nowMs)
    return 'DeleteKey';
  if (key.state === 'Deleted') return undefined;
  if (expiredVersions(key, nowMs).length > 0) return 'ExpireKeyMaterial';
  // A key that is not enabled is rotated when it is again.
  const rotates = key.state === 'Enabled' && key.rotation !== undefined && key.rotation.nextMs <= nowMs;
  return rotates && key.versions.length < kmsLimits.versionsPerKeyMax ? 'RotateKeyAutomatically' : undefined;
}

/** When something will be due for a key that stays as it is; undefined when nothing will. Milliseconds since 1970. */
export function nextDueMs(key: KeyRecord): number | undefined {
  if (key.state === 'Deleted') return undefined;
  const times = key.versions.flatMap(({ imported }) =>
    imported?.present === true && imported.validToMs !== undefined ? [imported.validToMs] : [],
  );
  if (key.state === 'PendingDeletion' && key.deletionMs !== undefined) times.push(key.deletionMs);
  if (key.state === 'Enabled' && key.rotation !== undefined) times.push(key.rotation.nextMs);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** @throws KmsError KMSInternalException when it is not due */
export async function applyDue(view: ControlView, call: DueCall): Promise<ControlOutcome> {
  const { keyId, nowMs, operation } = call;
  const key = await view.key(keyId);
  const isDue =
    key !== undefined &&
    (operation === 'ResetKey' ? key.state !== 'Deleted' : dueOf(key, nowMs) === operation);
  if (!isDue) throw internal(`${operation} is not due`);
  switch (operation) {
    case 'DeleteKey':
    case 'ResetKey':
      return { keyId, changes: deletion(key), output: {} };
    case 'ExpireKeyMaterial':
      return { keyId, changes: [changedKey(withoutMaterial(key, expiredVersions(key, nowMs)))], output: {} };
    case 'RotateKeyAutomatically': {
      const handle = await freshHandle(view, call.choices);
      const changed = rotated(key, handle, nowMs);
      const material = { kind: 'create', handle, scheme: schemeOf(key) } as const;
      return { keyId, changes: [changedKey(changed)], output: { KeyId: keyArn(key) }, material };
    }
  }
}

/** The record stays, so that id and handles never return; nothing else does. */
function deletion(key: KeyRecord): readonly Change[] {
  const gone: KeyRecord = {
    ...key,
    state: 'Deleted',
    description: '',
    policy: '',
    tags: [],
    aliases: [],
    rotation: undefined,
    grants: 0,
    publicKey: undefined,
  };
  const aliases = key.aliases.map(
    (name): Change => ({ kind: 'alias', account: key.account, name, alias: undefined }),
  );
  return [changedKey(gone), ...aliases, { kind: 'no-grants', keyId: key.keyId }];
}

function rotated(key: KeyRecord, handle: string, nowMs: number): KeyRecord {
  const versions = withCurrent(key, madeVersion(handle, nowMs, 'AUTOMATIC'));
  const { rotation } = key;
  if (rotation === undefined) return { ...key, versions };
  // Dates that passed while the key was disabled are not made up for.
  const period = rotation.periodDays * dayMs;
  const missed = Math.floor((nowMs - rotation.nextMs) / period);
  return { ...key, versions, rotation: { ...rotation, nextMs: rotation.nextMs + (missed + 1) * period } };
}
