/** GetKeyRotationStatus and ListKeyRotations. */
import { textOf } from '../engine/input.ts';
import { expirationModel } from '../engine/key-metadata.ts';
import { type KeyRecord, type KeyVersion, keyArn } from '../engine/key-record.ts';
import { kmsLimits } from '../engine/limits.ts';
import { checkRotatable } from '../engine/states.ts';
import { pageOf } from '../store/pages.ts';
import { operation } from './row.ts';
import { readableKey } from './subject.ts';

export const getKeyRotationStatus = operation('GetKeyRotationStatus', async (context, call) => {
  const key = await readableKey(context, call);
  checkRotatable(key, 'GetKeyRotationStatus');
  const { rotation } = key;
  return {
    KeyId: keyArn(key),
    KeyRotationEnabled: rotation !== undefined && key.state !== 'PendingDeletion',
    RotationPeriodInDays: rotation?.periodDays,
    NextRotationDate: rotation === undefined ? undefined : new Date(rotation.nextMs),
  };
});

/** Newest last. Rotations alone unless all key material is asked for: what a key began with, and what waits, is none. */
export const listKeyRotations = operation('ListKeyRotations', async (context, call) => {
  const { input } = call;
  const key = await readableKey(context, call);
  checkRotatable(key, 'ListKeyRotations');
  const all = textOf(input, 'IncludeKeyMaterial') === 'ALL_KEY_MATERIAL';
  const numbered = key.versions.map((version, index) => ({ version, index }));
  const { items, more } = pageOf(
    {
      input,
      name: ['ListKeyRotations', key.keyId, String(all)],
      entriesDefault: kmsLimits.pageEntriesDefault,
      entriesMax: kmsLimits.pageEntriesMax,
    },
    numbered.filter(({ version }) => all || isRotation(version)),
    // The place in the list stays: versions are only added, and what is taken away had not been used.
    ({ index }) => String(index).padStart(8, '0'),
  );
  return { Rotations: items.map(({ version }) => entryOf(key, version, all)), ...more };
});

const isRotation = ({ cause, state }: KeyVersion): boolean =>
  cause !== 'initial' && state !== 'PENDING_ROTATION';

function entryOf(key: KeyRecord, version: KeyVersion, all: boolean): Readonly<Record<string, unknown>> {
  const { imported } = version;
  const rotation = isRotation(version);
  return {
    KeyId: keyArn(key),
    KeyMaterialId: version.materialId,
    KeyMaterialDescription: imported?.description,
    ImportState: imported === undefined ? undefined : imported.present ? 'IMPORTED' : 'PENDING_IMPORT',
    KeyMaterialState: all ? version.state : undefined,
    ExpirationModel: imported?.present === true ? expirationModel(imported.validToMs) : undefined,
    ValidTo:
      imported?.present === true && imported.validToMs !== undefined
        ? new Date(imported.validToMs)
        : undefined,
    RotationDate: rotation ? new Date(version.createdMs) : undefined,
    RotationType: rotation ? version.cause : undefined,
  };
}
