/** Operations that change a key and choose nothing: the reducer does it all. */
import type { ControlOperation } from '../engine/control/call.ts';
import { control, newHandle } from '../store/control-call.ts';
import { type KmsOperation, operation } from './row.ts';

const silent: readonly ControlOperation[] = [
  'CancelKeyDeletion',
  'CreateAlias',
  'DeleteAlias',
  'DeleteImportedKeyMaterial',
  'DisableKey',
  'DisableKeyRotation',
  'EnableKey',
  'EnableKeyRotation',
  'PutKeyPolicy',
  'ReplicateKey',
  'RetireGrant',
  'RevokeGrant',
  'ScheduleKeyDeletion',
  'TagResource',
  'UntagResource',
  'UpdateAlias',
  'UpdateKeyDescription',
  'UpdatePrimaryRegion',
];

export const changes: readonly KmsOperation[] = silent.map((name) =>
  operation(name, (context, call) => control(context, call, {})),
);

/** The new version's key is made first. */
export const rotateKeyOnDemand = operation('RotateKeyOnDemand', (context, call) =>
  control(context, call, { handle: newHandle(context) }),
);
