/** Integers and points as bytes: big-endian field elements of 73 bytes. */
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js';
import { curveSizes } from '../curve.ts';
import type { Pair } from './extension.ts';
import { fieldPrime, fp } from './field.ts';
import { coordinates } from './tower.ts';

const { field: fieldBytes } = curveSizes;

export function writeElements(values: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(values.length * fieldBytes);
  values.forEach((value, index) => {
    bytes.set(numberToBytesBE(value, fieldBytes), index * fieldBytes);
  });
  return bytes;
}

/** @returns undefined when the length is not that of `count` elements, or one is not below p */
export function readElements(bytes: Uint8Array, count: number): bigint[] | undefined {
  if (bytes.length !== count * fieldBytes) return undefined;
  const values = Array.from({ length: count }, (_, index) =>
    bytesToNumberBE(bytes.subarray(index * fieldBytes, (index + 1) * fieldBytes)),
  );
  return values.every((value) => value < fieldPrime) ? values : undefined;
}

/** Tag of a compressed point with y even or odd. */
export const tags = { even: 2, odd: 3, identity: 0 } as const;

/** Parity of the first coordinate that is not zero, counted from the one without any generator of the tower. */
export function tagOf(y: Pair<unknown> | bigint): number {
  const first =
    coordinates(y)
      .reverse()
      .find((value) => !fp.isZero(value)) ?? 0n;
  return (first & 1n) === 1n ? tags.odd : tags.even;
}
