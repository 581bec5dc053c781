import { timingSafeEqual } from 'node:crypto';

/** Equality whose duration does not depend on where secret bytes differ. Lengths are public. */
export function equalConstantTime(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
