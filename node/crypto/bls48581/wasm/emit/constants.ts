/** Constants of the field in the module's memory. */
import { fieldBytes, toLimbs, toMontgomery } from '../numbers.ts';
import type { Layout } from './asm.ts';

/** Field elements in Montgomery form, in sequence. */
export function constantLimbs(layout: Layout, ...values: readonly bigint[]): number {
  const bytes = new Uint8Array(values.length * fieldBytes);
  values.forEach((value, index) => {
    bytes.set(new Uint8Array(toMontgomery(value).buffer), index * fieldBytes);
  });
  return layout.constant(bytes);
}

/** Limbs of an integer as it is. */
export const rawLimbs = (layout: Layout, value: bigint): number =>
  layout.constant(new Uint8Array(toLimbs(value).buffer));
