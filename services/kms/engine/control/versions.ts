/** Versions of keys: each is key material of its own, under a handle of its own. */
import { createHash } from 'node:crypto';
import { internal, kmsError } from '../errors.ts';
import type { KeyRecord, KeyVersion, VersionCause } from '../key-record.ts';
import { kmsLimits } from '../limits.ts';
import type { ControlView } from '../view.ts';
import { type ControlChoices, chosen, hex16 } from './call.ts';

/** `KeyMaterialId` of material that is made here: as random as the handle it comes from. */
export const materialIdOf = (handle: string): string =>
  createHash('sha256').update('hypergate/kms/material/v1').update(Buffer.from(handle, 'hex')).digest('hex');

/**
 * A handle that no key has or had: with another key's handle a key would use the other's material.
 * @throws KmsError KMSInternalException
 */
export async function freshHandle(view: ControlView, choices: ControlChoices): Promise<string> {
  const handle = chosen(choices, 'handle', hex16);
  if ((await view.handleOwner(handle)) !== undefined) throw internal('the handle is in use');
  return handle;
}

export const madeVersion = (handle: string, nowMs: number, cause: VersionCause): KeyVersion => ({
  handle,
  materialId: materialIdOf(handle),
  createdMs: nowMs,
  cause,
  state: 'CURRENT',
});

/** Appends, or moves to the front of use, a current version; what was current still decrypts. */
export function withCurrent(key: KeyRecord, version: KeyVersion): readonly KeyVersion[] {
  const others = key.versions
    .filter(({ handle }) => handle !== version.handle)
    .map((one): KeyVersion => (one.state === 'CURRENT' ? { ...one, state: 'NON_CURRENT' } : one));
  return [...others, version];
}

/** @throws KmsError LimitExceededException */
export function checkVersionCount(key: KeyRecord): void {
  if (key.versions.length >= kmsLimits.versionsPerKeyMax)
    throw kmsError('LimitExceededException', `The key has ${kmsLimits.versionsPerKeyMax} versions.`);
}

/** Nothing that the key decrypts or encrypts with is missing. */
export const hasMaterial = (versions: readonly KeyVersion[]): boolean =>
  versions.some(({ state }) => state === 'CURRENT') &&
  versions.every(({ state, imported }) => state === 'PENDING_ROTATION' || imported?.present !== false);
