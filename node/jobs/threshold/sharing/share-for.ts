/** A custodian's share for a task. */
import type { Bytes } from '../../../api/index.ts';
import { malformed, ThresholdAbort } from '../errors.ts';
import type { KeyShare, Party } from '../party.ts';
import { type FieldKey, fieldKeyOf, shareScalarOf } from './field-key.ts';

export interface FieldShare extends FieldKey {
  readonly scalar: bigint;
  /** Base times the scalar. */
  readonly verificationKey: Uint8Array;
}

const read = new WeakMap<KeyShare, FieldShare>();

/**
 * @param generation that the coordinator has of what is common
 * @throws ThresholdAbort `unknown-key`; `stale` for another generation; `malformed` for a key of another protocol
 */
export async function fieldShareFor(
  party: Party,
  handle: Bytes,
  generation: number,
  schemes: readonly string[],
): Promise<FieldShare> {
  const share = await party.keys.get(handle);
  if (share === undefined) throw new ThresholdAbort('unknown-key', undefined, 'no share of this key');
  if (!schemes.includes(share.scheme)) malformed(undefined, 'the task is none of this key');
  if (share.generation !== generation)
    throw new ThresholdAbort('stale', undefined, 'the share is of another generation');
  const known = read.get(share);
  if (known !== undefined) return known;
  const key = fieldKeyOf(share);
  const verificationKey = key.verificationKeys[party.me - 1];
  if (verificationKey === undefined)
    malformed(undefined, 'a key without a verification key of this custodian');
  const all = { ...key, scalar: shareScalarOf(share), verificationKey };
  read.set(share, all);
  return all;
}
