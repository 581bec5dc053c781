/**
 * ImportKeyMaterial and DeleteImportedKeyMaterial: what they do to the key. Tokens and unwrapping are the gateway's.
 * https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html
 */
import { invalid, kmsError } from '../errors.ts';
import { dateOf, type Input, textOf } from '../input.ts';
import { currentVersion, type KeyRecord, type KeyVersion, keyArn } from '../key-record.ts';
import { dayMs, kmsLimits } from '../limits.ts';
import { isSymmetric, schemeOf } from '../specs.ts';
import { checkImportable } from '../states.ts';
import { chosen, hex32 } from './call.ts';
import { onKey } from './on-key.ts';
import { checkVersionCount, freshHandle, hasMaterial } from './versions.ts';

const wrongMaterial = (message: string) => kmsError('IncorrectKeyMaterialException', message);

export const importKeyMaterial = onKey(async (key, { input, choices, nowMs }, view) => {
  checkImportable(key);
  const validToMs = validToOf(input, nowMs);
  const materialId = chosen(choices, 'materialId', hex32);
  const asked = textOf(input, 'KeyMaterialId');
  if (asked !== undefined && asked !== materialId)
    throw wrongMaterial('The key material is not the one that KeyMaterialId names.');
  const first = key.versions.length === 0;
  const isNew = (textOf(input, 'ImportType') ?? (first ? 'NEW_KEY_MATERIAL' : '')) === 'NEW_KEY_MATERIAL';
  const known = key.versions.find((one) => one.materialId === materialId);
  const output = { KeyId: keyArn(key), KeyMaterialId: isSymmetric(key) ? materialId : undefined };
  const imported = {
    present: true,
    validToMs,
    description: textOf(input, 'KeyMaterialDescription') ?? known?.imported?.description,
  };
  if (!isNew) {
    if (known === undefined)
      throw wrongMaterial(
        'The key material is not the same as the key material that was previously imported.',
      );
    const versions = key.versions.map((one) => (one === known ? { ...one, imported } : one));
    // Under its old handle: it stands in ciphertexts.
    const material =
      known.imported?.present === true
        ? undefined
        : ({ kind: 'import', handle: known.handle, scheme: schemeOf(key) } as const);
    return { key: withMaterial(key, versions), output, material };
  }
  checkNew(key, known);
  checkVersionCount(key);
  const handle = await freshHandle(view, choices);
  const version: KeyVersion = {
    handle,
    materialId,
    createdMs: nowMs,
    cause: 'initial',
    state: first ? 'CURRENT' : 'PENDING_ROTATION',
    imported,
  };
  return {
    key: withMaterial(key, [...key.versions, version]),
    output,
    material: { kind: 'import', handle, scheme: schemeOf(key) },
  };
});

/** @throws KmsError unless this material can be added to what the key has */
function checkNew(key: KeyRecord, known: KeyVersion | undefined): void {
  if (known !== undefined) throw wrongMaterial('The key material is already associated with the KMS key.');
  if (key.versions.length === 0) return;
  if (!isSymmetric(key))
    throw wrongMaterial('The key material is not the same as the key material that was previously imported.');
  if (key.versions.some(({ state }) => state === 'PENDING_ROTATION'))
    throw kmsError('KMSInvalidStateException', `${keyArn(key)} has key material that is pending rotation.`);
}

/** @throws KmsError ValidationException */
function validToOf(input: Input, nowMs: number): number | undefined {
  const expires = (textOf(input, 'ExpirationModel') ?? 'KEY_MATERIAL_EXPIRES') === 'KEY_MATERIAL_EXPIRES';
  const validTo = dateOf(input, 'ValidTo');
  if (!expires) {
    if (validTo !== undefined)
      throw invalid('A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE');
    return undefined;
  }
  if (validTo === undefined)
    throw invalid('A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES');
  const ms = validTo.getTime();
  if (ms <= nowMs) throw invalid('The validTo date must be in the future.');
  if (ms > nowMs + kmsLimits.importValidDaysMax * dayMs)
    throw invalid(`The validTo date must be within ${kmsLimits.importValidDaysMax} days.`);
  return ms;
}

const withMaterial = (key: KeyRecord, versions: readonly KeyVersion[]): KeyRecord => ({
  ...key,
  versions,
  state: key.state === 'PendingImport' && hasMaterial(versions) ? 'Enabled' : key.state,
});

export const deleteImportedKeyMaterial = onKey((key, { input }) => {
  checkImportable(key);
  const materialId = textOf(input, 'KeyMaterialId') ?? currentVersion(key)?.materialId;
  const found = key.versions.find((one) => one.materialId === materialId);
  if (found === undefined && textOf(input, 'KeyMaterialId') !== undefined)
    throw kmsError('NotFoundException', `Key material ${materialId} is not associated with ${keyArn(key)}`);
  const output = { KeyId: keyArn(key), KeyMaterialId: isSymmetric(key) ? materialId : undefined };
  return { key: found === undefined ? key : withoutMaterial(key, [found]), output };
});

/** Material is gone: what waited is forgotten, what was used can be imported again. */
export function withoutMaterial(key: KeyRecord, gone: readonly KeyVersion[]): KeyRecord {
  const versions = key.versions
    .filter((one) => !(gone.includes(one) && one.state === 'PENDING_ROTATION'))
    .map((one): KeyVersion => (gone.includes(one) ? { ...one, imported: lost(one) } : one));
  const used = key.state === 'Enabled' || key.state === 'Disabled';
  return { ...key, versions, state: used && !hasMaterial(versions) ? 'PendingImport' : key.state };
}

const lost = ({ imported }: KeyVersion) => ({ present: false, description: imported?.description });
