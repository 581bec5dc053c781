/**
 * What is committed to, as bytes. `bytes64`: big-endian strings of 64 bytes, below 2^512 and so below the order: no
 * reduction, and no two strings for one scalar. `scalars73`: canonical scalars of 73 bytes.
 */
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { curveSizes, scalarOrder } from '../bls48581/index.ts';

export type ValueForm = 'bytes64' | 'scalars73';

export const valueBytes: Readonly<Record<ValueForm, number>> = { bytes64: 64, scalars73: curveSizes.scalar };

/** @returns undefined for a wrong length, or a scalar that is not below the order */
export function readValue(form: ValueForm, bytes: Uint8Array): bigint | undefined {
  if (bytes.length !== valueBytes[form]) return undefined;
  const value = bytesToNumberBE(bytes);
  return value < scalarOrder ? value : undefined;
}

/** Of our own values: an absent one is zero. @throws RangeError where `readValue` finds nothing */
export function ownValue(form: ValueForm, bytes: Uint8Array | undefined): bigint {
  if (bytes === undefined) return 0n;
  const value = readValue(form, bytes);
  if (value === undefined) throw new RangeError(`a value must be a scalar of ${valueBytes[form]} bytes`);
  return value;
}
