/** A caller's control call in the line. */
import type { Bytes, KeyTask } from '@hypergate/node/api';
import type { ControlChoices } from '../engine/control/call.ts';
import { applyControl, isControlOperation } from '../engine/control/index.ts';
import { nextRow } from './audit.ts';
import type { KmsCall } from './call.ts';
import type { KmsContext } from './context.ts';

export interface ControlOptions {
  /** Of ImportKeyMaterial: the key in the encoding of its scheme. Overwritten by custody once it is shared. */
  readonly material?: Bytes;
  /** Asked when the call is allowed, before anything is done for it. @throws KmsError */
  readonly admit?: () => Promise<void>;
}

/** Operations that may need key material before they count. */
const makers: readonly string[] = [
  'CreateKey',
  'RotateKeyOnDemand',
  'ImportKeyMaterial',
] satisfies readonly string[];

/**
 * Decides, records and hands to custodians a call that changes what others are checked against.
 * @param choices what no rule decides: ids and handles, fresh for each call
 * @returns members of the answer
 * @throws KmsError
 */
export async function control(
  { line, view }: Pick<KmsContext, 'line' | 'view'>,
  call: KmsCall,
  choices: ControlChoices,
  { material, admit }: ControlOptions = {},
): Promise<Readonly<Record<string, unknown>>> {
  const { operation, input } = call;
  if (!isControlOperation(operation)) throw new Error(`${operation} is no control call`);
  const { keyId, output } = await line.take({
    call: call.bytes,
    choices,
    makes: makers.includes(operation),
    material,
    async outcome(nowMs) {
      const caller = call.callerAt(nowMs);
      const outcome = await applyControl(view, { operation, input, caller, choices, nowMs });
      await admit?.();
      return outcome;
    },
    row: (keyIds, numbered) => nextRow(call, keyIds, { control: numbered }),
  });
  call.keyIds.add(keyId);
  return output;
}

/** A handle for a new version of a key: 16 random bytes in hexadecimal. */
export const newHandle = ({ random }: Pick<KmsContext, 'random'>): string =>
  Buffer.from(random.bytes(16)).toString('hex');

export const handleBytes = (handle: string): KeyTask['handle'] => new Uint8Array(Buffer.from(handle, 'hex'));
