/** Shares of keys that are scalars, from what a message says. */
import { malformed } from '../errors.ts';
import type { Group } from '../groups/index.ts';
import type { KeyCommon, KeyShare } from '../party.ts';
import { fieldKeyOf, groupOf } from '../sharing/field-key.ts';
import { isBaseMultiple, orUndefined } from './dealing.ts';
import { commonPart } from './key-statement.ts';

/** @throws ThresholdAbort `malformed` for a scheme of other keys */
export function fieldGroup(scheme: string): Group {
  return orUndefined(() => groupOf(scheme)) ?? malformed(undefined, 'keys of this scheme are no scalars');
}

/** @throws ThresholdAbort `malformed` when the scalar is not the share of this custodian in this key */
export function keyShareOf(me: number, key: KeyCommon, scalar: bigint): KeyShare {
  const { group, verificationKeys } = fieldKeyOf(key);
  if (!isBaseMultiple(group, scalar, verificationKeys[me - 1]))
    malformed(undefined, 'a share that is none of this key');
  return { ...commonPart(key), secret: group.encodeScalar(scalar) };
}
