/** The frame of operations that change one key: find it, ask for leave, look at its state, then the change itself. */
import { requireAccess } from '../access/require-access.ts';
import { required, textOf } from '../input.ts';
import type { KeyRecord } from '../key-record.ts';
import { checkState } from '../states.ts';
import { type ControlView, resolveKey } from '../view.ts';
import { type ControlCall, type ControlOutcome, changedKey, type NewMaterial } from './call.ts';

export interface KeyChange {
  readonly key: KeyRecord;
  readonly output: Readonly<Record<string, unknown>>;
  readonly material?: NewMaterial | undefined;
}

export type Reducer = (view: ControlView, call: ControlCall) => Promise<ControlOutcome>;

/** @throws KmsError, whatever the change or what comes before it refuses */
export function onKey(
  change: (key: KeyRecord, call: ControlCall, view: ControlView) => KeyChange | Promise<KeyChange>,
): Reducer {
  return async (view, call) => {
    const { key } = await findKey(view, call, 'KeyId');
    await requireAccess(view, call.caller, { operation: call.operation, input: call.input, key });
    checkState(key, call.operation);
    const changed = await change(key, call, view);
    return {
      keyId: key.keyId,
      changes: [changedKey(changed.key)],
      output: changed.output,
      material: changed.material,
    };
  };
}

export function findKey(view: ControlView, { input, caller, operation }: ControlCall, member: string) {
  const account = caller.principal.accountId;
  return resolveKey(
    view,
    required(textOf(input, member), member),
    { account, region: caller.region },
    operation,
  );
}
