/** The reducer: every operation that changes what custodians check calls against. */
import { validate } from '../validate.ts';
import type { ControlView } from '../view.ts';
import { createAlias, deleteAlias, updateAlias } from './aliases.ts';
import type { ControlCall, ControlOperation, ControlOutcome } from './call.ts';
import { createGrant, retireGrant, revokeGrant } from './grants.ts';
import { deleteImportedKeyMaterial, importKeyMaterial } from './import.ts';
import * as keys from './keys.ts';
import { createManagedKey } from './managed-key.ts';
import type { Reducer } from './on-key.ts';
import { disableKeyRotation, enableKeyRotation, rotateKeyOnDemand } from './rotation.ts';

const reducers: Readonly<Record<ControlOperation, Reducer>> = {
  CancelKeyDeletion: keys.cancelKeyDeletion,
  CreateAlias: createAlias,
  CreateGrant: createGrant,
  CreateKey: (view, call) =>
    call.caller.via === undefined ? keys.createKey(view, call) : createManagedKey(view, call),
  DeleteAlias: deleteAlias,
  DeleteImportedKeyMaterial: deleteImportedKeyMaterial,
  DisableKey: keys.disableKey,
  DisableKeyRotation: disableKeyRotation,
  EnableKey: keys.enableKey,
  EnableKeyRotation: enableKeyRotation,
  ImportKeyMaterial: importKeyMaterial,
  PutKeyPolicy: keys.putKeyPolicy,
  ReplicateKey: keys.replicateKey,
  RetireGrant: retireGrant,
  RevokeGrant: revokeGrant,
  RotateKeyOnDemand: rotateKeyOnDemand,
  ScheduleKeyDeletion: keys.scheduleKeyDeletion,
  TagResource: keys.tagResource,
  UntagResource: keys.untagResource,
  UpdateAlias: updateAlias,
  UpdateKeyDescription: keys.updateKeyDescription,
  UpdatePrimaryRegion: keys.updatePrimaryRegion,
};

export const isControlOperation = (name: string): name is ControlOperation => Object.hasOwn(reducers, name);

/**
 * What a call comes to. Nothing is changed by it: `changes` are the records that follow.
 * @param withheld the input is what the audit row repeats of a body that stays at the gateway: its secret members are missing
 * @throws KmsError what the caller is answered
 */
export async function applyControl(
  view: ControlView,
  call: ControlCall,
  withheld = false,
): Promise<ControlOutcome> {
  validate(call.operation, call.input, withheld);
  return reducers[call.operation](view, call);
}

export * from './call.ts';
export * from './due.ts';
export { managedAlias } from './managed-key.ts';
