/** EnableKeyRotation, DisableKeyRotation, RotateKeyOnDemand. */
import { kmsError } from '../errors.ts';
import { numberOf } from '../input.ts';
import { type KeyRecord, keyArn } from '../key-record.ts';
import { dayMs, kmsLimits } from '../limits.ts';
import { schemeOf } from '../specs.ts';
import { checkRotatable } from '../states.ts';
import { onKey } from './on-key.ts';
import { checkVersionCount, freshHandle, madeVersion, withCurrent } from './versions.ts';

/** On-demand rotations keep away from automatic ones by this much. */
const conflictMs = 20 * 60 * 1000;

export const enableKeyRotation = onKey((key, { input, nowMs }) => {
  checkRotatable(key, 'EnableKeyRotation');
  const wanted = numberOf(input, 'RotationPeriodInDays');
  const periodDays = wanted ?? key.rotation?.periodDays ?? kmsLimits.rotationDaysDefault;
  // What runs already, and stays as it is, keeps its date.
  const same = key.rotation?.periodDays === periodDays;
  const rotation = same ? key.rotation : { periodDays, nextMs: nowMs + periodDays * dayMs };
  return { key: { ...key, rotation }, output: {} };
});

export const disableKeyRotation = onKey((key) => {
  checkRotatable(key, 'DisableKeyRotation');
  return { key: { ...key, rotation: undefined }, output: {} };
});

export const rotateKeyOnDemand = onKey(async (key, { choices, nowMs }, view) => {
  checkRotatable(key, 'RotateKeyOnDemand');
  if (key.rotation !== undefined && key.rotation.nextMs - nowMs <= conflictMs)
    throw kmsError('ConflictException');
  if (key.onDemandRotations >= kmsLimits.onDemandRotationsMax) {
    throw kmsError(
      'LimitExceededException',
      `A key can be rotated on demand at most ${kmsLimits.onDemandRotationsMax} times.`,
    );
  }
  const rotated = { ...key, onDemandRotations: key.onDemandRotations + 1 };
  const output = { KeyId: keyArn(key) };
  if (key.origin === 'EXTERNAL') return { key: withPending(rotated, nowMs), output };
  checkVersionCount(key);
  const handle = await freshHandle(view, choices);
  const versions = withCurrent(key, madeVersion(handle, nowMs, 'ON_DEMAND'));
  return {
    key: { ...rotated, versions },
    output,
    material: { kind: 'create', handle, scheme: schemeOf(key) },
  };
});

/** Imported material that waits becomes current. @throws KmsError KMSInvalidStateException when there is none */
function withPending(key: KeyRecord, nowMs: number): KeyRecord {
  const pending = key.versions.find(({ state }) => state === 'PENDING_ROTATION');
  if (pending === undefined)
    throw kmsError(
      'KMSInvalidStateException',
      `${keyArn(key)} has no key material that is pending rotation.`,
    );
  const version = { ...pending, state: 'CURRENT', cause: 'ON_DEMAND', createdMs: nowMs } as const;
  return { ...key, versions: withCurrent(key, version) };
}
