/**
 * Elements as they cross into JavaScript: x ‖ y in the kernel's own form (Montgomery, reduced below p, balanced limbs), or bytes
 * of zero for the identity, which (0, 0) is free for. Whatever comes back is checked before use: form and curve equation.
 * Membership of the subgroup is not checked again; that is what the type stands for.
 */
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js';
import { curveSizes, type G1, type G2 } from '../curve.ts';
import type { KernelInstance } from './instance.ts';
import { fieldBytes, p } from './numbers.ts';

export const g1Bytes = 2 * fieldBytes;
export const g2Coordinates = 8;
export const g2HalfBytes = g2Coordinates * fieldBytes;
export const g2Bytes = 2 * g2HalfBytes;
export const tags = { identity: 0, even: 2, odd: 3 } as const;

/** @throws RangeError for bytes that no operation of this implementation returned */
export function putG1(kernel: KernelInstance, point: G1, address = kernel.take(g1Bytes)): number {
  if (point.length !== g1Bytes) throw new RangeError('not an element of G1 of this implementation');
  kernel.put(point, address);
  if (kernel.call.g1IsValid(address) !== 1)
    throw new RangeError('not an element of G1 of this implementation');
  return address;
}

/** @throws RangeError as `putG1` */
export function putG2(kernel: KernelInstance, point: G2, address = kernel.take(g2Bytes)): number {
  if (point.length !== g2Bytes) throw new RangeError('not an element of G2 of this implementation');
  kernel.put(point, address);
  if (kernel.call.g2IsValid(address) !== 1)
    throw new RangeError('not an element of G2 of this implementation');
  return address;
}

export const getG1 = (kernel: KernelInstance, address: number) => kernel.get(address, g1Bytes) as G1;
export const getG2 = (kernel: KernelInstance, address: number) => kernel.get(address, g2Bytes) as G2;

export const isNull = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);

/** Reads big-endian field elements into the kernel. @returns false when one is not below p */
export function putEncoded(kernel: KernelInstance, bytes: Uint8Array, addresses: readonly number[]): boolean {
  return addresses.every((address, index) => {
    const value = bytesToNumberBE(bytes.subarray(index * curveSizes.field, (index + 1) * curveSizes.field));
    if (value >= p) return false;
    kernel.putField(value, address);
    return true;
  });
}

export const encodeField = (kernel: KernelInstance, address: number): Uint8Array =>
  numberToBytesBE(kernel.getField(address), curveSizes.field);
