/**
 * Which operation a key's state refuses, and with what: AWS's table "Key states of AWS KMS keys".
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
 */
import { type KmsError, kmsError, unsupported } from './errors.ts';
import { type KeyRecord, type KeyState, keyArn } from './key-record.ts';
import { factsOf, type Operation } from './operations.ts';
import { isSymmetric } from './specs.ts';

/** Operations on keys that cannot be used: they need an enabled key although they use no key material. */
const needEnabled: readonly Operation[] = [
  'CreateGrant',
  'ReplicateKey',
  'UpdatePrimaryRegion',
  'RotateKeyOnDemand',
];

/** They need no enabled key, and refuse one that is about to go. */
const refusedWhilePendingDeletion: readonly Operation[] = [
  'CreateAlias',
  'DisableKey',
  'EnableKey',
  'EnableKeyRotation',
  'DisableKeyRotation',
  'ScheduleKeyDeletion',
  'TagResource',
  'UntagResource',
  'UpdateAlias',
  'UpdateKeyDescription',
  'GetParametersForImport',
  'ImportKeyMaterial',
];

const refusedWhilePendingImport: readonly Operation[] = ['EnableKey', 'DisableKey'];
const rotations: readonly Operation[] = ['EnableKeyRotation', 'DisableKeyRotation'];
const leavingStates: readonly KeyState[] = ['PendingDeletion', 'PendingReplicaDeletion'];

/** Words of a state in its refusal. */
const words: Readonly<Record<KeyState, string>> = {
  Creating: 'creating',
  Enabled: 'enabled',
  Disabled: 'disabled',
  PendingDeletion: 'pending deletion',
  PendingImport: 'pending import',
  PendingReplicaDeletion: 'pending replica deletion',
  Unavailable: 'unavailable',
  Updating: 'updating',
  Deleted: 'deleted',
};

const inState = (key: KeyRecord): KmsError =>
  kmsError('KMSInvalidStateException', `${keyArn(key)} is ${words[key.state]}.`);

export const keyMissing = (arn: string): KmsError =>
  kmsError('NotFoundException', `Key '${arn}' does not exist`);

/** @throws KmsError */
export function checkState(key: KeyRecord, operation: Operation): void {
  const { state } = key;
  if (state === 'Deleted') throw keyMissing(keyArn(key));
  const needsEnabled = factsOf(operation).cryptographic === true || needEnabled.includes(operation);
  switch (state) {
    case 'Enabled':
      break;
    case 'Disabled':
      if (needsEnabled || rotations.includes(operation))
        throw kmsError('DisabledException', `${keyArn(key)} is disabled.`);
      break;
    case 'PendingImport':
      if (needsEnabled || refusedWhilePendingImport.includes(operation)) throw inState(key);
      break;
    case 'PendingDeletion':
    case 'PendingReplicaDeletion':
      if (needsEnabled || refusedWhilePendingDeletion.includes(operation)) throw inState(key);
      break;
    case 'Creating':
    case 'Updating':
    case 'Unavailable':
      if (needsEnabled || factsOf(operation).control === true) throw inState(key);
  }
  if (operation === 'CancelKeyDeletion' && !leavingStates.includes(state))
    throw kmsError('KMSInvalidStateException', `${keyArn(key)} is not pending deletion.`);
}

/** Rotation is for symmetric encryption keys; by itself only for those whose material is made here. @throws KmsError */
export function checkRotatable(key: KeyRecord, operation: Operation): void {
  if (!isSymmetric(key))
    throw unsupported(`${keyArn(key)} key spec is ${key.spec} which is not valid for this operation.`);
  if (rotations.includes(operation) && key.origin !== 'AWS_KMS') throw wrongOrigin(key);
}

/** @throws KmsError when key material cannot be imported into the key */
export function checkImportable(key: KeyRecord): void {
  if (key.origin !== 'EXTERNAL') throw wrongOrigin(key);
}

const wrongOrigin = (key: KeyRecord): KmsError =>
  unsupported(`${keyArn(key)} origin is ${key.origin} which is not valid for this operation.`);
